"""--attach-tree: nobody of a family that forks all the time is missed, and nobody comes to harm.

usage: tree.py KTRACE TARGETS [unittest arguments]
"""

import os
import signal
import subprocess
import sys
import unittest

KTRACE, TARGETS = sys.argv[1:3]
CYCLES = 30
SLOWNESS = float(os.environ.get("KTRACE_TEST_SLOWNESS", "1"))


def read_stat(pid):
    """(state, parent, session), None if the process is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="latin-1") as file:
            words = file.read().rsplit(")", 1)[1].split()
        return words[0], int(words[1]), int(words[3])
    except (OSError, IndexError):
        return None


def tracer_of(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="latin-1") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("TracerPid:"))
    except (OSError, StopIteration):
        return None


def family(session):
    """Who lives in a session, zombies left out."""
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    stats = [(pid, read_stat(pid)) for pid in pids]
    return [pid for pid, stat in stats if stat and stat[2] == session and stat[0] not in "ZX"]


class Tree(unittest.TestCase):
    def follow(self, mode):
        root = subprocess.Popen([os.path.join(TARGETS, "breed"), mode], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        root.stdout.readline()
        most = 0
        for cycle in range(CYCLES):
            tracer = subprocess.Popen([KTRACE, f"--attach-tree={root.pid}", "-e", "trace=none", "-e", "signal=none"],
                                      stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
            first = tracer.stderr.readline()
            self.assertIn(b"attached", first)
            members = family(root.pid)
            missed = [pid for pid in members if tracer_of(pid) not in (tracer.pid, None)]
            stats = [(pid, read_stat(pid)) for pid in missed]
            # Who was an orphan before the tracer came is no descendant.
            still = [pid for pid, stat in stats if stat and stat[0] not in "ZX" and stat[1] in members]
            self.assertEqual(still, [], f"{mode}, cycle {cycle}: not traced")
            tracer.send_signal(signal.SIGINT)
            errors = tracer.communicate(timeout=30 * SLOWNESS)[1]
            most = max(most, 1 + errors.count(b" attached"))
            self.assertEqual(tracer.returncode, -signal.SIGINT)
            self.assertEqual([pid for pid in family(root.pid) if tracer_of(pid) == tracer.pid], [])
        root.stdin.close()
        root.stdout.close()
        self.assertEqual(root.wait(timeout=30 * SLOWNESS), 0)
        self.assertGreater(most, 3)

    def test_children(self):
        self.follow("children")

    def test_generations(self):
        self.follow("generations")

    def test_orphans(self):
        self.follow("orphans")

    def test_threads(self):
        self.follow("threads")

    def test_births_that_had_begun(self):
        """Whether a child is traced from birth on is decided when its parent's fork begins, not when it ends."""
        self.follow("heavy")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
