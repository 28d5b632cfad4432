#!/usr/bin/env bash
# The tests on a real arm64 kernel: fetches what is missing, cross-builds, boots the guest, runs CTest in it.
#
#   tests/arm64/run.sh                      all of them
#   tests/arm64/run.sh core                 the quick part: unit, decode, and of the rest what differs most by architecture
#   tests/arm64/run.sh build                only fetches and builds
#   tests/arm64/run.sh CTEST-OPTIONS        e.g. -L unit, -R live_stat -V
#
# The exit status is CTest's. KTRACE_ARM64_JOBS: tests at a time; most wait more than they compute.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=build/arm64-tests
jobs=${KTRACE_ARM64_JOBS:-2}
# Registers, calls in both ABIs, restarts, signal frames.
core_tests='^(unit_|decode_|live_(sigaction|sigmask|process|stat|mmap|rw|waiting)(_32)?$|stats_agreement$)'
core_targets="ktrace ktrace-log-merge decode_cases stats_subject"

tests/arm64/toolchain.sh
cmake --preset arm64-tests > /dev/null
if [ "${1:-}" = core ]; then
  shift
  targets=$(ninja -C "$build" -t targets all | sed -nE 's,^((unit|live)_[A-Za-z0-9_]*): phony$,\1,p' |
    grep -E '^(unit_|live_(sigaction|sigmask|process|stat|mmap|rw|waiting)(_32)?$)')
  # shellcheck disable=SC2086
  cmake --build --preset arm64-tests --target $core_targets $targets
  set -- -R "$core_tests" "$@"
else
  cmake --build --preset arm64-tests
fi
[ "${1:-}" != build ] || exit 0
exec tests/arm64/guest.sh -t 10800 env KTRACE_TEST_SLOWNESS=10 ctest --test-dir "$build" --output-on-failure -j "$jobs" "$@"
