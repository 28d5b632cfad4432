#!/usr/bin/python3
"""Runs ktspec on faulty descriptions: `run.py KTSPEC CASE...`.

A case is a .ksd file, or a folder whose .ksd and .tbl files form one unit. Beside each bad line stands `### part of the
message` (several on a line are separated by another ###); ktspec must report exactly these, on these lines.
"""
import pathlib
import re
import subprocess
import sys

REPORT = re.compile(r"^(.*?):(\d+):(\d+): error: (.*)$")


def expected(files):
    out = []
    for file in files:
        for number, line in enumerate(file.read_text().splitlines(), 1):
            for message in line.split("###")[1:]:
                out.append((str(file), number, message.strip()))
    return out


def check(ktspec, case):
    files = sorted(p for p in case.iterdir() if p.suffix in (".ksd", ".tbl")) if case.is_dir() else [case]
    run = subprocess.run([ktspec, "--check", *map(str, files)], capture_output=True, text=True, check=False)
    wanted = expected(files)
    problems = []
    for line in run.stderr.splitlines():
        match = REPORT.match(line)
        if not match:
            continue
        found = (match[1], int(match[2]), match[4])
        hit = next((w for w in wanted if w[:2] == found[:2] and w[2] in found[2]), None)
        if hit:
            wanted.remove(hit)
        else:
            problems.append(f"not expected: {line}")
    problems += [f"not reported: {file}:{line}: {message}" for file, line, message in wanted]
    if run.returncode != 1:
        problems.append(f"{case}: exit status {run.returncode}, expected 1")
    return problems


def main():
    problems = [p for case in sys.argv[2:] for p in check(sys.argv[1], pathlib.Path(case))]
    print("\n".join(problems))
    return 1 if problems else 0


sys.exit(main())
