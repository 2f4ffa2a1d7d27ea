"""A hundred values of every kind, the same ones every time."""

import json
import random
import struct
import zlib

from program import INVOICE, PROGRAM, run

KIB = 1024
SEED = 31415926
WORDS = "the data is gone and the value comes back from pi without regret; δεδομένα ohne Verlust\n".split(" ")


def text(rng, length):
    return " ".join(rng.choices(WORDS, k=length)).encode()[:length]


def document(rng, invoices):
    return json.dumps(
        [
            {"id": rng.randrange(10**6), "total": rng.random() * 100, "status": rng.choice(("paid", "open"))}
            for _ in range(invoices)
        ]
    ).encode()


def image(rng, width, height):
    """A PNG, grey: a gradient with some noise in it."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(
        b"\0" + bytes((x + y + rng.randrange(4)) & 255 for x in range(width)) for y in range(height)
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def slices(rng, stream):
    """Stretches of a stream, at its ends and inside it."""
    prefix = run("stream", stream).stdout
    yield prefix
    yield prefix[:31]
    yield prefix[-32:]
    for length in (2, 33, 700, 5000):
        at = rng.randrange(len(prefix) - length)
        yield prefix[at : at + length]


def kinds():
    rng = random.Random(SEED)
    with open(PROGRAM, "rb") as file:
        elf = file.read(200 * KIB)
    yield "nothing", [b""]
    yield "byte", [bytes([byte]) for byte in (0x00, 0x0A, 0x2D, 0x7F, 0x80, 0xCF, 0xFF)]
    yield "text", [text(rng, n) for n in (2, 3, 7, 40, 127, 128, 900, 4 * KIB, 16 * KIB, 64 * KIB, 200 * KIB)]
    yield "json", [document(rng, n) for n in (0, 1, 2, 5, 20, 60, 500, 1000)]
    yield "invoice", [INVOICE]
    yield "elf", [elf[: n * KIB] for n in (1, 4, 64, 200)] + [
        elf[n * KIB : (n + 8) * KIB] for n in (20, 100, 180)
    ]
    yield "png", [image(rng, n, n) for n in (1, 3, 8, 50, 200, 400)]
    yield "random", [
        rng.randbytes(n) for n in (2, 3, 5, 16, 31, 99, 255, 256, 257, 1000, 4 * KIB, 16383, 16384, 64 * KIB)
    ]
    yield "zeros", [bytes(n) for n in (2, 3, 4, 5, 19, 20, 127, 128, 16384, 64 * KIB, KIB * KIB)]
    yield "every byte", [bytes(range(256)), bytes(range(255, -1, -1)), bytes(range(256)) * 300]
    yield "period", [rng.randbytes(n) * (4 * n + 1) for n in (2, 3, 7, 64, 300)]
    yield "far echo", [
        half + rng.randbytes(gap) + half for half, gap in ((rng.randbytes(99), n) for n in (200, 70000))
    ]
    yield "pairs", [
        bytes(byte for pair in range(n) for byte in (pair >> 8, pair & 255)) for n in (300, 65536)
    ]
    yield "pi", list(slices(rng, "pi"))
    yield "e", list(slices(rng, "e"))
    yield "long", [rng.randbytes(KIB * KIB)]
    yield "an envelope", [b"\xcf\x80\x01" + rng.randbytes(n) for n in (1, 22, 23, 100)]
    yield "lines", [b"\n" * n for n in (3, 77, 1000)]


def hundred_values():
    """(name, value), the names in the order of their bytes."""
    return sorted((f"{kind} {i:02}", value) for kind, values in kinds() for i, value in enumerate(values))
