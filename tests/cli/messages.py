#!/usr/bin/python3
"""Messages and exit statuses of the command line, side by side with strace.

usage: messages.py KTRACE CASES...

A case is a block of lines: `$ ARGUMENTS` as a shell would split them, the messages of the tracer in order, `= STATUS`.
They are what strace 7.2 says. ktrace is run under the name strace, and so is the installed strace, which has to say the
same: that keeps the files honest. `7.2 $` marks cases that older straces answer differently; they are asked of ktrace
only. Lines of the trace itself are not looked at.
"""
import os
import shlex
import shutil
import subprocess
import sys

SKIPPED = 77


def cases(path):
    """Yields (line number, newer than the installed strace, arguments, messages, status)."""
    newer, arguments, messages, start = False, None, [], 0
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            line = line.rstrip("\n")
            if line.startswith(("$ ", "7.2 $ ")):
                newer, start, messages = line.startswith("7.2"), number, []
                arguments = shlex.split(line.split("$ ", 1)[1])
            elif line.startswith("= "):
                yield start, newer, arguments, messages, int(line[2:])
            elif line:
                messages.append(line)


def run(program, arguments):
    done = subprocess.run(["strace"] + arguments, executable=program, stdin=subprocess.DEVNULL, check=False,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60,
                          env={**os.environ, "LC_ALL": "C"})
    lines = done.stderr.decode(errors="replace").split("\n")
    return [line for line in lines if line.startswith(("strace:", "Try "))], done.returncode


def main(program, paths):
    if run(program, ["true"])[1] != 0:
        print("cannot trace here")
        return SKIPPED
    installed = shutil.which("strace")
    count, failures = 0, 0
    for path in paths:
        for number, newer, arguments, messages, status in cases(path):
            count += 1
            tracers = [program] + ([installed] if installed and not newer else [])
            for tracer in tracers:
                got = run(tracer, arguments)
                if got == (messages, status):
                    continue
                failures += 1
                print(f"{path}:{number}: {tracer} {shlex.join(arguments)}")
                for line in messages + [f"= {status}"]:
                    print(f"  expected {line}")
                for line in got[0] + [f"= {got[1]}"]:
                    print(f"  got      {line}")
    print(f"{count} cases, {failures} failures" + ("" if installed else "; no strace to compare with"))
    return 1 if failures or not count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
