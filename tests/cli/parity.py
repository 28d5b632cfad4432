#!/usr/bin/python3
"""The command line, side by side with strace: output, messages and exit statuses. See README.md for the case files.

usage: parity.py [--ktrace PROGRAM] [--reference STRACE] [--subjects DIR] [--record | --table] [--only TEXT] CASES...

With --ktrace, ktrace has to print what the record says; with --reference, strace has to. --record takes the record
from strace (from ktrace where a case is ours alone, or differs for a reason that is given). --table runs both and
prints all messages side by side as Markdown. --only picks cases whose heading or command contains TEXT.
"""
import argparse
import concurrent.futures
import difflib
import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
LIMIT = 1_000_000  # bytes of output that are looked at
SLOWNESS = float(os.environ.get("KTRACE_TEST_SLOWNESS", "1"))  # of this machine: all takes longer
WAITING = re.compile(r"(\bsleep:|--for=(?=\d+ms))(\d+)")  # durations: of subject, of ktrace
# Programs for the commands, see README.md. A command waits for what has to happen, never for some time.
NAP = f"""#!/bin/sh
nap() {{ [ $((naps += 1)) -lt {1500 * SLOWNESS:.0f} ] && sleep 0.02 || {{ echo "$(basename $0): in vain" >&2; exit 1; }}; }}
is() {{ grep -qs "^State:.[$2]" "/proc/$1/status"; }}
met() {{ holds here && cat here; }}
"""
PROGRAMS = {
    "holds": """until grep -qs -e "${2:-.}" "$1"; do nap; done""",
    "go": """holds ${1:-here} && echo 1<>${1:-here}.go""",
    "gone": """for pid in ${*:-$(met)}; do while is $pid '^ZX'; do nap; done; done""",
    "stopped": """until is $1 'TZX' || [ ! -e "/proc/$1" ]; do nap; done; is $1 T && echo stopped || echo gone""",
    "traced": """
still() {
  tracer=$(sed -n 's/^TracerPid:.//p' "/proc/$1/status") && [ "$tracer" != 0 ] && is $1 S && is $tracer S
} 2>/dev/null
for pid in ${*:-$(met)}; do until [ ! -e "/proc/$pid" ] || { still $pid && still $pid; }; do nap; done; done""",
}


class Case:
    """One command; `record` is what strace prints, `ours` what ktrace prints instead, if `reason` says why."""

    def __init__(self, path, line, heading, script):
        self.path, self.line, self.heading, self.script = path, line, heading, script
        self.needs, self.masks, self.only_ours, self.only_messages, self.reason = [], [], False, False, None
        self.record, self.ours = [], []

    @property
    def name(self):
        return f"{self.path}:{self.line}: [{self.heading}] {self.script}"

    def expected(self, reference):
        return self.ours if self.reason and not reference else self.record

    def text(self):
        lines = ["$ " + self.script.replace("\n", "\n  ")]
        lines += [f"@ needs {word}" for word in self.needs]
        lines += [f"@ mask {pattern} => {text}" for pattern, text in self.masks]
        lines += ["@ ours"] if self.only_ours else []
        lines += ["@ messages"] if self.only_messages else []
        lines += self.record
        lines += [f"@ ktrace {self.reason}"] + self.ours if self.reason else []
        return "\n".join(lines) + "\n"


def directive(case, words):
    kind, _, rest = words.partition(" ")
    if kind == "needs":
        case.needs += rest.split()
    elif kind == "mask":
        pattern, text = rest.split(" => ")
        case.masks.append((pattern, text))
    elif kind == "ours":
        case.only_ours = True
    elif kind == "messages":
        case.only_messages = True
    elif kind == "ktrace":
        case.reason = rest
    else:
        raise SystemExit(f"{case.name}: what is '@ {words}'?")


def read(path):
    """The pieces of a file in order: cases, and strings that are kept as they are (comments, empty lines)."""
    pieces, heading = [], ""
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            line = line.rstrip("\n")
            case = pieces[-1] if pieces and isinstance(pieces[-1], Case) else None
            if line.startswith("$ "):
                pieces.append(Case(path, number, heading, line[2:]))
            elif line.startswith("  ") and case and not case.record:
                case.script += "\n" + line[2:]
            elif line.startswith("@ "):
                directive(case, line[2:])
            elif line.startswith(("1>", "2>", "1-", "2-", "= ")):
                (case.ours if case.reason else case.record).append(line)
            else:
                if line.startswith("# "):  # `##` begins a comment
                    heading = line[2:]
                elif line and not line.startswith("#"):
                    raise SystemExit(f"{path}:{number}: what is '{line}'?")
                pieces.append(line + "\n")
    return pieces


PIDS = [re.compile(pattern, re.M) for pattern in (
    r"\[pid +(\d+)", r"pid:(\d+)", r"^(\d+)(?:<[^>]*>)? +(?=[a-z+<?\[\d_-])", r"[Pp]rocess (?:PID=)?(\d+)", r"\b(?:pid|PID|tid)[= ](\d+)",
    r"si_pid=(\d+)", r"\b(?:clone3?|v?fork|wait4|get[pt]id)\(.*= (\d+)", r"resumed>.*= (\d{3,})", r"\blog\.(\d+)\b",
    r"(?:kill|set_tid_address)\((\d+)", r"set_tid_address\(.*= (\d+)")]
