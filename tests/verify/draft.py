#!/usr/bin/python3
"""Drafts descriptions from a C header, for a person to order, name and complete.

    draft.py '<linux/fs.h>' RENAME_            a flags or enum block of all constants with this prefix
    draft.py '<linux/fs.h>' struct fstrim_range
    draft.py '<linux/fs.h>' FS_IOC_ -- -isystem DIR      options of the compiler after --

Values come from the compiler, so that macros and enumerators count alike.
"""
import re
import subprocess
import sys
import tempfile

SCALARS = {
    "__u8": "u8", "__u16": "u16", "__u32": "u32", "__u64": "u64", "__s8": "s8", "__s16": "s16", "__s32": "s32", "__s64": "s64",
    "__aligned_u64": "u64", "__le16": "u16", "__le32": "u32", "__le64": "u64", "__be16": "be16", "__be32": "be32",
    "__be64": "be64", "unsigned char": "u8", "char": "u8", "short": "s16", "unsigned short": "u16", "int": "s32",
    "unsigned": "u32", "unsigned int": "u32", "long": "long", "unsigned long": "ulong", "size_t": "size",
    "__kernel_size_t": "size", "long long": "s64", "unsigned long long": "u64", "pid_t": "pid", "__kernel_pid_t": "pid",
    "__kernel_long_t": "long", "__kernel_ulong_t": "ulong", "__kernel_time_t": "long", "__kernel_time64_t": "s64",
}


def compiler(options, header, *flags):
    source = f"#include <stddef.h>\n#include <linux/types.h>\n#include {header}\n"
    run = subprocess.run(["cc", *options, "-E", *flags, "-xc", "-"], input=source, text=True, capture_output=True, check=True)
    return run.stdout


def constant_values(options, header, names):
    """Those of the names that are integers, with their values."""
    good = list(names)
    with tempfile.TemporaryDirectory() as folder:
        while good:
            lines = [f'  printf("{name} %d %#llx\\n", {name} < 0, (unsigned long long)({name}));' for name in good]
            source = "\n".join(["#include <stdio.h>", "#include <stddef.h>", f"#include {header}", "int main(void) {", *lines, "}\n"])
            run = subprocess.run(["cc", *options, "-w", "-xc", "-", "-o", f"{folder}/values"], input=source, text=True,
                                 capture_output=True, check=False)
            if run.returncode == 0:
                out = subprocess.run([f"{folder}/values"], text=True, capture_output=True, check=True).stdout
                return [(n, int(v, 16) - (1 << 64 if minus == "1" else 0)) for n, minus, v in map(str.split, out.splitlines())]
            bad = {int(line) - 5 for line in re.findall(r"^<stdin>:(\d+):\d+: error", run.stderr, re.M)}
            if not bad:
                sys.exit(run.stderr)
            good = [name for k, name in enumerate(good) if k not in bad]
    return []


def draft_requests(macros, prefix):
    """ioctl numbers as ktspec writes them: the size of their type differs by ABI."""
    for name, macro, args in re.findall(rf"^#define ({prefix}\w+) _(IO[RW]*)\((.*)\)$", macros, re.M):
        parts = [part.strip() for part in args.split(",", 2)]
        if len(parts) == 3:
            parts[2] = SCALARS.get(parts[2], parts[2].replace("struct ", ""))
        print(f"  {name} = {macro.lower()}({', '.join(parts)}) : {'none' if macro == 'IO' else 'in ' + parts[-1]}")


def draft_set(options, header, prefix):
    macros = compiler(options, header, "-dM")
    if re.search(rf"^#define {prefix}\w+ _IO[RW]*\(", macros, re.M):
        return draft_requests(macros, prefix)
    names = re.findall(rf"^#define ({prefix}\w+) ", macros, re.M)
    for body in re.findall(r"\benum\b\s*\w*\s*\{([^}]*)\}", compiler(options, header, "-P")):
        names += re.findall(rf"(?:^|,)\s*({prefix}\w+)", body)
    values = sorted(constant_values(options, header, dict.fromkeys(names)), key=lambda pair: pair[1])
    plain = [v for _, v in values]
    flags = len(values) > 2 and sum(v > 0 and v & (v - 1) == 0 for v in plain) > len(plain) * 0.7 and 3 not in plain
    bits = "u64" if plain and max(plain) >> 32 else "s32" if plain and min(plain) < 0 else "u32"
    print(f"{'flags' if flags else 'enum'} {prefix.rstrip('_').lower()} : {bits} prefix {prefix} header {header} {{")
    width = max((len(n) for n, _ in values), default=0)
    for name, value in values:
        print(f"  {name:{width}} = {hex(value) if flags else value}")
    print("}")
    return None


def draft_struct(options, header, name):
    text = re.sub(r"__attribute__\s*\(\(.*?\)\)", "", compiler(options, header, "-P"))
    found = re.search(rf"\bstruct\s+{name}\s*\{{([^{{}}]*)\}}", text)
    if not found:
        sys.exit(f"no struct {name} without nested braces in {header}")
    fields = []
    for member in filter(None, (m.strip() for m in found[1].split(";"))):
        match = re.match(r"(?:const\s+)?((?:struct\s+)?[\w ]+?)\s*(\**)\s*(\w+)\s*((?:\[[^]]*\])*)\s*(?::\s*(\d+))?$", member)
        if not match:
            fields.append((member, "?"))
            continue
        base, pointer, field, array, bits = match.groups()
        ctype = SCALARS.get(base.strip(), base.replace("struct ", "").strip())
        ctype = f"in {ctype}" if pointer else "bytes" if ctype == "u8" and array else ctype
        fields.append((field, ctype + array + (f"  # {bits} bits" if bits else "")))
    width = max(len(f) for f, _ in fields)
    print(f"struct {name} header {header} {{")
    for field, ctype in fields:
        print(f"  {field:{width}} : {ctype}")
    print("}")


def main():
    args = sys.argv[1:]
    options = args[args.index("--") + 1:] if "--" in args else []
    args = args[:args.index("--")] if "--" in args else args
    if len(args) == 3 and args[1] == "struct":
        draft_struct(options, args[0], args[2])
    elif len(args) == 2:
        draft_set(options, *args)
    else:
        sys.exit(__doc__)


main()
