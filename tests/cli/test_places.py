"""Where a store may be, and what is said of places where none is or can be."""

import os
import socket
import unittest

from program import INVOICE, IO, OrdinaryUserTest, ProgramTest

# Each command, on a store DB with the key `key`.
READ = (["get", "DB", "key"], ["explain", "DB", "key"], ["scan", "DB"], ["metrics", "DB"])
WRITE = (["put", "DB", "key", "-"], ["delete", "DB", "key"], ["plan-key", "DB", "key"])
NOT_A_STORE = "not a store; pilsmer init makes one"
NOTHING_THERE = f"({NOT_A_STORE}|no such directory)"


def on(db, command):
    return [db if arg == "DB" else arg for arg in command]


class PlacesTest(ProgramTest):
    def check_store(self, db):
        self.assertEqual(self.ok("init", "--", db), b"")
        self.assertEqual(self.ok("put", "--", db, "key", "-", stdin=INVOICE), b"")
        self.assertEqual(self.ok("plan-key", "--", db, "key"), b"planned: key\n")
        self.assertEqual(self.ok("get", "--", db, "key"), INVOICE)
        self.assertTrue(os.path.isdir(os.path.join(os.fsencode(self.dir), os.fsencode(db), b"manifest")))

    def test_names(self):
        for name in (
            "with space",
            "per%cent",
            "per%20cent",
            "%2e%2e",
            "hash#tag",
            "question?mark=1&more",
            "Größe – π 😀",
            "e\u0301",
            "quo'te\"",
            "back\\slash",
            "star*[x]{y}",
            "a+b=c@d,$!;~|^`<>",
            "colon:",
            "...",
            ".hidden",
            "-dash",
            "x" * 255,
            "tab\tand\nnewline",
            b"caf\xe9",
        ):
            with self.subTest(name):
                self.check_store(name)

    def test_ways_to_name_a_directory(self):
        (self.dir / "elsewhere/deep").mkdir(parents=True)
        (self.dir / "link").symlink_to("elsewhere/deep")
        for name in (
            "missing/parents/are/made",
            "trailing/",
            "two//slashes",
            "./dot/./dot",
            "up/../beside",
            "link",
            "link/inside",
            "link/../deeper",
            str(self.dir / "absolute"),
            "//" + str(self.dir / "absolute slashes").lstrip("/"),
        ):
            with self.subTest(name):
                self.check_store(name)
        self.assertTrue((self.dir / "elsewhere/deeper/manifest").is_dir())

    def test_one_store_by_several_names(self):
        self.init(db="one")
        self.put("key", INVOICE, db="one")
        (self.dir / "link").symlink_to("one")
        for name in ("one/", "./one", str(self.dir / "one"), "link", "link/", "link/../one"):
            with self.subTest(name):
                self.check_value("key", INVOICE, db=name)
                self.fails(IO, "there is a store already", "init", name)

    def test_the_directory_that_one_stands_in(self):
        self.init(db=".")
        self.check_works(db=".")


class NoStoreTest(ProgramTest):
    def check_refused(self, db, pattern=NOT_A_STORE):
        """No command finds a store there; none leaves anything behind, and one that reads touches nothing."""
        before = self.files(".")
        for commands, seen in ((READ, dict.items), (WRITE, dict.keys)):
            for command in commands:
                with self.subTest(db=db, command=command):
                    self.fails(IO, pattern, *on(db, command))
            self.assertEqual(seen(self.files(".")), seen(before))

    def test_a_directory_that_is_not_there(self):
        self.check_refused("missing", f"^pilsmer: missing: .*{NOTHING_THERE}$")
        self.check_refused("missing/parent/db", NOTHING_THERE)

    def test_an_empty_directory(self):
        (self.dir / "empty").mkdir()
        self.check_refused("empty", rf"^pilsmer: empty: {NOT_A_STORE}$")
        self.assertEqual(list((self.dir / "empty").iterdir()), [])

    def test_a_directory_of_someone_elses(self):
        (self.dir / "other/wal").mkdir(parents=True)
        (self.dir / "other/notes.txt").write_text("not yours")
        self.check_refused("other")

    def test_a_dangling_link(self):
        (self.dir / "dangling").symlink_to("nowhere")
        self.check_refused("dangling", NOTHING_THERE)

    def test_a_file(self):
        (self.dir / "file").write_bytes(INVOICE)
        self.check_refused("file", "(?i)not a directory")
        self.check_refused("file/db", "(?i)not a directory")
        self.fails(IO, "(?i)not a directory", "init", "file")
        self.fails(IO, "(?i)not a directory", "init", "file/db")

    def test_the_cause_is_said_however_long_the_name(self):
        name = "/".join(letter * 250 for letter in "abc")
        (self.dir / name).mkdir(parents=True)
        self.check_refused(name)
        self.fails(IO, "File name too long", "init", "x" * 256)

    def test_a_link_to_itself(self):
        (self.dir / "loop").symlink_to("loop")
        self.check_refused("loop", "(?i)symbolic links")
        self.fails(IO, "(?i)symbolic links|file exists", "init", "loop")