MESSAGE = re.compile(r"2[>-] (strace:|Try )")
RESULT = re.compile(r" +(?=(?:\\e\[\d+m)*=(?:\\e\[\d+m)* (?:\\e\[\d+m)*(-?\d|\?|PID|ADDR|0x))")
COLOR = re.compile(r"\\e\[\d+m")
NUMBER = re.compile(r"(?:(?<![\w.])|(?<=\dm))\d{2,}(?![\w.])")
TIMES = [re.compile(pattern) for pattern in (
    r"\b\d\d:\d\d:\d\d(?:\.\d+)?\b", r"\(\+ +\d+\.\d+\)", r"(?<=m)\d\.\d{6}(?=\\e)",
    r"\b1[7-9]\d{8}(?:\.\d+)?\b", r"(?<=<)\d+\.\d+(?=>$)", r"^ +\d+\.\d+(?= \S)",
    r"(?<=\] ) *\d+\.\d+(?= \S)")]


def masked(line, pids):
    """The line without what differs from run to run; then blanks in front of the result do not count either."""
    out = re.sub(r"\b0x[0-9a-f]{6,}\b", "ADDR", line)
    out = re.sub(r"(?<=:\[)\d+(?=\])", "N", out)  # sockets, namespaces
    out = re.sub(r"(si_[us]time=)\d+( /\* [\d.]+ s \*/)?", r"\g<1>0", out)
    out = re.sub(r"(?<=[\[m])[0-9a-f]{16}(?=[\]\\])", "ADDR", out)
    out = re.sub(r"(?<=log\.)\d+\b", lambda match: pids.get(match[0], match[0]), out)
    out = NUMBER.sub(lambda match: pids.get(match[0], match[0]), out)
    out = re.sub(r"(pid (?= *PID)|^PID\d+ ) +", r"\1", out)
    if out != line:
        out = RESULT.sub(" ", out)
    for pattern in TIMES:
        out = pattern.sub(lambda match: re.sub(r"\d", "0", match[0]), out)
    return re.sub(r"^ +(?=0[.0]* )", "", out)  # how wide a number was


@functools.cache
def dumps_core():
    """Whether a core is dumped here if a program dies of a signal and may."""
    with tempfile.TemporaryDirectory() as place:
        script = f"cd {place}; ulimit -c unlimited; kill -SEGV $$"
        return os.WCOREDUMP(os.waitpid(os.posix_spawn("/bin/sh", ["sh", "-c", script], os.environ), 0)[1])


class Runner:
    """Runs scripts with one tracer, under the name strace."""

    def __init__(self, program, subjects):
        self.folder = tempfile.mkdtemp(prefix="parity.")
        self.program = program
        for name in os.listdir(subjects) if subjects else []:
            if name.startswith("subject"):
                shutil.copy2(os.path.join(subjects, name), self.folder)
        os.chmod(self.folder, 0o755)
        program = os.path.abspath(program)
        os.symlink(program, os.path.join(self.folder, "strace"))
        for name, text in PROGRAMS.items():
            with open(os.path.join(self.folder, name), "w", encoding="ascii") as script:
                os.fchmod(script.fileno(), 0o755)
                script.write(NAP + text + "\n")
        for merge in ("ktrace-log-merge", "strace-log-merge"):
            beside = os.path.join(os.path.dirname(program), merge)
            if os.path.exists(beside):
                os.symlink(beside, os.path.join(self.folder, "strace-log-merge"))
                break

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def has(self, need):
        if need == "root":
            return os.geteuid() == 0
        if need == "core":
            return dumps_core()
        if need == "x86_64":
            return os.uname().machine == "x86_64"
        if need == "m32":
            return os.path.exists(os.path.join(self.folder, "subject32"))
        if need.startswith("/"):
            return os.path.exists(need)
        return shutil.which(need, path=self.folder + ":/usr/bin:/bin:/usr/sbin:/sbin") is not None

    def run(self, case):
        """The lines of a record: streams, then the status."""
        place = tempfile.mkdtemp(prefix="case.", dir=self.folder)
        os.chmod(place, 0o777)
        environment = {"PATH": self.folder + ":/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C", "TERM": "dumb", "TZ": "UTC",
                       "HOME": "/"}
        if "core" in case.needs:
            environment["ASAN_OPTIONS"] = "disable_coredump=0"  # else a sanitized tracer forbids it to what it starts, too
        script = WAITING.sub(lambda match: f"{match[1]}{float(match[2]) * SLOWNESS:.0f}", case.script)
        try:
            done = subprocess.run(["bash", "-c", script], cwd=place, env=environment, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=100 * SLOWNESS, check=False)
            status = done.returncode if done.returncode >= 0 else 128 - done.returncode
            streams = (done.stdout, done.stderr)
        except subprocess.TimeoutExpired as late:
            status, streams = "timeout", (late.stdout or b"", late.stderr or b"")
        texts = [stream[:LIMIT].decode(errors="backslashreplace").replace("\r", "\\r").replace("\x1b", "\\e")
                 for stream in streams]
        texts = [text.replace(place, "TMP").replace(self.folder, "BIN") for text in texts]
        shutil.rmtree(place, ignore_errors=True)
        return self.lines(case, texts) + [f"= {status}"]

    @staticmethod
    def lines(case, texts):
        for pattern, text in case.masks:
            texts = [re.sub(pattern, text, stream, flags=re.M) for stream in texts]
        found = {}
        for stream in reversed(texts):
            places = sorted((match.start(1), match[1]) for pattern in PIDS
                            for match in pattern.finditer(COLOR.sub("", stream)))
            for _, pid in places:
                if len(pid) > 1:
                    found.setdefault(pid, f"PID{len(found) + 1}")
        lines = []
        for number, stream in enumerate(texts, 1):
            parts = stream.split("\n")
            last = parts.pop()
            lines += [f"{number}> {masked(line, found)}".rstrip(" ") for line in parts]
            lines += [f"{number}- {masked(last, found)}"] if last else []
        return [line for line in lines if not case.only_messages or MESSAGE.match(line)]


