#!/usr/bin/env bash
# The tests on a real arm64 kernel: fetches what is missing, cross-builds, boots the guest, runs CTest in it.
#
#   tests/arm64/run.sh                      all of them
#   tests/arm64/run.sh core                 the quick part: what differs by architecture
#   tests/arm64/run.sh build                only fetches and builds
#   tests/arm64/run.sh CTEST-OPTIONS        e.g. -L unit, -R live_stat -V
#
# The exit status is CTest's. KTRACE_ARM64_JOBS: tests at a time; most wait more than they compute.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=build/arm64-tests
jobs=${KTRACE_ARM64_JOBS:-2}
# Registers, calls in both ABIs, restarts, signal frames, stacks: names of tests, and of the targets that they run. Nothing else is
# built for them.
core_live='live_(sigaction|sigmask|process|stat|mmap|rw|waiting)(_32)?'
core_tests="^(unit_(tracer|resolve)|decode_.*|$core_live|stack_signed)$"
core_targets="^(ktrace|ktrace-log-merge|unit_(tracer|resolve)|decode_cases|$core_live|frames_signed)$"

# The guest's root folder is fetched and unpacked beside the build.
tests/arm64/guest.sh --fetch &
fetching=$!
tests/arm64/toolchain.sh
# The description compiler runs here. A release build beside has it.
ktspec=
if [ -f build/release/build.ninja ]; then
  cmake --build --preset release --target ktspec > /dev/null
  ktspec=$PWD/build/release/src/ktspec/ktspec
fi
cmake --preset arm64-tests -DKTSPEC_EXECUTABLE="$ktspec" > /dev/null
if [ "${1:-}" = core ]; then
  shift
  # shellcheck disable=SC2046
  cmake --build --preset arm64-tests --target $(ninja -C "$build" -t targets all | sed -nE 's,^([A-Za-z0-9_-]+): phony$,\1,p' | grep -E "$core_targets")
  set -- -R "$core_tests" "$@"
else
  cmake --build --preset arm64-tests
fi
wait "$fetching"
[ "${1:-}" != build ] || exit 0
exec tests/arm64/guest.sh -t 10800 env KTRACE_TEST_SLOWNESS=10 KTRACE_MUTANTS=20 ctest --test-dir "$build" --output-on-failure -j "$jobs" "$@"
