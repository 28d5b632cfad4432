#!/usr/bin/python3
"""Every ioctl that the descriptions name, under strace 7.2 and under ktrace; shows the lines that differ.

    tests/probe/ioctls.py --reference STRACE-7.2 --ktrace build/release/src/cli/ktrace [--names REGEX] [--bits 32]
                          [--modes ";-v;-X raw"] [--all] [--width 300]

Without --all at most 60 differences are shown. The exit status is 1 if there are any.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ABI = {"64": "x86_64", "32": "i386"}
AT_A_TIME = 200
MOST_SHOWN = 60
CASE = re.compile(r"^  (?P<name>[A-Z]\S*(?: or \S+)*) += (?P<number>0x[0-9a-f]+)(?P<forms>[^#]*?) +: ")


def requests(abi):
    """Numbers by name, from the blocks of the select ioctl_arg."""
    found = {}
    for path in sorted((HERE.parents[1] / "syscalls").rglob("*.ksd")):
        inside = False
        for line in path.read_text(encoding="utf-8").splitlines():
            if re.match(r"(select|extend) ioctl_arg\b", line):
                inside = True
            elif line == "}":
                inside = False
            elif inside and (case := CASE.match(line)):
                only = re.search(r"only ((?:\w+ ?)+)", case["forms"])
                if only and abi not in only[1].split():
                    continue
                other = re.search(rf"on (?:\w+ )*{abi}\b(?: \w+)*: (0x[0-9a-f]+)", case["forms"])
                found[case["name"]] = other[1] if other else case["number"]
    return found


def build(bits, folder):
    program = pathlib.Path(folder) / "ioctls"
    subprocess.run(["cc", f"-m{bits}", "-O1", "-w", "-pthread", HERE / "ioctls.c", "-o", program], check=True)
    return program


def trace(tracer, mode, program, numbers, log):
    subprocess.run([tracer, *mode.split(), "-e", "trace=ioctl", "-o", log, program, *numbers], stderr=subprocess.DEVNULL, check=False,
                   timeout=600)
    return log.read_text(encoding="utf-8", errors="backslashreplace").splitlines()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference", required=True)
    parser.add_argument("--ktrace", required=True)
    parser.add_argument("--names", default="")
    parser.add_argument("--bits", choices=ABI, default="64")
    parser.add_argument("--modes", default=";-v")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--width", type=int, default=300)
    args = parser.parse_args()
    numbers = sorted({number for name, number in requests(ABI[args.bits]).items() if re.search(args.names, name)})
    lines = differences = 0
    with tempfile.TemporaryDirectory() as folder:
        program, log = build(args.bits, folder), pathlib.Path(folder) / "log"
        for mode in args.modes.split(";"):
            for first in range(0, len(numbers), AT_A_TIME):
                some = numbers[first:first + AT_A_TIME]
                theirs, ours = (trace(tracer, mode, program, some, log) for tracer in (args.reference, args.ktrace))
                if len(theirs) != len(ours):
                    sys.exit(f"{len(theirs)} lines of strace, {len(ours)} of ktrace, with '{mode}': {' '.join(some)}")
                lines += len(theirs)
                for a, b in zip(theirs, ours):
                    if a == b:
                        continue
                    differences += 1
                    if args.all or differences <= MOST_SHOWN:
                        print(f"[{mode}]\n  strace: {a[:args.width]}\n  ktrace: {b[:args.width]}")
    print(f"{len(numbers)} requests, {lines} lines, {differences} differ")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
