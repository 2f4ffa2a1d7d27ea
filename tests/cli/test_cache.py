"""The prefix cache: damaged, deleted, impossible, shared. Never a wrong value, never a word."""

import os
import random
import shutil
import unittest

from program import INVOICE, OrdinaryUserTest, ProgramTest, finish

import pilsmer_reference as reference

STREAMS = ("pi", "e", "sqrt2", "sha256-counter")
PREFIX_BYTES = 65536
FINGERPRINT_BYTES = 32  # behind the prefix, in its file
VALUE = random.Random(2718).randbytes(20000)  # takes a good part of the ordinals


class CacheTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.cache = self.dir / "cache"
        self.how["env"] = {"PILSMER_CACHE_DIR": self.cache}

    def init_all_streams(self):
        self.init(*(f"--stream={name}" for name in STREAMS))

    def prefixes(self):
        """The cached files, by name."""
        return {path.name: path.read_bytes() for path in sorted(self.cache.iterdir())}

    def fill(self):
        """A raw and a planned value, and what the cache holds then."""
        self.init_all_streams()
        self.put("raw", VALUE)
        self.put("planned", VALUE)
        self.plan("planned")
        whole = self.prefixes()
        self.assertEqual(len(whole), len(STREAMS))
        self.assertEqual({len(data) for data in whole.values()}, {PREFIX_BYTES + FINGERPRINT_BYTES})
        return whole

    def forget(self):
        shutil.rmtree(self.cache)

    def check_all(self):
        for key in ("raw", "planned"):
            self.check_value(key, VALUE)
            self.assertTrue(self.ok("explain", "db", key).startswith(b"storage_class: "))
        self.assertIn(b"pilsmer_logical_bytes_total 40000\n", self.ok("metrics", "db"))


