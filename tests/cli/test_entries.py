"""Keys and values at their limits, and where a value comes from."""

import os
import random
import subprocess
import threading
import unittest

from program import IMPOSSIBLE, INVOICE, IO, NOT_THERE, USAGE, ProgramTest, finish

import pilsmer_reference as reference

KEY_BYTES_MAX = 65535
VALUE_BYTES_MAX = 64 << 20
TAKE_A_KEY = (
    ["get", "db", "KEY"],
    ["explain", "db", "KEY"],
    ["delete", "db", "KEY"],
    ["plan-key", "db", "KEY"],
)


def on(key, command):
    return [key if arg == "KEY" else arg for arg in command]


class KeysTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.init()

    def test_keys_of_every_kind(self):
        keys = [
            b"k",
            b" ",
            b"with space ",
            b"--envelope",
            b"-",
            b"--",
            b"line\nfeed\ttab",
            b"back\\slash",
            b"\x01\x7f",
            b"\xff\xfe not UTF-8",
            "Schlüssel π 😀".encode(),
            b"s3://bucket/key",
            b"%00",
            b"k" * KEY_BYTES_MAX,
        ]
        for key in keys:
            with self.subTest(key[:20]):
                value = b"the value of " + key[-20:]
                self.assertEqual(self.ok("put", "db", "--", key, "-", stdin=value), b"")
                self.assertTrue(self.ok("plan-key", "--", "db", key).startswith(b"planned: "))
                self.assertEqual(self.ok("get", "--", "db", key), value)
        self.assertIn(b"pilsmer_planned_values_total %d\n" % len(keys), self.ok("metrics", "db"))
        for key in keys:
            self.assertEqual(self.ok("delete", "--", "db", key), b"")
        self.assertEqual(self.ok("scan", "db"), b"")

    def test_keys_that_are_none(self):
        for key, pattern in (
            ("", "the key is empty"),
            ("k" * (KEY_BYTES_MAX + 1), "key of 65536 bytes: the limit is 65535"),
            ("k" * 100000, "key of 100000 bytes: the limit is 65535"),
        ):
            for command in (*TAKE_A_KEY, ["put", "db", "KEY", "-"]):
                with self.subTest(command, bytes=len(key)):
                    self.fails(USAGE, f"^pilsmer: {pattern}$", *on(key, command), stdin=INVOICE)
        self.assertEqual(self.ok("scan", "db"), b"")

    def test_a_key_that_is_not_there(self):
        self.put("there", INVOICE)
        for command in (["get", "db", "KEY"], ["get", "db", "KEY", "--envelope"], *TAKE_A_KEY[1:]):
            with self.subTest(command):
                if command[0] == "delete":
                    self.assertEqual(self.ok(*on("ther", command)), b"")
                else:
                    self.fails(NOT_THERE, "^pilsmer: key ther: not there$", *on("ther", command))
        self.assertEqual(self.ok("delete", "db", "there"), b"")
        self.fails(NOT_THERE, "^pilsmer: key there: not there$", "get", "db", "there")

    def test_a_key_is_named_in_one_short_line(self):
        for key, named in (
            ("two\nlines\tand\x01", r"two\\nlines\\tand\\x01"),
            (b"\xff", r"\\xff"),
            ("π", "π"),
            ("k" * 1000, "k{60}\\.\\.\\."),
        ):
            with self.subTest(key):
                self.fails(NOT_THERE, f"^pilsmer: key {named}: not there$", "get", "db", key)


class ValuesTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.init()

    def test_the_largest_value_and_one_byte_more(self):
        path = self.dir / "large"
        with open(path, "wb") as file:
            file.write(b"first")
            file.truncate(VALUE_BYTES_MAX)
        self.assertEqual(self.ok("put", "db", "large", "large"), b"")
        self.check_value("large", path.read_bytes())
        self.plan("large")
        self.check_value("large", path.read_bytes())
        os.truncate(path, VALUE_BYTES_MAX + 1)
        self.fails(
            USAGE,
            "^pilsmer: key large: value of 67108865 bytes: the limit is 67108864$",
            "put",
            "db",
            "large",
            "large",
        )
        with open(path, "rb") as file:
            self.fails(USAGE, "the limit is 67108864$", "put", "db", "other", "-", stdin=file)
        self.fails(USAGE, "the limit is 67108864$", "put", "db", "other", "/dev/zero")
        self.assertEqual(self.ok("scan", "db", "--keys-only"), b"large\n")
        self.assertIn(b"logical_bytes_total 67108864\n", self.ok("metrics", "db"))

    def test_files_that_cannot_be_read(self):
        (self.dir / "directory").mkdir()
        (self.dir / "loop").symlink_to("loop")
        for name, why in (
            ("missing", "No such file or directory"),
            ("directory", "Is a directory"),
            ("directory/missing", "No such file or directory"),
            ("loop", "Too many levels of symbolic links"),
            ("", "No such file or directory"),
            ("two\nlines", "No such file or directory"),
        ):
            with self.subTest(name):
                self.fails(IO, rf"^pilsmer: .*: {why}$", "put", "db", "key", name)
        self.assertEqual(self.ok("scan", "db"), b"")

    def test_where_a_value_comes_from(self):
        (self.dir / "file with space").write_bytes(INVOICE)
        (self.dir / "empty").touch()
        self.assertEqual(self.ok("put", "db", "file", "file with space"), b"")
        self.assertEqual(self.ok("put", "db", "empty", "empty"), b"")
        self.assertEqual(self.ok("put", "db", "nothing", "/dev/null"), b"")
        self.assertEqual(self.ok("put", "db", "input", "-"), b"")
        self.check_value("file", INVOICE)
        for key in ("empty", "nothing", "input"):
            self.check_value(key, b"")

    def test_a_value_that_comes_in_pieces(self):
        value = bytes(range(256)) * 1000
        process = self.start("put", "db", "pieces", "-", stdin=subprocess.PIPE)
        for at in range(0, len(value), 7777):
            process.stdin.write(value[at : at + 7777])
            process.stdin.flush()
        self.check_ok(finish(process))
        self.check_value("pieces", value)

    def test_a_value_from_a_named_pipe(self):
        os.mkfifo(self.dir / "fifo")
        writer = threading.Thread(target=(self.dir / "fifo").write_bytes, args=(INVOICE,), daemon=True)
        writer.start()
        self.assertEqual(self.ok("put", "db", "fifo", "fifo"), b"")
        self.check_value("fifo", INVOICE)

    def test_a_value_replaces_another(self):
        for value in (INVOICE, b"", bytes(range(256)) * 400, b"short"):
            self.put("key", value)
            self.check_value("key", value)
            self.plan("key")
            self.check_value("key", value)
        self.assertEqual(self.ok("scan", "db", "--keys-only"), b"key\n")


class PlanningTest(ProgramTest):
    def test_a_plan_that_is_as_small_is_kept(self):
        self.init()
        self.put("key", INVOICE)
        self.plan("key")
        before = self.ok("get", "db", "key", "--envelope")
        self.assertEqual(self.ok("plan-key", "db", "key"), b"kept: key\n")
        self.assertEqual(self.ok("get", "db", "key", "--envelope"), before)

    def test_bytes_that_the_corpus_lacks(self):
        self.init("--stream=pi:1KiB")
        self.put("key", b"F sharp")
        for _ in range(2):
            self.fails(IMPOSSIBLE, "^pilsmer: key key: .*corpus", "plan-key", "db", "key")
            self.assertTrue(self.ok("explain", "db", "key").startswith(b"storage_class: Raw\n"))
            self.check_value("key", b"F sharp")
        self.put("key", b"G sharp")
        self.plan("key")
        self.check_value("key", b"G sharp")

    def test_literals_beside_echoes(self):
        """F is not in this corpus; the long part is, and comes again behind it."""
        self.init("--stream=pi:1KiB", "--allow-literals")
        rng = random.Random(577)
        letters = [byte for byte in range(256) if byte in reference.corpus(((1, 1024),)).single_at]
        for length in (1, 3, 100, 255, 256, 1000, 40000):
            body = bytes(rng.choices(letters, k=length))
            for i, value in enumerate(
                (b"F" + body, body + b"F", b"F" + body + b"FF" + body, b"FF" + (body + b"F") * 3)
            ):
                with self.subTest(length=length, i=i):
                    self.put("key", value)
                    self.plan("key")
                    self.check_value("key", value)
                    self.assertIn(b"\npurity: Impure\n", self.ok("explain", "db", "key"))
                    self.assertEqual(self.ok("plan-key", "db", "key"), b"kept: key\n")

    def test_a_key_is_printed_in_one_line(self):
        self.init()
        self.put("two\nlines", INVOICE)
        self.assertEqual(self.ok("plan-key", "db", "two\nlines"), b"planned: two\\nlines\n")


if __name__ == "__main__":
    unittest.main()
