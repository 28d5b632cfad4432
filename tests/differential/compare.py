#!/usr/bin/python3
"""Runs a program under strace and under ktrace and compares what they printed, process by process.

  compare.py [--reference STRACE] [--ktrace KTRACE] [--known FILE] [--options "..."] [--keep DIR] -- COMMAND...
  compare.py ... --cases FILE          one case a line: name | tracer options | shell command

Interleaved lines are joined (`<unfinished ...>` with `<... resumed>`), then everything that differs between two runs of
the same tracer is replaced by a name: pids, addresses, times, random bytes, temporary names.
What is left must be equal. FILE lists known differences: a regular expression for a reference line, a tab, one for
ktrace's line (empty: the line is absent), a tab, the reason. Entries that never match are an error when --cases runs
whole: the list may only shrink.
"""
import argparse
import difflib
import os
import re
import shlex
import subprocess
import sys
import tempfile

LINE = re.compile(r"^(\d+)(?:<[^>]*>)? +(.*)$")
UNFINISHED = re.compile(r"^(.*?),? *<unfinished \.\.\.>$")
RESUMED = re.compile(r"^(?:\[ *\w+\] )?<\.\.\. ([\w$]+) resumed>(.*)$")
SUBSTITUTIONS = [
    (re.compile(r"0x[0-9a-f]{5,16}\b"), "ADDR"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT[\d:.]+[+-]\d{4}"), "DATE"),
    (re.compile(r"(_sec|_nsec|_usec|atime|mtime|ctime|btime)=-?\d+"), r"\1=T"),
    (re.compile(r"(_utime|_stime|tms_\w+)=\d+( /\* [\d.]+ s \*/)?"), r"\1=T"),
    (re.compile(r"(socket|pipe|anon_inode|UNIX-STREAM|UNIX-DGRAM|UNIX):\[[^]]*\]"), r"\1:[N]"),
    (re.compile(r"^(getppid\(\)|times\(.*\)|time\(.*\)) = \d+.*"), r"\1 = N"),
    (re.compile(r"\b(d_ino|d_off|ru_\w+)=\d+"), r"\1=N"),
    (re.compile(r"/\* \d+ entries \*/, (\d+)\) = \d+"), r"/* N entries */, \1) = N"),
    (re.compile(r"st(x?)_(ino|blocks|size)=\d+"), r"st\1_\2=N"),
    (re.compile(r"(/tmp/|/var/tmp/)[\w.-]+"), r"\1TMP"),
    (re.compile(r"\btmp_obj_\w{6}|(?<=\.git/)t\w{6}\b|(?<=\")st\w{6}(?=\")"), "TMP"),
    (re.compile(r"/proc/\d+"), "/proc/PID"),
    (re.compile(r"(f_bfree|f_bavail|f_ffree|freeram|bufferram|sharedram|uptime|procs|loads|freeswap)=(\[[^]]*\]|\d+)"), r"\1=N"),
]
REAPING = re.compile(r"^wait4\(-1, .*, (0|WNOHANG), NULL\) = ")  # a shell: in its SIGCHLD handler or where it waits
NUMBERED = re.compile(r"^(\[ *\w+\]) (.*)$")
RANDOM_CALL = re.compile(r'^(getrandom)\("(?:[^"\\]|\\.)*"')
RANDOM_OPEN = re.compile(r'^openat\(.*"/dev/u?random".* = (\d+)')
RANDOM_READ = re.compile(r'^read\((\d+)(?:<[^>]*>)*, "(?:[^"\\]|\\.)*"(?:\.\.\.)?')


def join_interleaved(text):
    """Returns {pid: [line]} with every call on one line, pids in order of appearance."""
    lines, pending, mine = {}, {}, []
    for raw in text.splitlines():
        if raw.startswith(" | "):  # a dump of what the call above moved
            mine.append(raw)
            continue
        match = LINE.match(raw)
        if not match:
            raise SystemExit(f"compare: a line without pid: {raw!r}")
        pid, rest = match.groups()
        mine = lines.setdefault(pid, [])
        if match := RESUMED.match(rest):
            head = pending.pop(pid, f"{match.group(1)}(...")
            tail = match.group(2)
            if head[-1] != "(" and tail[:1] not in (",", ")", "}", " "):  # strace before 6.6 put the comma before the break
                tail = ", " + tail
            mine.append(head + tail)
        elif match := UNFINISHED.match(rest):
            if pid in pending:
                mine.append(pending.pop(pid) + " <lost>")
            pending[pid] = match.group(1)
        else:
            mine.append(rest)
    for pid, head in pending.items():
        lines[pid].append(head + " <unfinished ...>")
    return lines


def normalise(lines, pids):
    """`pids` are those of both runs: where a pid of one is a length in the other, both must lose it."""
    number = re.compile(r"\b(%s)\b" % "|".join(sorted(pids, key=len, reverse=True)))
    result = {}
    for pid, mine in lines.items():
        out, random_fd = [], None
        for line in mine:
            if match := NUMBERED.match(line):  # -n: the number goes behind
                line = f"{match.group(2)} {match.group(1)}"
            line = re.sub(r"\) += ", ") = ", line)
            line = number.sub("PID", line)
            line = RANDOM_CALL.sub(r"\1(RANDOM", line)
            if match := RANDOM_OPEN.match(line):
                random_fd = match.group(1)
            elif random_fd and line.startswith(f"close({random_fd}"):
                random_fd = None
            elif (match := RANDOM_READ.match(line)) and match.group(1) == random_fd:
                line = RANDOM_READ.sub("read(RANDOM", line)
            for pattern, to in SUBSTITUTIONS:
                line = pattern.sub(to, line)
            # When a child ends is the scheduler's choice, and so is whether its signal comes alone and what it interrupts.
            # The C library's mkstemp asks for another number when one does not divide well.
            if not line.startswith(("--- SIGCHLD", "rt_sigreturn(", "getrandom(RANDOM, 8, GRND_NONBLOCK)")) and not REAPING.match(line):
                out.append(line)
        result[pid] = out
    return result


class Known:
    def __init__(self, *paths):
        self.entries = []
        for path in paths:
            with open(path, encoding="utf-8") as file:
                for n, line in enumerate(file, 1):
                    line = line.rstrip("\n")
                    if not line or line.startswith("#"):
                        continue
                    parts = line.split("\t")
                    if len(parts) != 3:
                        raise SystemExit(f"{path}:{n}: want reference, ktrace, reason, apart by tabs")
                    self.entries.append([re.compile(parts[0]), re.compile(parts[1]) if parts[1] else None, parts[2], 0])

    def covers(self, theirs, ours):
        for entry in self.entries:
            if theirs is not None and entry[0].search(theirs) and (
                    (ours is None and entry[1] is None) or (ours is not None and entry[1] and entry[1].search(ours))):
                entry[3] += 1
                return True
        return False

    def unused(self):
        return [entry[0].pattern for entry in self.entries if not entry[3]]


def run(tracer, options, command, log):
    done = subprocess.run(["setarch", "-R", tracer, "-f", "-o", log, *options, "sh", "-c", command], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                          env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8", "PWD": "/", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1",
                               "GIT_AUTHOR_DATE": "1700000000 +0000", "GIT_COMMITTER_DATE": "1700000000 +0000"}, cwd="/")
    with open(log, encoding="utf-8", errors="surrogateescape") as file:
        return done, file.read()