def explain(case, tracer, expected, got):
    print(f"{case.name}\n  with {tracer}:")
    for line in difflib.ndiff(expected, got):
        if not line.startswith("?"):
            print("    " + line)


def messages(lines):
    return [line[3:] for line in lines if MESSAGE.match(line)]


def table(results):
    def cell(lines):
        return "<br>".join(line.replace("|", "\\|").replace("<", "&lt;") for line in lines) or "(none)"
    print("| command | strace 7.2 | ktrace |\n|---|---|---|")
    for case, theirs, ours in results:
        said, ours_said = messages(theirs), messages(ours)
        if not said and not ours_said:
            continue
        said, ours_said = said + [theirs[-1]], ours_said + [ours[-1]]
        why = case.reason or ("ours" if case.only_ours else "**?**")
        same = "the same" if said == ours_said else f"{cell(ours_said)} ({why})"
        script = case.script.replace("\n", "; ").replace("|", "\\|")
        print(f"| `{script}` | {cell(said) if not case.only_ours else '-'} | {same} |")


def record(paths, pieces, reference, ktrace, only):
    for path in paths:
        for case in pieces[path]:
            if not isinstance(case, Case) or only not in case.name:
                continue
            runner = ktrace if case.only_ours else reference
            if not runner or not all(runner.has(need) for need in case.needs):
                continue
            case.record = runner.run(case)
            if case.reason and ktrace:
                case.ours = ktrace.run(case)
                if case.ours == case.record:
                    print(f"{case.name}: no difference, though: {case.reason}")
        with open(path, "w", encoding="utf-8") as out:
            out.writelines(piece.text() if isinstance(piece, Case) else piece for piece in pieces[path])


def check(cases, runner, label, reference):
    """The number of cases that were run, and of those that failed."""
    def one(case):
        if (reference and case.only_ours) or not all(runner.has(need) for need in case.needs):
            return None
        return runner.run(case)
    failures = count = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for case, got in zip(cases, pool.map(one, cases)):
            if got is None:
                continue
            count += 1
            expected = case.expected(reference)
            if got != expected:
                got = runner.run(case)  # a busy machine can change an order; a real difference stays
            if got != expected:
                failures += 1
                explain(case, label, expected, got)
    print(f"{label}: {count} cases, {failures} failures")
    return count, failures


def main():
    parser = argparse.ArgumentParser()
    for name in ("--ktrace", "--reference", "--subjects"):
        parser.add_argument(name)
    parser.add_argument("--only", default="")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--table", action="store_true")
    parser.add_argument("cases", nargs="+")
    args = parser.parse_args()
    pieces = {path: read(path) for path in args.cases}
    cases = [piece for path in args.cases for piece in pieces[path] if isinstance(piece, Case) and args.only in piece.name]
    runners = {label: Runner(program, args.subjects) for label, program in
               (("ktrace", args.ktrace), ("strace", args.reference)) if program}
    try:
        probe = Case("", 0, "", "strace -o /dev/null true")
        if any(runner.run(probe) != ["= 0"] for runner in runners.values()):
            print("cannot trace here")
            return SKIPPED
        if args.record:
            record(args.cases, pieces, runners.get("strace"), runners.get("ktrace"), args.only)
            return 0
        if args.table:
            table([(case, runners["strace"].run(case), runners["ktrace"].run(case)) for case in cases
                   if all(runners["strace"].has(need) for need in case.needs)])
            return 0
        done = [check(cases, runner, label, label == "strace") for label, runner in runners.items()]
        return 1 if not done or any(failures or not count for count, failures in done) else 0
    finally:
        for runner in runners.values():
            runner.close()


if __name__ == "__main__":
    sys.exit(main())
