#!/usr/bin/env bash
# The tests on a real arm64 kernel: fetches what is missing, cross-builds, boots the guest, runs CTest in it.
#
#   tests/arm64/run.sh                      all of them
#   tests/arm64/run.sh core                 what CI has time for: unit, decode, and of the rest what tests this architecture most
#   tests/arm64/run.sh build                only fetches and builds
#   tests/arm64/run.sh CTEST-OPTIONS        e.g. -L unit, -R live_stat -V
#
# The exit status is CTest's. An emulated processor is ten to fifty times slower than this one, so time limits are wider there.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=build/arm64-tests
core_targets="ktrace ktrace-log-merge"
core_labels='unit|decode'

tests/arm64/toolchain.sh
cmake --preset arm64-tests > /dev/null
case ${1:-} in
  build)
    cmake --build --preset arm64-tests
    exit
    ;;
  core) ;;
  *)
    cmake --build --preset arm64-tests
    exec tests/arm64/guest.sh ctest --test-dir "$build" --output-on-failure "$@"
    ;;
esac
