#!/usr/bin/python3
"""`format.py KTSPEC BEFORE AFTER`: --format makes AFTER of BEFORE, and leaves AFTER alone."""
import pathlib
import subprocess
import sys
import tempfile

ktspec, before, after = sys.argv[1:]
wanted = pathlib.Path(after).read_text()
with tempfile.TemporaryDirectory() as folder:
    for source in (before, after):
        copy = pathlib.Path(folder, "copy.ksd")
        copy.write_text(pathlib.Path(source).read_text())
        subprocess.run([ktspec, "--format", copy], check=True)
        if copy.read_text() != wanted:
            sys.exit(f"{source} became:\n{copy.read_text()}")
