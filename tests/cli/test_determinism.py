"""The same value, corpus and codec give the same plan: in another store, another process, another build."""

import os
import random
import unittest

from program import INVOICE, PROGRAM, SOURCE, ProgramTest

PROGRAMS = [program for program in (PROGRAM, os.environ.get("PILSMER_OTHER_PROGRAM")) if program]
STORES = {
    "compact": (),
    "ceremonial": ("--codec=ceremonial",),
    "four streams": ("--stream=pi", "--stream=e", "--stream=sqrt2", "--stream=sha256-counter"),
    "other order": ("--stream=e", "--stream=pi"),
    "small": ("--stream=pi:1KiB", "--allow-literals"),
}


def values():
    rng = random.Random(1414)
    source = (SOURCE / "tests/reference/pilsmer_reference.py").read_bytes()
    yield b""
    yield INVOICE
    yield source
    yield bytes(100000)
    yield rng.randbytes(50000)
    yield bytes(rng.choices(b"abc", k=30000))
    yield rng.randbytes(300) * 50 + source[:5000] + rng.randbytes(300) * 3


class DeterminismTest(ProgramTest):
    def envelopes(self, db, program, options):
        """Of all values, put and planned by that program in a new store."""
        self.how["program"] = program
        self.init(*options, db=db)
        for i, value in enumerate(values()):
            self.put(f"key {i}", value, db=db)
            self.plan(f"key {i}", db=db)
            yield self.ok("get", db, f"key {i}", "--envelope")

    def test_in_two_stores_and_with_all_programs(self):
        for name, options in STORES.items():
            with self.subTest(name):
                first, *others = (
                    list(self.envelopes(f"{name} {i}", program, options))
                    for i, program in enumerate((PROGRAM, *PROGRAMS))
                )
                for other in others:
                    self.assertTrue(first == other)

    def test_one_program_reads_what_another_wrote(self):
        for name, options in STORES.items():
            for writer, reader in zip(PROGRAMS, reversed(PROGRAMS)):
                db = f"{name} by {PROGRAMS.index(writer)}"
                with self.subTest(db):
                    list(self.envelopes(db, writer, options))
                    self.how["program"] = reader
                    for i, value in enumerate(values()):
                        self.check_value(f"key {i}", value, db=db)
                        self.assertEqual(self.ok("plan-key", db, f"key {i}"), b"kept: key %d\n" % i)

    def test_planning_again_changes_nothing(self):
        self.init()
        for i, value in enumerate(values()):
            self.put(f"key {i}", value)
            self.plan(f"key {i}")
            before = self.ok("get", "db", f"key {i}", "--envelope")
            self.put(f"key {i}", b"something else")
            self.put(f"key {i}", value)
            self.plan(f"key {i}")
            self.assertTrue(self.ok("get", "db", f"key {i}", "--envelope") == before)


if __name__ == "__main__":
    unittest.main()
