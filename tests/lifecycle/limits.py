"""ktrace at a limit of files, memory or processes; attaching to those of whom there is something special.

usage: limits.py KTRACE TARGETS [unittest arguments]

Whatever ktrace lacks, its program (targets/limited.c) comes to its own end, or was never started: then one line says why.
"""

import collections
import contextlib
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

KTRACE, TARGETS = (os.path.abspath(word) for word in sys.argv[1:3])
GUARD = 60 * float(os.environ.get("KTRACE_TEST_SLOWNESS", "1"))
LIMITED = os.path.join(TARGETS, "limited")
IS_ROOT = os.geteuid() == 0
LONELY = 100000 + os.getpid()  # a user who has no other processes
OUTCOMES = collections.Counter()

with open(KTRACE, "rb") as program:
    IS_SANITIZED = b"__asan_init" in program.read()

# With a filter, and without one.
WAYS = {"filter": ["-f", "-e", "trace=getppid"], "filter, one": ["-e", "trace=getppid"],
        "every call": ["-f", "--no-seccomp-bpf", "-e", "trace=getppid"], "everything": ["-f", "-yy"],
        "stacks": ["-k", "-e", "trace=getppid"], "JSON": ["--json", "-f", "-e", "trace=getppid"]}


def count(condition, outcome):
    OUTCOMES[condition, outcome] += 1


def read(path):
    with contextlib.suppress(OSError), open(path, encoding="latin-1") as file:
        return file.read()
    return ""


def wait_until(condition, what):
    end = time.monotonic() + GUARD
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("waited in vain until " + what)
        time.sleep(0.005)


def limited(*limits):
    def change():
        for what, soft in limits:
            resource.setrlimit(what, (soft, resource.getrlimit(what)[1] if what == resource.RLIMIT_AS else soft))
    return change


def lonely(most):
    def change():
        os.setgroups([])
        os.setresgid(LONELY, LONELY, LONELY)
        resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
        os.setresuid(LONELY, LONELY, LONELY)
    return change


class Case(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory(prefix="ktrace-limits.")
        self.addCleanup(place.cleanup)
        self.place = place.name
        os.chmod(self.place, 0o777)

    def run_limited(self, options, kind, change, output=None):
        """What became of it. Its status is the program's, or ktrace's before there was one."""
        words = [KTRACE, "-o", output or os.path.join(self.place, "out"), *options, LIMITED, kind]
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=GUARD,
                              check=False, preexec_fn=change, cwd=self.place)
        return done.returncode, done.stdout.decode(), done.stderr.decode()


