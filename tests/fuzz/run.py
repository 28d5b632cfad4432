#!/usr/bin/env python3
"""Lets the fuzzers of a build with the preset `asan` run, one after the other or several at a time.

  run.py --build build/asan/tests/fuzz [--seconds 60] [--jobs 1] [TARGET...]

Each starts from its seeds (seeds/TARGET, other tests' data) and from what it found worth keeping before, in
BUILD/corpus/TARGET. What it finds is left in BUILD/findings/TARGET; then the exit status is 1. A table of what was done
is printed at the end, and BUILD/totals.json adds up all runs.

Of `object` only what is our own is a finding: it goes on after what libdw and libiberty do wrong, and counts that.
"""

import argparse
import concurrent.futures
import fcntl
import json
import os
import pathlib
import re
import struct
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parent
TARGETS = ["options", "ktspec", "decode", "siginfo", "elf", "object", "json"]
# Bytes of the longest input worth trying.
LONGEST = {"options": 512, "ktspec": 4096, "decode": 2048, "siginfo": 160, "elf": 4096, "object": 32768, "json": 2048}
GOES_ON = {"object"}


def words(line):
    """The words of a command of tests/cli/parity, without what a shell would make of them."""
    return [word.strip("'\"") for word in line.split()]


def seed_options(folder):
    lines = set()
    for case in sorted((TESTS / "cli/parity").glob("*.case")):
        for line in case.read_text().splitlines():
            if line.startswith("$ strace ") and "|" not in line:
                lines.add("\n".join(words(line)[2:]))
    for number, line in enumerate(sorted(lines)):
        (folder / f"parity-{number}").write_text(line)


def seed_ktspec(folder):
    good = TESTS / "ktspec/good"
    tables = "".join(f"\n=== {table.stem}\n{table.read_text()}" for table in sorted(good.glob("*.tbl")))
    abi = (good / "abi.ksd").read_text()
    (folder / "good").write_text(abi + (good / "language.ksd").read_text() + tables)
    for file in sorted((TESTS / "ktspec/errors").glob("*.ksd")):
        (folder / f"errors-{file.stem}").write_text(abi + file.read_text())


def seed_decode(folder, build):
    cases = sorted(str(case) for case in (TESTS / "decode").glob("*.case"))
    subprocess.run([build / "fuzz_seeds", folder, *cases], check=True, stdout=subprocess.DEVNULL)


def seed_object(folder, more=""):
    source = "int hidden(int* x) { return x[1]; }\nint exported(int* s) { return s ? hidden(s) : 0; }\n"
    for name, options in {"plain": "", "zlib": "-gz=zlib", "dwarf4": "-gdwarf-4", "bare": "-g0"}.items():
        command = ["cc", "-O1", "-g", "-nostdlib", "-shared", "-fPIC", *options.split(), *more.split(), "-xc", "-", "-o", folder / name]
        subprocess.run(command, input=source, text=True, check=True)


def seed_elf(folder):
    seed_object(folder, "-Wl,-z,noseparate-code")  # all of it in the first page
    for file in list(folder.iterdir()):
        image = file.read_bytes()
        # Code of a function, with a stack pointer behind its return addresses; then all registers.
        (folder / f"{file.name}-walk").write_bytes(b"\0" + struct.pack("<34H", 0x2c0, *[0x320] * 33) + image[:4000])
        (folder / f"{file.name}-image").write_bytes(b"\1" + image[:2048])
        file.unlink()
    maps = pathlib.Path("/proc/self/maps").read_bytes()
    (folder / "maps").write_bytes(b"\4" + maps[:1500])


def make_seeds(target, build):
    folder = build / "seeds" / target
    if folder.exists():
        return folder
    folder.mkdir(parents=True)
    maker = globals().get(f"seed_{target}")
    if maker:
        maker(folder, *([build] if maker is seed_decode else []))
    return folder


def last_line(text, pattern):
    found = re.findall(pattern, text)
    return int(found[-1]) if found else 0


def findings_in(folder):
    return sorted(file.name for file in folder.iterdir()) if folder.exists() else []


def fuzz(target, args):
    """Runs one target; returns its row of the table."""
    build = args.build
    corpus, findings = build / "corpus" / target, build / "findings" / target
    for folder in (corpus, findings):
        folder.mkdir(parents=True, exist_ok=True)
    before = findings_in(findings)
    seeds = [make_seeds(target, build)]
    if (HERE / "seeds" / target).is_dir():
        seeds.append(HERE / "seeds" / target)
    command = [build / f"fuzz_{target}", corpus, *seeds, f"-max_total_time={args.seconds}", f"-max_len={LONGEST[target]}",
               "-timeout=20", "-report_slow_units=1000", "-rss_limit_mb=2048", "-close_fd_mask=3", "-print_final_stats=1",
               f"-artifact_prefix={findings}/", "-verbosity=1", "-reload=0"]
    if target in GOES_ON:
        command += ["-fork=1", "-ignore_crashes=1", "-ignore_timeouts=1", "-ignore_ooms=1"]
    environment = dict(os.environ, ASAN_OPTIONS="detect_leaks=1:allocator_may_return_null=1", TERM="dumb")
    began = time.monotonic()
    run = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT,
                         stdout=subprocess.PIPE, text=True, errors="replace", check=False)
    (build / f"{target}.log").write_text(run.stdout)
    new = [name for name in findings_in(findings) if name not in before]
    if target in GOES_ON:
        executions = last_line(run.stdout, r"\n#(\d+): cov")
    else:
        executions = last_line(run.stdout, r"number_of_executed_units: (\d+)")
    return {"target": target, "seconds": round(time.monotonic() - began), "executions": executions,
            "coverage": last_line(run.stdout, r"cov: (\d+)"), "features": last_line(run.stdout, r"ft: (\d+)"),
            "corpus": len(list(corpus.iterdir())), "findings": new, "status": run.returncode}


def is_bad(row):
    """A finding. libFuzzer also fails by its status when a seed makes it stop."""
    if row["target"] in GOES_ON:
        return row["status"] != 0
    return bool(row["findings"]) or row["status"] != 0


def add_up(build, rows):
    with open(build / "totals.lock", "w", encoding="ascii") as lock:  # CTest runs several of us at a time
        fcntl.flock(lock, fcntl.LOCK_EX)
        add_up_alone(build / "totals.json", rows)


def add_up_alone(file, rows):
    totals = json.loads(file.read_text()) if file.exists() else {}
    for row in rows:
        total = totals.setdefault(row["target"], {"seconds": 0, "executions": 0, "findings": 0})
        for key in ("seconds", "executions"):
            total[key] += row[key]
        total["findings"] += len(row["findings"])
        for key in ("coverage", "features", "corpus"):
            total[key] = row[key]
    file.write_text(json.dumps(totals, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("targets", nargs="*", default=TARGETS)
    args = parser.parse_args()
    args.build = args.build.resolve()
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        rows = list(pool.map(lambda target: fuzz(target, args), args.targets))
    print(f"{'target':8} {'seconds':>8} {'executions':>12} {'coverage':>9} {'features':>9} {'corpus':>7}  findings")
    for row in rows:
        print(f"{row['target']:8} {row['seconds']:8} {row['executions']:12} {row['coverage']:9} {row['features']:9} "
              f"{row['corpus']:7}  {' '.join(row['findings']) or '-'}")
    add_up(args.build, rows)
    for row in rows:
        if is_bad(row):
            log = (args.build / f"{row['target']}.log").read_text()
            print(f"--- {row['target']}\n{log[-6000:]}")
    return 1 if any(is_bad(row) for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
