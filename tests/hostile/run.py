#!/usr/bin/env python3
"""Programs that mean no good, and places that have not all that a tracer needs. Whatever they do, ktrace ends in time
and by itself, the program behaves as it does untraced, and no control byte gets from it to a terminal.

usage: run.py KTRACE HOSTILE CLASS [unittest arguments]

Each test counts what came out of its repetitions; the table is printed at the end.
"""

import contextlib
import ctypes
import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
import unittest

from trials import IS_ROOT, KTRACE, LIMIT, SLOWNESS, count, folder, is_sanitized, main, run

HOSTILE = os.path.abspath(sys.argv[2])
NASTY = b'\033]0;x\007\033[31m\n\r\t\x9b1m\xc2\x9b1m\x7f\xff<>"\\'


def controls(data):
    """What a terminal might take for a command: everything but newlines and what is printed."""
    text = data.decode(errors="surrogateescape")
    return [c for c in text if c != "\n" and (ord(c) < 32 or 0x7f <= ord(c) < 0xa0 or 0xdc80 <= ord(c) <= 0xdcff)]


def wait_until(condition, what):
    for _ in range(int(4000 * SLOWNESS)):
        if condition():
            return
        time.sleep(0.005)
    raise AssertionError("waited in vain until " + what)


def state(pid):
    with contextlib.suppress(OSError), open(f"/proc/{pid}/stat", "rb") as file:
        return file.read().rpartition(b")")[2].split()[0].decode()
    return None


