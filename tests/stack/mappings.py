#!/usr/bin/python3
"""A program that makes calls from a thousand libraries: what ktrace and the process that reads symbols for it need grows
by little with each. Usage: mappings.py KTRACE LIBRARY."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

KTRACE, LIBRARY = sys.argv[1:]
SLOWNESS = float(os.environ.get("KTRACE_TEST_SLOWNESS", "1"))
# Kilobytes; the tables of call frame information of one are more, if they are kept. On arm64 segments are 64 KiB apart, with a
# mapping more between them.
MOST_EACH = 8 if os.uname().machine == "aarch64" else 6

PROGRAM = """
import ctypes, sys

def field(process, name):
    return open(f"/proc/{process}/status").read().split(name + ":")[1].split()[0]

for library in sys.argv[1:]:
    ctypes.CDLL(library).called()
tracer = field("self", "TracerPid")
readers = [child for child in open(f"/proc/{tracer}/task/{tracer}/children").read().split()
           if field(child, "Name") == "ktrace-symbols"]
print(*(field(process, "VmHWM") for process in [tracer, *readers]))
"""


def peaks(folder, count):
    """Kilobytes that ktrace and the other process needed for that many libraries."""
    libraries = [os.path.join(folder, f"copy{i}.so") for i in range(count)]
    for library in libraries:
        if not os.path.exists(library):
            shutil.copy(LIBRARY, library)
    out = os.path.join(folder, "out")
    done = subprocess.run([KTRACE, "-k", "-e", "trace=getppid", "-o", out, "/usr/bin/python3", "-c", PROGRAM, *libraries],
                          capture_output=True, text=True, timeout=100 * SLOWNESS)
    if "PTRACE" in done.stderr and "not permitted" in done.stderr:
        sys.exit(77)
    assert done.returncode == 0, done.stderr
    with open(out, encoding="utf-8") as file:
        named = len(set(re.findall(r"copy(\d+)\.so\(called\+0x", file.read())))
    assert named == count, named
    return [int(number) for number in done.stdout.split()]


with tempfile.TemporaryDirectory(prefix="ktrace-stack-") as temporary:
    few, lots = peaks(temporary, 100), peaks(temporary, 1000)
    print(f"100 libraries: {few} kB, 1,000 libraries: {lots} kB")
    assert len(few) == len(lots) == 2
    with open(KTRACE, "rb") as program:
        sanitized = b"__asan_init" in program.read()  # keeps what was freed
    assert sanitized or all(many - one < 900 * MOST_EACH for one, many in zip(few, lots)), (few, lots)
