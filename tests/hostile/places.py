#!/usr/bin/env python3
"""Places that have not all that a tracer would like: no /proc or that of another PID namespace, no rights, sandboxes that
refuse calls; and files where somebody else has planted something.

usage: places.py KTRACE CLASS [unittest arguments]
"""

import ctypes
import os
import shutil
import signal
import stat
import struct
import subprocess
import sys
import unittest

import trials
from trials import IS_ROOT, KTRACE, LIMIT, count, folder, is_sanitized

NOBODY = 65534
LIBC = ctypes.CDLL(None, use_errno=True)
X86_64, AARCH64 = "x86_64", "aarch64"
MACHINE = os.uname().machine
CALLS = {  # those that a sandbox may refuse
    X86_64: {"ptrace": 101, "process_vm_readv": 310, "openat2": 437, "statx": 332, "pidfd_open": 434, "memfd_create": 319,
             "close_range": 436, "clone3": 435, "seccomp": 317, "userfaultfd": 323, "kcmp": 312, "socket": 41},
    AARCH64: {"ptrace": 117, "process_vm_readv": 270, "openat2": 437, "statx": 291, "pidfd_open": 434, "memfd_create": 279,
              "close_range": 436, "clone3": 435, "seccomp": 277, "userfaultfd": 282, "kcmp": 272, "socket": 198},
}[MACHINE]
EPERM, ENOSYS = 1, 38


def run(*words, **options):
    done = trials.run(*words, **options)
    done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
    return done


def needs(*words):
    if run(*words, "true").returncode != 0:
        raise unittest.SkipTest(f"`{' '.join(words)}` does not work here")


def refuse(error, *names):
    """Makes calls fail in whoever is started (seccomp(2), classic BPF)."""
    def install():
        code = struct.pack("HBBI", 0x20, 0, 0, 0)
        for name in names:
            code += struct.pack("HBBI", 0x15, 0, 1, CALLS[name]) + struct.pack("HBBI", 6, 0, 0, 0x50000 | error)
        code += struct.pack("HBBI", 6, 0, 0, 0x7fff0000)
        buffer = ctypes.create_string_buffer(code, len(code))
        program = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(buffer))
        LIBC.prctl(38, 1, 0, 0, 0)
        if LIBC.prctl(22, 2, program) != 0:
            os._exit(99)

    return install


class Traces(unittest.TestCase):
    MODES = [[], ["-f"], ["-y"], ["-yy", "-Y", "-f"], ["-k"], ["-c"], ["--json", "-f"], ["-c", "--stats=files,processes"],
             ["-e", "trace=getppid,stat,newfstatat"], ["-f", "--pidns-translation", "--namespace=new"], ["-P", "/etc"]]
    PROGRAM = ["sh", "-c", "cat </etc/passwd >/dev/null; (exit 3); echo over"]

    def check(self, condition, prefix, modes=None, **options):
        for mode in modes or self.MODES:
            with self.subTest(mode=mode):
                done = run(*prefix, KTRACE, *mode, "-o", "/dev/null", *self.PROGRAM, **options)
                self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "over\n", ""))
                count(condition)


class NoProc(Traces):
    def setUp(self):
        needs("unshare", "-m")
        if is_sanitized():
            self.skipTest("a sanitizer wants /proc itself")

    def test_unmounted(self):
        self.check("no /proc", ["unshare", "-m", "sh", "-c", 'umount -l /proc && exec "$@"', "sh"])

    def test_chroot(self):
        """Nothing is mounted in there but what the programs are made of."""
        with folder() as root:
            script = "".join(f'[ ! -d /{d} ] || {{ mkdir -p "$0/{d}" && mount --bind /{d} "$0/{d}"; }} && '
                             for d in ("usr", "bin", "lib", "lib32", "lib64", "libx32", "etc", "dev"))
            script += (f'mkdir -p "$0{os.path.dirname(KTRACE)}" && mount --bind "{os.path.dirname(KTRACE)}" '
                       f'"$0{os.path.dirname(KTRACE)}" && exec chroot "$0" "$@"')
            self.check("chroot without /proc", ["unshare", "-m", "sh", "-c", script, root])

    def test_attach(self):
        for mode in ([], ["-f"], ["-yy"]):
            with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as program:
                inner = ["unshare", "-m", "sh", "-c", 'umount -l /proc && exec "$@"', "sh"]
                tracer = subprocess.Popen([*inner, KTRACE, *mode, "-p", str(program.pid)], stderr=subprocess.PIPE)
                self.assertIn(f"Process {program.pid} attached", tracer.stderr.readline().decode(), mode)
                tracer.send_signal(signal.SIGINT)
                self.assertIn(f"Process {program.pid} detached", tracer.communicate(timeout=LIMIT)[1].decode(), mode)
                self.assertEqual(tracer.returncode, -signal.SIGINT)
                program.stdin.close()
                self.assertEqual(program.wait(timeout=LIMIT), 0)
                count("no /proc, attach")

    def test_of_another_pid_namespace(self):
        """/proc has other numbers than ktrace: what it says there is not about the program."""
        prefix = ["unshare", "-p", "-f"]
        needs(*prefix)
        self.check("/proc of another PID namespace", prefix)
        for mode in (["-y"], ["-yy"]):
            done = run(*prefix, KTRACE, *mode, "-e", "trace=close", "sh", "-c", "exec 7</etc/passwd; exec 7<&-")
            self.assertEqual(done.returncode, 0)
            for line in done.stderr.splitlines():
                if line.startswith("close(7"):
                    self.assertIn(line.split(")")[0], ("close(7", "close(7</etc/passwd>"))
            count("/proc of another PID namespace, -y")

    def test_hidepid(self):
        script = 'mount -t proc -o hidepid=2 proc /proc && exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"'
        prefix = ["unshare", "-m", "sh", "-c", script, "sh"]
        needs(*prefix)
        self.check("/proc with hidepid=2", prefix)


