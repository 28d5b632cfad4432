#!/usr/bin/env bash
# Fetches cross compilers for arm64 and 32-bit ARM and a sysroot with the libraries ktrace needs, from Debian's packages, into
# a folder of their own: Debian's g++-aarch64-linux-gnu would remove gcc-multilib from the host, which the 32-bit tests need.
#
#   tests/arm64/toolchain.sh [DIR]      default: build/arm64-toolchain
#
# Afterwards `cmake --preset arm64` uses DIR/bin (compilers) and DIR/root (sysroot). What is there already is not fetched again.
# DIR/bin/aarch64-linux-gnu-cc knows -m32 and -m64 as the gcc of x86_64 does: it compiles for 32-bit ARM, and for arm64.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=tests/arm64/debian.sh
. tests/arm64/debian.sh
dir=${1:-build/arm64-toolchain}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd -P)
libraries="libc6-dev libstdc++-$gcc-dev libunwind-dev libdw-dev libelf-dev libbz2-dev libiberty-dev libfmt-dev libcli11-dev doctest-dev linux-libc-dev"
libraries32="libc6-dev libgcc-$gcc-dev"
compilers="g++-$gcc-aarch64-linux-gnu gcc-$gcc-arm-linux-gnueabihf"
key="3 $libraries / $libraries32 / $compilers"

# A program of tests is one source, so options are all that is looked at.
write_cc() {
  cat > "$dir/bin/aarch64-linux-gnu-cc" <<'END'
#!/bin/sh
# gcc for arm64; with -m32 for 32-bit ARM.
compiler=aarch64-linux-gnu-gcc
for option; do
  shift
  case $option in
    -m32) compiler=arm-linux-gnueabihf-gcc ;;
    -m64) compiler=aarch64-linux-gnu-gcc ;;
    *) set -- "$@" "$option" ;;
  esac
done
exec "$(dirname "$(readlink -f "$0")")/$compiler" "$@"
END
  chmod +x "$dir/bin/aarch64-linux-gnu-cc"
}

exec 9> "$dir/lock"
flock 9
if [ "$(cat "$dir/done" 2>/dev/null)" != "$key" ]; then
  echo "toolchain.sh: fetching compilers and libraries into $dir" >&2
  rm -rf "$dir/done" "$dir/bin"
  new_root "$dir/root"
  # shellcheck disable=SC2086
  download "$dir" arm64 $libraries
  unpack "$dir" arm64 "$dir/root"
  # shellcheck disable=SC2086
  download "$dir" armhf $libraries32
  unpack "$dir" armhf "$dir/root"
  relative_links "$dir/root"
  # shellcheck disable=SC2086
  download "$dir" "$host_arch" $compilers
  unpack_host "$dir" "$dir/host"
  mkdir "$dir/bin"
  for tool in "$dir"/host/usr/bin/{aarch64-linux-gnu,arm-linux-gnueabihf}-*; do
    name=${tool##*/}
    wrapper "$dir/bin/${name%-"$gcc"}" "$name"
  done
  write_cc
  echo "$key" > "$dir/done"
fi
"$dir/bin/aarch64-linux-gnu-g++" --version | head -n 1
