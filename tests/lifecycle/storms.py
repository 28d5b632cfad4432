"""Very much of one thing under ktrace: all of it is seen, nothing is lost, nobody is stuck.

usage: storms.py KTRACE TARGETS [--full] [unittest arguments]

targets/storm.c is what happens; here it is counted in the trace. --full takes the numbers that ktrace promises, instead
of a tenth. Time is measured to be shown, and used to give up on what hangs, but never decides.
"""

import collections
import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

FULL = "--full" in sys.argv
KTRACE, TARGETS, *ARGUMENTS = [word for word in sys.argv[1:] if word != "--full"]
GUARD = 600 * float(os.environ.get("KTRACE_TEST_SLOWNESS", "1"))  # seconds after which something hangs
STORM = os.path.join(TARGETS, "storm")
WAYS = {"with a filter": ["-f"], "every call stops": ["-f", "--no-seccomp-bpf"]}
REFUSED = 3  # storm.c


def much(number):
    return number if FULL else number // 10


class Trace:
    """What a run of ktrace showed, counted."""

    def __init__(self, options, words, meanwhile=None):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "trace")
            with open(os.path.join(folder, "errors"), "w+b") as errors:
                begun = time.monotonic()
                tracer = subprocess.Popen([KTRACE, "-o", path, *options, STORM, *words], stdin=subprocess.DEVNULL,
                                          stdout=subprocess.DEVNULL, stderr=errors)
                try:
                    if meanwhile:
                        meanwhile(tracer)
                    self.status = tracer.wait(GUARD)
                finally:
                    tracer.kill()  # by now it has ended, or it hangs
                    tracer.wait()
                self.seconds = time.monotonic() - begun
                errors.seek(0)
                self.errors = errors.read().decode(errors="replace")
            with open(path, encoding="latin-1") as file:
                self.lines = file.readlines()
        self.exited = collections.Counter()
        self.deaths = self.superseded = self.signals = self.stops = 0
        self.begun, self.ended = collections.Counter(), collections.Counter()
        for line in self.lines:
            self.count(line)

    def count(self, line):
        text = line.split(None, 1)[1]
        if text.startswith("+++ exited"):
            self.exited[int(text.split()[3])] += 1
        elif text.startswith("+++ superseded"):
            self.superseded += 1
        elif text.startswith("+++ killed"):
            self.deaths += 1
        elif text.startswith("--- stopped"):
            self.stops += 1
        elif text.startswith("--- SIGRT"):
            self.signals += 1
        elif call := re.match(r"(?:<\.\.\. )?(\w+)", text):
            self.begun[call[1]] += not text.startswith("<...")
            self.ended[call[1]] += re.search(r"= -?\d+( \w+ \(.*\))?$", text) is not None


