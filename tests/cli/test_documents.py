"""What README.md shows is what happens."""

import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

SOURCE = Path(os.environ["PILSMER_SOURCE_DIR"])
PROGRAM = os.environ["PILSMER_PROGRAM"]
EXAMPLE = sys.argv.pop(1)

README = (SOURCE / "README.md").read_text()


def block(language):
    return re.search(f"```{language}\n(.*?)```", README, re.S).group(1)


class Documents(unittest.TestCase):
    def run_program(self, *arguments):
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=120)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def test_the_demonstration_begins_with_the_transcript(self):
        shown = self.run_program(SOURCE / "scripts/demo.sh", PROGRAM)
        self.assertEqual(shown[: len(block("console"))], block("console"))

    def test_the_demonstration_can_be_run_again_and_leaves_nothing(self):
        first = self.run_program(SOURCE / "scripts/demo.sh", PROGRAM)
        self.assertEqual(first, self.run_program(SOURCE / "scripts/demo.sh", PROGRAM))
        self.assertFalse(Path("/tmp/pilsmer-demo").exists())

    def test_the_demonstration_ends_with_the_ceremony(self):
        shown = self.run_program(SOURCE / "scripts/demo.sh", PROGRAM)
        ceremony = shown.split("every reference spelled out:\n")[1]
        self.assertIn("plan_codec: ceremonial\n", ceremony)
        self.assertIn("pilsmer_metadata_amplification_ratio 7.26\n", ceremony)

    def test_the_example_is_the_one_that_is_built(self):
        self.assertEqual(block("c"), (SOURCE / "examples/invoice.c").read_text())

    def test_the_example_runs_against_the_shared_library(self):
        place = Path(os.environ.get("TMPDIR", "/tmp")) / f"pilsmer-example-{os.getpid()}"
        self.addCleanup(subprocess.run, ["rm", "-rf", place])
        shown = self.run_program(EXAMPLE, place)
        self.assertEqual(shown, '56 bytes, then 65: {"total":49.99,"status":"paid"}\n')


if __name__ == "__main__":
    unittest.main()
