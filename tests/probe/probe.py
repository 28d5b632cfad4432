#!/usr/bin/python3
"""Compares tracers on calls that never happen (probe.c): every syscall, arguments from a random number generator.

    probe.py --reference STRACE --ktrace KTRACE      what they print differently, call by call; exit status 1 if anything
    probe.py --reference STRACE --record FILE        writes sums of what STRACE prints
    probe.py --ktrace KTRACE --check FILE            compares with the sums; for machines that lack that strace

    Both: [--calls NAME,/REGEX/,...] [--bits 64|32] [--count N] [--seed N] [--modes "-v;-X raw;..."|all] [--show N]

The numbers come from arch/*/*.tbl, the values that an argument must have to mean something from values.txt beside
this file. known.txt there lists what differs for a reason: BITS CALL MODE (or *), reason. It may only shrink.
"""
import argparse
import collections
import hashlib
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TABLES = {64: "x86_64/x86_64.tbl", 32: "x86_64/i386.tbl"}
# Without "-X verbose": strace 7.2 stops itself at some signal sets there ("sprintsigmask_n: got unexpected return value").
MODES = ["", "-v", "-X raw", "-e raw=all", "-e abbrev=none", "-s 4", "-y", "-yy", "-P /etc/passwd"]
SUMMED = ["", "-v", "-X raw", "-yy"]  # what --record and --check look at
# What the first show lies where the kernel, not the program, put it; the kernel lets no seccomp filter see the others.
SKIPPED = {"rt_sigreturn", "sigreturn", "uprobe", "uretprobe"}
MARK = re.compile(r"^faccessat\(.*0x7ea8\b")


def numbers(bits):
    """[(name, number)] of an ABI."""
    with open(os.path.join(HERE, "../../arch", TABLES[bits]), encoding="utf-8") as file:
        found = [match.groups() for line in file if (match := re.match(r"(\d+)\s+(\w+)", line))]
    return [(name, number) for number, name in found if name not in SKIPPED]


def values():
    """{name: [INDEX:VALUE]} from values.txt: NAME INDEX FROM[..TO]... with numbers in any base."""
    found = collections.defaultdict(list)
    with open(os.path.join(HERE, "values.txt"), encoding="utf-8") as file:
        for line in file:
            words = line.split("#")[0].split()
            for word in words[2:]:
                first, _, last = word.partition("..")
                for value in range(int(first, 0), int(last or first, 0) + 1):
                    found[words[0]].append(f"{words[1]}:{value:x}")
    return found


class Known:
    def __init__(self):
        self.entries = {}
        with open(os.path.join(HERE, "known.txt"), encoding="utf-8") as file:
            for line in file:
                if line.strip() and not line.startswith("#"):
                    bits, call, mode = line.split("\t")[:3]
                    self.entries[int(bits), call, mode] = False

    def covers(self, bits, call, mode):
        keys = {(bits, call, mode), (bits, call, "*")} & self.entries.keys()
        for key in keys:
            self.entries[key] = True
        return bool(keys)

    def unused(self, bits):
        return [key for key, used in self.entries.items() if key[0] == bits and not used]


def build(folder, bits):
    program = os.path.join(folder, f"probe{bits}")
    place = ["-fno-pie", "-no-pie", "-Wl,-Ttext-segment=0xb0000000"] if bits == 32 else []
    subprocess.run(["gcc", "-O1", f"-m{bits}", *place, "-pthread", "-o", program, os.path.join(HERE, "probe.c")], check=True)
    return program


def wanted(name, patterns):
    return any(re.search(p[1:-1], name) if p.startswith("/") else p in (name, "all") for p in patterns)