def signature(lines):
    """Processes of a parallel program start in any order: they are paired by what they ran."""
    return next((line for line in lines if line.startswith("execve(")), lines[0] if lines else "")


def compare(name, theirs, ours, known):
    """Prints the differences; returns their number."""
    theirs, ours = join_interleaved(theirs), join_interleaved(ours)
    pids = theirs.keys() | ours.keys()
    theirs, ours = (sorted(normalise(lines, pids).values(), key=lambda l: (signature(l), l)) for lines in (theirs, ours))
    differences = abs(len(theirs) - len(ours))
    if differences:
        print(f"{name}: {len(theirs)} processes under strace, {len(ours)} under ktrace")
    for a, b in zip(theirs, ours):
        for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
            if tag == "equal":
                continue
            for k in range(max(i2 - i1, j2 - j1)):
                x = a[i1 + k] if i1 + k < i2 else None
                y = b[j1 + k] if j1 + k < j2 else None
                if known.covers(x, y):
                    continue
                differences += 1
                print(f"{name}:\n  strace: {x}\n  ktrace: {y}")
    return differences


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--reference", default="/usr/bin/strace")
    parser.add_argument("--ktrace", default="ktrace")
    parser.add_argument("--known", action="append", default=[])
    parser.add_argument("--cases", action="append")
    parser.add_argument("--only", help="a regular expression: run only cases with such a name")
    parser.add_argument("--options", default="")
    parser.add_argument("--keep", help="folder for the logs")
    parser.add_argument("command", nargs="*")
    args = parser.parse_args()
    known = Known(*args.known)
    cases = []
    for path in args.cases or []:
        with open(path, encoding="utf-8") as file:
            for line in file:
                if line.strip() and not line.startswith("#"):
                    name, options, command = (part.strip() for part in line.split("|", 2))
                    if not args.only or re.search(args.only, name):
                        cases.append((name, shlex.split(options), command))
    if not args.cases:
        cases.append(("command", shlex.split(args.options), shlex.join(args.command)))
    total = 0
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.keep or scratch
        os.makedirs(folder, exist_ok=True)
        for name, options, command in cases:
            results = [run(tracer, options, command, os.path.join(folder, f"{name}.{label}"))
                       for label, tracer in (("strace", args.reference), ("ktrace", args.ktrace))]
            (a, text_a), (b, text_b) = results
            count = compare(name, text_a, text_b, known)
            for what, x, y in (("exit status", a.returncode, b.returncode), ("stdout", a.stdout, b.stdout)):
                if x != y and what == "exit status":
                    print(f"{name}: {what} {x!r} under strace, {y!r} under ktrace: {b.stderr[-300:]!r}")
                    count += 1
            print(f"{name}: {len(text_a.splitlines())} lines, {count} differences")
            total += count
    if args.cases and not args.only and known.unused():
        print("known differences that are gone, remove them:", *known.unused(), sep="\n  ")
        total += 1
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