class RemoteTest(ProgramTest):
    def test_a_server_that_does_not_answer(self):
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))  # and doesn't listen
            self.how["env"] = {
                "AWS_ENDPOINT": f"http://127.0.0.1:{nobody.getsockname()[1]}",
                "AWS_ALLOW_HTTP": "true",
                "AWS_ACCESS_KEY_ID": "nobody",
                "AWS_SECRET_ACCESS_KEY": "secret",
                "AWS_REGION": "nowhere",
                "http_proxy": None,
                "HTTP_PROXY": None,
                "all_proxy": None,
                "ALL_PROXY": None,
            }
            for command in (["init", "DB"], *READ, *WRITE):
                with self.subTest(command):
                    self.fails(
                        IO,
                        "^pilsmer: s3://bucket/db: .*(Connection refused|no answer within 1000 ms)",
                        *on("s3://bucket/db", command),
                        "--timeout=1s",
                        stdin=INVOICE,
                        timeout=30,
                    )

    def test_memory_that_is_gone_with_its_process(self):
        self.assertEqual(self.ok("init", "memory:///db"), b"")
        self.fails(IO, f"^pilsmer: memory:///db: {NOT_A_STORE}$", "get", "memory:///db", "key")


class PermissionTest(OrdinaryUserTest):
    def forbid(self, name, mode=0o555):
        """Takes permissions away from a directory and all that is in it, until the test ends."""
        paths = [self.dir / name, *(self.dir / name).rglob("*")]
        modes = [(path, path.stat().st_mode) for path in paths]
        for path in reversed(paths):
            path.chmod(mode if path.is_dir() else mode & 0o444)

        def restore():
            for path, before in modes:
                path.chmod(before)

        self.addCleanup(restore)
        return restore

    def make_directory(self, name):
        (self.dir / name).mkdir()
        self.give(self.dir / name)

    def test_init_where_nothing_may_be_written(self):
        self.make_directory("locked")
        self.forbid("locked")
        self.fails(IO, "locked: .*Permission denied", "init", "locked")
        self.fails(IO, "locked/db: .*Permission denied", "init", "locked/db")

    def test_writing_to_a_store_that_may_only_be_read(self):
        self.init()
        self.put("key", INVOICE)
        restore = self.forbid("db")
        before = self.files()
        for command in WRITE:
            with self.subTest(command):
                self.fails(IO, "^pilsmer: db: .*[Pp]ermission denied", *on("db", command), stdin=b"new")
        self.assertEqual(self.files(), before)
        restore()
        self.check_value("key", INVOICE)
        self.check_works()

    def test_a_store_that_may_be_locked_but_not_written(self):
        self.init()
        self.put("key", INVOICE)
        self.forbid("db/wal")
        self.forbid("db/manifest")
        for command in WRITE:
            with self.subTest(command):
                self.fails(IO, "^pilsmer: db: .*[Pp]ermission denied", *on("db", command), stdin=b"new")
        self.check_value("key", INVOICE)

    def test_a_store_that_may_not_be_read(self):
        self.init()
        self.forbid("db", mode=0)
        for command in (*READ, *WRITE):
            with self.subTest(command):
                self.fails(IO, "^pilsmer: db: .*[Pp]ermission denied", *on("db", command), stdin=b"new")

    def test_files_of_a_store_that_may_not_be_read(self):
        self.init()
        self.put("key", INVOICE)
        for name in ("db/wal", "db/manifest"):
            restore = self.forbid(name, mode=0)
            for command in READ:
                with self.subTest(name, command=command):
                    self.fails(IO, "^pilsmer: db: .*[Pp]ermission denied", *on("db", command))
            restore()
        self.check_value("key", INVOICE)

    def test_a_value_that_may_not_be_read(self):
        self.init()
        (self.dir / "secret").write_bytes(INVOICE)
        (self.dir / "secret").chmod(0)
        self.fails(IO, "^pilsmer: secret: Permission denied$", "put", "db", "key", "secret")

    def test_a_store_only_to_be_read_is_read_and_not_touched(self):
        self.init()
        self.put("planned", INVOICE)
        self.plan("planned")
        self.put("raw", INVOICE)
        self.forbid("db")
        before = self.files()
        for _ in range(3):
            self.check_value("planned", INVOICE)
            self.check_value("raw", INVOICE)
            self.assertTrue(self.ok("get", "db", "raw", "--envelope").startswith(b"\xcf\x80\x01"))
            self.assertTrue(self.ok("explain", "db", "planned").startswith(b"storage_class: Plan\n"))
            self.assertEqual(self.ok("scan", "db", "--keys-only"), b"planned\nraw\n")
            self.assertIn(b"pilsmer_raw_values_total 1\n", self.ok("metrics", "db"))
        self.assertEqual(self.files(), before)


if __name__ == "__main__":
    unittest.main()
