#!/usr/bin/python3
"""Runs a live program under a tracer and compares the trace with the lines that the program itself predicts.

    run.py TRACER PROGRAM SOURCE.c     a built program, once per `// run: OPTIONS` line of its source
    run.py TRACER SOURCE.c...          the same, but builds each program first: with gcc and, unless it says
                                       `// only: 64`, with gcc -m32

Options of the tracer come from the `// run:` lines (none: one run without options); `-a1` and `-o FILE` are added, and
sethostname to a trace= set: the program brackets what counts by two sethostname calls (live_begin and live_end in
live.h). Between the second one and the `+++` lines it writes its predictions to stdout. Exit status: 0 all lines equal,
1 some differ, 77 tracing is not permitted here or the program says that the kernel lacks what it needs.
"""
import ctypes
import difflib
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile

MARK = re.compile(r"(^|\s)sethostname\(")
END = re.compile(r"^(\d+ +)?\+\+\+ ")
TIMEOUT = 30 * float(os.environ.get("KTRACE_TEST_SLOWNESS", "1"))


def may_trace():
    pid = os.fork()
    if pid == 0:
        os._exit(0 if ctypes.CDLL(None).ptrace(0, 0, None, None) == 0 else 1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def runs_of(source):
    text = open(source, encoding="utf-8").read()
    runs = re.findall(r"^// run:(.*)$", text, re.M) or [""]
    return [shlex.split(r) for r in runs], bool(re.search(r"^// only: 64$", text, re.M))


def with_marker(options):
    """Adds the marker call to positive trace= sets; others contain it already."""
    out = []
    for option in options:
        match = re.fullmatch(r"(?:-e)?(trace|t)=(.*)", option)
        if match and not match.group(2).startswith("!") and match.group(2) not in ("all", "none"):
            option += ",sethostname"
        out.append(option)
    return out


def between_marks(lines):
    marks = [n for n, line in enumerate(lines) if MARK.search(line)]
    if len(marks) < 2:
        return None
    ends = [line for line in lines[marks[-1] + 1:] if END.match(line)]
    return lines[marks[0] + 1:marks[-1]] + ends


def run_once(tracer, program, options, index):
    """Returns (status, report): 0 and nothing, 77 and why, or 1 and what differs."""
    with tempfile.TemporaryDirectory(prefix="live.") as folder:
        log = os.path.join(folder, "log")
        command = [tracer, "-o", log, "-a1", *with_marker(options), program, str(index)]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   cwd=folder, start_new_session=True, errors="surrogateescape",
                                   env={**os.environ, "LC_ALL": "C", "TZ": "UTC"})
        try:
            out, err = process.communicate(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return 1, f"no end after {TIMEOUT} s\n"
        if process.returncode == 77:
            return 77, err
        lines = open(log, errors="surrogateescape").read().splitlines() if os.path.exists(log) else []
        got, want = between_marks(lines), out.splitlines()
        if got is None:
            tail = "\n".join(lines[-5:])
            return 1, f"markers missing, exit status {process.returncode}\n{tail}\n{err}"
        if process.returncode != 0:
            return 1, f"exit status {process.returncode}\n{err}"
        if got == want:
            return 0, ""
        diff = difflib.unified_diff(want, got, "expected by the program", "printed by the tracer", lineterm="", n=1)
        return 1, "\n".join(diff) + "\n"


def run_program(tracer, program, source, label):
    status, done, skipped = 0, 0, 0
    for index, options in enumerate(runs_of(source)[0]):
        code, report = run_once(tracer, program, options, index)
        done += code == 0
        skipped += code == 77
        if code == 77:
            print(f"{label}: skipped: {report.strip()}")
        elif code != 0:
            status = 1
            print(f"{label}: run {index} ({shlex.join(options)}):\n{report}", end="")
    if status == 0 and done:
        print(f"{label}: ok, {done} run{'s' * (done != 1)}")
    return status if status or done or not skipped else 77


def build(source, folder, bits):
    program = os.path.join(folder, os.path.basename(source)[:-2] + (".32" if bits == 32 else ""))
    flags = ["-std=gnu17", "-D_GNU_SOURCE", "-O0", "-Wall", "-Wextra", "-Wno-nonnull", f"-m{bits}", "-pthread"]
    subprocess.run(["gcc", *flags, "-o", program, source], check=True)
    return program


def main():
    tracer, *rest = sys.argv[1:]
    tracer = os.path.abspath(tracer) if os.path.sep in tracer else tracer
    if not may_trace():
        print("ptrace is not permitted here")
        return 77
    if not rest[0].endswith(".c"):
        program, source = rest
        return run_program(tracer, os.path.abspath(program), source, os.path.basename(program))
    results = []
    with tempfile.TemporaryDirectory(prefix="live.") as folder:
        for source in rest:
            for bits in (64,) if runs_of(source)[1] else (64, 32):
                program = build(source, folder, bits)
                results.append(run_program(tracer, program, source, os.path.basename(program)))
    return 1 if 1 in results else 0


if __name__ == "__main__":
    sys.exit(main())
