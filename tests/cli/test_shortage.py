"""A full disk, a limit on the size of files or on their number: said in one line, and nothing is lost by it."""

import contextlib
import os
import random
import resource
import signal
import subprocess
import sys
import unittest

from program import DONE, INVOICE, IO, ProgramTest

LARGE = random.Random(1618).randbytes(1 << 20)
INTERNAL = 70


class FullDiskTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.disk = self.dir / "disk"
        self.disk.mkdir()
        mount = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m,mode=755", "tmpfs", self.disk],
            capture_output=True,
            check=False,
        )
        if mount.returncode:
            print(
                "SKIPPED: no small file system can be mounted:",
                mount.stderr.decode().strip(),
                file=sys.stderr,
            )
            self.skipTest("no small file system can be mounted")
        self.addCleanup(subprocess.run, ["umount", "--lazy", self.disk], check=True)
        self.db = str(self.disk / "db")
        self.init(db=self.db)
        self.put("old", INVOICE, db=self.db)
        self.put("planned", INVOICE, db=self.db)
        self.plan("planned", db=self.db)

    @contextlib.contextmanager
    def filled(self):
        """With no room left on the disk."""
        filler = self.disk / "filler"
        with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass
        self.assertEqual(os.statvfs(self.disk).f_bavail, 0)
        yield
        filler.unlink()

    def test_a_value_that_does_not_fit(self):
        self.fails(IO, "No space left on device", "put", self.db, "large", "-", stdin=LARGE)
        self.check_value("old", INVOICE, db=self.db)
        self.check_works(db=self.db)

    def test_no_room_at_all(self):
        for command in (
            ["put", self.db, "new", "-"],
            ["put", self.db, "old", "-"],
            ["delete", self.db, "old"],
            ["plan-key", self.db, "old"],
            ["init", str(self.disk / "other")],
        ):
            with self.subTest(command[0]), self.filled():
                self.fails(IO, "No space left on device", *command, stdin=b"new")
                self.check_value("old", INVOICE, db=self.db)
                self.check_value("planned", INVOICE, db=self.db)
                self.assertEqual(self.ok("scan", self.db, "--keys-only"), b"old\nplanned\n")
        self.check_works(db=self.db)
        self.init(db=str(self.disk / "other"))

    def test_no_room_for_the_cache(self):
        (self.disk / "cache").mkdir()
        self.how["env"] = {"PILSMER_CACHE_DIR": self.disk / "cache"}
        with self.filled():
            self.check_value("planned", INVOICE, db=self.db)
        self.assertEqual(list((self.disk / "cache").iterdir()), [])
        self.plan("old", db=self.db)
        self.check_value("planned", INVOICE, db=self.db)


class LimitTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.init()
        self.put("old", INVOICE)

    def test_a_limit_on_the_size_of_files(self):
        def limit_ignoring_the_signal():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000))

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000))

        for limited in (limit_ignoring_the_signal, limit):
            with self.subTest(limited.__name__):
                self.fails(IO, "File too large", "put", "db", "large", "-", stdin=LARGE, preexec_fn=limited)
                self.check_value("old", INVOICE)
                self.assertEqual(self.ok("scan", "db", "--keys-only"), b"old\n")
        self.check_works()
        self.put("large", LARGE)
        self.check_value("large", LARGE)

    def test_a_limit_on_the_number_of_files(self):
        """Whatever it is that can't be opened, nothing is lost."""
        # LeakSanitizer itself needs descriptors.
        self.how["env"] = {**self.how.get("env", {}), "ASAN_OPTIONS": "detect_leaks=0:exitcode=97"}
        for count in range(4, 20):
            limit = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (count, count))
            for command in (["get", "db", "old"], ["put", "db", "new", "/dev/null"]):
                with self.subTest(command, count=count):
                    outcome = self.run_program(*command, preexec_fn=limit)
                    self.assertIn(outcome.status, (DONE, IO, INTERNAL))
                    if outcome.status:
                        self.check_one_line(outcome.stderr)
                        self.assertIn("Too many open files", outcome.stderr)
                        self.assertEqual(outcome.stdout, b"")
        self.check_value("old", INVOICE)
        self.check_works()


if __name__ == "__main__":
    unittest.main()