class Names(unittest.TestCase):
    """Names that are commands to a terminal: of files, sockets, threads, functions, in arguments and environment."""

    FORMS = [
        [], ["-f"], ["-v", "-s9999"], ["-x"], ["-xx"], ["-y"], ["-yy"], ["-yy", "-x"], ["-Y", "-f"], ["-N"], ["-X", "raw"],
        ["-X", "verbose"], ["-e", "raw=all"], ["-k", "-f"], ["-kk", "-f"], ["-k", "--stack-ids"], ["-tt", "-T", "-r", "-n", "-i"],
        ["-e", "read=all", "-e", "write=all"], ["-z"], ["-Z"], ["-c"], ["-C", "-f"], ["-c", "-w"], ["-d", "-f"],
        ["-d", "-f", "-e", "trace=stat"], ["--pidns-translation", "-f"], ["--namespace=new"], ["-P", "."], ["-e", "inject=chdir:error=EPERM"],
        ["-e", "inject=stat:delay_exit=1"], ["-f", "--stats=syscalls,errors,processes,threads,files,blocked,histogram"],
        ["-C", "-f", "--stats=files,processes", "--stats-format=markdown"], ["-f", "--stats=files,processes,threads", "--stats-format=csv"],
        ["-f", "--stats=files", "--top=1"], ["--color=always", "-f", "-yy", "-k", "-N"], ["--tips=full"],
    ]
    JSON_FORMS = [
        [], ["-f", "-yy", "-Y"], ["-k", "-f"], ["-kk", "-f", "--stack-ids"], ["-v", "-s9999"], ["-e", "raw=all"],
        ["-e", "read=all", "-e", "write=all"], ["-X", "verbose"], ["-C", "-f", "--stats=files,processes,threads"],
    ]

    @classmethod
    def setUpClass(cls):
        cls.place = folder()
        cls.addClassCleanup(cls.place.cleanup)
        cls.path = cls.place.name
        with open(HOSTILE, "rb") as file:
            program = file.read()
        function = b"evil_function_name_aaaaaaaa"
        program = program.replace(function, (b'e\033[31m\n\r\x9b\xc2\x9b\x7f\xff<>"\\' + b"a" * 99)[:len(function)])
        program = program.replace(b"hostile.c\0", b"h\033[1m\n\x9bi.\0")  # no byte more or less
        name = os.path.join(os.fsencode(cls.path), b"program" + NASTY)
        with open(name, "wb") as file:
            file.write(program)
        os.chmod(name, 0o755)

    def trace(self, *options, where):
        command = [KTRACE, *options]
        if where == "file":
            command += ["-o", os.path.join(self.path, "out")]
        elif where == "pipe":
            command += ["-o", "|cat >" + os.path.join(self.path, "out")]
        elif where == "files":
            command += ["-ff", "-o", os.path.join(self.path, "out")]
        program = os.path.join(os.fsencode(self.path), b"program" + NASTY) if where == "as command" else HOSTILE
        done = run(*command, program, "names", self.path)
        self.assertEqual(done.returncode, 9 if "inject=chdir:error=EPERM" in options else 0, done.stderr[-3000:])
        texts = [done.stderr]
        for name in os.listdir(self.path):
            if name.startswith("out"):
                with open(os.path.join(self.path, name), "rb") as file:
                    texts.append(file.read())
                os.unlink(os.path.join(self.path, name))
        return texts

    def test_in_text(self):
        for form in self.FORMS:
            for where in ("stderr", "file", "pipe", "files", "as command"):
                if where == "files" and any(word in ("-c", "-C") or word.startswith("--stats") for word in form):
                    continue  # tables are not for several files
                with self.subTest(form=form, where=where):
                    texts = self.trace(*form, where=where)
                    self.assertTrue(any(texts))
                    for text in texts:
                        if "--color=always" in form:
                            text = re.sub(rb"\x1b\[[0-9;]*m", b"", text)
                        # Who names a program by such a name sees it in messages about it.
                        self.assertEqual(controls(text), [], text[-3000:])
                    count("names as commands to the terminal, text")

    def test_in_json(self):
        for form in self.JSON_FORMS:
            for where in ("stderr", "file"):
                with self.subTest(form=form, where=where):
                    for text in self.trace("--json", *form, where=where):
                        self.assertEqual(controls(text), [])
                        lines = [line for line in text.decode().split("\n") if line.startswith("{")]
                        for line in lines:
                            json.loads(line)
                    count("names as commands to the terminal, JSON")

    @unittest.skipUnless(IS_ROOT, "makes a network namespace")
    def test_of_interfaces(self):
        """Any user is root in a network namespace of his own, and names what is in it."""
        program = ("import ctypes, fcntl, socket, struct;"
                   "fcntl.ioctl(socket.socket(), 0x8923, struct.pack('16s16s', b'lo', b'l\\033[31m\\x9b\\x7f\\xff\"'));"
                   "ctypes.CDLL(None).bind(socket.socket(socket.AF_PACKET, socket.SOCK_RAW).fileno(), struct.pack('HHiQ', 17, 0, 1, 0), 20)")
        for form in ([], ["-x"], ["-y"], ["-yy"], ["-v"], ["-X", "verbose"], ["-X", "raw"], ["--json"], ["--json", "-yy"]):
            with self.subTest(form=form):
                text = run("unshare", "-n", KTRACE, *form, "-e", "trace=bind", "/usr/bin/python3", "-c", program).stderr
                self.assertEqual(controls(text), [], text)
                self.assertIn(b"bind", text)
                if form == []:
                    self.assertIn(rb'if_nametoindex("l\33[31m\233\177\377\"")', text)
                count("names as commands to the terminal, interfaces")

    def test_in_messages(self):
        """About a process that cannot be attached, and about a script that cannot be run."""
        with folder() as place:
            script = os.path.join(place, "script")
            with open(script, "wb") as file:
                file.write(b"#!/no\033[31m\x9b\x7f" + b"\n")
            os.chmod(script, 0o755)
            self.assertEqual(controls(run(KTRACE, script).stderr), [])
            count("names as commands to the terminal, messages")
            os.symlink(os.fsencode("/no") + NASTY, os.path.join(place, "link"))
            self.assertEqual(controls(run(KTRACE, os.path.join(place, "link")).stderr), [])
            count("names as commands to the terminal, messages")
        command = ["python3", "-c", "import ctypes,sys,time; ctypes.CDLL(None).prctl(15, b'\\033[31m\\n\\x9b\\x7f\\xff');"
                   "print(flush=True); sys.stdin.read()"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            first = subprocess.Popen([KTRACE, "-p", str(process.pid)], stderr=subprocess.PIPE)
            first.stderr.readline()
            for options in (["-p", str(process.pid)], ["-d", "-p", str(process.pid)], ["--attach-tree", str(process.pid)]):
                again = run(KTRACE, *options)
                self.assertEqual(again.returncode, 1)
                self.assertEqual(controls(again.stderr), [], again.stderr)
                count("names as commands to the terminal, messages")
            process.stdin.close()
            self.assertEqual(controls(first.communicate(timeout=LIMIT)[1]), [])


class Arguments(unittest.TestCase):
    """Pointers, lengths and numbers of every bad kind, and memory that changes while it is read."""

    MODES = [[], ["-v", "-yy", "-s", "100000"], ["-X", "raw"], ["-e", "raw=all"], ["--json", "-v"], ["-k", "--stack-trace-frame-limit=4"],
             ["-P", "/nowhere"], ["-e", "read=all", "-e", "write=all"], ["-c", "--stats=files"]]
    # A sanitizer's own memory is far more.
    MOST_KB = 300 * 1024

    def check(self, condition, modes, *words):
        for mode in modes:
            with self.subTest(mode=mode), open(os.devnull, "wb") as nothing:
                tracer = subprocess.Popen([KTRACE, *mode, "-o", "/dev/null", HOSTILE, *words], stdin=subprocess.DEVNULL,
                                          stdout=subprocess.PIPE, stderr=nothing)
                output = tracer.stdout.read()
                _, status, usage = os.wait4(tracer.pid, 0)
                tracer.returncode = os.waitstatus_to_exitcode(status)
                tracer.stdout.close()
                self.assertEqual((tracer.returncode, output), (0, b"over\n"))
                if not is_sanitized():
                    self.assertLess(usage.ru_maxrss, self.MOST_KB)
                count(condition)

    def test_pointers_in_calls_that_fail(self):
        self.check("bad pointers and lengths in every call, EFAULT", self.MODES, "pointers", "14")

    def test_pointers_in_calls_that_succeed(self):
        self.check("bad pointers and lengths in every call, success", self.MODES, "pointers", "0")

    def test_memory_that_changes(self):
        self.check("another thread writes to all arguments", self.MODES, "changing", "2")

    def test_numbers(self):
        self.check("numbers that are no calls: -1, 1<<31, x32, int $0x80", self.MODES, "numbers")

    def test_no_stack(self):
        self.check("a call without a stack", [["-k"], ["-kk"], ["-k", "--json"], []], "no_stack")


class Deaths(unittest.TestCase):
    """A program that dies of itself dies of the same."""

    def check(self, condition, number, *words):
        for mode in ([], ["-f"], ["-k"], ["-c"], ["--json"], ["-e", "trace=getppid"], ["-e", "trace=none"]):
            done = run(KTRACE, *mode, "-o", "/dev/null", HOSTILE, *words, preexec_fn=no_core)
            self.assertEqual(done.returncode, -number, mode)
            count(condition)

    def test_by_stack_overflow(self):
        self.check("its stack runs out", signal.SIGSEGV, "recurse")

    def test_by_its_own_filter(self):
        for how in ("process", "thread", "signal"):
            self.check("its own seccomp filter kills it: " + how, signal.SIGSYS, "killed", how)


class NeverComes(unittest.TestCase):
    """Memory and files that make who looks at them wait for ever."""

    def test_memory_that_only_its_owner_may_wait_for(self):
        for mode in ([], ["-y"], ["-k"], ["--json"], ["-e", "write=all"]):
            done = run(KTRACE, *mode, "-o", "/dev/null", HOSTILE, "userfault", "user")
            if done.returncode == 77:
                self.skipTest("no userfaultfd(2)")
            self.assertEqual((done.returncode, done.stdout), (0, b"over\n"))
            count("pages of userfaultfd that never come, user mode only")

    WAYS = [[], ["-f"], ["-k"], ["--json"], ["-e", "write=all"], ["-e", "trace=write"], ["-f", "-e", "trace=write"]]

    def never_comes(self, source):
        if run(HOSTILE, "userfault", source).returncode == 77:
            self.skipTest("no userfaultfd(2) that the kernel waits for, too")
        for mode in self.WAYS:
            done = run(KTRACE, *mode, "-o", "/dev/null", HOSTILE, "userfault", source)
            self.assertEqual((done.returncode, done.stdout), (0, b"over\n"), mode)
            count("pages of userfaultfd that never come")
            with subprocess.Popen([HOSTILE, "userfault", source, "later"], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE) as program:
                self.assertEqual(program.stdout.readline(), b"ready\n")
                tracer = subprocess.Popen([KTRACE, *mode, "-o", "/dev/null", "-p", str(program.pid)], stderr=subprocess.PIPE)
                self.assertIn(b" attached", tracer.stderr.readline())
                program.stdin.close()
                self.assertEqual((program.stdout.read(), program.wait(timeout=LIMIT)), (b"over\n", 0))
                tracer.communicate(timeout=LIMIT)
                count("pages of userfaultfd that never come, attached")

    def test_memory_that_everybody_waits_for(self):
        self.never_comes("kernel")

    def test_memory_that_everybody_waits_for_by_the_device(self):
        self.never_comes("device")

    def test_file_system(self):
        """FUSE whose server answers nothing about a file that is open; the server is traced as well."""
        for mode in ([], ["-y"], ["-yy"], ["-f", "-yy"], ["-P", "/nowhere"], ["-f", "-c", "--stats=files"], ["-yy", "--json"]):
            with folder() as place:
                try:
                    done = run(KTRACE, *mode, "-o", "/dev/null", HOSTILE, "fuse", place)
                finally:
                    if IS_ROOT:
                        run("umount", "-l", place)
                if done.returncode == 77:
                    self.skipTest("no FUSE here")
                self.assertEqual((done.returncode, done.stdout), (0, b"over\n"), mode)
                count("files of a FUSE server that does not answer")


def no_core():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main(sys.argv[3:])
