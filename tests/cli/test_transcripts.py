"""What a person sees: every command of transcripts/*.txt prints, byte for byte, what is written there."""

import os
import re
import subprocess
import unittest

import program
from program import INVOICE, PROGRAM, SOURCE, TIMEOUT_S, ProgramTest

import pilsmer_reference as reference

TRANSCRIPTS = SOURCE / "tests/cli/transcripts"
PLACE = "/tmp/pilsmer-demo"  # in the transcripts; the test's own directory when they are run


class ShellTest(ProgramTest):
    """Commands as a shell runs them, in a place of the test's own."""

    def setUp(self):
        super().setUp()
        (self.dir / "bin").mkdir()
        (self.dir / "bin/pilsmer").symlink_to(PROGRAM)
        self.place = str(self.dir / "demo")
        self.environment = program.environment({"PATH": f"{self.dir}/bin:{os.environ['PATH']}"})

    def shell(self, command):
        done = subprocess.run(
            ["sh", "-c", command],
            env=self.environment,
            cwd=self.dir,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        self.assertEqual((done.returncode, done.stderr), (0, b""), command)
        return done.stdout.decode()

    def read(self, name):
        return (TRANSCRIPTS / name).read_text()

    def replay(self, transcript):
        """The transcript as it comes out: what doesn't end in a newline gets one, as a terminal would show it."""
        lines = []
        for command in re.findall(r"^\$ (.*)$", transcript, re.MULTILINE):
            output = self.shell(command.replace(PLACE, self.place))
            lines += [f"$ {command}\n", output, "\n" if output and not output.endswith("\n") else ""]
        return "".join(lines).replace(self.place, PLACE)


class TranscriptTest(ShellTest):
    def test_every_transcript(self):
        for path in sorted(TRANSCRIPTS.glob("*.txt")):
            with self.subTest(path.name):
                transcript = path.read_text()
                self.assertIn("$ pilsmer ", transcript)
                self.assertEqual(self.replay(transcript), transcript)
                self.shell(f"rm -rf {self.place}")

    def test_the_canonical_one_gives_the_invoice_back_exactly(self):
        self.replay(self.read("canonical.txt"))
        self.assertEqual(self.get("invoice:123", db=self.place + "/db"), INVOICE)
        self.assertEqual(len(INVOICE), 31)

    def test_the_ceremonial_one_is_the_reference_models(self):
        self.replay(self.read("ceremonial.txt"))
        payload = reference.encode_ceremonial(INVOICE)
        self.assertIn(f"\nplan_metadata_bytes: {len(payload)}\n", self.read("ceremonial.txt"))
        self.assertEqual(
            self.ok("get", self.place + "/db", "invoice:123", "--envelope"),
            reference.seal(reference.CEREMONIAL, INVOICE, payload),
        )

    def test_the_listed_chunks_are_the_reference_models(self):
        for name, key in (("chunks.txt", "mood"), ("impure.txt", "key")):
            with self.subTest(name):
                listed = re.findall(r"^chunk: (.*)$", self.read(name), re.MULTILINE)
                self.replay(self.read(name))
                found = reference.explain(self.ok("get", self.place + "/db", key, "--envelope"))
                self.assertEqual(listed, [line.removesuffix(" (impure)") for line, _ in found])
                self.shell(f"rm -rf {self.place}")

    def test_the_metrics_are_nine_lines(self):
        printed = self.replay(self.read("metrics.txt")).split("$ ")
        for metrics in (output for output in printed if output.startswith("pilsmer metrics ")):
            lines = metrics.splitlines()[1:]
            self.assertEqual(len(lines), 9)
            for line in lines:
                self.assertRegex(line, r"\Apilsmer_[a-z_]+ (\d+|\d+\.\d\d|infinity)\Z")


class DemoTest(ShellTest):
    def test_it_prints_the_transcripts(self):
        script = (SOURCE / "scripts/demo.sh").read_text().replace(PLACE, self.place)
        (self.dir / "demo.sh").write_text(script)
        printed = self.shell(f"sh ./demo.sh {self.dir}/bin/pilsmer").replace(self.place, PLACE)
        self.assertTrue(printed.startswith(self.read("canonical.txt")), printed)
        self.assertEqual(len(re.findall(r"^pilsmer_", printed, re.MULTILINE)) % 9, 0)
        self.assertIn("plan_codec: ceremonial\n", printed)
        self.assertFalse(os.path.exists(self.place))


if __name__ == "__main__":
    unittest.main()