class Storms(unittest.TestCase):
    def follow(self, mode, count, trace="getppid", meanwhile=None):
        for way, options in WAYS.items():
            with self.subTest(way):
                seen = Trace([*options, "-e", f"trace={trace}"], [mode, str(count)], meanwhile)
                print(f"{mode} {count}, {way}: {seen.seconds:.1f} s", flush=True)
                self.assertEqual(seen.status, 0, seen.errors[-300:])
                yield seen

    def test_short_processes(self):
        count = much(10000)
        for seen in self.follow("processes", count):
            self.assertEqual((seen.begun["getppid"], seen.ended["getppid"]), (count, count))
            each = count // 100
            self.assertEqual(seen.exited, collections.Counter({k: each + (k == 0) for k in range(100)}))

    def test_threads_that_are_born_and_die(self):
        count = much(1000)
        for seen in self.follow("threads", count):
            self.assertEqual((seen.begun["getppid"], seen.ended["getppid"]), (3 * count, 3 * count))
            self.assertEqual(seen.exited[0], count + 1)

    def test_a_fork_bomb_that_has_a_limit(self):
        count = much(5000)
        for seen in self.follow("bomb", count):
            self.assertEqual((seen.begun["getppid"], seen.ended["getppid"]), (count, count))
            self.assertEqual(seen.exited[0], count)

    def test_execve_by_threads_while_others_make_calls(self):
        count = much(500)
        for seen in self.follow("execs", count, trace="getppid,execve"):
            self.assertEqual(seen.begun["execve"], count + 1)
            self.assertEqual(seen.superseded, count)
            # Of each program two threads that made calls, and in the end the leader of the last one.
            self.assertEqual(sum(seen.exited.values()), 2 * count + 1)

    def test_queued_signals(self):
        count = much(500000)
        for seen in self.follow("signals", count, trace="none"):
            print(f"  {count / seen.seconds:.0f} signals/s", flush=True)
            self.assertEqual(seen.signals, count)
            self.assertEqual(seen.exited[0], 2)

    def test_stops_and_continuations(self):
        rounds = much(10000)
        made = 2000

        def stop_and_go(tracer):
            def command(parent):
                """The first descendant of that name; others come and go meanwhile."""
                with contextlib.suppress(OSError):
                    with open(f"/proc/{parent}/task/{parent}/children") as file:
                        children = [int(child) for child in file.read().split()]
                    for child in children:
                        with contextlib.suppress(OSError), open(f"/proc/{child}/comm") as file:
                            if file.read() == "storm\n":
                                return child
                        if found := command(child):
                            return found
                return None

            while not (pid := command(tracer.pid)):
                self.assertIsNone(tracer.poll())
                time.sleep(0.001)
            for _ in range(rounds):
                try:
                    os.kill(pid, signal.SIGSTOP)
                    os.kill(pid, signal.SIGCONT)
                except ProcessLookupError:
                    break

        for seen in self.follow("calls", made, meanwhile=stop_and_go):
            self.assertEqual((seen.begun["getppid"], seen.ended["getppid"]), (4 * made, 4 * made))
            self.assertEqual(seen.exited[0], 5)

    def test_threads_born_while_it_attaches(self):
        cycles, missed, most = much(500), [], 0
        storm = subprocess.Popen([STORM, "newborns", "6"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(storm.kill)
        storm.stdout.readline()
        for cycle in range(cycles):
            tracer = subprocess.Popen([KTRACE, "-f", "-e", "trace=none", "-e", "signal=none", "-p", str(storm.pid)],
                                      stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
            self.assertIn(b"attached", tracer.stderr.readline())
            tids = os.listdir(f"/proc/{storm.pid}/task")
            most = max(most, len(tids))
            for tid in tids:
                try:
                    with open(f"/proc/{storm.pid}/task/{tid}/status") as file:
                        fields = dict(line.split(None, 1) for line in file if line.startswith(("TracerPid", "State")))
                except OSError:
                    continue
                if fields["TracerPid:"].strip() == "0" and fields["State:"][0] not in "XZ":
                    missed.append((cycle, tid))
            tracer.send_signal(signal.SIGINT)
            tracer.communicate(timeout=GUARD)
        storm.communicate(timeout=GUARD)
        print(f"newborns: {cycles} cycles, {most} threads at most", flush=True)
        self.assertEqual(missed, [])
        self.assertEqual(storm.returncode, 0)


class Debuggers(unittest.TestCase):
    """Tracees that trace, too. A process has one tracer: with -f it is ktrace."""

    def run_mode(self, mode, *options):
        return Trace([*options, "-e", "trace=ptrace"], [mode, str(much(100))])

    def test_work_where_children_are_not_followed(self):
        for mode in ("debugger", "seizer"):
            seen = self.run_mode(mode, "--no-seccomp-bpf")
            self.assertEqual(seen.status, 0, seen.errors)

    def test_hear_why_where_only_the_filter_is_in_the_way(self):
        for mode in ("debugger", "seizer"):
            seen = self.run_mode(mode)
            self.assertEqual(seen.status, REFUSED, seen.errors)
            self.assertEqual(seen.errors.count("was refused a ptrace call"), 1)
            self.assertIn("--no-seccomp-bpf", seen.errors)

    def test_are_refused_children_that_are_followed(self):
        for mode in ("debugger", "seizer"):
            for options in WAYS.values():
                seen = self.run_mode(mode, *options)
                self.assertEqual(seen.status, REFUSED, seen.errors)
                self.assertEqual(sum("EPERM" in line for line in seen.lines), 1)
                self.assertEqual(seen.errors, "")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + ARGUMENTS)
