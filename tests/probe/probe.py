#!/usr/bin/python3
"""Compares two tracers on calls that never happen (probe.c): every syscall, arguments from a random number generator.

    probe.py --reference STRACE --ktrace KTRACE [--calls NAME,/REGEX/,...] [--bits 64|32] [--count N] [--seed N]
             [--modes "-v;-X raw;..."|all] [--show N]

For each syscall: how many of its lines differ, and the first few of them. Exit status 1 if any does. The numbers come from
arch/*/*.tbl; values that an argument must have to mean something from values.txt beside this file.
"""
import argparse
import collections
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TABLES = {64: "x86_64/x86_64.tbl", 32: "x86_64/i386.tbl"}
MODES = ["", "-v", "-X raw", "-X verbose", "-e raw=all", "-e abbrev=none", "-s 4", "-y", "-yy", "-P /etc/passwd"]
SKIPPED = {"rt_sigreturn", "sigreturn"}  # what they show lies where the kernel, not the program, put it


def numbers(bits):
    """[(name, number)] of an ABI."""
    found = []
    with open(os.path.join(HERE, "../../arch", TABLES[bits]), encoding="utf-8") as file:
        for line in file:
            if match := re.match(r"(\d+)\s+(\w+)", line):
                found.append((match.group(2), int(match.group(1))))
    return found


def values():
    """{name: [INDEX:VALUE]} from values.txt: NAME INDEX FROM[-TO]... with numbers in any base."""
    found = collections.defaultdict(list)
    with open(os.path.join(HERE, "values.txt"), encoding="utf-8") as file:
        for line in file:
            words = line.split("#")[0].split()
            for word in words[2:]:
                first, _, last = word.partition("..")
                for value in range(int(first, 0), int(last or first, 0) + 1):
                    found[words[0]].append(f"{words[1]}:{value:x}")
    return found


def build(folder, bits):
    program = os.path.join(folder, f"probe{bits}")
    subprocess.run(["gcc", "-O1", f"-m{bits}", "-pthread", "-o", program, os.path.join(HERE, "probe.c")], check=True)
    return program


def wanted(name, patterns):
    return any(re.search(p[1:-1], name) if p.startswith("/") else p in (name, "all") for p in patterns)


def trace(tracer, mode, command, log):
    """The lines between the two marks, and what the tracer had to say itself."""
    done = subprocess.run([tracer, "-a1", "-o", log, *mode.split(), *command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, check=False, env={"LC_ALL": "C"}, cwd="/")
    with open(log, encoding="utf-8", errors="surrogateescape") as file:
        lines = file.read().split("\n")
    marks = [n for n, line in enumerate(lines) if line.startswith("sethostname(")]
    begin, end = (marks + [len(lines)] * 2)[:2] if "-P" not in mode else (0, len(lines))
    text = lines[begin + 1:end]
    if done.returncode:
        text.append(f"exit status {done.returncode}: {done.stderr[-200:]!r}")
    return [line for line in text if not re.match(r"exit_group\(0\) +=|\+\+\+|execve\(", line)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--reference", default="/usr/bin/strace")
    parser.add_argument("--ktrace", default="ktrace")
    parser.add_argument("--calls", default="all")
    parser.add_argument("--bits", type=int, default=64)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--modes", default="")
    parser.add_argument("--show", type=int, default=3)
    args = parser.parse_args()
    args.ktrace = os.path.abspath(args.ktrace)
    modes = MODES if args.modes == "all" else args.modes.split(";")
    special, total, differing = values(), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        program = build(folder, args.bits)
        for name, number in numbers(args.bits):
            if name in SKIPPED or not wanted(name, args.calls.split(",")):
                continue
            command = [program, str(number), str(args.seed), str(args.count), *special[name]]
            for mode in modes:
                theirs, ours = (trace(tracer, mode, command, os.path.join(folder, "log")) for tracer in (args.reference, args.ktrace))
                pairs = [(a, b) for a, b in zip(theirs, ours) if a != b]
                bad = len(pairs) + abs(len(theirs) - len(ours))
                total, differing = total + len(theirs), differing + bad
                if bad:
                    print(f"{name} {mode}: {bad} of {len(theirs)} differ" + (f" ({len(ours)} lines)" if len(theirs) != len(ours) else ""))
                    for a, b in pairs[:args.show]:
                        print(f"  - {a}\n  + {b}")
    print(f"{total} lines compared, {differing} differ")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