class DamageTest(CacheTest):
    def flip(self, name, at, bit=0):
        data = bytearray((self.cache / name).read_bytes())
        data[at] ^= 1 << bit
        (self.cache / name).write_bytes(data)

    def places(self, name):
        """Bytes to flip: the ends, some inside, and some of the fingerprint behind them."""
        inside = random.Random(name).sample(range(1, PREFIX_BYTES - 1), 2)
        return [0, *inside, PREFIX_BYTES - 1, PREFIX_BYTES + FINGERPRINT_BYTES - 1]

    def test_planning_over_a_damaged_prefix(self):
        whole = self.fill()
        for name in whole:
            for at in self.places(name):
                with self.subTest(name, at=at):
                    self.put("raw", VALUE)
                    self.flip(name, at)
                    self.plan("raw")
                    self.assertEqual(self.prefixes(), whole)  # mended
                    self.forget()
                    self.check_value("raw", VALUE)
                    self.assertEqual(self.prefixes(), whole)

    def test_planning_over_prefixes_that_are_all_damaged(self):
        whole = self.fill()
        for name in whole:
            for at in range(0, PREFIX_BYTES, 256):
                self.flip(name, at, bit=at // 256 % 8)
        self.plan("raw")
        self.forget()
        self.check_all()

    def test_reading_over_a_damaged_prefix(self):
        whole = self.fill()
        for name in whole:
            for at in self.places(name):
                with self.subTest(name, at=at):
                    self.flip(name, at)
                    self.check_value("planned", VALUE)
                    (self.cache / name).write_bytes(whole[name])
                    self.flip(name, at)
                    self.assertIn(b"storage_class: Plan\n", self.ok("explain", "db", "planned"))
                    (self.cache / name).write_bytes(whole[name])

    def test_reading_mends_what_it_needs(self):
        """Each byte of the value is rebuilt from a byte of the stream; any of them may be the damaged one."""
        self.init()
        self.put("key", INVOICE)
        self.plan("key")
        whole = self.prefixes()
        (name,) = whole
        for line, _ in reference.explain(self.ok("get", "db", "key", "--envelope")):
            _, _, offset, _, length = line.split()
            for at in range(int(offset), int(offset) + int(length)):
                with self.subTest(at=at):
                    self.flip(name, at)
                    self.check_value("key", INVOICE)
                    self.assertEqual(self.prefixes(), whole)

    def test_files_that_are_no_prefixes(self):
        whole = self.fill()
        rng = random.Random(3)
        for what in (
            lambda data: b"",
            lambda data: data[:1],
            lambda data: data[: PREFIX_BYTES // 2],
            lambda data: data[:PREFIX_BYTES],
            lambda data: data[:-1],
            lambda data: data + b"\0",
            lambda data: bytes(len(data)),
            lambda data: rng.randbytes(len(data)),
            lambda data: data[FINGERPRINT_BYTES:] + data[:FINGERPRINT_BYTES],
        ):
            for name, data in whole.items():
                (self.cache / name).write_bytes(what(data))
            self.check_value("planned", VALUE)
            for name, data in whole.items():
                (self.cache / name).write_bytes(what(data))
            self.put("raw", VALUE)
            self.plan("raw")
            self.forget()
            self.check_value("raw", VALUE)
            self.assertEqual(self.prefixes(), whole)

    def test_prefixes_under_each_others_names(self):
        whole = self.fill()
        names = list(whole)
        for name, other in zip(names, names[1:] + names[:1]):
            (self.cache / name).write_bytes(whole[other])
        self.check_all()
        self.put("raw", VALUE)
        self.plan("raw")
        self.forget()
        self.check_all()

    def test_names_that_are_no_files(self):
        whole = self.fill()
        elsewhere = self.dir / "elsewhere"
        for make in (
            lambda path: path.mkdir(),
            lambda path: path.symlink_to("nowhere"),
            lambda path: path.symlink_to(elsewhere),
        ):
            elsewhere.write_bytes(b"not to be touched")
            for name in whole:
                (self.cache / name).unlink()
                make(self.cache / name)
            self.check_all()
            self.assertEqual(elsewhere.read_bytes(), b"not to be touched")
            self.forget()
            self.check_all()

    def test_a_named_pipe_is_not_waited_for(self):
        for name in self.fill():
            (self.cache / name).unlink()
            os.mkfifo(self.cache / name)
        self.assertTrue(self.ok("get", "db", "planned", timeout=20) == VALUE)

    def test_a_cache_that_was_deleted(self):
        whole = self.fill()
        for name in whole:
            (self.cache / name).unlink()
            self.check_all()
        self.forget()
        self.check_all()
        self.assertEqual(self.prefixes(), whole)


class PlaceTest(CacheTest):
    def test_where_it_is(self):
        home = self.dir / "home"
        for expected, env in (
            (
                "own/cache",
                {"PILSMER_CACHE_DIR": self.dir / "own/cache", "XDG_CACHE_HOME": self.dir / "x", "HOME": home},
            ),
            ("xdg/pilsmer", {"PILSMER_CACHE_DIR": None, "XDG_CACHE_HOME": self.dir / "xdg", "HOME": home}),
            ("home/.cache/pilsmer", {"PILSMER_CACHE_DIR": None, "XDG_CACHE_HOME": None, "HOME": home}),
            ("home/.cache/pilsmer", {"PILSMER_CACHE_DIR": "", "XDG_CACHE_HOME": "", "HOME": home}),
        ):
            with self.subTest(expected):
                self.ok("stream", "pi", env=env)
                found = list((self.dir / expected).iterdir())
                self.assertEqual([path.stat().st_size for path in found], [PREFIX_BYTES + FINGERPRINT_BYTES])
                self.assertEqual(found[0].stat().st_mode & 0o777, 0o600)
                shutil.rmtree(self.dir / expected.split("/", maxsplit=1)[0])

    def test_nowhere(self):
        for env in (
            {"PILSMER_CACHE_DIR": None, "XDG_CACHE_HOME": None, "HOME": None},
            {"PILSMER_CACHE_DIR": "/dev/null"},
            {"PILSMER_CACHE_DIR": "/dev/null/cache"},
            {"PILSMER_CACHE_DIR": "/proc/cache"},
            {"PILSMER_CACHE_DIR": "x" * 300},
            {"PILSMER_CACHE_DIR": "x/" * 3000},
        ):
            with self.subTest(env):
                self.how = {"env": env}
                self.init(db="db")
                self.check_works()
                shutil.rmtree(self.dir / "db")

    def test_two_processes_that_find_it_empty(self):
        self.fill()
        for _ in range(5):
            self.forget()
            both = [self.start("get", "db", "planned") for _ in range(2)]
            for process in both:
                self.assertTrue(self.check_ok(finish(process)) == VALUE)
            self.assertEqual(len(self.prefixes()), len(STREAMS))  # and no temporary files

    def test_processes_that_mend_it_at_once(self):
        whole = self.fill()
        for name in whole:
            (self.cache / name).write_bytes(bytes(PREFIX_BYTES + FINGERPRINT_BYTES))
        for process in [self.start("get", "db", "planned") for _ in range(6)]:
            self.assertTrue(self.check_ok(finish(process)) == VALUE)
        self.assertEqual(self.prefixes(), whole)


class PermissionTest(CacheTest, OrdinaryUserTest):
    def test_a_cache_that_may_not_be_written(self):
        self.cache.mkdir(mode=0o555)
        self.fill_and_check()
        self.assertEqual(self.prefixes(), {})

    def test_a_cache_that_may_not_be_made(self):
        (self.dir / "locked").mkdir(mode=0o555)
        self.how["env"] = {"PILSMER_CACHE_DIR": self.dir / "locked/cache"}
        self.fill_and_check()

    def test_a_cache_that_may_not_be_read(self):
        whole = self.fill()
        for name in whole:
            (self.cache / name).chmod(0)
        self.check_all()
        self.assertEqual(sorted(path.name for path in self.cache.iterdir()), sorted(whole))

    def fill_and_check(self):
        self.init_all_streams()
        for key in ("raw", "planned"):
            self.put(key, VALUE)
        self.plan("planned")
        self.check_all()


if __name__ == "__main__":
    unittest.main()
