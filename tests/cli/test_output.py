"""Standard output: all of it is written, or the program says that it wasn't."""

import os
import pty
import shutil
import unittest

from program import DONE, INVOICE, IO, NOT_THERE, ProgramTest, finish

VALUE = os.urandom(200 << 10)
LARGE = os.urandom(1 << 20)
SPEAKING = (
    ["get", "db", "key"],
    ["get", "db", "large"],
    ["get", "db", "key", "--envelope"],
    ["scan", "db"],
    ["scan", "db", "--json"],
    ["scan", "db", "--keys-only"],
    ["explain", "db", "key"],
    ["explain", "db", "key", "--chunks"],
    ["explain", "db", "key", "--chunks", "--json"],
    ["metrics", "db"],
    ["metrics", "db", "--json"],
    ["plan-key", "db", "key"],
    ["plan-key", "db", "key", "--json"],
    ["stream", "pi"],
    ["stream", "pi", "--fingerprint"],
    ["--help"],
    ["--version"],
    ["get", "--help"],
)


class OutputTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.init()
        self.put("key", VALUE)
        self.plan("key")
        self.put("large", LARGE)

    def closed_pipe(self):
        """The writing end of a pipe that nobody reads."""
        reader, writer = os.pipe()
        os.close(reader)
        self.addCleanup(os.close, writer)
        return writer

    def check_each_fails(self, stdout, pattern):
        for command in SPEAKING:
            with self.subTest(command):
                outcome = finish(self.start(*command, stdout=stdout))
                self.check_fails(outcome, IO, f"^pilsmer: standard output: {pattern}$")
        self.check_value("key", VALUE)

    def test_a_pipe_that_was_closed(self):
        self.check_each_fails(self.closed_pipe(), "Broken pipe")

    def test_a_full_device(self):
        with open("/dev/full", "wb") as full:
            self.check_each_fails(full, "No space left on device")

    def test_a_pipe_that_is_closed_half_way(self):
        for command in (["get", "db", "large"], ["scan", "db"], ["explain", "db", "key", "--chunks"]):
            with self.subTest(command):
                process = self.start(*command)
                self.assertEqual(len(process.stdout.read(1000)), 1000)
                process.stdout.close()
                process.stdout = None
                self.check_fails(finish(process), IO, "^pilsmer: standard output: Broken pipe$")

    def test_commands_that_say_nothing_need_no_output(self):
        for command in (["put", "db", "quiet", "/dev/null"], ["delete", "db", "quiet"]):
            with self.subTest(command):
                self.check_ok(finish(self.start(*command, stdout=self.closed_pipe())))

    def test_an_error_is_not_hidden_by_another(self):
        outcome = finish(self.start("get", "db", "missing", stdout=self.closed_pipe()))
        self.check_fails(outcome, NOT_THERE, "^pilsmer: key missing: not there$")

    def test_nobody_hears_an_error(self):
        for command in (["get", "db", "missing"], ["put", "db", "", "/dev/null"], ["nonsense"]):
            with self.subTest(command):
                expected = self.run_program(*command).status
                silent = finish(self.start(*command, stderr=self.closed_pipe()))
                self.assertEqual((silent.status, silent.stdout), (expected, b""))

    def test_without_standard_descriptors(self):
        """What is meant for them must not end in a file of the store that got their number."""
        self.put("other", INVOICE)
        for closed in ((1,), (2,), (0, 1, 2)):
            for command in (
                ["put", "db", "", "/dev/null"],
                ["put", "db", "other", "/dev/null/missing"],
                *SPEAKING,
            ):
                with self.subTest(command, closed=closed):
                    outcome = finish(self.start(*command, preexec_fn=lambda: [os.close(n) for n in closed]))
                    self.assertGreaterEqual(outcome.status, DONE)  # not a signal
        for path in (self.dir / "db").rglob("*"):
            self.assertFalse(path.is_file() and b"pilsmer: " in path.read_bytes(), path)
        self.check_value("key", VALUE)
        self.check_value("large", LARGE)
        self.check_value("other", INVOICE)
        self.check_works()


class TerminalTest(ProgramTest):
    """Only a person at a terminal is told that a long prefix is being generated, and only the first time."""

    def said_at_a_terminal(self, *command):
        terminal, stderr = pty.openpty()
        self.addCleanup(os.close, terminal)
        outcome = finish(self.start(*command, stderr=stderr))
        self.assertEqual(outcome.status, DONE)
        os.write(stderr, b"the end")  # so that there is something to read
        os.close(stderr)
        said = b""
        while not said.endswith(b"the end"):
            said += os.read(terminal, 10000)
        return said.decode().removesuffix("the end")

    def test_progress(self):
        self.how["env"] = {"PILSMER_CACHE_DIR": self.dir / "cache"}
        command = ("stream", "pi:1MiB", "--fingerprint")
        said = self.said_at_a_terminal(*command)
        self.assertRegex(
            said, r"\A(\rpilsmer: generating 1048576 bytes of pi\.\S+, once: \d+\.\d s )+\r\x1b\[K\Z"
        )
        self.assertEqual(self.said_at_a_terminal(*command), "")
        shutil.rmtree(self.dir / "cache")
        self.assertTrue(self.ok(*command).startswith(b"pi."))


if __name__ == "__main__":
    unittest.main()
