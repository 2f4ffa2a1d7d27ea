"""What is asked wrongly is refused in one line, with exit code 2, before anything is touched."""

import unittest

from program import INVOICE, NOT_THERE, USAGE, ProgramTest

COMMANDS = {
    "init": "DB",
    "put": "DB KEY FILE",
    "get": "DB KEY",
    "delete": "DB KEY",
    "scan": "DB",
    "explain": "DB KEY",
    "plan-key": "DB KEY",
    "metrics": "DB",
    "stream": "NAME[:SIZE]",
}
OPTIONS = {
    "init": "--stream --codec --allow-literals --timeout",
    "put": "--timeout",
    "get": "--envelope --timeout",
    "delete": "--timeout",
    "scan": "--prefix --from --keys-only --json --timeout",
    "explain": "--chunks --philosophical --json --timeout",
    "plan-key": "--json --timeout",
    "metrics": "--json --timeout",
    "stream": "--fingerprint --json",
}
NEED_AN_ARGUMENT = ("--stream", "--codec", "--timeout", "--prefix", "--from")
EVERY_OPTION = sorted({option for options in OPTIONS.values() for option in options.split()})
STREAMS = "pi, e, sqrt2, sha256-counter"
DOCUMENTED_SIZES = "whole number of KiB, 1 KiB to 1 GiB"