class Limits(Case):
    def test_size_of_files(self):
        """The signal that comes with it is not ktrace's end: with a filter that would be its program's, too."""
        limit = limited((resource.RLIMIT_FSIZE, 8192))
        for way, options in WAYS.items():
            for more in ([], ["-ff"], ["-c"]):
                if "-c" in more and ("--json" in options or "-k" in options):
                    continue
                with self.subTest(way, more=more):
                    status, output, errors = self.run_limited([*options, *more], "calls", limit)
                    self.assertEqual((status, output), (0, "over\n"), errors)
                    if "-c" not in more:
                        self.assertIn("File too large", errors)
                    count("a limit of the size of files", "said, and the program goes on")

    def test_pending_signals(self):
        """A user who has as many as allowed: no timer of timer_create(2) is to be had."""
        for way, options in WAYS.items():
            with self.subTest(way):
                status, output, errors = self.run_limited(options, "calls", limited((resource.RLIMIT_SIGPENDING, 0)))
                self.assertEqual((status, output), (0, "over\n"), errors)
                count("a limit of pending signals", "as without")

    def test_time(self):
        """A soft limit is the program's matter."""
        for way in ("filter", "every call"):
            with self.subTest(way):
                hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
                status, output, errors = self.run_limited(WAYS[way], "tires",
                                                          lambda: resource.setrlimit(resource.RLIMIT_CPU, (1, hard)))
                self.assertEqual((status, output), (0, "over\n"), errors)
                count("a soft limit of time", "as without")

    @unittest.skipIf(IS_SANITIZED, "a sanitizer wants descriptors itself")
    def test_open_files(self):
        for way, options in WAYS.items():
            for most in range(3, 20):
                for output in (None, "|cat >out"):
                    with self.subTest(way, most=most, output=output):
                        limit = limited((resource.RLIMIT_NOFILE, most))
                        status, output, errors = self.run_limited(options, "calls", limit, output)
                        if (status, output) == (0, "over\n"):
                            count("a limit of open files", "as without")
                            continue
                        self.assertEqual(output, "")
                        self.assertIn(status, (1, 127))  # 127: the dynamic linker's
                        self.assertRegex(errors, "Too many open files|Error 24")
                        count("a limit of open files", "said, not started")

    @unittest.skipIf(IS_SANITIZED, "a sanitizer wants more memory than any limit leaves")
    def test_memory(self):
        for way, options in WAYS.items():
            for most in (20 << 20, 40 << 20, 100 << 20):
                with self.subTest(way, most=most):
                    more = ["-s", "50000000", "-e", "trace=getppid,write"]
                    status, output, errors = self.run_limited([*options, *more], "writes",
                                                              limited((resource.RLIMIT_AS, most)))
                    self.assertEqual((status, output), (1, "over\n"), errors)
                    self.assertEqual(errors, KTRACE + ": Out of memory\n")
                    count("a limit of memory, met in the midst of a call", "said, and the program goes on")

    @unittest.skipUnless(IS_ROOT and shutil.which("setpriv"), "needs root, to become a user with no processes")
    def test_processes(self):
        for way, options in WAYS.items():
            for most in range(1, 9):
                for output in (None, "|cat >out"):
                    with self.subTest(way, most=most, output=output):
                        self.try_processes(options, most, output)

    @unittest.skipUnless(IS_ROOT, "needs root, to become a user with no processes")
    def test_processes_and_symbols(self):
        """Who attaches starts the process that reads symbols at the first stack. Without it the trace goes on."""
        out = os.path.join(self.place, "out")
        with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=lonely(2)) as cat:
            tracer = subprocess.Popen([KTRACE, "-k", "-e", "trace=write", "-o", out, "-p", str(cat.pid)],
                                      stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, preexec_fn=lonely(2),
                                      env=dict(os.environ, ASAN_OPTIONS="detect_leaks=0"))  # who detects is one more
            self.addCleanup(tracer.kill)
            self.assertIn(" attached", tracer.stderr.readline())
            for _ in range(3):
                cat.stdin.write(b"a line\n")
                cat.stdin.flush()
                self.assertEqual(cat.stdout.readline(), b"a line\n")
            cat.stdin.close()
            errors = tracer.communicate(timeout=GUARD)[1]
        self.assertEqual(errors, f"{KTRACE}: Stacks have no symbols and end early: the process that reads symbols cannot "
                                 "be started: Resource temporarily unavailable\n")
        self.assertEqual(len(re.findall(r'^write\(1, "a line\\n", 7\) += 7\n > ', read(out), re.M)), 3, read(out))
        count("a limit of processes, met at a stack", "said once, the trace goes on")

    def try_processes(self, options, most, output):
        status, output, errors = self.run_limited(options, "calls", lonely(most), output)
        if (status, output) == (0, "over\n"):
            count("a limit of processes", "as without")
        elif "Cannot fork" in errors and output:  # the program was there before what the shell was to start for the output
            self.assertEqual(output, "over\n")
            self.assertIn("Broken pipe", errors)
            count("a limit of processes", "said, and the program goes on")
        else:
            self.assertEqual((status, output), (1, ""), errors)
            self.assertIn("Resource temporarily unavailable", errors)
            count("a limit of processes", "said, not started")
        wait_until(lambda: not any(re.search(rf"^Uid:\t{LONELY}", read(f"/proc/{pid}/status"), re.M)
                                   for pid in os.listdir("/proc") if pid.isdigit()), "nobody is left")


