#!/usr/bin/python3
"""Every line of every stack, beside strace's: against.py KTRACE PROGRAM...     skipped where strace has no -k

One that was built with libunwind has no names but exported ones: then modules and addresses are compared.
PROGRAM is a build of frames.c; a C compiler and Python stand for real ones. Left out are the stacks of which ours have
more, and threads that strace lists in another order: code in no file and programs without .eh_frame_hdr, where strace
stops; names in the vDSO.
"""
import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile

TIMEOUT = 60 * float(os.environ.get("KTRACE_TEST_SLOWNESS", "1"))


def stacks(command, with_names):
    """Calls and their frames, at the addresses that a process without randomization has."""
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "log")
        subprocess.run(["setarch", "-R", *command[:1], "-k", "-o", log, *command[1:]], timeout=TIMEOUT, check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONHASHSEED": "0"})
        found = []
        with open(log, errors="surrogateescape") as file:
            for line in file:
                if not line.startswith(" > "):
                    found.append((line.split("(")[0],))
                else:
                    found[-1] += (line if with_names else re.sub(r"\(.*\) \[", "() [", line),)
    return [stack for stack in found if len(stack) > 1]


def compare(ours, theirs):
    """The first stacks that differ, and how many calls only one of both shows."""
    wrong, extra = None, 0
    for what, begin, end, other_begin, other_end in difflib.SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if what == "replace":
            wrong = wrong or (ours[begin], theirs[other_begin])
        elif what != "equal":
            extra += end - begin + other_end - other_begin
    return wrong, extra


def real_programs(folder):
    """Such as make the same calls nearly every time."""
    source = os.path.join(folder, "source.c")
    with open(source, "w") as file:
        file.write("#include <stdio.h>\nint main(void) { return puts(\"\"); }\n")
    if gcc := shutil.which("gcc"):
        named = subprocess.run([gcc, "-print-prog-name=cc1"], stdout=subprocess.PIPE, text=True, check=False).stdout.strip()
        if os.path.exists(named):
            yield [named, "-quiet", "-O1", source, "-o", "/dev/null"]
    yield ["/usr/bin/python3", "-S", "-c", "pass"]


def main():
    ktrace, programs = sys.argv[1], sys.argv[2:]
    strace = shutil.which("strace")
    about = subprocess.run([strace, "-V"], stdout=subprocess.PIPE, text=True, check=False).stdout if strace else ""
    if not re.search(r"\bstack-trace=", about):
        print("no strace with -k")
        return 77
    with_names = "stack-trace=libdw" in about
    failures = 0
    # That of libunwind shows at rt_sigreturn where it has returned to.
    runs = [[program, what] for program in programs for what in (("deep", "signal", "exit") if with_names else ("deep", "exit"))]
    with tempfile.TemporaryDirectory() as folder:
        for command in [*runs, *real_programs(folder)]:
            theirs, ours = (stacks([tracer, *command], with_names) for tracer in (strace, ktrace))
            if not theirs:
                print("strace -k shows nothing here")
                return 77
            wrong, extra = compare(ours, theirs)
            print(f"{os.path.basename(command[0])} {command[1]}: {len(ours)} stacks, {sum(map(len, ours)) - len(ours)} frames")
            # The compiler makes a call more now and then, and more of them where much else is done.
            if wrong or extra > (0 if command in runs else len(theirs) // 20):
                failures += 1
                print(f"not strace's: {extra} stacks of calls that only one shows", *(wrong or ()), sep="\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
