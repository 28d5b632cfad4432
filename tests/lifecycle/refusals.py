"""Attaching where it is refused: the rule is named. Rules that this system or this user cannot produce are skipped;
unit_tracer has all of them as data.

usage: refusals.py KTRACE TARGETS [unittest arguments]
"""

import ctypes
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import unittest

KTRACE, TARGETS = sys.argv[1:3]
OTHER = 12345
SLOWNESS = float(os.environ.get("KTRACE_TEST_SLOWNESS", "1"))
IS_ROOT = os.geteuid() == 0
PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP = 4, 38, 22
LIBC = ctypes.CDLL(None, use_errno=True)


def has_yama():
    return os.path.exists("/proc/sys/kernel/yama/ptrace_scope")


def become(user):
    def change():
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    return change


def refuse_ptrace():
    """A seccomp filter that answers ptrace(2) with EPERM, as old container runtimes install it."""
    call = {"x86_64": 101, "aarch64": 117}[os.uname().machine]

    class Filter(ctypes.Structure):
        _fields_ = [("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint)]

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.POINTER(Filter))]

    lines = (Filter * 4)((0x20, 0, 0, 0), (0x15, 0, 1, call), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7FFF0000))
    LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if LIBC.prctl(PR_SET_SECCOMP, 2, ctypes.byref(Program(4, lines)), 0, 0) != 0:
        os._exit(99)


