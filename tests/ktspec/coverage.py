#!/usr/bin/python3
"""Holds the list of arguments that are shown as bare numbers or addresses.

    coverage.py KTSPEC LIST DESCRIPTION...

LIST has what `ktspec --coverage` reports as bare, each call below a `# reason`. A call that is not in it must be described, or
its reason be given; one that is described by now must leave the list.
"""
import subprocess
import sys


def listed(path):
    """{line: reason}"""
    found, reason = {}, None
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\n")
            if line.startswith("# "):
                reason = line[2:]
            elif line:
                if reason is None:
                    raise SystemExit(f"{path}:{number}: no `# reason` above")
                found[line] = reason
    return found


def main():
    ktspec, path, *descriptions = sys.argv[1:]
    report = subprocess.run([ktspec, "--coverage", *descriptions], stdout=subprocess.PIPE, text=True, check=True).stdout
    head, _, bare = report.partition("\ncalls with bare arguments\n")
    print(head.split("\n\n")[0])
    bare = {line.strip() for line in bare.splitlines() if line.strip()}
    known = listed(path)
    for line in sorted(bare - known.keys()):
        print(f"bare, but not in {path}: {line}")
    for line in sorted(known.keys() - bare):
        print(f"in {path}, but not bare any more: {line}")
    return 1 if bare != known.keys() else 0


if __name__ == "__main__":
    sys.exit(main())