class Containers(Traces):
    def test_namespaces(self):
        for options in (["-Ur"], ["-Urm"], ["-Urpf", "--mount-proc"], ["-Urmpfin", "--mount-proc"]):
            prefix = ["unshare", *options]
            with self.subTest(options=options):
                needs(*prefix)
                self.check("user, PID, mount, network and IPC namespaces", prefix)

    def test_program_in_other_namespaces(self):
        for options in (["-Ur"], ["-Urpf", "--mount-proc"]):
            needs("unshare", *options)
            for mode in self.MODES:
                done = run(KTRACE, *mode, "-f", "-o", "/dev/null", "unshare", *options, *self.PROGRAM)
                self.assertEqual((done.returncode, done.stdout), (0, "over\n"), (options, mode))
                count("the program makes its own namespaces")

    def test_without_ptrace_capability(self):
        prefix = ["setpriv", "--bounding-set", "-sys_ptrace", "--inh-caps", "-all"]
        needs(*prefix)
        self.check("without CAP_SYS_PTRACE", prefix)

    def test_without_any_capability(self):
        prefix = ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all"]
        needs(*prefix)
        self.check("without any capability", prefix)

    def test_no_new_privileges(self):
        prefix = ["setpriv", "--no-new-privs"]
        needs(*prefix)
        self.check("under no_new_privs", prefix)

    def test_as_nobody(self):
        prefix = ["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"]
        needs(*prefix)
        self.check("as an ordinary user", prefix)
        self.check("as an ordinary user under no_new_privs", [*prefix, "--no-new-privs"])


class Sandboxes(Traces):
    """Calls that a seccomp profile refuses: there is another way, or one line says what is missing."""

    def test_ptrace(self):
        for error in (EPERM, ENOSYS):
            for mode in self.MODES:
                done = run(KTRACE, *mode, "-o", "/dev/null", *self.PROGRAM, preexec_fn=refuse(error, "ptrace"))
                self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
                self.assertRegex(done.stderr, r"ptrace.*(not permitted|not implemented|refuses)", mode)
                count("seccomp refuses ptrace", "said, status 1")

    def test_reading_memory(self):
        for error in (EPERM, ENOSYS):
            for prefix in ([], ["unshare", "-m", "sh", "-c", 'umount -l /proc && exec "$@"', "sh"]):
                if prefix:
                    needs(*prefix)
                done = run(*prefix, KTRACE, "-s", "200", "-e", "trace=write,execve", "sh", "-c", "echo a text of some length",
                           preexec_fn=refuse(error, "process_vm_readv"))
                self.assertEqual(done.returncode, 0)
                self.assertIn('write(1, "a text of some length\\n", 22)', done.stderr)
                self.assertIn('["sh", "-c", "echo a text of some length"]', done.stderr)
                count("seccomp refuses process_vm_readv" + (", no /proc" if prefix else ""))

    def test_anything_newer(self):
        for names in (["openat2"], ["statx"], ["pidfd_open"], ["memfd_create"], ["close_range"], ["clone3"], ["kcmp"], ["socket"],
                      [name for name in CALLS if name not in ("ptrace", "seccomp")]):
            for error in (EPERM, ENOSYS):
                if error == EPERM and {"clone3", "close_range"} & {*names}:
                    continue  # the C library counts on ENOSYS
                self.check("seccomp refuses what old kernels lack", [], preexec_fn=refuse(error, *names))

    def test_own_filters(self):
        self.check("seccomp refuses seccomp", [], preexec_fn=refuse(ENOSYS, "seccomp"))


