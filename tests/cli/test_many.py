"""A store that lives on short commands alone: they tidy up after themselves."""

import collections
import os
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor

from program import INVOICE, TIMEOUT_S, ProgramTest

PUTS = 2000 if os.environ.get("PILSMER_SLOW_TESTS") == "1" else 300

# A put leaves two log files and two manifests. Every 64 log files or so become a sorted file, and four of those become
# one, after which what is not needed any more goes: the sorted files only when they haven't been for 10 seconds, which
# at a hundred puts a second makes some forty. So there are never many more than these, however many puts there were.
FILES_MAX = {"wal": 400, "manifest": 400, "compacted": 60, "compactions": 20}


class ManyTest(ProgramTest):
    def count_files(self):
        counts = collections.Counter()
        for where in FILES_MAX:
            counts[where] = sum(1 for _ in os.scandir(self.dir / "db" / where)) if self.has(where) else 0
        return counts

    def has(self, where):
        return (self.dir / "db" / where).is_dir()

    def read_until(self, over):
        """What is there from the beginning is there all the time, whatever is tidied up meanwhile."""
        while not over.is_set():
            self.check_value("raw", INVOICE)
            self.check_value("planned", INVOICE)
            keys = self.ok("scan", "db", "--keys-only").splitlines()
            self.assertEqual(keys[-2:], [b"planned", b"raw"])
            self.assertEqual(keys, sorted(set(keys)))

    def test_many_puts(self):
        self.init()
        self.put("raw", INVOICE)
        self.put("planned", INVOICE)
        self.plan("planned")
        values = {f"key {i:04}": b"value %d" % i for i in range(PUTS)}
        most = collections.Counter()
        over = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            reader = pool.submit(self.read_until, over)
            try:
                for key, value in values.items():
                    self.put(key, value)
                    most |= self.count_files()
            finally:
                over.set()
            reader.result(timeout=TIMEOUT_S)
        printed = self.ok("scan", "db", "--prefix", "key ").decode()
        self.assertEqual(printed.splitlines(), [f"{key}\t{value.decode()}" for key, value in values.items()])
        for key in (*list(values)[:: PUTS // 20], list(values)[-1]):
            self.check_value(key, values[key])
        for where, limit in FILES_MAX.items():
            with self.subTest(where):
                self.assertLessEqual(most[where], limit)
        self.assertIn(b"pilsmer_raw_values_total %d\n" % (PUTS + 1), self.ok("metrics", "db"))

    def test_many_changes_of_one_key(self):
        """Puts, plans and deletes, each a command of its own."""
        self.init()
        for i in range(PUTS // 20):
            value = b"value %d of many" % i * (i % 7 + 1)
            self.put("key", value)
            self.plan("key")
            self.check_value("key", value)
            if i % 5 == 4:
                self.assertEqual(self.ok("delete", "db", "key"), b"")
                self.assertEqual(self.ok("scan", "db"), b"")


if __name__ == "__main__":
    unittest.main()
