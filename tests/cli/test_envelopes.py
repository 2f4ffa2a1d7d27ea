"""
Envelopes that the program itself would never write: damaged, truncated, malformed, newer, over another corpus. They
get into a store behind its back: a raw value with an envelope of the same length is put, and its bytes in the engine's
newest log are replaced, the log's own checksum too.
"""

import json
import os
import shutil
import unittest
import zlib

from program import DAMAGED, INVOICE, IO, SOURCE, ProgramTest

import pilsmer_reference as reference

VECTORS = json.loads((SOURCE / "tests/reference/vectors.json").read_text())
NO_STEPS = bytes.fromhex(next(one["envelope"] for one in VECTORS["refused"] if one["name"] == "no steps"))
CORPORA = {
    "pi": (),
    "little pi": ("--stream=pi:1KiB",),
    "e and pi": ("--stream=e", "--stream=pi"),
    "four": ("--stream=pi", "--stream=e", "--stream=sqrt2", "--stream=sha256-counter"),
}
EVERY_BIT = os.environ.get("PILSMER_SLOW_TESTS") == "1"
LOGS_MAX = 30  # with more of them a put may leave its entry in a sorted file
READ = (["get", "db", "key"], ["explain", "db", "key"], ["plan-key", "db", "key"])


def replace_in_log(path, old, new):
    """In a log of one block, which a big-endian CRC-32 follows."""
    assert len(old) == len(new)
    log = path.read_bytes()
    at = log.index(old)
    for end in range(at + len(old), len(log) - 4):
        if zlib.crc32(log[:end]).to_bytes(4, "big") == log[end : end + 4]:
            block = log[:at] + new + log[at + len(old) : end]
            path.write_bytes(block + zlib.crc32(block).to_bytes(4, "big") + log[end + 4 :])
            return
    raise AssertionError(f"{path}: no checksum behind the block")


class EnvelopeTest(ProgramTest):
    def logs(self, db):
        return sorted(path for path in (self.dir / db / "wal").iterdir() if path.stat().st_size)

    def hold(self, envelope, key="key", db="db"):
        """Makes the engine hold that envelope for the key."""
        length = len(envelope) - 25  # of a raw value with an envelope as long
        value = bytes(length if length < 128 else length - (1 if length < 16385 else 2))
        raw = reference.seal(reference.RAW, value, value)
        self.put(key, value, db)
        self.assertLess(len(self.logs(db)), LOGS_MAX)
        replace_in_log(self.logs(db)[-1], raw, envelope)

    def hold_alone(self, envelope):
        """In a new store."""
        if not (self.dir / "new").exists():
            self.init(db="new")
        shutil.rmtree(self.dir / "db", ignore_errors=True)
        shutil.copytree(self.dir / "new", self.dir / "db")
        self.hold(envelope)
        self.assertEqual(self.ok("get", "db", "key", "--envelope"), envelope)

    def planned(self, value, *options):
        self.init(*options)
        self.put("key", value)
        self.plan("key")
        return self.ok("get", "db", "key", "--envelope")

    def check_damaged(self, cause, *command):
        self.fails(DAMAGED, f"^pilsmer: key key: {cause}", *command)