class Files(unittest.TestCase):
    """Whose files traces are in, where -u lets another user be near them."""

    def setUp(self):
        if not IS_ROOT:
            self.skipTest("only root can use -u")
        self.place = folder()
        self.addCleanup(self.place.cleanup)
        self.path = self.place.name
        os.chmod(self.path, 0o755)
        self.open = os.path.join(self.path, "open")  # everybody may write here, and nothing protects it
        os.mkdir(self.open)
        os.chmod(self.open, 0o777)
        self.victim = os.path.join(self.path, "victim")
        with open(self.victim, "w", encoding="utf-8") as file:
            file.write("precious\n")

    def untouched(self):
        with open(self.victim, encoding="utf-8") as file:
            self.assertEqual(file.read(), "precious\n")

    def plant(self, name, target):
        link = os.path.join(self.open, name)
        os.symlink(target, link)
        os.lchown(link, NOBODY, NOBODY)
        return link

    def test_planted_links_are_not_followed(self):
        for options in ([], ["-A"], ["-c"], ["--json"], ["-f"]):
            link = self.plant("out", self.victim)
            done = run(KTRACE, *options, "-u", "nobody", "-o", link, "true")
            self.assertEqual(done.returncode, 1)
            self.assertIn("symbolic link", done.stderr)
            self.untouched()
            os.unlink(link)
            count("-u and -o: a planted symbolic link", "refused")

    def test_links_planted_by_the_program_are_not_followed(self):
        """It knows the number that its child will have, more or less: it tries until it was right."""
        script = ("import os\nplanted, child = set(), os.getpid()\n"
                  "while child not in planted:\n"
                  "  for n in set(range(child + 1, child + 400)) - planted:\n"
                  f"    os.symlink({self.victim!r}, {self.open!r} + '/out.%d' % n)\n"
                  "    planted.add(n)\n"
                  "  child = os.fork()\n"
                  "  if child == 0: os._exit(0)\n"
                  "  os.wait()")
        for _ in range(3):
            done = run(KTRACE, "-ff", "-u", "nobody", "-o", os.path.join(self.open, "out"), "/usr/bin/python3", "-c", script)
            self.assertIn("symbolic link", done.stderr)
            self.untouched()
            for name in os.listdir(self.open):
                os.unlink(os.path.join(self.open, name))
            count("-u and -ff: the program plants links for its children", "refused")

    def test_planted_fifos_are_not_waited_for(self):
        fifo = os.path.join(self.open, "out")
        os.mkfifo(fifo)
        os.chown(fifo, NOBODY, NOBODY)
        done = run(KTRACE, "-u", "nobody", "-o", fifo, "true")
        self.assertEqual(done.returncode, 1, done.stderr)
        count("-u and -o: a planted FIFO", "refused")

    def test_links_of_ones_own_are(self):
        link = os.path.join(self.open, "mine")
        os.symlink("target", link)
        for _ in range(2):
            self.assertEqual(run(KTRACE, "-u", "nobody", "-o", link, "true").returncode, 0)
            with open(os.path.join(self.open, "target"), encoding="utf-8") as file:
                self.assertEqual(file.read().count("execve("), 1)
        self.assertEqual(run(KTRACE, "-A", "-u", "nobody", "-o", link, "true").returncode, 0)
        with open(os.path.join(self.open, "target"), encoding="utf-8") as file:
            self.assertEqual(file.read().count("execve("), 2)
        done = run(KTRACE, "-u", "nobody", "-o", "/dev/stdout", "true")
        self.assertEqual(done.returncode, 0)
        self.assertIn("exited with 0", done.stdout)
        count("-u and -o: a link of one's own", "followed")

    def test_belong_to_the_caller(self):
        out = os.path.join(self.open, "out")
        run(KTRACE, "-u", "nobody", "-o", out, "true")
        self.assertEqual(os.stat(out).st_uid, 0)
        run(KTRACE, "-u", "nobody", "-o", f"|id -u >{out}.id", "id", "-u")
        with open(out + ".id", encoding="utf-8") as file:
            self.assertEqual(file.read(), "0\n")
        count("-u: files and commands are the caller's")

    def test_belong_to_the_caller_of_a_setuid_ktrace(self):
        program = os.path.join(self.path, "ktrace")
        shutil.copy(KTRACE, program)
        os.chmod(program, 0o4755)
        nobody = ["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"]
        needs(*nobody)
        out = os.path.join(self.open, "out")
        done = run(*nobody, program, "-o", out, "id", "-u")
        self.assertEqual((done.returncode, done.stdout), (0, f"{NOBODY}\n"), done.stderr)
        self.assertEqual(os.stat(out).st_uid, NOBODY)
        done = run(*nobody, program, "-o", self.victim, "true")
        self.assertEqual(done.returncode, 1)
        self.assertIn("Permission denied", done.stderr)
        self.untouched()
        run(*nobody, program, "-o", f"|id -u >{out}.id; id -ru >>{out}.id", "true")
        with open(out + ".id", encoding="utf-8") as file:
            self.assertEqual(file.read(), f"{NOBODY}\n" * 2)
        done = run(*nobody, program, "-u", "root", "id", "-u")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        count("setuid ktrace: files, commands and the program are the caller's")

    def test_mode_follows_the_mask(self):
        out = os.path.join(self.open, "out")
        run(KTRACE, "-o", out, "true", umask=0o077)
        self.assertEqual(stat.S_IMODE(os.stat(out).st_mode), 0o600)
        count("files have the caller's umask")


if __name__ == "__main__":
    trials.main(sys.argv[2:])
