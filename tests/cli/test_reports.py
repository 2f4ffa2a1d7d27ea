"""What is listed and reported: scan, and --json everywhere."""

import base64
import json
import unittest

from program import INVOICE, NOT_THERE, ProgramTest

import pilsmer_reference as reference

PI = "pi.hex-fraction-prefix:v1"
PI_FINGERPRINT = reference.fingerprint(1, 65536).hex()
METRICS = """raw_values_total planned_values_total logical_bytes_total physical_value_bytes_total
plan_metadata_bytes_total stream_prefix_bytes_indexed metadata_amplification_ratio
philosophical_compression_ratio philosophical_purity_violations_total""".split()
EXPLANATION = (
    """storage_class logical_user_bytes physical_value_bytes plan_metadata_bytes plan_codec streams chunks
longest_natural_run average_chunk_len literal_bytes metadata_amplification philosophical_user_value_bytes_stored
philosophical_compression_ratio purity""".split()
)


class ReportTest(ProgramTest):
    def json(self, *args):
        """One object on one line."""
        (line,) = self.json_lines(*args)
        return line

    def json_lines(self, *args):
        printed = self.ok(*args, "--json")
        self.assertTrue(printed.endswith(b"\n") or not printed)
        return [json.loads(line) for line in printed.splitlines()]


class ScanTest(ReportTest):
    def setUp(self):
        super().setUp()
        self.init()

    def fill(self, entries):
        for key, value in entries.items():
            self.put(key, value)

    def test_an_empty_store(self):
        self.assertEqual(self.ok("scan", "db"), b"")
        self.assertEqual(self.json_lines("scan", "db"), [])

    def test_the_order_is_that_of_the_keys_bytes(self):
        keys = [
            b"\x01",
            b"A",
            b"a",
            b"a ",
            b"a!",
            b"aa",
            b"ab",
            b"b",
            "ä".encode(),
            "π".encode(),
            b"\xff",
            b"\xff\xff",
        ]
        self.fill({key: b"of " + key for key in reversed(keys)})
        self.plan(b"aa")
        found = self.json_lines("scan", "db")
        self.assertEqual([self.bytes_of(entry, "key") for entry in found], keys)
        self.assertEqual([self.bytes_of(entry, "value") for entry in found], [b"of " + key for key in keys])

    @staticmethod
    def bytes_of(entry, name):
        return (
            entry[name].encode()
            if name in entry
            else base64.b64decode(entry[name + "_base64"], validate=True)
        )

    def test_which_keys(self):
        self.fill(
            {key: key.encode() for key in ("a", "invoice:1", "invoice:2", "invoice:20", "invoicf", "z")}
        )
        for options, keys in (
            ([], "a invoice:1 invoice:2 invoice:20 invoicf z"),
            (["--prefix", "invoice:"], "invoice:1 invoice:2 invoice:20"),
            (["--prefix", "invoice:2"], "invoice:2 invoice:20"),
            (["--prefix", ""], "a invoice:1 invoice:2 invoice:20 invoicf z"),
            (["--prefix", "nothing"], ""),
            (["--from", "invoice:2"], "invoice:2 invoice:20 invoicf z"),
            (["--from", "invoice:11"], "invoice:2 invoice:20 invoicf z"),
            (["--from", "zz"], ""),
            (["--prefix", "invoice:", "--from", "invoice:2"], "invoice:2 invoice:20"),
            (["--prefix", "invoice:", "--from", "a"], "invoice:1 invoice:2 invoice:20"),
            (["--prefix", "invoice:", "--from", "invoicf"], ""),
        ):
            with self.subTest(options):
                self.assertEqual(
                    self.ok("scan", "db", "--keys-only", *options).decode().split(), keys.split()
                )
                self.assertEqual(
                    self.ok("scan", "db", *options).decode().splitlines(),
                    [f"{key}\t{key}" for key in keys.split()],
                )
                self.assertEqual(
                    self.json_lines("scan", "db", "--keys-only", *options),
                    [{"key": key} for key in keys.split()],
                )

    def test_text_is_escaped_into_one_line_for_each_entry(self):
        self.fill(
            {
                b"1 plain": "Größe π".encode(),
                b"2\ttab": b"a\tb",
                b"3\nline": b"a\nb\r",
                b"4\\": b"\\n",
                b"5\xff": b"\x00\x1b[31m\x7f",
                b"6": "\u0080\u009f\u00a0".encode(),
                b"7": b"\xc3(\xed\xa0\x80",
                b"8": b"",
            }
        )
        self.assertEqual(
            self.ok("scan", "db").decode(),
            "1 plain\tGröße π\n"
            "2\\ttab\ta\\tb\n"
            "3\\nline\ta\\nb\\x0d\n"
            "4\\\\\t\\\\n\n"
            "5\\xff\t\\x00\\x1b[31m\\x7f\n"
            "6\t\\xc2\\x80\\xc2\\x9f\u00a0\n"
            "7\t\\xc3(\\xed\\xa0\\x80\n"
            "8\t\n",
        )

    def test_json_says_base64_where_it_is_no_text(self):
        entries = {b"\xfekey": b"text", b"key": b"\x89PNG\x00", b"nul": b"a\x00b", b"quote": b'"\\\n\x1f'}
        self.fill(entries)
        self.assertEqual(
            self.json_lines("scan", "db"),
            [
                {"key": "key", "value_base64": "iVBORwA="},
                {"key": "nul", "value": "a\0b"},
                {"key": "quote", "value": '"\\\n\x1f'},
                {"key_base64": "/mtleQ==", "value": "text"},
            ],
        )

    def test_large_values(self):
        value = bytes(range(256)) * 4096
        self.put("large", value)
        self.plan("large")
        (entry,) = self.json_lines("scan", "db")
        self.assertTrue(base64.b64decode(entry["value_base64"]) == value)
        self.assertTrue(self.ok("scan", "db").startswith(b"large\t\\x00\\x01"))


