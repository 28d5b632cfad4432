#!/usr/bin/python3
"""Times ktrace against strace on the same work: interleaved runs, medians, a table in Markdown.

  bench.py --ktrace KTRACE [--reference STRACE] [--work WORK] [--runs N] [--pinned] [--only REGEX] [--mode REGEX]
  bench.py --ktrace KTRACE --work WORK --quick

`strace` and `ktrace` are median wall times as multiples of the untraced one; `ratio` is ktrace / strace: the only figure that
carries over to another machine. --pinned keeps tracer and tracee on one CPU. WORK is the program made of work.c.
--quick is for CI: no peer, no absolute times; calls are counted, and a trace of few calls must be much cheaper than one
that stops at all of them (it is more than ten times; half of that would be a defect, not noise).
"""
import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

MAKEFILE = "all: $(patsubst %,o%,$(shell seq 100))\no%:\n\t@sh -c 'exec 3</dev/null; echo $@ >$@'\n"


def works(program, folder):
    with open(os.path.join(folder, "Makefile"), "w") as makefile:
        makefile.write(MAKEFILE)
    yield "dd bs=1", ["dd", "if=/dev/zero", "of=/dev/null", "bs=1", "count=50000"]
    yield "find", ["find", "/usr/lib", "-xdev"]
    yield "tar", ["tar", "cf", "/dev/null", "--absolute-names", "/usr/include/linux"]
    yield "make -j2", ["make", "-B", "-s", "-j2", "-C", folder]
    yield "python start", ["/usr/bin/python3", "-c", "import json"]
    yield "sqlite", ["sqlite3", os.path.join(folder, "db"), "create table if not exists t(a); insert into t values(1);"]
    if program:
        for what, count in (("opens", 20000), ("threads", 2000), ("getdents", 500), ("pingpong", 5000), ("spawn", 2000), ("deep", 10000)):
            yield what, [program, what, str(count)]


# name, options of ktrace, options that strace has besides
MODES = [
    ("full text", ["-f"], []),
    ("-c", ["-f", "-c"], []),
    ("-e openat", ["-f", "-e", "trace=openat"], ["--seccomp-bpf"]),
    ("-e none", ["-f", "-e", "trace=acct"], ["--seccomp-bpf"]),
]
OURS = [("--json", ["-f", "--json"]), ("-k", ["-f", "-k"])]


def once(command, pinned=False):
    if pinned:
        command = ["taskset", "-c", "0", *command]
    start = time.monotonic()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, check=False)
    return time.monotonic() - start


def table(args, folder):
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} CPUs, {args.runs} interleaved runs, medians"
          f"{', pinned' if args.pinned else ''}\n")
    print("| work | mode | untraced ms | strace x | ktrace x | ratio |\n|---|---|---|---|---|---|")
    log = os.path.join(folder, "log")
    modes = [*MODES, *((name, options, None) for name, options in OURS)]
    for work, command in works(args.work, folder):
        for mode, options, more in modes:
            if not re.search(args.only, work) or not re.search(args.mode, mode):
                continue
            peer = None if more is None else [args.reference, *options, *more, "-o", log, *command]
            times = [[], [], []]
            for _ in range(args.runs):
                for to, line in zip(times, (command, peer, [args.ktrace, *options, "-o", log, *command])):
                    if line:
                        to.append(once(line, args.pinned))
            base, theirs, ours = (statistics.median(of) if of else None for of in times)
            against = f"{theirs / base:.1f} | {ours / base:.1f} | {ours / theirs:.2f}" if theirs else f" | {ours / base:.1f} | "
            print(f"| {work} | {mode} | {base * 1000:.1f} | {against} |", flush=True)


def quick(args, folder):
    log = os.path.join(folder, "log")
    command = [args.work, "opens", "5000"]

    def trace(*options):
        seconds = once([args.ktrace, "-f", "-o", log, *options, *command])
        with open(log) as file:
            return seconds, sum("openat(AT_FDCWD, \"/dev/null\"" in line for line in file)

    every, every_count = trace("-e", "trace=openat", "--no-seccomp-bpf")
    few, few_count = trace("-e", "trace=openat")
    none, none_count = trace("-e", "trace=acct")
    print(f"openat: {every_count} {few_count} {none_count}")
    print(f"of the time with every stop: with openat's only {few / every:.2f}, with none {none / every:.2f}")
    assert (every_count, few_count, none_count) == (5000, 5000, 0)
    assert none < every / 2


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--reference", default="/usr/bin/strace")
    parser.add_argument("--ktrace", default="ktrace")
    parser.add_argument("--work")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--pinned", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--mode", default="")
    parser.add_argument("--quick", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        (quick if args.quick else table)(args, folder)


if __name__ == "__main__":
    sys.exit(main())
