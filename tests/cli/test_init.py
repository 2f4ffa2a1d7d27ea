"""Making a store: once, and completely even when it was interrupted."""

import random
import shutil
import subprocess
import unittest

from program import DONE, INVOICE, IO, ProgramTest, run

ALREADY = "there is a store already"
INCOMPLETE = "not a store"
KILLS = 25


class InitTest(ProgramTest):
    def test_a_store_is_made_once(self):
        self.init()
        self.put("key", INVOICE)
        before = self.files()
        for options in ([], ["--codec", "ceremonial"], ["--stream", "e"], ["--allow-literals"]):
            with self.subTest(options):
                self.fails(IO, f"^pilsmer: db: {ALREADY}$", "init", "db", *options)
        self.assertEqual(set(before) - set(self.files()), set())
        self.plan("key")
        self.assertIn(b"\nplan_codec: compact\nstream: pi.", self.ok("explain", "db", "key"))

    def test_a_store_keeps_what_it_was_made_with(self):
        self.init("--stream", "e:2KiB", "--stream", "pi:1KiB", "--codec", "ceremonial")
        self.put("key", INVOICE)
        self.plan("key")
        told = self.ok("explain", "db", "key").decode()
        self.assertIn("plan_codec: ceremonial\n", told)
        self.assertRegex(told, r"(?s)stream: e\.\S+ prefix 2048 .*stream: pi\.\S+ prefix 1024 ")
        self.assertIn(b"stream_prefix_bytes_indexed 3072\n", self.ok("metrics", "db"))

    def test_two_stores_in_one_directory_tree(self):
        self.init(db="db")
        self.init(db="db/inner")
        self.put("key", b"outer", db="db")
        self.put("key", b"inner", db="db/inner")
        self.assertEqual((self.get("key", db="db"), self.get("key", db="db/inner")), (b"outer", b"inner"))

    def check_incomplete(self, db):
        """Every command but init says that there is no store; init completes it."""
        for command in (["get", db, "key"], ["put", db, "key", "-"], ["scan", db]):
            self.fails(IO, INCOMPLETE, *command)
        self.init(db=db)
        self.check_works(db)

    def check_complete(self, db):
        self.fails(IO, ALREADY, "init", db)
        self.check_works(db)

    def test_every_state_that_a_killed_init_can_leave(self):
        """Its files appear one by one, each staged as NAME#1 and then whole; their times tell the order."""
        self.init(db="whole")
        files = [path for path in (self.dir / "whole").rglob("*") if path.is_file()]
        # The lock is made first, and written last.
        files.sort(key=lambda path: (path.suffix != ".lock", path.stat().st_mtime_ns))
        record = [path.parent.name for path in files].index("wal") + 1  # behind the one that fences
        self.assertGreater(files[record].stat().st_size, 0)
        for count, staged in enumerate(files):
            with self.subTest(f"{count} of {len(files)} files"):
                db = f"killed-{count}"
                shutil.copytree(self.dir / "whole", self.dir / db)
                for path in files[count:]:
                    (self.dir / db / path.relative_to(self.dir / "whole")).unlink()
                half = staged.read_bytes()[: staged.stat().st_size // 2]
                (self.dir / db / f"{staged.relative_to(self.dir / 'whole')}#1").write_bytes(half)
                (self.check_complete if count > record else self.check_incomplete)(db)

    def test_a_directory_that_was_only_made(self):
        (self.dir / "db").mkdir()
        self.check_incomplete("db")

    def test_killed_at_any_moment(self):
        rng = random.Random(KILLS)
        ends = set()
        for i in range(KILLS):
            db = f"db-{i}"
            process = self.start("init", db)
            try:
                process.wait(timeout=rng.uniform(0, 0.08))
            except subprocess.TimeoutExpired:
                process.kill()
            process.communicate()
            with self.subTest(db, status=process.returncode):
                again = run("init", db, cwd=self.dir)
                ends.add((process.returncode, again.status))
                if again.status != DONE:
                    self.check_fails(again, IO, ALREADY)
                self.check_complete(db)
        self.assertNotIn((DONE, DONE), ends, "an init that had finished was done again")


if __name__ == "__main__":
    unittest.main()
