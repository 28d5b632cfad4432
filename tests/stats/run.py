#!/usr/bin/env python3
"""--stats on real programs. Usage: run.py KTRACE SUBJECT CASE. Nothing here depends on how fast the machine is: tables
are compared with the trace of the same run, and what is printed by the interval is added up."""
import collections
import csv
import io
import json
import math
import os
import subprocess
import sys
import tempfile

KTRACE, SUBJECT, CASE = sys.argv[1:]
SLACK = 1e-9  # times have nine digits


def run(*arguments, status=0):
    done = subprocess.run([KTRACE, *arguments], capture_output=True, text=True, timeout=100 * float(os.environ.get("KTRACE_TEST_SLOWNESS", "1")))
    if "PTRACE" in done.stderr and "not permitted" in done.stderr:
        sys.exit(77)
    assert done.returncode == status, (done.returncode, done.stderr[-2000:])
    return done


def events(name):
    with open(name, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def table(report, name):
    return next(t for t in report["tables"] if t["name"] == name)


def exact(durations, percent):
    return sorted(durations)[max(math.ceil(percent / 100 * len(durations)), 1) - 1]


def close(got, wanted, error, what):
    assert abs(got - wanted) <= wanted * error + SLACK, f"{what}: {got} for {wanted}"


def agreement(folder):
    """Every number of the tables follows from the trace beside them."""
    out = os.path.join(folder, "out")
    run("-f", "--json", "--stats=syscalls,errors,processes,threads,histogram", "--stats-format=json", "-o", out,
        "sh", "-c", "ls /nowhere; for i in 1 2 3; do cat /etc/passwd; done | sort | tail -1; sleep 0.05")
    trace = events(out)
    assert [e["type"] for e in trace][-2:] == ["stats", "end"], "the tables are a line before the last"
    report = trace[-2]
    calls = [e for e in trace if e["type"] == "call" and e["status"] in ("successful", "failed")]
    by_name, errors, by_pid = (collections.defaultdict(list) for _ in range(3))
    for call in calls:
        by_name[call["syscall"]].append(call)
        by_pid[call["pid"]].append(call)
        if call["status"] == "failed":
            errors[call["syscall"], call["error"]["errno"]].append(call)
    syscalls = table(report, "syscalls")
    assert {r["name"] for r in syscalls["rows"]} == set(by_name)
    for row in syscalls["rows"] + [syscalls["total"]]:
        made = by_name.get(row["name"], calls)
        durations = [c["duration"] for c in made]
        assert row["calls"] == len(made), row
        assert row["errors"] == sum(c["status"] == "failed" for c in made), row
        close(row["wall-total"], sum(durations), 1e-6, row["name"])
        close(row["max"], max(durations), 0, row["name"])
        for percent in (50, 90, 99):
            close(row[f"p{percent}"], exact(durations, percent), 0.01, f"{row['name']} p{percent}")
    assert {(r["name"], r["errno"]): r["errors"] for r in table(report, "errors")["rows"]} == {
        k: len(v) for k, v in errors.items()}
    for name in ("processes", "threads"):
        rows = table(report, name)["rows"]
        assert {r["pid"]: r["calls"] for r in rows} == {k: len(v) for k, v in by_pid.items()}, name
        commands = sorted(r["command"] for r in rows)
        assert "cat /etc/passwd" in commands and "ls /nowhere" in commands and "sleep 0.05" in commands, commands
        assert all(r["elapsed"] + SLACK >= r["in-calls"] for r in rows), name
    counts = collections.Counter()
    for row in table(report, "histogram")["rows"]:
        counts[row["name"]] += row["calls"]
        inside = [c for c in by_name[row["name"]] if row["from"] <= c["duration"] < row["to"]]
        assert row["calls"] == len(inside), row
    assert counts == {k: len(v) for k, v in by_name.items()}
    tracing = report["tracing"]
    assert tracing["stops"] >= 2 * len(calls) and 0 <= tracing["without"] <= tracing["elapsed"]


def every(folder):
    """Intervals of a server under load add up to what it did, whenever they fall."""
    bursts, size = 8, 100
    for reset in (False, True):
        out = os.path.join(folder, "out")
        run("--stats", "--every=20ms", *["--reset"] * reset, "--stats-format=json", "-e", "trace=sendto,close", "-o", out,
            SUBJECT, "serve", str(bursts), str(size), status=7)
        reports = events(out)
        assert len(reports) > 3, f"{len(reports)} reports"
        assert [r["last"] for r in reports] == [False] * (len(reports) - 1) + [True]
        sent, closed = [], []
        for report in reports:
            rows = {r["name"]: r for t in report["tables"] for r in t["rows"]}
            sent.append(rows.get("sendto", {"calls": 0})["calls"])
            closed.append(rows.get("close", {"errors": 0})["errors"])
        total = sum(sent) if reset else sent[-1]
        assert total == bursts * size, sent
        assert (sum(closed) if reset else closed[-1]) == bursts * size // 10, closed
        if reset:
            assert [r["from"] for r in reports[1:]] == [r["to"] for r in reports[:-1]]
        else:
            assert sent == sorted(sent) and len(set(sent)) > 2, sent


def files(folder):
    """Bytes of files, by name."""
    for how in ("-c", "-C"):
        out = os.path.join(folder, "out")
        work = os.path.join(os.path.realpath(folder), how)
        os.mkdir(work)
        run(how, "--stats=files", "--stats-format=json", "-o", out, SUBJECT, "files", work)
        with open(out, encoding="utf-8") as file:
            rows = {r["name"]: r for r in table(json.loads(file.readlines()[-1]), "files")["rows"]}
        written, copied, missing = (rows[os.path.join(work, n)] for n in ("written", "copied", "missing"))
        assert (written["calls"], written["errors"], written["read"], written["written"]) == (12, 0, 3000, 5000), written
        assert (copied["calls"], copied["read"], copied["written"]) == (4, 0, 2000), copied
        assert (missing["calls"], missing["errors"]) == (1, 1), missing


def peak(count, out):
    """Kilobytes that ktrace needed for that many processes."""
    command = [KTRACE, "-f", "-q", "--stats=syscalls,processes,threads,files,stacks", "--stats-format=json", "--every=200ms", "--top=9",
               "-e", "trace=getppid", "-o", out, SUBJECT, "processes", str(count)]
    tracer = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    report = events(out)[-1]
    total = table(report, "processes")["total"]
    assert total["calls"] == count, total
    rows, others = table(report, "processes")["rows"], table(report, "processes").get("folded", 0)
    assert len(rows) + others == count + 1, (len(rows), others)
    (stack,) = table(report, "stacks")["rows"]
    assert stack["calls"] == count and "main" in stack["stack"], stack  # an optimizer takes functions in
    return int(tracer.stdout)


def many(folder):
    """Thousands of short processes, all of them counted, in little more memory than hundreds take."""
    out = os.path.join(folder, "out")
    run("--stats", "-o", out, SUBJECT, "processes", "1")  # skips where nothing can be traced
    few, lots = peak(500, out), peak(5000, out)
    with open(KTRACE, "rb") as program:
        sanitized = b"__asan_init" in program.read()  # keeps what was freed
    assert sanitized or lots < few + 4 * 1024, (few, lots)


def exit_status(_):
    """The program's, also when a signal ends it."""
    for what in ("syscalls", "errors,processes,threads,files,stacks,blocked,histogram"):
        assert "\nTracing: " in run(f"--stats={what}", "sh", "-c", "exit 3", status=3).stderr
        run(f"--stats={what}", "sh", "-c", "kill -9 $$", status=-9)


def formats(_):
    """Markdown is tables with as many cells in each row as in the head; CSV is read as such."""
    everything = "--stats=syscalls,errors,processes,threads,files,stacks,blocked,histogram"
    plain = lambda line: line.replace("\\|", "")
    text = run("-f", everything, "--stats-format=markdown", "sh", "-c", "ls '/a|b'; true").stderr
    width = None
    for line in text.splitlines():
        cells = plain(line).count("|") if line.startswith("|") else None
        assert cells is None or width is None or cells == width, line
        width = cells
    assert sum(line.startswith("### ") for line in text.splitlines()) == 9, text
    blocks = run(everything, "--stats-format=csv", "-o", "/dev/stdout", "true").stdout.split("\n\n")
    assert len(blocks) == 9, blocks
    for block in blocks:
        rows = list(csv.reader(io.StringIO(block), strict=True))
        assert all(len(row) == len(rows[0]) for row in rows), block


with tempfile.TemporaryDirectory(prefix="ktrace-stats-") as temporary:
    {f.__name__: f for f in (agreement, every, files, many, exit_status, formats)}[CASE](temporary)
