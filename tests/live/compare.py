#!/usr/bin/python3
"""Runs live programs under two tracers in many modes and compares what they print, line by line.

    compare.py --reference STRACE --ktrace KTRACE [--bits 64] [--modes all|"-v;-X raw"] [--show N] [SOURCE.c...]

Without sources: all programs here. Each `// run:` line of a program is run in each mode, the mode's options behind its own.
What the reference itself prints differently the second time (pids, times, inode numbers) does not count. known-modes.txt beside this file lists what differs for a reason: PROGRAM<TAB>MODE or *<TAB>the line's call
or *<TAB>reason. Exit status: 0 all equal but for those.
"""
import argparse
import collections
import glob
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import run

MODES = ["", "-v", "-X raw", "-X verbose", "-e raw=all", "-e abbrev=none", "-s 4", "-y", "-yy", "-xx", "-P /dev/null"]
SETARCH = shutil.which("setarch")
DIGITS = re.compile(r"0x[0-9a-f]+|\d+")
STACK = re.compile(r"\b0x(7fffffff[0-9a-f]{4}|ff[c-f][0-9a-f]{5})\b")
WORD = re.compile(r"(\W+)")
CALL = re.compile(r"(?:^|\s|<\.\.\. )([a-z_][a-z0-9_]*)(?:\(| resumed)")


def known():
    """[(program, mode, call)]"""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "known-modes.txt")
    with open(path, encoding="utf-8") as file:
        return [tuple(line.split("\t")[:3]) for line in file if line.strip() and not line.startswith("#")]


def trace(tracer, program, options, index, folder):
    """The lines between the marks; None: the tracer could not do it, or not in time."""
    log = os.path.join(folder, "log")
    # Addresses are where they were in the other run, but for those on the stack.
    command = [SETARCH, "-R", tracer, "-o", log, "-a1", *run.with_marker(options), program, str(index)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=folder,
                               start_new_session=True, env={"TZ": "UTC"}, errors="replace")
    try:
        process.communicate(timeout=run.TIMEOUT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return None
    if process.returncode not in (0, 77) or not os.path.exists(log):
        return None
    with open(log, errors="surrogateescape") as file:
        lines = file.read().splitlines()
    os.unlink(log)
    return lines if "-P" in options else run.between_marks(lines)  # the marks have no path


def equal(theirs, again, ours):
    """Whether a line is the reference's, but for what that prints differently the second time, and where the stack is."""
    lines = [STACK.sub("STACK", line) for line in (theirs, again, ours)]
    if lines[0] == lines[2]:
        return True
    words = [WORD.split(line) for line in lines]
    if lines[0] == lines[1] or len(words[0]) != len(words[2]):
        return False
    if len(words[1]) != len(words[0]):
        return [DIGITS.sub("N", word) for word in words[0]] == [DIGITS.sub("N", word) for word in words[2]]
    return all(a == c or a != b for a, b, c in zip(*words))


def pairs(first, second, ours):
    """[(theirs, ours)] of what differs."""
    for k in range(max(len(first), len(ours))):
        a, again, b = (lines[k] if k < len(lines) else "" for lines in (first, second, ours))
        if not equal(a, again, b):
            yield a, b


def call_of(line):
    match = CALL.search(line)
    return match.group(1) if match else ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--reference", required=True)
    parser.add_argument("--ktrace", required=True)
    parser.add_argument("--bits", type=int, action="append")
    parser.add_argument("--modes", default="all")
    parser.add_argument("--show", type=int, default=2)
    parser.add_argument("sources", nargs="*")
    args = parser.parse_args()
    here = os.path.dirname(os.path.abspath(__file__))
    sources = args.sources or sorted(glob.glob(os.path.join(here, "*.c")))
    modes = MODES if args.modes == "all" else args.modes.split(";")
    reasons, used = known(), set()
    total = equal = excused = 0
    refused = collections.Counter()
    with tempfile.TemporaryDirectory(prefix="live.") as folder:
        for source in sources:
            runs, only_64 = run.runs_of(source)
            for bits in [b for b in args.bits or (64, 32) if b == 64 or not only_64]:
                program = run.build(source, folder, bits)
                name = os.path.basename(program)
                for index, options in enumerate(runs):
                    for mode in modes:
                        both = options + shlex.split(mode)
                        first, second = (trace(os.path.abspath(args.reference), program, both, index, folder) for _ in range(2))
                        if first is None or second is None:
                            refused[mode] += 1  # the reference stops itself at -X verbose now and then
                            continue
                        ours = trace(os.path.abspath(args.ktrace), program, both, index, folder)
                        if ours is None:
                            ours = ["(no trace)"]
                        total += max(len(first), len(ours))
                        equal += max(len(first), len(ours))
                        shown = 0
                        for a, b in pairs(first, second, ours):
                            equal -= 1
                            entry = next((r for r in reasons if r[0] in ("*", name.split(".")[0]) and r[1] in ("*", mode) and r[2] in ("*", call_of(a or b))), None)
                            if entry:
                                used.add(entry)
                                excused += 1
                                continue
                            shown += 1
                            if shown == 1:
                                print(f"{name}: {shlex.join(both)}")
                            if shown <= args.show:
                                print(f"  - {a}\n  + {b}")
    for mode, count in refused.items():
        print(f"not possible with the reference: {count} runs with {mode or 'no options'}")
    print(f"{total} lines compared, {equal} equal, {excused} differ for reasons that known-modes.txt names")
    return 0 if equal + excused == total else 1


if __name__ == "__main__":
    sys.exit(main())
