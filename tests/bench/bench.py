#!/usr/bin/python3
"""Times ktrace against strace on the same work: interleaved runs, medians, a table in Markdown.

  bench.py [--reference STRACE] [--ktrace KTRACE] [--runs N] [--pinned] [--only REGEX] [--check FACTOR]

`untraced`, `strace` and `ktrace` are median wall times as multiples of the untraced one; `ratio` is ktrace / strace: the only
figure that carries over to another machine. --pinned keeps tracer and tracee on one CPU. --check FACTOR fails if a ratio
that the table marks as a promise is above FACTOR. Nothing here depends on absolute times.
"""
import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

# name, shell-free command, options of both tracers, promised
WORK = [
    ("dd bs=1", ["dd", "if=/dev/zero", "of=/dev/null", "bs=1", "count=100000"], ["-f"], True),
    ("find /usr", ["find", "/usr", "-xdev"], ["-f"], True),
    ("tar /usr/include", ["tar", "cf", "/dev/null", "--absolute-names", "/usr/include/linux"], ["-f"], False),
    ("python start", ["/usr/bin/python3", "-c", "import json"], ["-f"], False),
    ("dd bs=1 -c", ["dd", "if=/dev/zero", "of=/dev/null", "bs=1", "count=100000"], ["-f", "-c"], False),
    ("find /usr -e openat", ["find", "/usr", "-xdev"], ["-f", "-e", "trace=openat"], False),
]


def once(command, pinned):
    if pinned:
        command = ["taskset", "-c", "0", *command]
    start = time.monotonic()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, check=False)
    return time.monotonic() - start


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--reference", default="/usr/bin/strace")
    parser.add_argument("--ktrace", default="ktrace")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--pinned", action="store_true")
    parser.add_argument("--only")
    parser.add_argument("--check", type=float)
    args = parser.parse_args()
    failed = []
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} CPUs, {args.runs} interleaved runs, medians"
          f"{', pinned' if args.pinned else ''}\n")
    print("| work | options | untraced ms | strace x | ktrace x | ratio |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "log")
        for name, command, options, promised in WORK:
            if args.only and not re.search(args.only, name):
                continue
            times = {"untraced": [], "strace": [], "ktrace": []}
            for _ in range(args.runs):
                times["untraced"].append(once(command, args.pinned))
                times["strace"].append(once([args.reference, *options, "-o", log, *command], args.pinned))
                times["ktrace"].append(once([args.ktrace, *options, "-o", log, *command], args.pinned))
            base, theirs, ours = (statistics.median(times[k]) for k in ("untraced", "strace", "ktrace"))
            ratio = ours / theirs
            print(f"| {name} | {' '.join(options)} | {base * 1000:.1f} | {theirs / base:.1f} | {ours / base:.1f} | {ratio:.2f} |",
                  flush=True)
            if promised and args.check and ratio > args.check:
                failed.append(f"{name}: {ratio:.2f} > {args.check}")
    if failed:
        print("\nabove the promise:", *failed, sep="\n  ")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
