"""One trial of matrix.py: a ktrace and a program, in one condition. What it is made of, and looking at processes."""

import contextlib
import ctypes
import dataclasses
import fcntl
import os
import pty
import shutil
import signal
import subprocess
import tempfile
import termios
import time

SLOWNESS = float(os.environ.get("KTRACE_TEST_SLOWNESS", "1"))
GUARD = float(os.environ.get("GUARD", 120 * SLOWNESS))  # seconds after which something hangs
LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_CHILD_SUBREAPER = 36
GETPPID, WRITE = {"x86_64": (110, 1), "aarch64": (173, 64)}[os.uname().machine]
CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
MS_REC_PRIVATE = 0x4000 | 1 << 18
CALLS = "trace=open,openat,close,getppid,execve"

# What is traced how; the last word says whether all of the program's processes are.
STARTS = {
    "started": ["-f", "--no-seccomp-bpf", "-e", CALLS],
    "filtered": ["-f", "-e", CALLS],
    "filtered-one": ["-e", CALLS],
    "attached": ["-f", "-e", CALLS, "-p"],
}
# The program's word for it and options for ktrace; Condition.reach() waits until it is reached.
STATES = {
    "running": ("computes", []),
    "calls": ("calls", []),
    "blocked": ("blocks", []),
    "entry": ("slow", ["-e", "inject=getppid:delay_enter=1s"]),
    "exit": ("slow", ["-e", "inject=getppid:delay_exit=1s"]),
    "group-stop": ("calls", []),
    "child-stopped": ("stopped", []),
    "vfork": ("vfork", []),
    "exec": ("execs", []),
    "zombie-leader": ("zombie", []),
    "births": ("births", []),
    "signals": ("signals", []),
}
SIGNALS = {"INT": signal.SIGINT, "TERM": signal.SIGTERM, "HUP": signal.SIGHUP, "QUIT": signal.SIGQUIT,
           "KILL": signal.SIGKILL, "SEGV": signal.SIGSEGV}
ENDS = [*SIGNALS, "reader-gone", "reader-asleep-KILL", "disk-full", "device-full", "command-dies", "suspended",
        "suspended-KILL", "hung-up", "tracer-KILL", "command-stays"]
# Where there is always something to be written, if all threads are traced.
TALKATIVE = ["calls", "births", "signals", "zombie-leader"]
# Those after which a tracer is gone at once, and those at which nobody is left to undo what a stop did to a call.
AT_ONCE = [*SIGNALS, "reader-asleep-KILL", "suspended-KILL"]
UNHEARD = ["KILL", "SEGV", "reader-asleep-KILL", "suspended-KILL", "tracer-KILL"]
# Those of which the command hears. A signal that it ignores is queued nevertheless, as it has a tracer: a thread may be
# woken for it while another one takes it, and then its call says EINTR without a stop at which that could be undone.
PASSED_ON = ["INT", "TERM", "HUP", "QUIT", "reader-gone", "command-stays"]
# A thread that still waits for its tracer to pass SIGTSTP on when another one executes a program dies of that, and the
# kernel sends the signal once more, after the SIGCONT of `fg`: about one of 150 times "suspended exec filtered" stays
# stopped. Under strace --seccomp-bpf it is one of 50.
ON_TERMINAL = ["suspended", "suspended-KILL", "hung-up"]


class Failure(Exception):
    pass


class Skipped(Exception):
    pass


def await_that(condition, what):
    end = time.monotonic() + GUARD
    nap = 0.0005
    while not (found := condition()):
        if time.monotonic() > end:
            raise Failure(f"in vain: {what}")
        time.sleep(nap)
        nap = min(2 * nap, 0.02)
    return found


def read(path):
    try:
        with open(path, encoding="latin-1") as file:
            return file.read()
    except OSError:
        return ""


def state_of(task):
    return read(f"/proc/{task}/stat").rpartition(")")[2][1:2]


def tracer_of(task):
    return next((int(line.split()[1]) for line in read(f"/proc/{task}/status").splitlines()
                 if line.startswith("TracerPid:")), 0)


def tasks_of(pid):
    try:
        return [f"{pid}/task/{tid}" for tid in os.listdir(f"/proc/{pid}/task")]
    except OSError:
        return []


def children_of(pid):
    return [int(child) for task in tasks_of(pid) for child in read(f"/proc/{task}/children").split()]


def descendants_of(pid):
    for child in children_of(pid):
        yield child
        yield from descendants_of(child)


def send(pid, number):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


