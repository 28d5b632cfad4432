#!/usr/bin/python3
"""Writes the guest's initrd (initramfs buffer format, "newc"; the host need not have cpio):

    initrd.py KERNEL-FOLDER BUSYBOX INIT OUTPUT

It holds INIT as /init, busybox, and the modules that are needed with what they depend on, as /modules/NNN in the
order in which they are to be inserted. A module that is not in KERNEL-FOLDER is built into the kernel.
"""
import lzma
import pathlib
import re
import sys

# For the root folder; for what tests ask the kernel about sockets.
WANTED = ["virtio_pci", "9pnet_virtio", "9p", "overlay",
          "tcp_diag", "udp_diag", "raw_diag", "unix_diag", "netlink_diag", "af_packet_diag"]


class Archive:
    def __init__(self):
        self.out = bytearray()
        self.files = 0

    def add(self, name, mode, data=b""):
        self.files += 1
        name = name.encode() + b"\0"
        fields = [self.files, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0]
        self.out += b"070701" + b"".join(b"%08x" % field for field in fields) + name
        self.pad()
        self.out += data
        self.pad()

    def pad(self):
        self.out += bytes(-len(self.out) % 4)


def modules(kernel):
    """The contents of the wanted modules, each after those that it depends on."""
    files = {}
    for path in kernel.rglob("*.ko*"):
        files[path.name.split(".")[0].replace("-", "_")] = path
    order = {}

    def visit(name):
        path = files.get(name.replace("-", "_"))
        if path is None or name in order:
            return
        data = path.read_bytes()
        data = lzma.decompress(data) if path.suffix == ".xz" else data
        depends = re.search(rb"\0depends=([^\0]*)", data)
        for each in depends[1].decode().split(",") if depends else []:
            visit(each)
        order[name] = data

    for name in WANTED:
        visit(name)
    return list(order.values())


def main():
    kernel, busybox, init, output = (pathlib.Path(argument) for argument in sys.argv[1:])
    archive = Archive()
    for folder in ("dev", "proc", "sys", "new", "bin", "modules"):
        archive.add(folder, 0o40755)
    archive.add("bin/busybox", 0o100755, busybox.read_bytes())
    archive.add("init", 0o100755, init.read_bytes())
    for number, data in enumerate(modules(kernel)):
        archive.add(f"modules/{number:03}", 0o100644, data)
    archive.add("TRAILER!!!", 0)
    output.write_bytes(archive.out)


if __name__ == "__main__":
    main()