class Special(Case):
    """Attaching to one's own kind."""

    def attach(self, *options, where=()):
        tracer = subprocess.Popen([*where, KTRACE, "-o", os.path.join(self.place, "out"), *options],
                                  stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.addCleanup(tracer.kill)
        self.addCleanup(tracer.stderr.close)
        return tracer

    def end(self, tracer):
        tracer.send_signal(signal.SIGINT)
        errors = tracer.communicate(timeout=GUARD)[1]
        self.assertEqual(tracer.returncode, -signal.SIGINT)
        return errors

    def leaderless(self):
        program = subprocess.Popen([LIMITED, "leads"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(program.wait)
        self.addCleanup(program.stdin.close)
        self.addCleanup(program.stdout.close)
        self.assertEqual(program.stdout.readline(), b"ready\n")
        wait_until(lambda: "State:\tZ" in read(f"/proc/{program.pid}/status"), "its leader has gone")
        (survivor,) = {int(tid) for tid in os.listdir(f"/proc/{program.pid}/task")} - {program.pid}
        return program, survivor

    def test_a_leader_whose_threads_have_survived_it(self):
        """The kernel attaches nobody to it, but to its threads."""
        for options in ([], ["-f"]):
            program, survivor = self.leaderless()
            tracer = self.attach(*options, "-p", str(program.pid))
            errors = tracer.communicate(timeout=GUARD)[1]
            self.assertEqual(tracer.returncode, 1)
            self.assertIn(f"Operation not permitted\n{KTRACE}: the first thread of process {program.pid} (limited) has "
                          f"ended: attach to one that has not, {survivor}", errors)
            count("a leader whose threads have survived it, -p LEADER", "refused, others are named")

    def test_the_survivors_of_a_leader(self):
        for options in (["-p"], ["-f", "-p"], ["--attach-tree"]):
            for _ in range(5):
                program, survivor = self.leaderless()
                tracer = self.attach("-e", "trace=getppid", *options, str(program.pid if "--attach-tree" in options else survivor))
                self.assertIn(" attached", tracer.stderr.readline())
                program.stdin.write(b"...")
                program.stdin.flush()
                wait_until(lambda: read(os.path.join(self.place, "out")).count("getppid()") == 3, "it is traced")
                self.assertIn(f"Process {survivor} detached", self.end(tracer))
                program.stdin.close()
                self.assertEqual(program.stdout.read(), b"over\n")
                self.assertEqual(program.wait(GUARD), 0)
                count(f"threads that have survived their leader, {' '.join(options)}", "traced and let go")

    def test_oneself(self):
        for options in ("-p", "-fp", "--attach-tree"):
            done = subprocess.run(["sh", "-c", f'exec "$0" {options} $$', KTRACE], stderr=subprocess.PIPE, check=False,
                                  timeout=GUARD)
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr, b"I'm sorry, I can't let you do that, Dave." if options != "--attach-tree" else b"is part of ktrace")
            count("attaching to oneself", "refused")

    def test_ones_shell(self):
        for options in ("-p", "-f -p", "--attach-tree"):
            script = f'timeout -s INT 1 "$0" {options} $$ -o out; echo $?; (exit 3); exit $?'
            done = subprocess.run(["sh", "-c", script, KTRACE], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                                  timeout=GUARD, cwd=self.place)
            self.assertEqual((done.returncode, done.stdout), (3, b"124\n"), done.stderr)
            self.assertIn(b" detached", done.stderr)
            count("attaching to the shell that waits for ktrace", "traced and let go")

    def test_the_first_process_of_a_container(self):
        inside = ["unshare", "-rpf", "--mount-proc"]
        if subprocess.run([*inside, "true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
            self.skipTest("no namespaces here")
        for options in (["-p"], ["-f", "-p"], ["--attach-tree"]):
            with subprocess.Popen([*inside, "sh", "-c", "echo; read line; (exit 3); exit $?"], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE) as container:
                container.stdout.readline()
                with open(f"/proc/{container.pid}/task/{container.pid}/children", encoding="ascii") as file:
                    init = file.read().strip()
                tracer = self.attach(*options, init)
                self.assertIn(f"Process {init} attached", tracer.stderr.readline())
                self.assertIn(f"Process {init} detached", self.end(tracer))
                container.stdin.close()
                self.assertEqual(container.wait(GUARD), 3)
            # And from inside, where it is 1 and no signal but SIGCHLD reaches it.
            script = ('"$0" "$@" 1 -o out & while ! grep -q "TracerPid:.[1-9]" /proc/1/status; do :; done; '
                      "kill $!; wait $!; echo $?; (exit 3); exit $?")
            done = subprocess.run([*inside, "sh", "-c", script, KTRACE, *options], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, check=False, timeout=GUARD, cwd=self.place)
            self.assertEqual((done.returncode, done.stdout), (3, b"143\n"), done.stderr)
            count("the first process of a container, from outside and from inside", "traced and let go")


if __name__ == "__main__":
    done = unittest.main(argv=[sys.argv[0], *sys.argv[3:]], exit=False, warnings="ignore")
    for (condition, outcome), times in sorted(OUTCOMES.items()):
        print(f"{condition:75} {times:6}  {outcome}")
    sys.exit(not done.result.wasSuccessful())