@dataclasses.dataclass(frozen=True)
class Condition:
    end: str
    state: str
    start: str

    def __str__(self):
        return f"{self.end} {self.state} {self.start}"

    def impossible(self):
        """Why there is no such thing."""
        if self.end == "tracer-KILL" and not self.start.startswith("filtered"):
            return "ktrace is one process"
        return None


class Disk:
    """A small one, to be full. Needs a mount namespace of this worker's own."""

    folder = None
    why_not = ""

    @classmethod
    def mount(cls):
        uid, gid = os.getuid(), os.getgid()
        if LIBC.unshare(CLONE_NEWNS) != 0:
            if LIBC.unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0:
                cls.why_not = "no mount namespace: " + os.strerror(ctypes.get_errno())
                return
            for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
                with open(f"/proc/self/{name}", "w") as file:
                    file.write(text)
        folder = tempfile.mkdtemp(prefix="ktrace-disk.")
        LIBC.mount(None, b"/", None, MS_REC_PRIVATE, None)
        if LIBC.mount(b"tmpfs", folder.encode(), b"tmpfs", 0, b"size=4m") == 0:
            cls.folder = folder
        else:
            cls.why_not = "no tmpfs: " + os.strerror(ctypes.get_errno())

    @classmethod
    def fill(cls):
        with contextlib.suppress(OSError), open(os.path.join(cls.folder, "filler"), "wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))

    @classmethod
    def clear(cls):
        for name in os.listdir(cls.folder):
            os.unlink(os.path.join(cls.folder, name))


class Trial:
    """One ktrace and one program in a folder of their own. Everything that they leave behind becomes our child."""

    def __init__(self, ktrace, targets, condition, chance):
        self.ktrace, self.condition, self.chance = ktrace, condition, chance
        self.lives = os.path.join(targets, "lives")
        self.folder = tempfile.mkdtemp(prefix="ktrace-matrix.")
        self.report = os.path.join(self.folder, "report")
        self.fifo = self.report + ".stop"
        os.mkfifo(self.fifo)
        self.hold = os.open(self.fifo, os.O_RDWR)
        self.program = self.tracer = self.reader = self.terminal = None
        self.pid = 0
        self.killed = set()  # by us, of those that ktrace started

    # --- starting ---

    def words(self):
        program = [self.lives, STATES[self.condition.state][0], self.report]
        if self.condition.end in UNHEARD:
            return [*program, "killed"]
        is_signalled = self.condition.end in PASSED_ON and self.condition.start != "attached"
        if self.condition.end in ON_TERMINAL:
            return [*program, "interrupted"]
        return [*program, "signalled"] if is_signalled else program

    def output_options(self):
        end = self.condition.end
        if end == "device-full":
            return ["-o", "/dev/full"]
        if end == "disk-full":
            if not Disk.folder:
                raise Skipped(Disk.why_not)
            return ["-o", os.path.join(Disk.folder, "trace")]
        if end == "command-stays":
            return ["-I", "waiting", "-o", f"|echo $$ > {self.folder}/reader; cat > /dev/null; exec sleep 1000"]
        if end == "command-dies":
            return ["-o", f"|echo $$ > {self.folder}/reader; exec cat > /dev/null"]
        return []

    def error_file(self):
        if self.condition.end == "reader-gone":
            self.reader = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
            return self.reader.stdin
        if self.condition.end == "reader-asleep-KILL":
            # A pipe that takes much, so that it is not full before the program is ready.
            self.reader, end = os.pipe()
            fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, 1 << 20)
            self.pipe = os.open(f"/proc/self/fd/{end}", os.O_WRONLY | os.O_NONBLOCK)
            return os.fdopen(end, "wb")
        return open(os.path.join(self.folder, "errors"), "wb")

    def start(self):
        options = [*STARTS[self.condition.start], *STATES[self.condition.state][1], *self.output_options()]
        if self.condition.start == "attached":
            self.program = subprocess.Popen(self.words(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            self.pid = self.program.pid
            self.await_report("ready\n")
            at = options.index("-p") + 1
            options.insert(at, str(self.living_thread()))
        else:
            options += self.words()
        if self.condition.end in ON_TERMINAL:
            self.start_on_terminal([self.ktrace, *options])
        else:
            with self.error_file() as errors:
                self.tracer = subprocess.Popen([self.ktrace, *options], stdin=subprocess.DEVNULL,
                                               stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True)
        self.await_report("ready\n")
        if self.condition.start != "attached":
            if self.condition.end != "device-full":
                self.pid = await_that(self.find_program, "the program")
        else:
            await_that(lambda: self.left_already() or all(tracer_of(task) for task in self.living_tasks()),
                       "all threads are traced")

    def living_tasks(self):
        return [task for task in tasks_of(self.pid) if state_of(task) != "Z"]

    def living_thread(self):
        """The leader, if the kernel attaches anybody to it."""
        if self.condition.state == "zombie-leader":
            await_that(lambda: state_of(self.pid) == "Z", "the leader has gone")
        return os.path.basename(self.living_tasks()[0])

    def start_on_terminal(self, words):
        """Under a shell that has job control: it goes on when ktrace is stopped, and brings it back."""
        self.terminal, theirs = pty.openpty()
        attributes = termios.tcgetattr(theirs)
        attributes[1] &= ~termios.OPOST
        termios.tcsetattr(theirs, termios.TCSANOW, attributes)
        script = f'"$@"; echo $? > {self.folder}/suspended; cat {self.folder}/resume > /dev/null; fg > /dev/null'
        os.mkfifo(os.path.join(self.folder, "resume"))

        def take_terminal():
            os.setsid()
            fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)

        self.shell = subprocess.Popen(["sh", "-m", "-c", script, "sh", *words], stdin=theirs, stdout=theirs,
                                      stderr=theirs, preexec_fn=take_terminal)
        os.close(theirs)
        # What is written to the terminal has to be read. The master's other user ends with the terminal.
        self.reader = subprocess.Popen(["cat"], stdin=self.terminal, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)

    def find_program(self):
        """Its first process, among all that has become of ktrace."""
        return next((pid for pid in descendants_of(os.getpid()) if read(f"/proc/{pid}/comm") == "lives\n"), None)

    def left_already(self):
        return self.tracer is not None and self.tracer.poll() is not None

    def await_report(self, words):
        await_that(lambda: words in read(self.report), f"the program says {words!r}")

    # --- the state ---

    def reach(self):
        def all_are(states):
            return lambda: self.left_already() or all(state_of(task) in states for task in tasks_of(self.pid))

        def held():
            return self.left_already() or any(state_of(task) == "t" and read(f"/proc/{task}/syscall").startswith(f"{GETPPID} ")
                                              for task in tasks_of(self.pid))

        def vforks():
            return any(state_of(task) == "D" for task in tasks_of(self.pid))

        state = self.condition.state
        if not self.pid:
            return
        if state == "group-stop":
            send(self.pid, signal.SIGSTOP)
            await_that(all_are("tT"), "the program stops")
        elif state == "blocked":
            await_that(all_are("S"), "all threads are blocked")
        elif state in ("entry", "exit"):
            await_that(held, "a call is held")
        elif state == "vfork":
            await_that(vforks, "a parent waits for its vfork")
        elif state == "zombie-leader":
            await_that(lambda: state_of(self.pid) == "Z", "the leader has gone")
        time.sleep(self.chance.choice([0, 0, 0.001, 0.005]))

    # --- the end ---

    def finish_tracer(self):
        end = self.condition.end
        if end in SIGNALS:
            send(self.tracer.pid, SIGNALS[end])
        elif end == "reader-gone":
            self.reader.kill()
            self.reader.wait()
        elif end == "reader-asleep-KILL":
            self.fill_pipe()
            send(self.tracer.pid, signal.SIGKILL)
        elif end == "disk-full":
            Disk.fill()
        elif end == "command-dies":
            self.kill_command()
        elif end == "command-stays":
            send(self.tracer.pid, signal.SIGINT)
        elif end == "tracer-KILL":
            send(await_that(self.tracer_of_any, "the tracer"), signal.SIGKILL)
        elif end in ON_TERMINAL:
            self.use_terminal(end)
        if end in AT_ONCE and self.tracer:
            status = self.tracer.wait(GUARD)
            if end in SIGNALS and end != "SEGV" and status != -SIGNALS[end]:
                raise Failure(f"ktrace's status is {status}")

    def kill_command(self):
        pid = int(await_that(lambda: read(os.path.join(self.folder, "reader")), "the reading command"))
        self.killed.add(pid)
        send(pid, signal.SIGKILL)

    def fill_pipe(self):
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(self.pipe, bytes(4096))
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(self.pipe, bytes(1))
        os.close(self.pipe)
        if self.condition.state in TALKATIVE and self.condition.start != "filtered-one":
            await_that(lambda: read(f"/proc/{self.tracer_of_any()}/syscall").startswith(f"{WRITE} "), "ktrace cannot write")

    def tracer_of_any(self):
        return next((tracer_of(task) for task in tasks_of(self.pid) if tracer_of(task)), 0)

    def use_terminal(self, end):
        ktrace = next(pid for pid in children_of(self.shell.pid))
        if end == "hung-up":
            self.reader.kill()
            self.reader.wait()
            os.close(self.terminal)
            self.terminal = None
            return
        os.write(self.terminal, b"\x1a")
        suspended = os.path.join(self.folder, "suspended")
        await_that(lambda: read(suspended).endswith("\n"), "^Z suspends ktrace")
        if end == "suspended-KILL":
            send(ktrace, signal.SIGKILL)
        os.close(os.open(os.path.join(self.folder, "resume"), os.O_WRONLY))

    # --- what becomes of the program ---

    def look_after(self):
        condition = self.condition
        if condition.end == "tracer-KILL":
            return self.expect_death()
        if condition.end in AT_ONCE and self.tracer and not condition.start.startswith("filtered"):
            everybody = [self.pid, *descendants_of(self.pid)]
            traced = [task for pid in everybody for task in tasks_of(pid) if tracer_of(task) == self.tracer.pid]
            if traced:
                raise Failure(f"still traced: {traced}")
        if condition.state == "group-stop":
            if condition.start == "attached" and condition.end in AT_ONCE and condition.end not in ON_TERMINAL:
                await_that(lambda: state_of(self.pid) == "T", "it is stopped again")
            send(self.pid, signal.SIGCONT)
        os.close(self.hold)
        self.hold = None
        if condition.state == "group-stop":
            # A command gets SIGCONT from a ktrace that was told to end: whoever comes first.
            await_that(self.continued, "it goes on")
        self.await_report("done\n")
        if read(self.report) != "ready\ndone\n":
            raise Failure("broken: " + "; ".join(read(self.report).split("\n")[1:-2]))

    def continued(self):
        send(self.pid, signal.SIGCONT)
        return "done\n" in read(self.report)

    def expect_death(self):
        """Nobody could answer its calls any more: its processes are killed, without an error before."""
        os.close(self.hold)
        self.hold = None
        await_that(lambda: not [pid for pid in descendants_of(os.getpid()) if self.report in
                                read(f"/proc/{pid}/cmdline").split("\0")], "all processes are dead")
        rest = read(self.report).removeprefix("ready\n").removesuffix("done\n")
        if rest:
            raise Failure("broken: " + rest.replace("\n", "; "))

    def expect_nobody(self):
        """Whoever was started has ended, and those that came to us have ended well."""
        for process in filter(lambda p: isinstance(p, subprocess.Popen), (self.tracer, self.program)):
            try:
                process.wait(GUARD)
            except subprocess.TimeoutExpired as late:
                raise Failure(f"{late.cmd[0]} does not end") from late
        if self.condition.start == "attached" and self.program.returncode != 0:
            raise Failure(f"the program's status is {self.program.returncode}")
        if self.terminal is not None:
            self.shell.wait(GUARD)
            self.stop_reader()
        end = time.monotonic() + GUARD
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                if time.monotonic() > end:
                    rest = [f"{read(f'/proc/{p}/comm').strip()} ({state_of(p)})" for p in descendants_of(os.getpid())]
                    raise Failure("left behind: " + ", ".join(rest))
                time.sleep(0.002)
            elif os.WIFSIGNALED(status) and pid not in self.killed and self.condition.end not in ("tracer-KILL", *ON_TERMINAL):
                raise Failure(f"a process was killed by signal {os.WTERMSIG(status)}")

    def stop_reader(self):
        """Whoever would have read the trace, were it ever to go on."""
        if self.condition.end == "command-stays" and not self.killed:
            self.kill_command()
        if self.terminal is not None:
            os.close(self.terminal)
            self.terminal = None
        if isinstance(self.reader, int):
            os.close(self.reader)
        elif self.reader and self.reader.poll() is None:
            self.reader.kill()
            self.reader.wait()
        self.reader = None

    def clean_up(self):
        with contextlib.suppress(OSError):
            if self.hold is not None:
                os.close(self.hold)
            self.stop_reader()
        for pid in list(descendants_of(os.getpid())):
            send(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while True:
                os.waitpid(-1, 0)
        if Disk.folder:
            Disk.clear()
        shutil.rmtree(self.folder)

    def run(self):
        try:
            self.start()
            self.reach()
            self.finish_tracer()
            self.look_after()
            self.stop_reader()
            self.expect_nobody()
            return "fine"
        except Skipped as why:
            return f"skipped: {why}"
        except Failure as failure:
            who = [f"{read(f'/proc/{p}/comm').strip()}:{state_of(p)}" for p in descendants_of(os.getpid())]
            return f"{failure} [{' '.join(who)}] {read(os.path.join(self.folder, 'errors'))[-300:]!r}"
        except subprocess.TimeoutExpired as late:
            return f"{late.cmd[0]} does not end"
        finally:
            self.clean_up()
