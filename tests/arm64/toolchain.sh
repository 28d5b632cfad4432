#!/usr/bin/env bash
# Fetches a cross compiler for arm64 and a sysroot with the libraries ktrace needs, from Debian's packages, into a folder of
# their own: Debian's g++-aarch64-linux-gnu would remove gcc-multilib from the host, which the 32-bit tests need.
#
#   tests/arm64/toolchain.sh [DIR]      default: build/arm64-toolchain
#
# Afterwards `cmake --preset arm64` uses DIR/bin (compiler) and DIR/root (sysroot). What is there already is not fetched again.
set -euo pipefail
cd "$(dirname "$0")/../.."
dir=${1:-build/arm64-toolchain}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd -P)
release=bookworm
gcc=12
sysroot_packages="libc6-dev libstdc++-$gcc-dev libunwind-dev libdw-dev libelf-dev libbz2-dev libiberty-dev libfmt-dev libcli11-dev doctest-dev linux-libc-dev"
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -E '/debian/?$' | head -n 1)
[ -n "$mirror" ] || { echo "toolchain: no Debian mirror in apt's sources" >&2; exit 1; }

# download ARCH STATUS PACKAGE...: the packages, and what they need beyond those in STATUS, into $dir/apt-ARCH/archives
download() {
  local arch=$1 status=$2 apt=$dir/apt-$1
  shift 2
  mkdir -p "$apt/lists/partial" "$apt/archives/partial"
  cp "$status" "$apt/status"
  echo "deb $mirror $release main" > "$apt/sources.list"
  cat > "$apt/apt.conf" <<END
Dir::State "$apt"; Dir::State::status "$apt/status"; Dir::State::lists "$apt/lists";
Dir::Cache "$apt"; Dir::Cache::archives "$apt/archives"; Dir::Log "$apt";
Dir::Etc::sourcelist "$apt/sources.list"; Dir::Etc::sourceparts "/dev/null"; Dir::Etc::preferencesparts "/dev/null";
APT::Architecture "$arch"; APT::Architectures { "$arch"; }; APT::Install-Recommends "false"; APT::Sandbox::User "root";
Acquire::Languages "none"; Acquire::Retries "3";
END
  { APT_CONFIG=$apt/apt.conf apt-get -q update && APT_CONFIG=$apt/apt.conf apt-get -q -y -d install "$@"; } > "$apt/log" 2>&1 ||
    { tail -n 15 "$apt/log" >&2; echo "toolchain: apt-get failed for $arch: $*" >&2; exit 1; }
}

# unpack ARCH ROOT: every package but the host's libc; keeps lib -> usr/lib a link
unpack() {
  local package root=$2
  rm -rf "$root"
  mkdir -p "$root"/usr/{bin,sbin,lib}
  for package in bin sbin lib; do ln -s "usr/$package" "$root/$package"; done
  for package in "$dir/apt-$1"/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x -C "$root" --keep-directory-symlink --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*'
  done
}

if [ "$(cat "$dir/done" 2>/dev/null)" != "2 $sysroot_packages" ]; then
  # shellcheck disable=SC2086
  download arm64 /dev/null $sysroot_packages
  unpack arm64 "$dir/root"
  find "$dir/root" -type l -lname '/*' | while read -r link; do ln -sfnr "$dir/root$(readlink "$link")" "$link"; done
  download "$(dpkg --print-architecture)" /var/lib/dpkg/status "g++-$gcc-aarch64-linux-gnu"
  rm -f "$dir/apt-$(dpkg --print-architecture)"/archives/{libc6,linux-libc}*.deb  # the sysroot has them
  unpack "$(dpkg --print-architecture)" "$dir/host"
  rm -rf "$dir/bin"
  mkdir "$dir/bin"
  for tool in "$dir"/host/usr/bin/aarch64-linux-gnu-*; do
    name=${tool##*/}
    # shellcheck disable=SC2016
    printf '#!/bin/sh\nhost=$(dirname "$0")/../host/usr\nLD_LIBRARY_PATH=$host/lib/%s-linux-gnu exec "$host/bin/%s" "$@"\n' \
      "$(uname -m)" "$name" > "$dir/bin/${name%-"$gcc"}"
    chmod +x "$dir/bin/${name%-"$gcc"}"
  done
  rm -rf "$dir"/apt-*/archives
  echo "2 $sysroot_packages" > "$dir/done"
fi
"$dir/bin/aarch64-linux-gnu-g++" --version | head -n 1
