#!/usr/bin/python3
"""Every line of every stack, beside strace's: against.py KTRACE PROGRAM...     skipped where strace has no -k

PROGRAM is a build of frames.c. Left out are the stacks of which ours have more, and threads that strace lists in another
order: code in no file and programs without .eh_frame_hdr, where strace stops; names in the vDSO.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile


def stacks(command):
    """Lines of frames, at the addresses that a process without randomization has."""
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "log")
        subprocess.run(["setarch", "-R", *command[:1], "-k", "-o", log, *command[1:]], timeout=60, check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(log, errors="surrogateescape") as file:
            return [line for line in file if line.startswith(" > ")]


def main():
    ktrace, programs = sys.argv[1], sys.argv[2:]
    strace = shutil.which("strace")
    about = subprocess.run([strace, "-V"], stdout=subprocess.PIPE, text=True, check=False).stdout if strace else ""
    if not re.search(r"\bstack-trace=", about):
        print("no strace with -k")
        return 77
    failures = 0
    for program in programs:
        for what in ("deep", "signal", "exit"):
            theirs, ours = stacks([strace, program, what]), stacks([ktrace, program, what])
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
