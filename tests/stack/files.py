#!/usr/bin/python3
"""The names of frames, wherever the files keep them: files.py KTRACE DEBUG EXPORTED TABLES

Three builds of frames.c: with debugging information; with all its functions exported; with call frame information in
.debug_frame alone. From them come programs whose names are in other files or other forms.
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


def stack(command, module, call="getppid", argument="", options=("-k",), env=None):
    """The frames of the last call of this name, and with this argument, that belong to the module: names, and lines."""
    done = subprocess.run([ktrace, "-f", "-q", "-s", "400", "-o", "/dev/stdout", *options, "-e", f"trace={call}", *command], timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, errors="surrogateescape", check=False,
                          env=env)
    names, lines, wanted = [], [], False
    for text in done.stdout.splitlines():
        if not text.startswith(" > "):
            wanted = re.match(rf"(\d+ +)?{call}\(", text) and argument in text
            if wanted:
                names, lines = [], []
        elif wanted and (frame := FRAME.match(text)) and frame["module"] == module:
            names.append(frame["symbol"])
            lines.append(frame["line"])
    return names, lines


def check(what, got, wanted):
    if got[: len(wanted)] != wanted:
        failures.append(f"{what}: {got}, not {wanted}")


def in_files(folder, debug):
    """Names that are in a file of their own, found by its name; in the file, compressed; in both."""
    program = os.path.join(folder, "program")
    tool("strip", "-o", program, debug)
    check("stripped", stack([program, "deep"], program)[0], [""] * 15)
    tool("objcopy", "--only-keep-debug", debug, os.path.join(folder, "program.debug"))
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


def elsewhere(folder):
    """Program and debug file are in a mount namespace of their own."""
    mount = os.path.join(folder, "mount")
    os.mkdir(mount)
    script = f"mount -t tmpfs none {mount}; cp {folder}/program {folder}/.debug/program.debug {mount}"
    apart = ["unshare", "-r", "-m", "sh", "-e", "-c"]
    if subprocess.run([*apart, script], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        print("no user namespaces: another mount namespace is not tested")
        return
    program = os.path.join(mount, "program")
    names = stack([*apart, f"{script}; exec {program} deep"], program)[0]
    check("another mount namespace", names, DEEP)


def while_binding(debug):
    """The dynamic linker says what it binds, which it does below a call through the PLT."""
    names = stack([debug, "bind"], debug, "writev", '"getppid"', env=dict(os.environ, LD_DEBUG="bindings"))[0]
    # On arm64 the dynamic linker's call frame information has the stack pointer of `bind` 16 bytes too low: it starts below
    # what the PLT has pushed (x30 at cfa+8).
    check("in the PLT", names, ["bind"] if os.uname().machine == "aarch64" else ["bind", "main"])


def main():
    if not all(map(shutil.which, ("objcopy", "strip", "xz", "unshare"))):
        print("no tools to change object files with")
        return 77
    debug, exported, tables = map(os.path.realpath, sys.argv[2:5])
    with tempfile.TemporaryDirectory() as folder:
        in_files(folder, debug)
        in_mini(folder, debug)
        deleted(folder, debug)
        elsewhere(folder)
        os.chdir("/")
    check("exported", stack([exported, "deep"], exported)[0], DEEP)
    check("only .debug_frame", stack([tables, "deep"], tables)[0], DEEP)
    while_binding(debug)
    for failure in failures:
        print(failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
