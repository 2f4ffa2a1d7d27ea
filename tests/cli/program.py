"""The program as its users meet it: run with arguments, judged by exit code, standard output and standard error."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import NamedTuple

SOURCE = Path(os.environ.get("PILSMER_SOURCE_DIR", Path(__file__).resolve().parents[2]))
PROGRAM = os.environ.get("PILSMER_PROGRAM", str(SOURCE / "build/release/pilsmer"))
sys.path.insert(0, str(SOURCE / "tests/reference"))

TIMEOUT_S = 120
INVOICE = b'{"total":49.99,"status":"paid"}'

# What the program exits with.
DONE, NOT_THERE, USAGE, DAMAGED, IO, LOST_RACE, IMPOSSIBLE = range(7)

# A sanitizer's complaint must not pass for an exit code of the program's own.
SANITIZER_OPTIONS = {
    name: os.environ.get(name, "") + ":exitcode=97" for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS")
}


class Outcome(NamedTuple):
    status: int
    stdout: bytes
    stderr: str


def environment(changes=None):
    """This process's environment with `changes`; a variable changed to None is unset."""
    merged = {**os.environ, **SANITIZER_OPTIONS, **(changes or {})}
    return {name: str(value) for name, value in merged.items() if value is not None}


def start(*args, env=None, program=PROGRAM, **how):
    """A running program; `how` goes to Popen."""
    how = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how}
    return subprocess.Popen([program, *args], env=environment(env), **how)


def finish(process, stdin=None, timeout=TIMEOUT_S):
    try:
        stdout, stderr = process.communicate(stdin, timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return Outcome(process.returncode, stdout or b"", (stderr or b"").decode(errors="backslashreplace"))


def run(*args, stdin=None, timeout=TIMEOUT_S, **how):
    """`stdin` is bytes, or a file; nothing is /dev/null."""
    if isinstance(stdin, bytes):
        return finish(start(*args, stdin=subprocess.PIPE, **how), stdin, timeout)
    return finish(start(*args, stdin=stdin or subprocess.DEVNULL, **how), None, timeout)


class ProgramTest(unittest.TestCase):
    """Runs the program in a directory of the test's own; stores are named relative to it."""

    def setUp(self):
        self.how = {}  # what every run gets
        self.dir = Path(tempfile.mkdtemp(prefix="pilsmer-cli-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)

    def start(self, *args, **how):
        process = start(*args, **{"cwd": self.dir, **self.how, **how})
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        process.kill()  # does nothing to one that has been waited for
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe:
                pipe.close()

    def run_program(self, *args, **how):
        return run(*args, **{"cwd": self.dir, **self.how, **how})

    def ok(self, *args, **how):
        """What it wrote to standard output; it said nothing else."""
        return self.check_ok(self.run_program(*args, **how))

    def fails(self, status, pattern, *args, **how):
        """It ended with that exit code and one line that matches, and wrote nothing to standard output."""
        outcome = self.run_program(*args, **how)
        self.check_fails(outcome, status, pattern)
        self.assertEqual(outcome.stdout, b"")

    def check_ok(self, outcome):
        self.assertEqual((outcome.status, outcome.stderr), (DONE, ""))
        return outcome.stdout

    def check_fails(self, outcome, status, pattern):
        self.assertEqual(outcome.status, status, outcome.stderr)
        self.check_one_line(outcome.stderr)
        self.assertRegex(outcome.stderr, pattern)

    def check_one_line(self, stderr):
        self.assertRegex(stderr, r"\Apilsmer: [^\n]+\n\Z")

    def init(self, *options, db="db"):
        self.assertEqual(self.ok("init", db, *options), b"")

    def put(self, key, value, db="db"):
        self.assertEqual(self.ok("put", db, key, "-", stdin=value), b"")

    def plan(self, key, db="db"):
        self.assertEqual(self.ok("plan-key", db, key), b"planned: %s\n" % os.fsencode(key))

    def get(self, key, db="db"):
        return self.ok("get", db, key)

    def check_value(self, key, value, db="db"):
        self.assertTrue(self.get(key, db) == value, f"{key}: another value")  # too long to be shown

    def check_works(self, db="db"):
        """A value goes in, is planned, and comes back."""
        self.put("works", INVOICE, db)
        self.plan("works", db)
        self.check_value("works", INVOICE, db)

    def files(self, where="db"):
        """Every file and directory under a directory, each with its size and times."""
        found = {}
        for path in (self.dir / where).rglob("*"):
            status = path.lstat()
            found[str(path)] = (status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        return found


class OrdinaryUserTest(ProgramTest):
    """Runs the program without root's privileges, as the owner of the test's directory."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.privileges = {}
        if os.geteuid() == 0:
            place = Path(tempfile.mkdtemp(prefix="pilsmer-cli-"))
            cls.addClassCleanup(shutil.rmtree, place)
            place.chmod(0o755)
            nobody = pwd.getpwnam("nobody")
            cls.privileges = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            cls.privileges["program"] = shutil.copy(PROGRAM, place)  # where that user can get at it

    def setUp(self):
        super().setUp()
        self.how = {**self.privileges, "env": {"PILSMER_CACHE_DIR": self.dir / "cache"}}
        self.give(self.dir)

    def give(self, path):
        """To whom the program runs as."""
        if self.privileges:
            os.chown(path, self.privileges["user"], self.privileges["group"])
