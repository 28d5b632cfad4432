#!/usr/bin/env python3
"""--flame on real programs. Usage: run.py KTRACE SUBJECT CASE. The case "browser" needs chromium, and is skipped (77)
where there is none; nothing else of the tests does."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as xml

KTRACE, SUBJECT, CASE = sys.argv[1:]
SLOWNESS = float(os.environ.get("KTRACE_TEST_SLOWNESS", "1"))
NAME = os.path.basename(SUBJECT)[:15]
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "a;b</title><script>document.documentElement.dataset.owned=1</script>\"'&\x1b[31m\x07]]>"


def run(*arguments, status=3, subject=SUBJECT):
    words = [subject if a is SUBJECT else a for a in arguments]
    done = subprocess.run([KTRACE, *words], capture_output=True, text=True, timeout=100 * SLOWNESS)
    if "PTRACE" in done.stderr and "not permitted" in done.stderr:
        sys.exit(77)
    assert done.returncode == status, (done.returncode, done.stderr[-2000:])
    return done


def read(name):
    with open(name, encoding="utf-8") as file:
        return file.read()


def until(condition):
    """Waits for it, long enough for any machine."""
    end = time.monotonic() + 60 * SLOWNESS
    while not condition():
        assert time.monotonic() < end, "in vain"
        time.sleep(0.02)


def is_asleep(pid):
    return "\nState:\tS" in read(f"/proc/{pid}/status")


def folded(text):
    """By the stack from main on, or all of it."""
    found = {}
    for line in text.splitlines():
        path, weight = re.fullmatch(r"(.*) (\d+)", line).groups()
        program, frames = path.split(";", 1)
        _, main, rest = frames.partition(";main;")
        key = (program, rest if main else frames)
        found[key] = found.get(key, 0) + int(weight)
    return found


def stacks(folder, *arguments, status=3):
    out = os.path.join(folder, "out")
    done = run(f"--flame={out}", *arguments, status=status)
    return folded(read(out)), done


def calls(folder):
    """Counts by stack, in any combination with what else is printed; nothing is printed that was not asked for."""
    getppid = (NAME, "inner;syscall;getppid")
    for options in ([], ["-c"], ["-C"], ["--stats=stacks,errors"], ["-e", "trace=getppid"], ["-z"], ["--no-seccomp-bpf"],
                    ["-o", os.path.join(folder, "trace")], ["-k"], ["--json"], ["--json", "-c"]):
        found, done = stacks(folder, *options, SUBJECT, "inner", "fails")
        assert found[getppid] == 30, (options, found)
        failed = [n for (_, frames), n in found.items() if frames.startswith("fails;")]
        assert failed == ([] if set(options) & {"trace=getppid", "-z"} else [1]), (options, found)
        assert ("main+0x" in done.stderr) == (options == ["-k"]), (options, done.stderr)
        assert ("getppid" in done.stderr) == bool({"-c", "-C", "-k", "--json", "--stats=stacks,errors"} & set(options)), options
        if not options:
            assert done.stderr == "", done.stderr
    trace = read(os.path.join(folder, "trace"))
    assert "getppid()" in trace and " > " not in trace, trace
    found, done = stacks(folder, "-c", "-k", SUBJECT, "inner")
    assert found[getppid] == 30 and "has no effect with -c/--summary-only" in done.stderr
    for name in ("a", "b.svg"):
        path = os.path.join(folder, name)
        run(f"--flame={path}", f"--flame={folder}/other", SUBJECT, "inner")
        assert read(path)
    found, _ = stacks(folder, "--stack-trace-frame-limit=2", "-e", "trace=getppid", SUBJECT, "inner")
    assert found == {(NAME, "[frames beyond the limit];inner;syscall;getppid"): 30}, found
    found, _ = stacks(folder, "-e", "inject=getppid:error=EPERM:signal=CONT", "-C", "-o", "/dev/null", SUBJECT, "inner")
    assert found[getppid] == 30, found  # signals between calls


def weights(folder):
    """Time in microseconds, bytes also of messages."""
    found, _ = stacks(folder, "--flame-by=time", "-e", "trace=nanosleep,clock_nanosleep", SUBJECT, "sleeps")
    ((_, frames), took), = found.items()
    assert frames.startswith("sleeps;") and 60_000 <= took < 60_000_000, found
    found, _ = stacks(folder, "--flame-by=time", "-O", "100s", SUBJECT, "sleeps")
    assert found == {}, found
    found, _ = stacks(folder, "--flame-by=bytes", "-e", "trace=write,sendmmsg,recvmmsg", SUBJECT, "writes", "inner")
    by_call = {frames.split(";")[-1]: weight for (_, frames), weight in found.items()}
    assert by_call == {"write": 3000, "sendmmsg": 420, "recvmmsg": 420}, found
    # What still waits when ktrace lets it go has waited: as long as ktrace did at least, and no longer than that was there.
    out = os.path.join(folder, "out")
    with subprocess.Popen([SUBJECT, "named", "waiter", "waits"]) as waiter:
        try:
            until(lambda: read(f"/proc/{waiter.pid}/comm") == "waiter\n" and is_asleep(waiter.pid))
            begun = time.monotonic()
            with subprocess.Popen([KTRACE, "-q", "--flame-by=time", f"--flame={out}", "-p", str(waiter.pid)]) as tracer:
                until(lambda: all(f"TracerPid:\t{tracer.pid}\n" in read(f"/proc/{waiter.pid}/status")
                                  and is_asleep(waiter.pid) and is_asleep(tracer.pid) for _ in range(2)))
                time.sleep(0.3)
                tracer.terminate()
            ended = time.monotonic()
            ((_, frames), took), = folded(read(out)).items()
            assert re.fullmatch("sleeps;.*;(clock_nanosleep|restart_syscall)", frames), read(out)
            assert 300_000 <= took <= (ended - begun) * 1_000_000, (took, begun, ended)
        finally:
            waiter.kill()


def follow(folder):
    """Threads belong to their process, children to themselves, and all are called what they are called then."""
    found, _ = stacks(folder, "-f", "-e", "trace=getppid,prctl", SUBJECT, "inner", "forks", "threads")
    assert found[NAME, "inner;syscall;getppid"] == 30, found
    assert found[NAME, "forks;inner;syscall;getppid"] == 4, found
    assert found["child", "forks;inner;syscall;getppid"] == 5, found
    assert sum(n for (program, frames), n in found.items() if program == NAME and "runs;inner" in frames) == 6, found
    found, _ = stacks(folder, "-f", "-e", "trace=getppid", "sh", "-c", f"{SUBJECT} inner; exit 3")
    assert found[NAME, "inner;syscall;getppid"] == 30, found  # an execve that is not traced tells the name all the same
    found, _ = stacks(folder, "-f", "-e", "trace=getppid,execve", "sh", "-c", f"{SUBJECT} inner; exit 3")
    executed = [(program, n) for (program, frames), n in found.items() if frames.endswith("execve")]
    assert sorted(executed) == [("sh", 1), ("sh", 1)], found  # into sh, and by it
    assert found[NAME, "inner;syscall;getppid"] == 30, found


def every(folder):
    """The file is there while the program runs."""
    out = os.path.join(folder, "out.svg")
    command = [KTRACE, "--every=50ms", f"--flame={out}", SUBJECT, "inner", "waits"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
        until = time.monotonic() + 60
        while tracer.poll() is None and time.monotonic() < until:
            if os.path.exists(out) and ">getppid\n30 calls" in read(out):
                break
            time.sleep(0.02)
        assert ">getppid\n30 calls" in read(out), tracer.poll()
        tracer.terminate()
    assert ">getppid\n30 calls" in read(out)


def errors(folder):
    """One line that says it all."""
    path = os.path.join(folder, "nowhere", "x.svg")
    done = run(f"--flame={path}", "touch", os.path.join(folder, "started"), status=1)
    assert done.stderr == f"{KTRACE}: Can't fopen '{path}': No such file or directory\n", done.stderr
    assert not os.path.exists(os.path.join(folder, "started"))
    done = run("--flame=/dev/full", SUBJECT, "inner")
    assert done.stderr == f"{KTRACE}: /dev/full: No space left on device\n", done.stderr
    piped = os.path.join(folder, "piped")
    run(f"--flame=|cat > {piped}", "--every=1ms", SUBJECT, "inner", "sleeps")
    assert folded(read(piped))[NAME, "inner;syscall;getppid"] == 30
    run("--flame=|true", SUBJECT, "inner")


def hostile_copy(folder):
    program = os.path.join(folder, "copy")
    shutil.copy(SUBJECT, program)
    objcopy = subprocess.run(["objcopy", f"--redefine-sym=victim={HOSTILE}", program], check=False)
    assert objcopy.returncode == 0
    return program


def hostile(folder):
    """Names that would be markup, a line of their own, or obeyed by a terminal."""
    program = hostile_copy(folder)
    arguments = ["-e", "trace=getppid,prctl", SUBJECT, "named", "<b>;\"&\x1b", "victim"]
    text, picture = os.path.join(folder, "out"), os.path.join(folder, "out.svg")
    run(f"--flame={text}", f"--flame={picture}", *arguments, subject=program)
    for name in (text, picture):
        with open(name, "rb") as file:
            assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", file.read()), name
    line, = (line for line in read(text).splitlines() if line.endswith("getppid 20"))
    escaped = HOSTILE.replace("\x1b", "\\33").replace("\x07", "\\7")
    assert line.startswith("<b>:\"&\\033;"), line
    assert ";main;" + escaped.replace(";", ":") + ";inner;syscall;getppid 20" in line, line
    root = xml.parse(picture).getroot()
    assert len(list(root.iter(SVG + "script"))) == 1
    titles = [element.text.split("\n")[0] for element in root.iter(SVG + "title")]
    assert escaped in titles and "<b>;\"&\\033" in titles, titles
    assert {element.tag for element in root.iter()} == {SVG + n for n in ("svg", "style", "rect", "text", "g", "title", "script")}
    for element in root.iter():
        assert not [a for a in element.attrib if a.startswith("on") or "href" in a], element.attrib


# What somebody does who looks at the picture. `in_svg` goes behind the picture's own script.
ACTIONS = """
const frames = () => Array.from(document.querySelectorAll(".frame"));
const called = (name) => frames().find((f) => f.querySelector("title").textContent.startsWith(name + "\\n"));
const click = (element) => element.dispatchEvent(new MouseEvent("click", {bubbles: true}));
const press = (key) => window.dispatchEvent(new KeyboardEvent("keydown", {key}));
const say = (key, value) => { document.documentElement.dataset[key] = value; };
const shown = () => frames().filter((f) => !f.classList.contains("hidden")).length;
const text = (id) => document.getElementById(id).textContent;
say("before", shown());
click(called("inner").querySelector("rect"));
say("after", shown());
say("width", called("inner").querySelector("rect").getAttribute("width"));
say("inside", called("getppid").querySelector("rect").getAttribute("width"));
say("around", called("main").classList.contains("around"));
called("getppid").querySelector("rect").dispatchEvent(new MouseEvent("mouseover", {bubbles: true}));
say("details", text("details"));
for (const key of ["/", "G", "e", "t", "x", "Backspace", "p", "Enter", "y"]) press(key);
say("search", text("search"));
say("matched", text("matched"));
say("found", frames().filter((f) => f.classList.contains("found")).length);
press("Escape");
press("Escape");
say("again", shown());
say("unsearched", text("search"));
say("scripts", document.querySelectorAll("script").length);
"""


def browse(picture, *options):
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not browser:
        sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="ktrace-chromium-") as profile:
        command = [browser, "--headless", "--disable-gpu", f"--user-data-dir={profile}", "--hide-scrollbars",
                   *["--no-sandbox"] * (os.geteuid() == 0), *options, "file://" + picture]
        done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def browser(folder):
    """Click, hover and search in Chromium, with names in it that try to be scripts."""
    program = hostile_copy(folder)
    picture = os.path.join(folder, "out.svg")
    run(f"--flame={picture}", SUBJECT, "named", "<b>;\"&", "inner", "victim", "fails", "writes", subject=program)
    changed = os.path.join(folder, "changed.svg")
    with open(changed, "w", encoding="utf-8") as file:
        file.write(read(picture).replace("</svg>", f"<script><![CDATA[{ACTIONS}]]></script></svg>"))
    dom = browse(changed, "--dump-dom")
    said = dict(re.findall(r' data-([a-z]+)="([^"]*)"', re.search(r"<svg[^>]*>", dom).group()))
    assert "owned" not in said, said
    assert int(said["after"]) < int(said["before"]) == int(said["again"]), said
    assert said["width"] == said["inside"] == "1200" and said["around"] == "true", said
    assert re.fullmatch(r"getppid: 30 calls, [\d.]+ %", said["details"]), said
    assert said["search"] == "Search: Getp" and said["matched"] == "Found: 100.00 %" and said["found"] == "2", said
    assert said["unsearched"] == "Search" and said["scripts"] == "2", said
    # It shows something: a PNG of a picture is bigger than that of an empty page.
    shots = [os.path.join(folder, n) for n in ("full.png", "empty.png")]
    empty = os.path.join(folder, "empty.svg")
    with open(empty, "w", encoding="utf-8") as file:
        file.write('<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="400"></svg>')
    for shot, page in zip(shots, (picture, empty)):
        browse(page, f"--screenshot={shot}", "--window-size=1220,500")
    full, blank = (os.path.getsize(s) for s in shots)
    assert full > 2 * blank, (full, blank)


with tempfile.TemporaryDirectory(prefix="ktrace-flame-") as temporary:
    {f.__name__: f for f in (calls, weights, follow, every, errors, hostile, browser)}[CASE](temporary)
