#!/usr/bin/env python3
"""A program that kills the process in which ktrace reads symbols, again and again: ktrace says once that it does without,
goes on with addresses, and the program is none the worse. Usage: gives_up.py KTRACE LIBRARY."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

KTRACE, LIBRARY = sys.argv[1:]
SLOWNESS = float(os.environ.get("KTRACE_TEST_SLOWNESS", "1"))
MOST_DEATHS = 8
SAYING = "Symbols are no longer looked up: the process that reads them has died too often"

PROGRAM = """
import ctypes, os, signal, sys

def readers():
    status = open("/proc/self/status").read()
    tracer = status.split("TracerPid:")[1].split()[0]
    for child in open(f"/proc/{tracer}/task/{tracer}/children").read().split():
        if is_alive(child, "ktrace-symbols"):
            yield int(child)

def is_alive(child, name=""):
    try:
        pid, state = open(f"/proc/{child}/stat").read().rsplit(") ", 1)
        return state[0] not in "ZX" and f"({name}" in pid
    except OSError:
        return False

for library in sys.argv[1:]:
    for child in readers():
        os.kill(child, signal.SIGKILL)
        while is_alive(child):
            pass
    ctypes.CDLL(library).called()
"""


def run(folder, copies):
    libraries = [os.path.join(folder, f"copy{i}.so") for i in range(copies)]
    for library in libraries:
        shutil.copy(LIBRARY, library)
    out = os.path.join(folder, "out")
    done = subprocess.run([KTRACE, "-k", "-e", "trace=getppid", "-o", out, "/usr/bin/python3", "-c", PROGRAM, *libraries],
                          capture_output=True, text=True, timeout=100 * SLOWNESS)
    if "PTRACE" in done.stderr and "not permitted" in done.stderr:
        sys.exit(77)
    assert done.returncode == 0, done.stderr
    with open(out, encoding="utf-8") as file:
        trace = file.read()
    assert trace.count("getppid()") == copies, trace
    named = set(re.findall(r"copy(\d+)\.so\(called\+0x", trace))
    assert len(set(re.findall(r"copy(\d+)\.so\(", trace))) == copies, trace
    return done.stderr, named


with tempfile.TemporaryDirectory(prefix="ktrace-stack-") as temporary:
    # What died before it was asked was not killed by the question: the next one answers.
    said, named = run(temporary, 3)
    assert "no longer" not in said and named == {"0", "1", "2"}, (said, named)
    said, named = run(temporary, 2 * MOST_DEATHS + 4)
    assert said == f"{KTRACE}: {SAYING}\n", said
    assert str(2 * MOST_DEATHS + 3) not in named, named