class JsonTest(ReportTest):
    def test_explain(self):
        self.init()
        self.put("key", INVOICE)
        raw = self.json("explain", "db", "key")
        self.assertEqual(list(raw), EXPLANATION)
        self.assertEqual((raw["storage_class"], raw["plan_codec"], raw["purity"]), ("Raw", "none", "Raw"))
        self.assertEqual((raw["logical_user_bytes"], raw["physical_value_bytes"]), (31, 56))
        self.assertEqual((raw["streams"], raw["philosophical_compression_ratio"]), ([], 1.0))
        self.plan("key")
        planned = self.json("explain", "db", "key", "--chunks")
        self.assertEqual(list(planned), [*EXPLANATION, "chunk_list"])
        chunks = planned.pop("chunk_list")
        self.assertEqual(
            planned,
            {
                "storage_class": "Plan",
                "logical_user_bytes": 31,
                "physical_value_bytes": 65,
                "plan_metadata_bytes": 40,
                "plan_codec": "compact",
                "streams": [{"name": PI, "prefix": 65536, "fingerprint": PI_FINGERPRINT}],
                "chunks": 20,
                "longest_natural_run": 2,
                "average_chunk_len": 31 / 20,
                "literal_bytes": 0,
                "metadata_amplification": 40 / 31,
                "philosophical_user_value_bytes_stored": 0,
                "philosophical_compression_ratio": "infinity",
                "purity": "Pure",
            },
        )
        prefix = reference.prefix(1, 65536)
        self.assertEqual({chunk["stream"] for chunk in chunks}, {PI})
        located = [prefix[chunk["offset"] : chunk["offset"] + chunk["length"]] for chunk in chunks]
        self.assertEqual((len(located), b"".join(located)), (20, INVOICE))

    def test_chunks_of_every_kind(self):
        self.init("--stream=pi:1KiB", "--allow-literals")
        self.put("key", b"regret regret regret regret F!")
        self.plan("key")
        explained = self.json("explain", "db", "key", "--chunks")
        self.assertEqual(
            sum(chunk.get("length", chunk.get("literal")) for chunk in explained["chunk_list"]), 30
        )
        self.assertEqual(
            [chunk for chunk in explained["chunk_list"] if "echo" in chunk], [{"echo": 7, "length": 21}]
        )
        self.assertEqual([chunk for chunk in explained["chunk_list"] if "literal" in chunk], [{"literal": 1}])
        self.assertEqual((explained["purity"], explained["literal_bytes"]), ("Impure", 1))
        self.assertEqual(explained["philosophical_compression_ratio"], 30.0)

    def test_plan_key(self):
        self.init()
        for key, name, said in (
            (b"key", "key", "key"),
            (b"\xff", "key_base64", "/w=="),
            (b"a\nb", "key", "a\nb"),
        ):
            self.put(key, INVOICE)
            for replaced, before in ((True, 56), (False, 65)):
                with self.subTest(key, replaced=replaced):
                    self.assertEqual(
                        self.json("plan-key", "db", key),
                        {
                            "replaced": replaced,
                            "physical_value_bytes_before": before,
                            "physical_value_bytes_after": 65,
                            name: said,
                        },
                    )

    def test_metrics(self):
        self.init()
        names = ["pilsmer_" + name for name in METRICS]
        empty = self.json("metrics", "db")
        self.assertEqual(list(empty), names)
        self.assertEqual(list(empty.values()), [0, 0, 0, 0, 0, 65536, 0.0, 1.0, 0])
        self.put("raw", b"regret")
        self.put("planned", INVOICE)
        self.plan("planned")
        counted = self.json("metrics", "db")
        self.assertEqual(list(counted), names)
        self.assertEqual(list(counted.values()), [1, 1, 37, 96, 40, 65536, 40 / 37, "infinity", 0])

    def test_metrics_of_sins(self):
        self.init("--stream=pi:1KiB", "--allow-literals")
        self.put("impure", b"F sharp minor")
        self.plan("impure")
        counted = self.json("metrics", "db")
        self.assertEqual(counted["pilsmer_philosophical_compression_ratio"], 13.0)
        self.assertEqual(counted["pilsmer_philosophical_purity_violations_total"], 1)

    def test_fingerprint(self):
        self.assertEqual(
            self.json("stream", "pi", "--fingerprint"),
            {"stream": PI, "prefix": 65536, "fingerprint": PI_FINGERPRINT},
        )

    def test_errors_are_the_same_line(self):
        self.init()
        for command in ("explain", "plan-key"):
            self.fails(NOT_THERE, "^pilsmer: key missing: not there$", command, "db", "missing", "--json")


class StreamTest(ReportTest):
    def test_a_longer_prefix_begins_with_the_shorter(self):
        for name in ("pi", "e", "sqrt2", "sha256-counter"):
            self.assertTrue(
                self.ok("stream", f"{name}:200KiB").startswith(self.ok("stream", f"{name}:64KiB")), name
            )

    def test_the_bytes_and_fingerprints_are_the_reference_models(self):
        for name, number in (("pi", 1), ("e", 2), ("sqrt2", 3), ("sha256-counter", 4)):
            for size, count in (("1KiB", 1024), ("3KiB", 3072), ("64KiB", 65536), ("65536", 65536)):
                with self.subTest(name, size=size):
                    self.assertTrue(self.ok("stream", f"{name}:{size}") == reference.prefix(number, count))
                    fingerprint = self.json("stream", f"{name}:{size}", "--fingerprint")["fingerprint"]
                    self.assertEqual(fingerprint, reference.fingerprint(number, count).hex())


if __name__ == "__main__":
    unittest.main()
