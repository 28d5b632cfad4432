#!/usr/bin/python3
"""Holds described constants and layouts against C headers: `run.py [--verbose] [--strict] ABI KTSPEC COMPILER... -- INPUT...`.

ktspec writes one C file for each header; the compiler checks their _Static_asserts. Wrong values and layouts fail. What the
headers do not know (they may be older than the descriptions) is only counted, and listed under --verbose; --strict fails for
it too. Exit status 77: the compiler or the C library for the ABI is missing.
"""
import concurrent.futures
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

LACKING = re.compile(
    r"undeclared|has no member named|no member named|incomplete type|undefined type|ktspec: no header|"
    r"invalid application of .*sizeof|static assertion is not an integer|not an integral constant")


def compiles_nothing(compiler):
    probe = subprocess.run([*compiler, "-fsyntax-only", "-xc", "-"], input="#include <stddef.h>\n#include <sys/types.h>\n",
                           text=True, capture_output=True, check=False)
    return probe.returncode != 0


def errors_of(compiler, file, *options):
    limit = ["-ferror-limit=0", "-fno-spell-checking"] if "clang" in compiler[0] else []
    run = subprocess.run([*compiler, *limit, *options, "-std=gnu11", "-w", "-fsyntax-only", str(file)],
                         capture_output=True, text=True, check=False)
    return [line for line in run.stderr.splitlines() if "error:" in line]


def in_header(errors):
    """Errors of the header itself, which then wants those of the C library before it."""
    return any(".ksd:" not in line and "ktspec: no header" not in line for line in errors)


def check(compiler, file):
    errors = errors_of(compiler, file)
    if in_header(errors):
        errors = errors_of(compiler, file, "-DKTSPEC_LIBC")
    lacking = [line for line in errors if LACKING.search(line)]
    wrong = [line for line in errors if not LACKING.search(line)]
    return file.read_text().count("_Static_assert"), lacking, wrong


def main():
    args = sys.argv[1:]
    verbose, strict = "--verbose" in args, "--strict" in args
    args = [a for a in args if a not in ("--verbose", "--strict")]
    split = args.index("--")
    abi, ktspec, compiler, inputs = args[0], args[1], args[2:split], args[split + 1:]
    if not shutil.which(compiler[0]) or compiles_nothing(compiler):
        print(f"{abi}: {compiler[0]} cannot compile for it here")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([ktspec, "--verify", folder, *inputs], check=True)
        files = sorted(pathlib.Path(folder, abi).glob("*.c"))
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            results = list(pool.map(lambda file: check(compiler, file), files))
    total = sum(count for count, _, _ in results)
    lacking = sorted({line for _, lines, _ in results for line in lines})
    wrong = sorted({line for _, _, lines in results for line in lines})
    print("\n".join([*wrong, *(lacking if verbose or strict else [])]))
    print(f"{abi}: {total} values and layouts in {len(files)} headers; {len(wrong)} wrong, {len(lacking)} not in these headers")
    return 1 if wrong or (strict and lacking) else 0


sys.exit(main())
