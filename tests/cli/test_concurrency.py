"""Several processes at one store: writers take turns, readers never wait."""

import contextlib
import fcntl
import random
import signal
import subprocess
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from program import DONE, INVOICE, IO, LOST_RACE, NOT_THERE, TIMEOUT_S, ProgramTest, finish

WRITE = (
    ["put", "db", "new", "-"],
    ["put", "db", "raw", "-"],
    ["delete", "db", "none"],
    ["plan-key", "db", "raw"],
)
SLOW = random.Random(3).randbytes(4 << 20)  # takes a while to plan


class ConcurrencyTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.init()
        self.put("raw", INVOICE)
        self.put("planned", INVOICE)
        self.plan("planned")
        self.lock_file = self.dir / "db/pilsmer.writer.lock"

    @contextlib.contextmanager
    def held(self, holder="4242 (somebody)\n"):
        """With the store's lock in this process's hands."""
        with open(self.lock_file, "r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(holder)
            file.flush()
            yield
            file.truncate(0)

    def poll(self, condition):
        until = time.monotonic() + TIMEOUT_S
        while not condition():
            self.assertLess(time.monotonic(), until, "waited in vain")
            time.sleep(0.001)

    def check_still_waiting(self, process):
        with self.assertRaises(subprocess.TimeoutExpired):
            process.wait(timeout=0.3)

    def check_readers(self):
        self.check_value("raw", INVOICE)
        self.check_value("planned", INVOICE)
        self.assertTrue(self.ok("get", "db", "planned", "--envelope").startswith(b"\xcf\x80\x01"))
        self.assertTrue(self.ok("explain", "db", "planned").startswith(b"storage_class: Plan\n"))
        self.assertIn(b"pilsmer_planned_values_total ", self.ok("metrics", "db"))
        self.assertIn(b"planned\nraw\n", self.ok("scan", "db", "--keys-only"))


class LockTest(ConcurrencyTest):
    def test_a_writer_waits_and_then_says_who_holds_the_store(self):
        with self.held():
            for command in WRITE:
                for timeout in ("1ms", "300ms"):
                    with self.subTest(command, timeout=timeout):
                        self.fails(
                            LOST_RACE,
                            r"db: held for writing by process 4242 \(somebody\)$",
                            *command,
                            "--timeout",
                            timeout,
                            stdin=b"other",
                        )
            self.check_readers()
        self.check_readers()
        self.check_works()

    def test_a_holder_that_says_nothing_or_nonsense(self):
        for holder in (
            "",
            "\n",
            "somebody\n",
            "\0" * 100,
            "4242 (" + "x" * 1000,
            "1 (a)\n2 (b)\n",
            "\x1b[31m1\r\n",
        ):
            with self.subTest(holder), self.held(holder):
                self.fails(
                    LOST_RACE, "held for writing by process ", *WRITE[0], "--timeout", "1ms", stdin=b"other"
                )
        self.check_works()

    def test_init_waits_too(self):
        new = self.dir / "new"
        new.mkdir()
        with open(new / "pilsmer.writer.lock", "w") as file:
            file.write("4242 (somebody)\n")
            file.flush()
            fcntl.flock(file, fcntl.LOCK_EX)
            self.fails(LOST_RACE, "process 4242", "init", "new", "--timeout", "100ms")
        self.init(db="new")

    def test_init_of_a_store_does_not_wait(self):
        with self.held():
            self.fails(IO, "there is a store already", "init", "db")

    def test_a_writer_goes_on_when_the_store_is_free(self):
        for command in WRITE:
            with self.subTest(command):
                with self.held():
                    process = self.start(*command, stdin=subprocess.PIPE)
                    process.stdin.write(b"new")
                    process.stdin.close()
                    process.stdin = None
                    self.check_still_waiting(process)
                self.check_ok(finish(process))
        self.check_value("new", b"new")
        self.check_value("raw", b"new")

    def test_readers_do_not_need_the_lock(self):
        with self.held():
            before = self.files()
            self.check_readers()
            self.assertEqual(self.files(), before)
        self.lock_file.unlink()
        self.check_readers()
        self.assertFalse(self.lock_file.exists())

    def test_a_store_whose_lock_file_is_gone(self):
        self.lock_file.unlink()
        self.check_works()

    def test_a_lock_that_is_left_behind_binds_nobody(self):
        self.lock_file.write_text("4242 (somebody)\n")
        self.check_works()
        self.assertEqual(self.lock_file.read_text(), "")

    def test_a_process_that_was_stopped_is_named_and_one_that_was_killed_is_not_waited_for(self):
        self.put("slow", SLOW)
        process = self.start("plan-key", "db", "slow")
        self.poll(lambda: self.lock_file.read_text().startswith(f"{process.pid} (pilsmer plan-key)\n"))
        process.send_signal(signal.SIGSTOP)
        self.fails(
            LOST_RACE,
            rf"held for writing by process {process.pid} \(pilsmer plan-key\)$",
            *WRITE[0],
            "--timeout",
            "300ms",
            stdin=b"new",
        )
        self.check_readers()
        process.kill()
        finish(process)
        self.check_works()
        self.check_value("slow", SLOW)

    def test_the_lock_is_not_a_place_to_write_to(self):
        (self.dir / "precious").write_text("precious")
        self.lock_file.unlink()
        self.lock_file.symlink_to(self.dir / "precious")
        outcome = self.run_program(*WRITE[0], stdin=b"new")
        self.check_fails(outcome, IO, "Too many levels of symbolic links")
        self.assertEqual((self.dir / "precious").read_text(), "precious")


class ManyTest(ConcurrencyTest):
    def test_twenty_puts_at_once(self):
        values = {f"key {i:02}": b"value %d" % i * i for i in range(20)}
        files = {}
        for key, value in values.items():
            files[key] = self.dir / key
            files[key].write_bytes(value)
        processes = [self.start("put", "db", key, str(path)) for key, path in files.items()]
        for process in processes:
            self.assertEqual(self.check_ok(finish(process)), b"")
        for key, value in values.items():
            self.check_value(key, value)
        self.assertEqual(
            self.ok("scan", "db", "--keys-only", "--prefix", "key ").decode().splitlines(), list(values)
        )

    def test_puts_of_one_key_at_once(self):
        processes = [self.start("put", "db", "key", "-", stdin=subprocess.PIPE) for _ in range(10)]
        for i, process in enumerate(processes):
            self.check_ok(finish(process, b"value %d" % i))
        self.assertIn(self.get("key"), [b"value %d" % i for i in range(10)])

    def test_plans_and_puts_of_one_key_at_once(self):
        """Whoever comes last, the value is one that was put."""
        for _ in range(3):
            processes = [self.start("plan-key", "db", "raw") for _ in range(4)]
            put = self.start("put", "db", "raw", "-", stdin=subprocess.PIPE)
            self.check_ok(finish(put, b"changed"))
            for process in processes:
                self.assertRegex(self.check_ok(finish(process)), rb"\A(planned|kept): raw\n\Z")
            self.check_value("raw", b"changed")
            self.put("raw", INVOICE)

    def test_inits_at_once(self):
        outcomes = [finish(process) for process in [self.start("init", "made") for _ in range(8)]]
        self.assertEqual(sorted(outcome.status for outcome in outcomes), [DONE] + [IO] * 7)
        for outcome in outcomes:
            if outcome.status:
                self.check_fails(outcome, IO, "^pilsmer: made: there is a store already$")
        self.check_works("made")

    def test_readers_while_sixty_puts_run(self):
        """A hundred and more files come and go under them: what was there is there all the time."""
        puts = 60
        over = threading.Event()

        def read(command, right):
            count = 0
            while not over.is_set() or not count:
                printed = self.ok(*command)
                self.assertTrue(right(printed), command)
                count += 1
            return count

        def has_lines(*lines):
            return lambda printed: set(lines) <= set(printed.splitlines())

        with ThreadPoolExecutor() as pool:
            readers = [
                pool.submit(read, command, right)
                for command, right in (
                    (["get", "db", "raw"], INVOICE.__eq__),
                    (["get", "db", "planned"], INVOICE.__eq__),
                    (["scan", "db", "--keys-only"], has_lines(b"raw", b"planned")),
                    (["metrics", "db"], has_lines(b"pilsmer_planned_values_total 1")),
                )
            ]
            try:
                for i in range(puts):
                    self.put(f"key {i:02}", b"value %d" % i)
            finally:
                over.set()
            for reader in readers:
                self.assertGreater(reader.result(timeout=TIMEOUT_S), 0)
        self.assertEqual(len(self.ok("scan", "db", "--keys-only").splitlines()), puts + 2)

    def test_a_reader_sees_a_put_as_soon_as_it_has_ended(self):
        for i in range(20):
            self.put("key", b"value %d" % i)
            self.check_value("key", b"value %d" % i)


class KilledWriterTest(ConcurrencyTest):
    def test_writers_killed_at_any_moment(self):
        """What was reported done is there; what wasn't is there or not, whole; the next one goes on."""
        rng = random.Random(17)
        known = {}
        for i in range(40):
            key = f"key {i % 8}"
            value = b"value %d" % i * rng.choice((1, 10000))
            process = self.start("put", "db", key, "-", stdin=subprocess.PIPE)
            try:
                process.communicate(value, timeout=rng.uniform(0.005, 0.06))
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
            possible = {value} if process.returncode == DONE else {value} | known.get(key, {None})
            with self.subTest(key, status=process.returncode):
                outcome = self.run_program("get", "db", key)
                found = outcome.stdout if outcome.status == DONE else None
                self.assertTrue(found in possible, "another value")
                self.assertIn(outcome.status, (DONE, NOT_THERE), outcome.stderr)
            known[key] = possible
        self.check_readers()
        self.check_works()


if __name__ == "__main__":
    unittest.main()
