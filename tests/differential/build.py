#!/usr/bin/python3
"""A build under both tracers: `make -j2` of a generated C project of 100 files, traced with -f -o.

  build.py REFERENCE KTRACE KNOWN [FILES]         KNOWN: known differences, see compare.py

The exit status must be that of make; every process of the build must have made the same calls, in the same order and with
the same text. make itself is compared by the commands it started: when its children end, and so what its waits and
its job server's reads return, is decided by the scheduler. `-f -c` must then count what the trace shows.
"""
import collections
import itertools
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from compare import Known, join_interleaved, normalise, signature  # noqa: E402

# What two builds under the same tracer do not agree on either: free memory decides about the garbage collector of gcc, and
# which of two commands gets the standard input is the job of the first to start.
NOISE = re.compile(r"^(dup2\(\d, 0\)|dup3\(\d, 0, 0\)|getrandom|sysinfo|getrusage|times|prlimit64|--- SIGCHLD|openat\(.*/proc/meminfo|newfstatat\(3, \"\"|read\(3, \"MemTotal)")


def write_project(folder, files):
    for n in range(files):
        with open(os.path.join(folder, f"part{n}.c"), "w", encoding="ascii") as file:
            file.write(f"#include <stddef.h>\nsize_t part{n}(size_t x) {{ return x * {n}u + sizeof(long); }}\n")
    objects = " ".join(f"part{n}.o" for n in range(files))
    with open(os.path.join(folder, "Makefile"), "w", encoding="ascii") as file:
        file.write(f"all: lib.a\n%.o: %.c\n\t@gcc -O0 -c -o $@ $<\nlib.a: {objects}\n\t@ar rcsD $@ $^\nclean:\n\t@rm -f *.o lib.a\n")


def trace(tracer, options, folder, log):
    subprocess.run(["make", "-s", "clean"], cwd=folder, check=True)
    done = subprocess.run(["setarch", "-R", tracer, "-f", *options, "-o", log, "make", "-s", "-j2"], cwd=folder, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                          env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "HOME": "/", "PWD": folder})
    with open(log, encoding="utf-8", errors="surrogateescape") as file:
        return done.returncode, done.stdout, file.read()


def processes(logs, pids):
    """{what was run: [the lines of each process that ran it]}"""
    found = collections.defaultdict(list)
    for lines in normalise(logs, pids).values():
        if not lines[-1].startswith("+++ exited with"):
            raise SystemExit(f"a process whose end is missing: {lines[-1]}")
        started = [line for line in lines if line.startswith("execve(") and line.endswith("= 0")]
        is_make = any('"make"' in line for line in started)
        name = "make" if is_make else signature(lines)
        found[name].append(started if is_make else [line for line in lines if not NOISE.match(line)])
    return found


def main():
    reference, ktrace, known = sys.argv[1], sys.argv[2], Known(sys.argv[3])
    files = int(sys.argv[4]) if len(sys.argv) > 4 else 100
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        project = os.path.join(folder, "project")
        os.mkdir(project)
        write_project(project, files)
        log = os.path.join(folder, "log")
        texts = []
        for tracer in (reference, ktrace):
            status, output, text = trace(tracer, ["-s", "64"], project, log)
            if status != 0 or output:
                print(f"{tracer}: exit status {status}: {output[-500:]!r}")
                failures += 1
            texts.append(text)
        logs = [join_interleaved(text) for text in texts]
        pids = logs[0].keys() | logs[1].keys()
        theirs, ours = (processes(each, pids) for each in logs)
        for name in sorted(set(theirs) | set(ours)):
            a, b = sorted(theirs[name]), sorted(ours[name])
            for x, y in itertools.zip_longest(a, b, fillvalue=[]):
                different = [(p, q) for p, q in itertools.zip_longest(x, y) if p != q and not known.covers(p, q)]
                if different:
                    failures += 1
                    print(f"{name[:200]}: {len(x)} and {len(y)} calls",
                          *(f"  strace: {p}\n  ktrace: {q}" for p, q in different[:3]), sep="\n")
        print(f"{sum(map(len, ours.values()))} processes, {len(texts[1].splitlines())} lines, {failures} differences")

        status, _, table = trace(ktrace, ["-c"], project, log)
        rows = [line.split() for line in table.splitlines()]
        execs = [row for row in rows if row and row[-1] == "execve"]
        if status != 0 or len(execs) != 1 or not any(row and row[-1] == "total" for row in rows):
            print(f"-c: exit status {status}, table:\n{table[:500]}")
            failures += 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
