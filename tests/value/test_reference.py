"""The reference model and the C code, each on what the other has written.

  test_reference.py PROGRAM           ... over the corpora that the model has in seconds
  test_reference.py PROGRAM large     ... over 1 MiB of e, which takes the model minutes
"""
import os
import random
import struct
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "reference"))
import pilsmer_reference as model  # noqa: E402

KIB = 1024
PI, SMALL, FOUR = ((1, 64 * KIB),), ((1, KIB),), tuple((number, 64 * KIB) for number in model.STREAMS)
SEED = int(os.environ.get("PILSMER_TEST_SEED", "314159265"), 0)
PROGRAM = None


def items(data):
    """The items of a program's output, each with its length before it."""
    at = 0
    while at < len(data):
        length, = struct.unpack_from("<I", data, at)
        yield data[at + 4:at + 4 + length]
        at += 4 + length


def emitted(count, *corpora):
    """Values, envelopes and descriptions that the C code has made."""
    output = list(items(subprocess.run([PROGRAM, "emit", str(count), *corpora], check=True, stdout=subprocess.PIPE).stdout))
    return list(zip(output[::3], output[1::3], output[2::3]))


def decoded(envelopes):
    """What the C code makes of each envelope: its value, or None when it is refused."""
    data = b"".join(struct.pack("<I", len(one)) + one for one in envelopes)
    output = subprocess.run([PROGRAM, "decode"], input=data, check=True, stdout=subprocess.PIPE).stdout
    at = 0
    for _ in envelopes:
        if output[at]:
            length, = struct.unpack_from("<I", output, at + 1)
            yield output[at + 5:at + 5 + length]
            at += 5 + length
        else:
            yield None
            at += 1


def modelled(envelope):
    try:
        return b"".join(piece for _, piece in model.explain(envelope))
    except model.Malformed:
        return None


class Agreement(unittest.TestCase):
    def agrees_on(self, rows):
        for number, (value, envelope, text) in enumerate(rows):
            with self.subTest(number=number, length=len(value)):
                found = model.explain(envelope)
                self.assertEqual(b"".join(piece for _, piece in found), value)
                if envelope[3] >> 4 != model.RAW:
                    self.assertEqual("".join(line + "\n" for line, _ in found).encode(), text)


class Small(Agreement):
    def setUp(self):
        self.random = random.Random(SEED)
        print("PILSMER_TEST_SEED=%d" % SEED)

    def test_the_model_explains_what_the_encoders_write(self):
        rows = emitted(300, "pi:64KiB", "pi:1KiB", "pi:64KiB e:64KiB sqrt2:64KiB sha256-counter:64KiB")
        self.assertEqual(len(rows), 300)
        self.assertEqual({envelope[3] for _, envelope, _ in rows}, {0x00, 0x10, 0x20})
        self.agrees_on(rows)

    def value(self, streams):
        singles = model.corpus(streams).singles
        return bytes(self.random.choices(singles, k=self.random.randrange(600)))

    def test_the_decoders_read_what_the_model_writes(self):
        values, envelopes = [], []
        for number in range(300):
            streams = (PI, SMALL, FOUR)[number % 3]
            kind, encode = ((model.COMPACT, model.encode_run), (model.CEREMONIAL, model.encode_ceremonial))[number // 3 % 2]
            values.append(self.value(streams))
            envelopes.append(model.seal(kind, values[-1], encode(values[-1], streams)))
        self.assertEqual(list(decoded(envelopes)), values)

    def token_stream(self):
        """Steps that are often right at first, then anything."""
        c = model.corpus(SMALL)
        out = bytearray()
        for _ in range(self.random.randrange(5)):
            run = bytes(self.random.choices(c.singles, k=self.random.randrange(6)))
            length, how = self.random.choice((0, 1, 13, 14, 15, 16, 200)), self.random.choice((0, 1, 1, 2, 3, 3, 3))
            kind = self.random.choice((0, 1, 1, 1, 2, 2, 2, 3))
            address = 0 if kind != model.SLICE else self.random.choice((0, 1, self.random.randrange(1100)))
            tail = (b"", bytes([self.random.randrange(len(run) + 1)]), bytes([self.random.randrange(8), 0]),
                    model.varint(address << 2 | kind))[how]
            out += model.run_and(c, run, length, how, tail)
            if how == 3 and tail[0] == model.LITERAL:
                out += bytes(length + 1)
        if self.random.random() < 0.7:
            out += model.run_and(c, bytes(self.random.choices(c.singles, k=1 + self.random.randrange(5))), 0, 0)
        else:
            out += self.random.randbytes(self.random.randrange(4))
        return c.header() + bytes(out)

    def lengths_of(self, payload):
        """How long the value is after each piece, as far as the steps go: where a plan may end."""
        lengths, total = [0], 0
        try:
            for _, piece in model.steps(payload, 10000):
                total += len(piece)
                lengths.append(total)
        except model.Malformed:
            pass
        return lengths

    def seal_for(self, payload, length):
        """An envelope with the hash of whatever the payload stands for, so that only its form can be wrong."""
        try:
            logical = b"".join(piece for _, piece in model.steps(payload, length))
        except model.Malformed:
            logical = bytes(length)
        return model.seal(model.COMPACT, logical, payload)

    def test_both_refuse_the_same_token_streams(self):
        envelopes = []
        for _ in range(4000):
            payload = self.token_stream()
            length = self.random.choice(self.lengths_of(payload)[-2:] + [self.random.randrange(40)])
            envelopes.append(self.seal_for(payload, length))
        ours, theirs = list(decoded(envelopes)), [modelled(one) for one in envelopes]
        self.assertEqual(ours, theirs)
        taken = sum(one is not None for one in theirs)
        self.assertGreater(taken, 400)
        self.assertLess(taken, 3600)
        print("%d of %d token streams are plans" % (taken, len(theirs)))


class Large(Agreement):
    def test_the_model_explains_what_the_encoders_write_over_a_mebibyte_of_e(self):
        self.agrees_on(emitted(26, "e:1MiB"))


if __name__ == "__main__":
    PROGRAM = sys.argv[1]
    unittest.main(argv=[sys.argv[0]], defaultTest="Large" if sys.argv[2:] == ["large"] else "Small", verbosity=2)
