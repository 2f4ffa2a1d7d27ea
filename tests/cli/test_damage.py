"""
Bits that change in a store's files. What an envelope's checks find is tested where envelopes can be written by hand;
here it is the engine's files that are damaged, and its own checks that answer first. Whatever they say: exit code 3 or
4, one line, and never a wrong byte on standard output.
"""

import random
import shutil
import tempfile
import unittest
from pathlib import Path

from program import DAMAGED, DONE, INVOICE, IO, NOT_THERE, ProgramTest, run

PUTS = 70  # enough for the engine to have made a sorted file of the first ones
FLIPS = 60
PLANNED = "key 00"


class DamageTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        cls.place = Path(tempfile.mkdtemp(prefix="pilsmer-cli-"))
        cls.addClassCleanup(shutil.rmtree, cls.place)
        cls.values = {f"key {i:02}": INVOICE + b" of %d" % i for i in range(PUTS)}
        setup = [
            ["init", "db"],
            *(["put", "db", key, "-"] for key in cls.values),
            ["plan-key", "db", PLANNED],
        ]
        for command in setup:
            done = run(
                *command, cwd=cls.place, stdin=cls.values.get(command[2]) if command[0] == "put" else None
            )
            assert (done.status, done.stderr) == (DONE, ""), done
        cls.whole = cls.scan_lines(run("scan", "db", cwd=cls.place).stdout)
        assert len(cls.whole) == PUTS

    def setUp(self):
        super().setUp()
        self.db = shutil.copytree(self.place / "db", self.dir / "db")

    @staticmethod
    def scan_lines(printed):
        assert printed.endswith(b"\n") or not printed
        return printed.splitlines()

    def data_files(self):
        """What entries are read from: sorted files, and logs that aren't in one yet."""
        sorted_files = list(self.db.glob("compacted/*.sst"))
        self.assertGreater(len(sorted_files), 0)
        oldest = min(path.stat().st_mtime_ns for path in sorted_files)
        logs = [
            path
            for path in self.db.glob("wal/*.sst")
            if path.stat().st_mtime_ns > oldest and path.stat().st_size
        ]
        self.assertGreater(len(logs), 2)
        return sorted_files, sorted(logs)

    def check_nothing_wrong_is_said(self, may_be_missing=False):
        """A scan, a get of a raw and of a planned value, on the damaged store."""
        scanned = self.run_program("scan", "db")
        lines = self.scan_lines(scanned.stdout)
        if may_be_missing:
            self.assertLessEqual(set(lines), set(self.whole))
        else:
            self.assertEqual(lines, self.whole[: len(lines)])
        self.check_end(scanned, lines == self.whole or may_be_missing)
        for key in (PLANNED, "key 01", f"key {PUTS - 1}"):
            got = self.run_program("get", "db", key)
            self.assertIn(got.stdout, (b"", self.values[key]))
            if may_be_missing and got.status == NOT_THERE:
                self.check_fails(got, NOT_THERE, f"key {key}: not there")
            else:
                self.check_end(got, got.stdout == self.values[key])

    def check_end(self, outcome, complete):
        if outcome.status == DONE:
            self.assertEqual(outcome.stderr, "")
            self.assertTrue(complete, "something is missing, and nothing is said")
        else:
            self.assertIn(outcome.status, (DAMAGED, IO), outcome.stderr[-400:])
            self.check_one_line(outcome.stderr)

    def check_flips(self, paths, count, **how):
        rng = random.Random(count)
        for i in range(count):
            path = paths[i % len(paths)]
            whole = path.read_bytes()
            at, bit = rng.randrange(len(whole)), rng.randrange(8)
            with self.subTest(path.relative_to(self.db), at=at, bit=bit, bytes=len(whole)):
                path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :])
                self.check_nothing_wrong_is_said(**how)
            path.write_bytes(whole)
        self.assertEqual(self.scan_lines(self.ok("scan", "db")), self.whole)

    def test_flips_in_sorted_files(self):
        self.check_flips(self.data_files()[0], FLIPS // 2)

    def test_flips_in_logs(self):
        self.check_flips(self.data_files()[1], FLIPS // 2)

    def test_flips_at_the_ends_of_files(self):
        """Where the engine keeps what it finds everything else by."""
        sorted_files, logs = self.data_files()
        for path in (sorted_files[-1], logs[-1]):
            whole = path.read_bytes()
            for back in range(1, 17):
                with self.subTest(path.relative_to(self.db), back=back):
                    path.write_bytes(
                        whole[:-back] + bytes([whole[-back] ^ 0x10]) + whole[len(whole) - back + 1 :]
                    )
                    self.check_nothing_wrong_is_said()
            path.write_bytes(whole)

    def test_flips_in_the_manifest(self):
        """It has no checksum of the engine's: a flip may hide entries. It changes none, and is no crash."""
        self.check_flips(sorted(self.db.glob("manifest/*.manifest"))[-1:], FLIPS // 2, may_be_missing=True)

    def test_files_that_are_cut_off_or_gone(self):
        sorted_files, logs = self.data_files()
        manifest = sorted(self.db.glob("manifest/*.manifest"))[-1]
        for path, lengths in (
            (sorted_files[-1], (0, 1, 100, -1, None)),
            (logs[-1], (100, -1)),
            (manifest, (0, 50, -1)),
        ):
            whole = path.read_bytes()
            for length in lengths:
                with self.subTest(path.relative_to(self.db), length=length):
                    path.write_bytes(whole[:length])
                    if length is None:
                        path.unlink()
                    self.check_nothing_wrong_is_said()
            path.write_bytes(whole)

    def test_writing_to_a_damaged_store(self):
        sorted_files, logs = self.data_files()
        rng = random.Random(FLIPS)
        for i, path in enumerate([*sorted_files[-2:], *logs[-4:]] * 2):
            shutil.rmtree(self.db)
            shutil.copytree(self.place / "db", self.db)
            whole = path.read_bytes()
            at = rng.randrange(len(whole))
            with self.subTest(path.relative_to(self.db), at=at, bytes=len(whole)):
                path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
                for command in (
                    ["put", "db", "new", "-"],
                    ["plan-key", "db", "key 01"],
                    ["delete", "db", "none"],
                ):
                    outcome = self.run_program(*command, stdin=INVOICE)
                    self.assertIn(outcome.stdout, (b"", b"planned: key 01\n"))
                    self.check_end(outcome, True)
                self.assertIn(self.run_program("get", "db", "key 01").stdout, (b"", self.values["key 01"]))
                self.assertIn(self.run_program("get", "db", "new").stdout, (b"", INVOICE))


if __name__ == "__main__":
    unittest.main()
