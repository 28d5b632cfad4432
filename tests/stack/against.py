#!/usr/bin/python3
"""Every line of every stack, beside strace's: against.py KTRACE PROGRAM...     skipped where strace has no -k

One that was built with libunwind has no names but exported ones: then modules and addresses are compared.
PROGRAM is a build of frames.c. Left out are the stacks of which ours have more, and threads that strace lists in another
order: code in no file and programs without .eh_frame_hdr, where strace stops; names in the vDSO.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

TIMEOUT = 60 * float(os.environ.get("KTRACE_TEST_SLOWNESS", "1"))


def stacks(command, with_names):
    """Lines of frames, at the addresses that a process without randomization has."""
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "log")
        subprocess.run(["setarch", "-R", *command[:1], "-k", "-o", log, *command[1:]], timeout=TIMEOUT, check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(log, errors="surrogateescape") as file:
            lines = [line for line in file if line.startswith(" > ")]
    return lines if with_names else [re.sub(r"\([^()]*\) \[", "() [", line) for line in lines]


def main():
    ktrace, programs = sys.argv[1], sys.argv[2:]
    strace = shutil.which("strace")
    about = subprocess.run([strace, "-V"], stdout=subprocess.PIPE, text=True, check=False).stdout if strace else ""
    if not re.search(r"\bstack-trace=", about):
        print("no strace with -k")
        return 77
    with_names = "stack-trace=libdw" in about
    failures = 0
    for program in programs:
        # That of libunwind shows at rt_sigreturn where it has returned to.
        for what in ("deep", "signal", "exit") if with_names else ("deep", "exit"):
            theirs, ours = (stacks([tracer, program, what], with_names) for tracer in (strace, ktrace))
            if not theirs:
                print("strace -k shows nothing here")
                return 77
            if ours != theirs:
                failures += 1
                print(f"{os.path.basename(program)} {what}: {len(ours)} lines, strace has {len(theirs)}")
                for one, other in zip(ours, theirs):
                    if one != other:
                        print(f"ours  {one}strace{other}")
                        break
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
