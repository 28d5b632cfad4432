#!/usr/bin/env bash
# Runs a command on a real arm64 kernel, under qemu-system-aarch64: qemu's user mode has no ptrace.
#
#   tests/arm64/guest.sh [-t SECONDS] COMMAND [ARGUMENT...]     its output and exit status become ours; 124: time is up, 125: no answer
#   tests/arm64/guest.sh --fetch                                only fetches what is needed
#
# The guest has this source tree at the same path, read and write, so build trees work as they are; the command starts in the
# current folder, as root, with /dev/null as standard input. All comes from Debian's packages: the guest's root folder
# (KTRACE_ARM64_GUEST, default build/arm64-guest), its kernel, and qemu where the host has none. The root folder is below an
# overlay, so the guest cannot change it. Environment: KTRACE_ARM64_CPU, KTRACE_ARM64_CPUS, KTRACE_ARM64_MEMORY.
set -euo pipefail
start=$(pwd -P)
cd "$(dirname "$0")/../.."
# shellcheck source=tests/arm64/debian.sh
. tests/arm64/debian.sh
source=$(pwd -P)
dir=${KTRACE_ARM64_GUEST:-build/arm64-guest}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd -P)
limit=3600
cpus=$(nproc)
[ "$cpus" -lt 2 ] || cpus=2  # all tests of several at a time take a fraction of what they take on one
# What tests run, what they compare with (strace) and what the differential tests trace.
packages="bash dash coreutils grep sed gawk findutils diffutils procps util-linux libc-bin busybox-static python3 python3-jsonschema cmake strace xz-utils dwz
  apt g++ libc6-dev make git sqlite3 openssh-client tar gzip libfmt9 libstdc++6 libunwind8 netbase"
packages32="libc6 libgcc-s1"

fetch_root() {
  # shellcheck disable=SC2086
  download "$dir" arm64 $packages
  new_root "$dir/root"
  unpack "$dir" arm64 "$dir/root" --exclude='./usr/share/cmake-*/Help/*'
  # shellcheck disable=SC2086
  download "$dir" armhf $packages32
  unpack "$dir" armhf "$dir/root"
  mkdir -p "$dir/root/host"
  printf 'root:x:0:0::/root:/bin/bash\nnobody:x:65534:65534::/tmp:/bin/sh\n' > "$dir/root/etc/passwd"
  printf 'root:x:0:\nnogroup:x:65534:\n' > "$dir/root/etc/group"
  echo 127.0.0.1 localhost > "$dir/root/etc/hosts"
  echo arm64 > "$dir/root/etc/hostname"
  ln -sf gawk "$dir/root/usr/bin/awk"
}

fetch_kernel() {
  download "$dir" arm64 linux-image-arm64
  rm -rf "$dir/kernel"
  mkdir "$dir/kernel"
  unpack "$dir" arm64 "$dir/kernel" --wildcards --exclude='./usr/*' --exclude='*/sound/*' --exclude='*/drivers/gpu/*' --exclude='*/drivers/media/*'
  python3 "$here/initrd.py" "$dir/kernel" "$dir/root/bin/busybox" "$here/guest/init" "$dir/initrd"
  mv "$dir"/kernel/boot/vmlinuz-* "$dir/Image"
  rm -rf "$dir/kernel"
}

fetch_qemu() {
  download "$dir" "$host_arch" qemu-system-arm
  unpack_host "$dir" "$dir/host"
  mkdir -p "$dir/bin"
  wrapper "$dir/bin/qemu-system-aarch64" qemu-system-aarch64
}

# The key of what is wanted: what was fetched with another one is fetched again.
key_of() {
  case $1 in
    root) echo "1 $packages / $packages32" ;;
    kernel) cat "$here/guest/init" "$here/initrd.py" | sha256sum ;;
    qemu) echo 1 ;;
  esac
}

# for_missing COMMAND: runs it with the name of each thing that is not there
for_missing() {
  local name
  for name in root kernel qemu; do
    if [ "$name" = qemu ] && [ -n "$(type -P qemu-system-aarch64)" ]; then continue; fi
    if [ "$(cat "$dir/$name.key" 2>/dev/null)" = "$(key_of "$name")" ]; then continue; fi
    "$@" "$name"
  done
}

fetch() {
  echo "guest.sh: fetching $1 into $dir" >&2
  rm -f "$dir/$1.key"
  "fetch_$1"
  key_of "$1" > "$dir/$1.key"
}

[ "${1:-}" != -t ] || { limit=$2; shift 2; }
[ $# -gt 0 ] || fail "which command?"
# Whoever runs a guest holds the lock together with others: nothing is fetched anew below them.
exec 9> "$dir/lock"
flock -s 9
if [ -n "$(for_missing echo)" ]; then
  flock 9
  for_missing fetch
  flock -s 9
fi
[ "$1" != --fetch ] || exit 0
qemu=$(type -P qemu-system-aarch64 || echo "$dir/bin/qemu-system-aarch64")

# The folder /host of the guest: the command, what starts it, and what it says.
talk=$(mktemp -d)
running=
trap '[ -z "$running" ] || kill "$running" 2>/dev/null || :; rm -rf "$talk"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
touch "$talk"/{stdout,stderr,console}
{ echo '#!/bin/bash'; printf 'cd %q || exit 125\nexec' "$start"; printf ' %q' "$@"; echo; } > "$talk/command"
printf '%s' "$source" > "$talk/share"
cp "$here/guest/start" "$talk/start"
chmod +x "$talk/command" "$talk/start"

share() { # share TAG FOLDER [OPTION]
  printf 'local,path=%s,mount_tag=%s,security_model=none,multidevs=remap%s' "${2//,/,,}" "$1" "${3:-}"
}
timeout -k 5 "$limit" "$qemu" -M virt,gic-version=3 -accel tcg,thread=multi -cpu "${KTRACE_ARM64_CPU:-max,pauth-impdef=on}" \
  -smp "${KTRACE_ARM64_CPUS:-$cpus}" -m "${KTRACE_ARM64_MEMORY:-2G}" -nodefaults -display none -no-reboot -serial "file:$talk/console" \
  -kernel "$dir/Image" -initrd "$dir/initrd" -append "console=ttyAMA0 loglevel=4 panic=-1" \
  -virtfs "$(share root "$dir/root" ,readonly=on)" -virtfs "$(share source "$source")" -virtfs "$(share host "$talk")" \
  >&2 < /dev/null 9>&- &
running=$!
tail -f -c +0 -s 0.1 --pid="$running" "$talk/stdout" &
tail -f -c +0 -s 0.1 --pid="$running" "$talk/stderr" >&2 &
status=0
wait "$running" || status=$?
running=
wait
[ ! -s "$talk/status" ] || exit "$(cat "$talk/status")"
tail -n 40 "$talk/console" >&2
[ "$status" != 124 ] || { echo "guest.sh: time is up ($limit s)" >&2; exit 124; }
fail "the guest gave no answer (qemu: $status)"