class DamageTest(EnvelopeTest):
    def check_flips(self, envelope):
        """Of every bit, or of some sixty, of the newest log's only entry."""
        path = self.logs("db")[-1]
        whole = path.read_bytes()
        for at in range(0, len(envelope), 1 if EVERY_BIT else len(envelope) // 60 or 1):
            for bit in range(8) if EVERY_BIT else (at % 8,):
                with self.subTest(at=at, bit=bit):
                    flipped = envelope[:at] + bytes([envelope[at] ^ 1 << bit]) + envelope[at + 1 :]
                    replace_in_log(path, envelope, flipped)
                    self.check_damaged(".", "get", "db", "key")
                    path.write_bytes(whole)
        self.check_value("key", INVOICE)

    def test_flips_in_a_raw_envelope(self):
        self.init()
        self.put("key", INVOICE)
        self.check_flips(reference.seal(reference.RAW, INVOICE, INVOICE))

    def test_flips_in_a_compact_plan(self):
        self.check_flips(self.planned(INVOICE))

    def test_flips_in_a_ceremonial_plan(self):
        self.check_flips(self.planned(INVOICE, "--codec=ceremonial"))

    def test_truncations(self):
        for envelope in (self.planned(INVOICE), reference.seal(reference.RAW, INVOICE, INVOICE)):
            for length in range(25, len(envelope)):
                with self.subTest(length=length):
                    self.hold_alone(envelope[:length])
                    self.check_damaged(".", "get", "db", "key")

    def test_changes_that_every_checksum_agrees_to(self):
        payload = reference.encode_run(INVOICE)
        other = b"another value of that length..."
        for cause, envelope in (
            ("logical hash", reference.seal(reference.COMPACT, other, payload)),
            ("logical hash", reference.seal(reference.RAW, other, INVOICE)),
            ("malformed plan", reference.seal(reference.COMPACT, INVOICE, payload[:-1])),
            ("malformed plan", reference.seal(reference.COMPACT, INVOICE, payload + b"\0")),
        ):
            with self.subTest(cause):
                self.hold_alone(envelope)
                for command in READ:
                    self.check_damaged(f".*{cause}", *command)

    def test_a_lister_goes_on_and_ends_in_3(self):
        self.init()
        for key in ("a", "b", "c", "d"):
            self.put(key, INVOICE)
        for key, count in (("b", 1), ("c", 2)):
            self.hold(NO_STEPS, key)
            scanned = self.run_program("scan", "db")
            self.assertEqual(scanned.status, DAMAGED)
            self.assertRegex(scanned.stderr, rf"\A(pilsmer: key [bc]: malformed plan: [^\n]+\n){{{count}}}\Z")
            whole = [name for name in "abcd" if f"key {name}:" not in scanned.stderr]
            self.assertEqual(
                scanned.stdout.decode(), "".join(f"{name}\t{INVOICE.decode()}\n" for name in whole)
            )
            metrics = self.run_program("metrics", "db")
            self.check_fails(metrics, DAMAGED, rf"^pilsmer: (a|{count}) damaged value.*: key b: malformed")
            self.assertIn(b"pilsmer_raw_values_total %d\n" % len(whole), metrics.stdout)
            self.assertEqual(len(metrics.stdout.splitlines()), 9)

    def test_a_damaged_value_can_be_replaced_and_deleted(self):
        self.init()
        self.hold(NO_STEPS)
        self.put("key", INVOICE)
        self.check_value("key", INVOICE)
        self.hold(NO_STEPS)
        self.assertEqual(self.ok("delete", "db", "key"), b"")
        self.assertEqual(self.ok("scan", "db"), b"")


class VectorTest(EnvelopeTest):
    def test_every_envelope_that_is_right(self):
        for db, options in CORPORA.items():
            self.init(*options, db=db)
        for vector in VECTORS["envelopes"]:
            envelope = bytes.fromhex(vector["envelope"])
            logical = bytes.fromhex(vector["logical"])
            with self.subTest(vector["name"]):
                read = 0
                for db in CORPORA:
                    self.hold(envelope, db=db)
                    outcome = self.run_program("get", db, "key")
                    if outcome.status:
                        self.check_fails(
                            outcome, DAMAGED, "^pilsmer: key key: a plan over a corpus that isn't registered"
                        )
                        self.assertEqual(outcome.stdout, b"")
                    else:
                        self.assertTrue(self.check_ok(outcome) == logical)
                        read += 1
                self.assertEqual(read, len(CORPORA) if vector["name"].startswith("raw") else 1)

    def test_every_envelope_that_is_refused(self):
        for vector in VECTORS["refused"]:
            with self.subTest(vector["name"]):
                self.hold_alone(bytes.fromhex(vector["envelope"]))
                for command in READ:
                    self.check_damaged(".", *command)


class CorpusTest(EnvelopeTest):
    def test_a_plan_over_a_corpus_that_is_not_registered(self):
        envelope = self.planned(INVOICE, "--stream=e")
        self.init(db="other")
        self.hold(envelope, db="other")
        for command in ("get", "explain", "plan-key"):
            self.fails(DAMAGED, "^pilsmer: key key: .* corpus that isn't registered", command, "other", "key")

    def test_a_crafted_plan_does_not_order_a_gigabyte_of_pi(self):
        """It is refused before a stream is generated, which would take longer than this test may."""
        self.init()
        payload = b"\x01\x01" + reference.varint(1 << 20) + b"\0\0\0\0" + b"\xc0" + bytes(35)
        self.hold(reference.seal(reference.COMPACT, INVOICE, payload))
        for command in READ:
            self.fails(DAMAGED, "corpus that isn't registered", *command, timeout=20)


class RecordTest(EnvelopeTest):
    """The store's own record is the first thing in its log."""

    def change_record(self, change):
        path = self.logs("db")[0]
        log = path.read_bytes()
        at = log.index(b"\xcf\x80\x01\x00")
        length = next(n for n in range(26, len(log) - at) if self.is_envelope(log[at : at + n]))
        record = log[at : at + length]
        replace_in_log(path, record, change(record))

    @staticmethod
    def is_envelope(data):
        try:
            return reference.unseal(data) is not None
        except reference.Malformed:
            return False

    def check_refused(self, status, pattern):
        for command in (["get", "db", "key"], ["put", "db", "key", "-"], ["scan", "db"], ["metrics", "db"]):
            with self.subTest(command):
                self.fails(status, pattern, *command, stdin=b"new")

    @staticmethod
    def reseal(record, old, new):
        payload = reference.unseal(record)[2]
        assert payload.count(old) == 1 and len(old) == len(new)
        payload = payload.replace(old, new)
        return reference.seal(reference.RAW, payload, payload)

    def setUp(self):
        super().setUp()
        self.init()

    def test_a_newer_format(self):
        self.change_record(lambda record: self.reseal(record, b"\x61v\x01", b"\x61v\x02"))
        self.check_refused(IO, "^pilsmer: db: .*format 2; this program reads format 1$")

    def test_a_codec_of_the_future(self):
        self.change_record(
            lambda record: self.reseal(record, b"\x61v\x01ecodecgcompact", b"\x61v\x01ecodecgcompost")
        )
        self.check_refused(DAMAGED, "^pilsmer: db: store record: .*codec")

    def test_damage(self):
        whole = self.logs("db")[0].read_bytes()
        for at in (0, 2, 3, 4, 30, -21, -20, -1):
            with self.subTest(at=at):

                def flip(record):
                    changed = bytearray(record)
                    changed[at] ^= 1
                    return bytes(changed)

                self.change_record(flip)
                self.check_refused(DAMAGED, "^pilsmer: db: .*record")
                self.logs("db")[0].write_bytes(whole)
        self.check_works()

    def test_none(self):
        """A database of someone else's, or one whose record was lost: nothing makes it a store."""
        self.put("key", INVOICE)
        self.logs("db")[0].write_bytes(b"")
        self.check_refused(IO, "^pilsmer: db: not a store")
        self.fails(IO, "^pilsmer: db: there is a database already, and it is not a store$", "init", "db")


if __name__ == "__main__":
    unittest.main()
