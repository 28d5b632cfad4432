#!/usr/bin/python3
"""Stacks of programs whose calls are known: run.py KTRACE PROGRAM [--no-names] [--lines]

PROGRAM is built from frames.c in one of many ways; --no-names: it is stripped, so that its frames count but have no
symbols; --lines: it has debugging information.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

FRAME = re.compile(r"^ > (?P<module>.*)\((?P<symbol>.*?)(?:\+0x(?P<offset>[0-9a-f]+))?\) \[0x(?P<address>[0-9a-f]+)\](?: (?P<source>.*))?$")
ERROR = re.compile(r"^ > unexpected_backtracing_error \[0x(?P<address>[0-9a-f]+)\]$")
failures = []
SLOWNESS = float(os.environ.get("KTRACE_TEST_SLOWNESS", "1"))


class Test:
    def __init__(self, ktrace, program, names, lines):
        self.ktrace, self.program, self.names, self.lines = ktrace, os.path.realpath(program), names, lines

    def trace(self, what, *options):
        with tempfile.TemporaryDirectory() as folder:
            log = os.path.join(folder, "log")
            done = subprocess.run([self.ktrace, "-o", log, *options, self.program, what], timeout=60 * SLOWNESS, check=False)
            if done.returncode != 0:
                failures.append(f"{what}: exit status {done.returncode}")
            with open(log, errors="surrogateescape") as file:
                return file.read().splitlines()

    def stacks(self, lines, call):
        """The frames below each line of a call, as (module, symbol, rest of the match)."""
        found, mine = [], None
        for line in lines:
            if not line.startswith(" > "):
                mine = None
                if re.match(r"(\d+ +)?" + call, line):
                    mine = []
                    found.append(mine)
            elif mine is not None:
                mine.append(line)
        return found

    def ours(self, stack):
        """The names of the program's own functions in a stack, innermost first; `?` for each if it has none."""
        names = []
        for line in stack:
            if (match := FRAME.match(line)) and match["module"] == self.program:
                names.append(match["symbol"] or "?")
        return names

    def check(self, what, stacks, *wanted, start=True):
        """`start`: the stack ends with _start, wherever that is."""
        if len(stacks) != len(wanted):
            failures.append(f"{what}: {len(stacks)} stacks, not {len(wanted)}")
        for stack, names in zip(stacks, wanted):
            got = self.ours(stack)
            if start:  # what stands around main is the C library's, which a static program has in itself
                got = got[: len(names)] if len(got) > len(names) else got
            names = names if self.names else ["?"] * len(names)
            if got != names:
                failures.append(f"{what}: {got}, not {names}:\n" + "\n".join(stack))

    def expect(self, what, value, wanted):
        if value != wanted:
            failures.append(f"{what}: {value!r}, not {wanted!r}")

    def run(self):
        static = "static" in self.program
        deep = ["call", *["deep"] * 13, "main"]
        inner = (lambda stack: stack[1:]) if static else (lambda stack: stack)  # syscall() itself
        ppid = r"getppid\("

        lines = self.trace("deep", "-k", "-e", "trace=getppid")
        self.check("deep", [inner(s) for s in self.stacks(lines, ppid)], deep)
        lines = self.trace("deep", "-k", "--stack-trace-frame-limit=3", "-e", "trace=getppid")
        (stack,) = self.stacks(lines, ppid)
        self.expect("limit", (len(stack), stack[-1]), (4, " > too many stack frames"))

        lines = self.trace("signal", "-k", "-e", "trace=getppid")
        if not static:
            self.check("signal", self.stacks(lines, ppid), ["call", "on_signal", *["interrupted"] * 3])
        self.expect("signal: stacks", len(self.stacks(lines, "--- SIGUSR1")), 1)

        if "32" not in self.program:  # there the vDSO has a function of its own for every call
            (stack,) = self.stacks(self.trace("vdso", "-k", "-e", "trace=clock_gettime"), r"clock_gettime\(")
            self.expect("vdso", stack[0].startswith(" > [vdso]("), True)
        if not static:
            self.check("vdso", self.stacks(self.trace("vdso", "-k", "-e", "trace=clock_gettime,?clock_gettime64"), "clock_gettime"),
                       ["tell_time", "main"])

        (stack,) = self.stacks(self.trace("jit", "-k", "-e", "trace=getppid"), ppid)
        self.expect("jit", bool(ERROR.match(stack[0])), True)
        self.check("jit", [stack], ["run"])
        first, second = self.stacks(self.trace("remap", "-k", "-e", "trace=getppid"), ppid)
        self.expect("remap", [FRAME.match(s[0])["module"] for s in (first, second)],
                    ["/memfd:first (deleted)", "/memfd:second (deleted)"])
        self.check("remap", [first, second], ["run"], ["run"])

        lines = self.trace("exit", "-k", "-e", "trace=exit_group")
        ended = lines.index("+++ exited with 0 +++")
        self.expect("exit: the line", lines[ended - 1].split("(")[0], "exit_group")
        self.check("exit", [inner(lines[ended + 1:]) if static else lines[ended + 1:]], ["leave"] * 3 + ["main"])
        self.check("thread", [inner(s) for s in self.stacks(self.trace("thread", "-f", "-k", "-e", "trace=getppid"), ppid)],
                   ["call", "deep", "deep", "deep", "in_thread"])
        for options in (["-k"], ["-kk"], ["--json", "-k"]):
            self.trace("garbage", *options)

        self.ids()
        self.as_json()
        if self.lines:
            (stack,) = self.stacks(self.trace("deep", "-kk", "-e", "trace=getppid"), ppid)
            sources = [m["source"] for m in map(FRAME.match, stack) if m and m["module"] == self.program]
            self.expect("lines", [bool(re.search(r"frames\.c:\d+$", s or "")) for s in sources[:14]], [True] * 14)

    def ids(self):
        lines = self.trace("garbage", "-k", "--stack-ids")
        heads = [m.groups() for m in (re.match(r"^ > stack (\d+)(:?)$", line) for line in lines) if m]
        seen = set()
        for number, in_full in heads:
            self.expect(f"stack {number} in full", in_full == ":", number not in seen)
            seen.add(number)
        self.expect("ids: numbers", sorted(map(int, seen)), list(range(1, len(seen) + 1)))

    def as_json(self):
        text = self.stacks(self.trace("deep", "-k", "-e", "trace=getppid"), r"getppid\(")[0]
        calls = [json.loads(line) for line in self.trace("deep", "--json", "-k", "-e", "trace=getppid")]
        (call,) = [c for c in calls if c.get("syscall") == "getppid"]
        again = [f" > {f['module']}({f.get('symbol', '')}+0x{f.get('offset', 0):x}) [{f['address']}]"
                 for f in call["stack"]["frames"]]
        self.expect("json", again, text)


def main():
    test = Test(sys.argv[1], sys.argv[2], "--no-names" not in sys.argv, "--lines" in sys.argv)
    test.run()
    for failure in failures:
        print(failure)
    print(f"{os.path.basename(test.program)}: {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