class Refused(unittest.TestCase):
    def setUp(self):
        # Where everybody may look: other users have to execute what is in it.
        self.place = tempfile.mkdtemp(prefix="ktrace-refusals.")
        os.chmod(self.place, 0o755)
        self.ktrace = shutil.copy(KTRACE, self.place)
        self.started = []

    def tearDown(self):
        for process in self.started:
            process.kill()
            process.wait()
        shutil.rmtree(self.place)

    def sleeper(self, *words, **options):
        process = subprocess.Popen(words or ["sleep", "60"], stdout=subprocess.PIPE, **options)
        self.started.append(process)
        process.stdout.close()
        for _ in range(int(2000 * SLOWNESS)):
            with open(f"/proc/{process.pid}/stat", encoding="latin-1") as file:
                if file.read().rsplit(") ", 1)[1][0] == "S":
                    break
            time.sleep(0.005)
        return process.pid

    def attach(self, pid, *before, **options):
        """The lines after the first, which is strace's."""
        done = subprocess.run([*before, self.ktrace, "-p", str(pid)], stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                              timeout=60 * SLOWNESS, check=False, **options)
        self.assertEqual(done.returncode, 1)
        lines = [line.split(": ", 1)[1] for line in done.stderr.decode().splitlines()]
        number = lines.pop(0)
        self.assertTrue(number.startswith(f"attach: ptrace(PTRACE_SEIZE, {pid}): "), number)
        return lines

    def test_nobody(self):
        lines = self.attach(4194304)
        self.assertEqual(len(lines), 1)
        self.assertIn("there is no process or thread 4194304", lines[0])

    @unittest.skipUnless(IS_ROOT and os.path.exists("/proc/2/stat"), "no kernel threads to be seen")
    def test_a_kernel_thread(self):
        self.assertIn("(kthreadd) is a thread of the kernel", self.attach(2)[-1])

    def test_a_zombie(self):
        process = subprocess.Popen(["true"])
        self.started.append(process)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        self.assertIn(f"waits as a zombie for its parent {os.getpid()} (", self.attach(process.pid)[-1])

    def test_one_that_is_traced(self):
        pid = self.sleeper()
        tracer = subprocess.Popen([KTRACE, "-p", str(pid)], stderr=subprocess.PIPE)
        self.started.append(tracer)
        tracer.stderr.readline()
        lines = self.attach(pid)
        tracer.stderr.close()
        self.assertEqual(lines, [f"Process {pid} is already being traced by pid {tracer.pid}",
                                 f"a process has one tracer at a time, and {tracer.pid} (ktrace) is that of process "
                                 f"{pid} (sleep): let it detach first"])

    def test_one_that_is_named_twice(self):
        pid = self.sleeper()
        tracer = subprocess.Popen([KTRACE, "-p", f"{pid},{pid}"], stderr=subprocess.PIPE)
        self.started.append(tracer)
        lines = [tracer.stderr.readline().decode() for _ in range(4)]
        tracer.stderr.close()
        self.assertIn("it is named twice", lines[3])

    @unittest.skipUnless(IS_ROOT, "needs root")
    def test_another_user(self):
        pid = self.sleeper()
        lines = self.attach(pid, preexec_fn=become(OTHER))
        self.assertEqual(lines[0], f"process {pid} may be owned by a different user")
        self.assertIn("belongs to root (uid 0), and ktrace runs as uid 12345", lines[1])

    @unittest.skipUnless(IS_ROOT, "needs root")
    def test_a_setuid_program(self):
        program = shutil.copy(shutil.which("sleep"), os.path.join(self.place, "dozer"))
        os.chmod(program, stat.S_ISUID | 0o755)
        if os.statvfs(self.place).f_flag & os.ST_NOSUID:
            self.skipTest("no setuid programs here")
        pid = self.sleeper(program, "60", preexec_fn=become(OTHER))
        lines = self.attach(pid, preexec_fn=become(OTHER))
        self.assertIn("(dozer) runs a setuid program (real uid 12345, effective uid 0)", lines[-1])

    @unittest.skipUnless(IS_ROOT, "needs root")
    def test_one_that_is_not_dumpable(self):
        # Becoming another user clears the flag, until the next execve.
        ready, is_ready = os.pipe()
        self.addCleanup(os.close, ready)
        pid = os.fork()
        if pid == 0:
            become(OTHER)()
            LIBC.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
            signal.alarm(60)
            os.close(is_ready)
            while True:
                signal.pause()
        os.close(is_ready)
        try:
            os.read(ready, 1)  # until the child has closed the other end
            self.assertIn("is not dumpable", self.attach(pid, preexec_fn=become(OTHER))[-1])
        finally:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

    @unittest.skipUnless(IS_ROOT and shutil.which("setpriv"), "needs root and setpriv")
    def test_root_without_the_capability(self):
        pid = self.sleeper(preexec_fn=become(OTHER))
        self.assertIn("ktrace runs as root, but without CAP_SYS_PTRACE",
                      self.attach(pid, "setpriv", "--bounding-set", "-sys_ptrace")[-1])
        pid = self.sleeper()
        self.assertIn("has capabilities that ktrace has not (0x80000)",
                      self.attach(pid, "setpriv", "--bounding-set", "-sys_ptrace")[-1])

    @unittest.skipUnless(IS_ROOT and shutil.which("unshare"), "needs root and unshare")
    def test_from_a_user_namespace(self):
        if subprocess.run(["unshare", "-U", "true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
            self.skipTest("no user namespaces")
        pid = self.sleeper()
        for mapping in ("-U", "-Ur"):
            self.assertIn("is not in the user namespace of ktrace", self.attach(pid, "unshare", mapping)[-1])

    @unittest.skipUnless(os.uname().machine in ("x86_64", "aarch64"), "the filter does not know this machine")
    def test_with_a_filter_against_ptrace(self):
        pid = self.sleeper()
        # The leak checker of a sanitized build needs ptrace(2) itself.
        options = {"preexec_fn": refuse_ptrace, "env": {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}}
        self.assertIn("a seccomp filter refuses ptrace(2) itself", self.attach(pid, **options)[-1])
        done = subprocess.run([self.ktrace, "true"], stderr=subprocess.PIPE, check=False, **options)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"a seccomp filter refuses ptrace(2) itself", done.stderr)

    @unittest.skipUnless(IS_ROOT and has_yama(), "no Yama here")
    def test_yama(self):
        with open("/proc/sys/kernel/yama/ptrace_scope", encoding="ascii") as file:
            scope = int(file.read())
        if scope not in (1, 2):
            self.skipTest(f"ptrace_scope is {scope}")
        pid = self.sleeper(preexec_fn=become(OTHER))
        lines = self.attach(pid, preexec_fn=become(OTHER))
        self.assertEqual(lines[0], f"sysctl kernel.yama.ptrace_scope = {scope} may be restricting this attach")
        self.assertIn(f"(kernel.yama.ptrace_scope = {scope})", lines[1])


if __name__ == "__main__":
    unittest.main(warnings="ignore", argv=sys.argv[:1] + sys.argv[3:])
