"""What the tests of this folder share: a ktrace, programs that are run to their end, and how often which condition was met."""
import collections
import os
import signal
import subprocess
import sys
import tempfile
import unittest

KTRACE = os.path.abspath(sys.argv[1])
IS_ROOT = os.geteuid() == 0
SLOWNESS = float(os.environ.get("KTRACE_TEST_SLOWNESS", "1"))
LIMIT = 100 * SLOWNESS  # seconds; nothing here takes more than a few, but for sanitizers
OUTCOMES = collections.Counter()


def count(condition, outcome="as it should be"):
    OUTCOMES[condition, outcome] += 1


def run(*words, **options):
    """Runs to the end; what does not come to one is a failure, and is ended with all that it has started."""
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               start_new_session=True, **options)
    try:
        output, errors = process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    return subprocess.CompletedProcess(words, process.returncode, output, errors)


def folder():
    return tempfile.TemporaryDirectory(prefix="ktrace-hostile-")


def is_sanitized():
    with open(KTRACE, "rb") as file:
        return b"__asan_init" in file.read()


def main(arguments):
    """unittest's main, with a table at the end."""
    program = unittest.main("__main__", argv=[sys.argv[0], *arguments], exit=False, warnings="ignore")
    for (condition, outcome), times in sorted(OUTCOMES.items()):
        print(f"{condition:70} {times:6}  {outcome}")
    if program.result.skipped and not OUTCOMES:
        sys.exit(77)
    sys.exit(not program.result.wasSuccessful())