def trace(tracer, mode, program, script, folder):
    """[the lines of each of the script's lines]"""
    log = os.path.join(folder, "log")
    with open(script, encoding="ascii") as stdin:
        done = subprocess.run([tracer, "-a1", "-o", log, *mode.split(), program], stdin=stdin, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, check=False, env={"LC_ALL": "C"}, cwd="/")  # -yy shows descriptors: no pipes
    groups = []
    with open(log, encoding="utf-8", errors="surrogateescape") as file:
        for line in file.read().split("\n"):
            if MARK.match(line):
                groups.append([])
            elif groups:
                groups[-1].append(line)
    if done.returncode or not groups:
        print(f"{tracer} {mode}: exit status {done.returncode}")
        raise SystemExit(1)
    return groups[:-1]


def show_difference(name, mode, theirs, ours, limit):
    pairs = [(a, b) for a, b in zip(theirs, ours) if a != b]
    print(f"{name} {mode}: {len(pairs)} of {len(theirs)} differ" + (f" ({len(ours)} lines)" if len(theirs) != len(ours) else ""))
    for a, b in pairs[:limit]:
        print(f"  - {a}\n  + {b}")
    return len(pairs) + abs(len(theirs) - len(ours))


def check_sum(lines):
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()[:8]


def read_sums(path):
    """{(bits, call): [sum of each mode]}"""
    with open(path, encoding="ascii") as file:
        rows = [line.split() for line in file if not line.startswith("#")]
    return {(int(row[0]), row[1]): row[2:] for row in rows if row}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--reference")
    parser.add_argument("--ktrace")
    parser.add_argument("--record", help="a file: write the sums of the reference")
    parser.add_argument("--check", help="a file: compare with the sums in it")
    parser.add_argument("--calls", default="all")
    parser.add_argument("--bits", type=int, action="append")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--modes", default="")
    parser.add_argument("--show", type=int, default=3)
    args = parser.parse_args()
    modes = SUMMED if args.record or args.check else MODES if args.modes == "all" else args.modes.split(";")
    reference, ktrace = (tracer and os.path.abspath(tracer) for tracer in (args.reference, args.ktrace))
    special, known = values(), Known()
    expected = read_sums(args.check) if args.check else {}
    total = unequal = excused = 0
    recorded = []
    with tempfile.TemporaryDirectory() as folder:
        script = os.path.join(folder, "script")
        for bits in args.bits or [64]:
            program = build(folder, bits)
            calls = [(name, number) for name, number in numbers(bits) if wanted(name, args.calls.split(","))]
            with open(script, "w", encoding="ascii") as file:
                for name, number in calls:
                    print(number, args.seed, args.count, *special[name], file=file)
            sums = collections.defaultdict(list)
            for index, mode in enumerate(modes):
                theirs = trace(reference, mode, program, script, folder) if reference else None
                ours = trace(ktrace, mode, program, script, folder) if ktrace else None
                for n, (name, _) in enumerate(calls):
                    if args.record:
                        sums[name].append(check_sum(theirs[n]))
                        continue
                    total += len(ours[n])
                    same = theirs[n] == ours[n] if theirs else [check_sum(ours[n])] == expected.get((bits, name), [])[index:index + 1]
                    if same:
                        continue
                    if known.covers(bits, name, mode):
                        excused += len(ours[n])
                    elif theirs:
                        unequal += show_difference(name, mode, theirs[n], ours[n], args.show)
                    else:
                        print(f"{name} {mode}: not what strace printed (its lines: see tests/probe/README.md)")
                        unequal += len(ours[n])
            recorded += [f"{bits} {name} {' '.join(sums[name])}" for name, _ in calls]
            if args.calls == "all" and args.check and known.unused(bits):
                print("known differences that are gone, remove them:", *known.unused(bits))
                unequal += 1
    if args.record:
        with open(args.record, "w", encoding="ascii") as file:
            print("# Sums of what strace 7.2 prints for each syscall, one per mode of tests/probe/probe.py, which wrote this.", *recorded, sep="\n", file=file)
        return 0
    print(f"{total} lines compared, {unequal} differ, {excused} in calls that known.txt names")
    return 1 if unequal else 0


if __name__ == "__main__":
    sys.exit(main())