class ArgumentsTest(ProgramTest):
    def refuses(self, cases):
        for pattern, *args in cases:
            with self.subTest(args=args):
                self.fails(USAGE, pattern, *args)
        self.assertEqual(list(self.dir.iterdir()), [])

    def test_commands(self):
        self.refuses(
            [
                (r"^pilsmer: no command; see pilsmer --help$",),
                (r"^pilsmer: unknown command regret; see pilsmer --help$", "regret"),
                (r"unknown command", ""),
                (r"unknown command", "-x"),
                (r"unknown command", "--frobnicate"),
                (r"unknown command", "PUT"),
                (r"unknown command", "two\nlines"),
            ]
        )

    def test_operands(self):
        cases = []
        for name, operands in COMMANDS.items():
            count = len(operands.split())
            complete = ["pi"] * count
            for given in (complete[1:], complete + ["extra"]):
                cases.append((rf"^pilsmer: {name} takes .*, not {len(given)}\b", name, *given))
        self.refuses(cases)

    def test_options_that_a_command_does_not_take(self):
        cases = []
        for name, operands in COMMANDS.items():
            complete = ["pi"] * len(operands.split())
            refused = sorted(set(EVERY_OPTION) - set(OPTIONS[name].split()))
            for option in ["--frobnicate", "-x", *refused]:
                argument = ["1s"] if option in NEED_AN_ARGUMENT else []
                cases.append(
                    (rf"^pilsmer: {name} doesn't take {option};", name, *complete, option, *argument)
                )
        self.refuses(cases)

    def test_an_unknown_option_is_named_wherever_it_stands(self):
        self.refuses(
            [
                ("doesn't take -x;", "get", "-x", "db", "key"),
                ("doesn't take -xy?;", "get", "-xy", "db", "key"),
                ("doesn't take -xy?;", "get", "db", "-xy", "key"),
                ("doesn't take --regret;", "get", "db", "--regret", "key"),
                ("doesn't take --codec;", "get", "--codec", "compact", "db", "key"),
                ("--json", "metrics", "db", "--json=yes"),
            ]
        )

    def test_options_without_their_argument(self):
        self.refuses(
            [
                (
                    rf"^pilsmer: {option} needs an argument; see pilsmer {command} --help$",
                    command,
                    *operands,
                    option,
                )
                for command, operands, option in (
                    ("init", ["db"], "--stream"),
                    ("init", ["db"], "--codec"),
                    ("get", ["db", "key"], "--timeout"),
                    ("scan", ["db"], "--prefix"),
                    ("scan", ["db"], "--from"),
                )
            ]
        )

    def test_streams(self):
        init = ("init", "db", "--stream")
        self.refuses(
            [
                (f'unknown stream "tau": there are {STREAMS}', *init, "tau"),
                (f'unknown stream "": there are {STREAMS}', *init, ""),
                ('unknown stream "PI"', *init, "PI:64KiB"),
                ('unknown stream "pi.hex-fraction-prefix:v2"', *init, "pi.hex-fraction-prefix:v2:64KiB"),
                ("corpus: a stream twice", *init, "pi", "--stream", "pi:128KiB"),
                ("corpus: a stream twice", *init, "pi", "--stream", "pi.hex-fraction-prefix:v1"),
                ("more than 8 streams", "init", "db", *["--stream=e"] * 9),
                (f'unknown stream "tau": there are {STREAMS}', "stream", "tau"),
            ]
        )

    def test_prefix_sizes(self):
        bad = {
            DOCUMENTED_SIZES: ("0", "1", "1000", "1023", "1025", "0KiB", "2GiB", "1048577KiB", "1025MiB"),
            "is not a size, such as 64KiB or 1MiB": (
                "",
                "1KB",
                "1kib",
                "1KiB+",
                "+1KiB",
                "-1KiB",
                " 1KiB",
                "1 KiB",
                "1.5KiB",
                "0x400",
                "KiB",
                "99999999999999999999",
                "18014398509481985KiB",
            ),
        }
        cases = [(pattern, size) for pattern, sizes in bad.items() for size in sizes]
        self.refuses([(pattern, "stream", f"pi:{size}") for pattern, size in cases])
        self.refuses([(pattern, "init", "db", "--stream", f"e:{size}") for pattern, size in cases])

    def test_codecs(self):
        for codec in ("baroque", "", "COMPACT", "compact "):
            self.refuses(
                [(f"unknown codec {codec}: there are compact and ceremonial", "init", "db", "--codec", codec)]
            )

    def test_timeouts(self):
        for timeout in ("0", "0s", "5", "-1s", "1h", "s", "", "1 s", "1.5s", "ms", "99999999999s"):
            self.refuses(
                [("is not a duration, such as 500ms, 30s or 5m", "get", "db", "key", "--timeout", timeout)]
            )

    def test_json_needs_something_to_report(self):
        self.refuses([("--json goes with --fingerprint", "stream", "pi", "--json")])

    def test_places_that_are_none(self):
        self.refuses(
            [
                ("the store's directory or URL is empty", "get", "", "key"),
                ("the store's directory or URL is empty", "init", ""),
                ("give the directory's path, not a file: URL", "get", "file:///tmp/db", "key"),
                ("nowhere://db", "get", "nowhere://db", "key"),
            ]
        )

    def test_options_may_stand_anywhere_and_end_with_two_dashes(self):
        self.init("--codec=compact", "--stream=pi:64KiB", "--timeout=5m")
        self.put("key", INVOICE)
        for args in (
            ("get", "--timeout", "5s", "db", "key"),
            ("get", "db", "--timeout=500ms", "key"),
            ("get", "db", "key", "--timeout", "1m"),
            ("get", "--", "db", "key"),
            ("get", "db", "--", "key"),
        ):
            with self.subTest(args=args):
                self.assertEqual(self.ok(*args), INVOICE)
        self.fails(NOT_THERE, "^pilsmer: key --envelope: not there$", "get", "db", "--", "--envelope")


class HelpTest(ProgramTest):
    def test_of_the_program(self):
        printed = self.ok("--help").decode()
        self.assertRegex(printed, r"\Ausage: pilsmer COMMAND DB")
        for name in COMMANDS:
            self.assertRegex(printed, rf"(?m)^  {name} ")

    def test_of_every_command(self):
        for name, operands in COMMANDS.items():
            for args in ([name, "--help"], [name, *operands.split(), "--help"]):
                with self.subTest(args=args):
                    printed = self.ok(*args).decode()
                    self.assertTrue(printed.startswith(f"usage: pilsmer {name} {operands}"), printed)
                    for option in EVERY_OPTION:
                        said = f"  {option} " in printed
                        self.assertEqual(said, option in OPTIONS[name].split(), option)
        self.assertEqual(list(self.dir.iterdir()), [])

    def test_version(self):
        self.assertRegex(self.ok("--version"), rb"\Apilsmer \d+\.\d+\.\d+\n\Z")


if __name__ == "__main__":
    unittest.main()
