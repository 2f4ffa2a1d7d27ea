"""A hundred values: put, planned, read back; and what the engine holds for them, decoded by the reference model."""

import unittest

from program import ProgramTest
from values import KIB, hundred_values

import pilsmer_reference as reference

FOUR_STREAMS = tuple(f"--stream={name}" for name in ("pi", "e", "sqrt2", "sha256-counter"))


class ValuesTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        cls.values = hundred_values()
        assert len(cls.values) == 100

    def check_envelope(self, key, value, kind):
        envelope = self.ok("get", "db", key, "--envelope")
        self.assertEqual(reference.unseal(envelope)[0], kind, key)
        self.assertTrue(b"".join(piece for _, piece in reference.explain(envelope)) == value, key)

    def check_values(self, kind, *options):
        self.init(*options)
        for key, value in self.values:
            with self.subTest(key, bytes=len(value)):
                self.put(key, value)
                self.plan(key)
                self.check_value(key, value)
                if len(value) <= 64 * KIB:
                    self.check_envelope(key, value, kind)
        printed = self.ok("scan", "db", "--keys-only").decode()
        self.assertEqual(printed.splitlines(), [key for key, _ in self.values])

    def test_compact_over_pi(self):
        self.check_values(reference.COMPACT)

    def test_ceremonial_over_pi(self):
        self.check_values(reference.CEREMONIAL, "--codec", "ceremonial")

    def test_compact_over_four_streams(self):
        self.check_values(reference.COMPACT, *FOUR_STREAMS)


if __name__ == "__main__":
    unittest.main()
