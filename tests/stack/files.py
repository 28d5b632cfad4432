#!/usr/bin/python3
"""The names of frames, wherever the files keep them: files.py KTRACE DEBUG STATIC EXPORTED TABLES

Four builds of frames.c: with debugging information; linked statically, with it; with all its functions exported; with
call frame information in .debug_frame alone. From them come programs whose names are in other files or other forms.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

FRAME = re.compile(r"^ > (?P<module>.*?)(?: \(deleted\))?\((?P<symbol>[^()]*?)(?:\+0x[0-9a-f]+)?\) \[0x[0-9a-f]+\](?: .*/?frames\.c:(?P<line>\d+))?$")
DEEP = ["call", *["deep"] * 13, "main"]
failures = []
ktrace = sys.argv[1]


def tool(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def stack(command, module, call="getppid", options=("-k",), env=None):
    """The frames of the last call of this name that belong to the module: names, and lines."""
    done = subprocess.run([ktrace, "-f", "-q", "-o", "/dev/stdout", *options, "-e", f"trace={call}", *command], timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, errors="surrogateescape", check=False,
                          env=env)
    names, lines = [], []
    for text in done.stdout.splitlines():
        if re.match(rf"(\d+ +)?{call}\(", text):
            names, lines = [], []
        elif (frame := FRAME.match(text)) and frame["module"] == module:
            names.append(frame["symbol"])
            lines.append(frame["line"])
    return names, lines


def check(what, got, wanted):
    if got[: len(wanted)] != wanted:
        failures.append(f"{what}: {got}, not {wanted}")


def in_files(folder, debug):
    """Names that are in a file of their own, found by its name; in the file, compressed; in both."""
    program = os.path.join(folder, "program")
    tool("objcopy", "--only-keep-debug", debug, os.path.join(folder, "program.debug"))
    tool("strip", "-o", program, debug)
    check("stripped", stack([program, "deep"], program)[0], [""] * 15)
    os.chdir(folder)
    tool("objcopy", "--add-gnu-debuglink=program.debug", program)
    check("debug file beside", stack([program, "deep"], program)[0], DEEP)
    os.mkdir(".debug")
    os.rename("program.debug", ".debug/program.debug")
    check("debug file in .debug", stack([program, "deep"], program)[0], DEEP)
    lines = stack([program, "deep"], program, options=("-kk",))[1]
    check("lines of a debug file", [line is not None for line in lines], [True] * 15)
    tool("objcopy", "--compress-debug-sections", ".debug/program.debug")
    check("lines of a compressed debug file", stack([program, "deep"], program, options=("-kk",))[1], lines)


def in_mini(folder, debug):
    program = os.path.join(folder, "mini")
    tool("objcopy", "--only-keep-debug", debug, program + ".symbols")
    tool("objcopy", "--remove-section=.debug_*", "--remove-section=.comment", program + ".symbols")
    tool("xz", "-f", program + ".symbols")
    tool("strip", "-o", program, debug)
    tool("objcopy", "--add-section", f".gnu_debugdata={program}.symbols.xz", program)
    check("MiniDebugInfo", stack([program, "deep"], program)[0], DEEP)


def deleted(folder, debug):
    program = os.path.join(folder, "deleted")
    shutil.copy(debug, program)
    check("deleted", stack([program, "deleted"], program)[0], DEEP)
    if os.path.exists(program):
        failures.append("deleted: it is still there")


def elsewhere(folder, static):
    """In another root directory, where the debug file is one by its build-id."""
    if subprocess.run(["unshare", "-r", "true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        print("no user namespaces: another root is not tested")
        return
    text = subprocess.run(["readelf", "-n", static], stdout=subprocess.PIPE, text=True, check=True).stdout
    build_id = re.search(r"Build ID: ([0-9a-f]+)", text)[1]
    root = os.path.join(folder, "root")
    by_id = os.path.join(root, "usr/lib/debug/.build-id", build_id[:2])
    os.makedirs(by_id)
    tool("objcopy", "--only-keep-debug", static, os.path.join(by_id, build_id[2:] + ".debug"))
    tool("strip", "-o", os.path.join(root, "inside"), static)
    names = stack(["unshare", "-r", "-m", "chroot", root, "/inside", "deep"], "/inside")[0]
    check("another root, by build-id", names[1:], DEEP)  # the first is syscall() itself


def while_binding(debug):
    """The dynamic linker says what it binds, which it does below a call through the PLT."""
    names = stack([debug, "bind"], debug, "writev", env=dict(os.environ, LD_DEBUG="bindings"))[0]
    check("in the PLT", names, ["bind", "main"])


def main():
    debug, static, exported, tables = map(os.path.realpath, sys.argv[2:6])
    with tempfile.TemporaryDirectory() as folder:
        in_files(folder, debug)
        in_mini(folder, debug)
        deleted(folder, debug)
        elsewhere(folder, static)
        os.chdir("/")
    check("exported", stack([exported, "deep"], exported)[0], DEEP)
    check("only .debug_frame", stack([tables, "deep"], tables)[0], DEEP)
    while_binding(debug)
    for failure in failures:
        print(failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
