#!/usr/bin/python3
"""Tampering with calls of a program, compared with what strace 7.2 printed and what became of the program.

    run.py TRACER FOLDER cases.txt expected.txt            compares; FOLDER has the program in 64/ and perhaps in 32/
    run.py TRACER FOLDER cases.txt expected.txt --record   writes expected.txt; TRACER is then the reference
    run.py ... --same-system                               skips if expected.txt was made with another C library

What is recorded is of x86_64. On another machine expected.MACHINE.txt has the cases that look otherwise there.

A line of cases.txt is a shell's words: options of the tracer, a bar, the program's words; lines with # are comments.
What the program writes to its standard output (`> `), what comes on standard error and the exit status (`= `) have to
be the same, but for ids, addresses and the name that the tracer is called by, which is always strace here.
"""
import difflib
import os
import re
import shlex
import subprocess
import sys

SKIPPED = 77
TIMEOUT = 60 * float(os.environ.get("KTRACE_TEST_SLOWNESS", "1"))
MACHINE = os.uname().machine


def neutral(text):
    # Debian's strace for arm64 knows the structures of 32-bit programs no better, and says so.
    text = re.sub(r"^strace: WARNING: Proper structure decoding for this personality.*\n", "", text, flags=re.M)
    text = re.sub(r"0x[0-9a-f]{5,}", "ADDRESS", text)
    text = re.sub(r"\[pid +", "[pid ", re.sub(r"/\* \d+ vars \*/", "/* vars */", text))
    text = re.sub(r"(process |PID=|pid:|\[pid +|si_pid=|Process |tid=\[|wait4\(|waitpid\()\d+", r"\1N", text)
    text = re.sub(r"(si_[us]time=)\d+ /\* [\d.]+ s \*/", r"\g<1>0", text)  # a slow machine's
    text = re.sub(r"\) += ", ") = ", text)
    text = re.sub(r"(mmap2?\((?:NULL|ADDRESS), )\d+", r"\1N", text)  # the sizes of libraries and of ld.so.cache
    return re.sub(r"= \d{3,7}( \(DELAYED\))?$", r"= N\1", text, flags=re.M)


def run(tracer, folder, options, words):
    done = subprocess.run(["strace"] + options + words, executable=tracer, stdin=subprocess.DEVNULL, check=False,
                          capture_output=True, timeout=TIMEOUT, cwd=folder, env={"PATH": os.environ["PATH"], "LC_ALL": "C"})
    shown = ["> " + line for line in done.stdout.decode(errors="replace").splitlines()]
    return shown + neutral(done.stderr.decode(errors="replace")).splitlines() + [f"= {done.returncode}"]


def cases(path, folder):
    for line in open(path, encoding="utf-8"):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        only, _, rest = line.partition(" ") if line[:3] in ("32 ", "64 ") else ("", "", line)
        options, _, words = rest.partition(" | ")
        for bits in ("64", "32"):
            if only in ("", bits) and os.path.isdir(os.path.join(folder, bits)):
                yield f"$ {bits} {rest}", os.path.join(folder, bits), shlex.split(options), shlex.split(words)


def blocks(path):
    expected, lines = {}, []
    for line in open(path, encoding="utf-8").read().splitlines():
        if line.startswith("$ "):
            lines = expected.setdefault(line, [])
        else:
            lines.append(line)
    return expected


def system():
    """What decides which calls an ordinary program makes before it comes to its own."""
    shown = subprocess.run(["ldd", "--version"], check=False, capture_output=True, text=True).stdout
    return "# " + (shown.splitlines() or [""])[0] + (f" {MACHINE}" if MACHINE != "x86_64" else "")


def record_differences(tracer, folder, case_file, expected_file):
    usual = blocks(expected_file)
    with open(of_machine(expected_file), "w", encoding="utf-8") as out:
        for name, where, options, words in cases(case_file, folder):
            lines = run(tracer, where, options, words)
            if lines != usual.get(name):
                print("\n".join([name] + lines), file=out)
    return 0


def of_machine(path):
    return f"{path.removesuffix('.txt')}.{MACHINE}.txt"


def main(tracer, folder, case_file, expected_file, record=False, same_system=False):
    if subprocess.run([tracer, "-o", "/dev/null", "true"], check=False, capture_output=True).returncode != 0:
        print("cannot trace here")
        return SKIPPED
    if record and MACHINE != "x86_64":
        return record_differences(tracer, folder, case_file, expected_file)
    if record:
        with open(expected_file, "w", encoding="utf-8") as out:
            print(system(), file=out)
            for name, where, options, words in cases(case_file, folder):
                print("\n".join([name] + run(tracer, where, options, words)), file=out)
        return 0
    if same_system and open(expected_file, encoding="utf-8").readline().rstrip("\n") != system():
        print("another C library")
        return SKIPPED
    expected, count, failures = blocks(expected_file), 0, 0
    if MACHINE != "x86_64" and os.path.exists(of_machine(expected_file)):
        expected.update(blocks(of_machine(expected_file)))
    for name, where, options, words in cases(case_file, folder):
        count += 1
        got = run(tracer, where, options, words)
        if got == expected.get(name):
            continue
        failures += 1
        print("\n".join([name] + list(difflib.unified_diff(expected.get(name, []), got, "expected", "got", lineterm=""))))
    print(f"{count} cases, {failures} failures")
    return 1 if failures or not count else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:5], record="--record" in sys.argv, same_system="--same-system" in sys.argv))
