# Packages of Debian, unpacked into folders of the build tree and never installed: toolchain.sh and guest.sh source this.
# They come by apt with a configuration of its own, so neither the packages nor the package lists of the host change.
release=bookworm
gcc=12
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
host_arch=$(dpkg --print-architecture)

fail() {
  echo "${0##*/}: $*" >&2
  exit 125
}

# download DIR ARCH PACKAGE...: the packages and all that they need, as DIR/apt-ARCH/archives/*.deb
download() {
  local apt=$1/apt-$2 arch=$2 mirror
  shift 2
  mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -E '/debian/?$' | head -n 1)}
  [ -n "$mirror" ] || fail "no Debian mirror in apt's sources; set DEBIAN_MIRROR"
  rm -rf "$apt"
  mkdir -p "$apt/lists/partial" "$apt/archives/partial"
  : > "$apt/status"
  echo "deb $mirror $release main" > "$apt/sources.list"
  cat > "$apt/apt.conf" <<END
Dir::State "$apt"; Dir::State::status "$apt/status"; Dir::State::lists "$apt/lists";
Dir::Cache "$apt"; Dir::Cache::archives "$apt/archives"; Dir::Log "$apt";
Dir::Etc::sourcelist "$apt/sources.list"; Dir::Etc::sourceparts "/dev/null"; Dir::Etc::preferencesparts "/dev/null";
APT::Architecture "$arch"; APT::Architectures { "$arch"; }; APT::Install-Recommends "false"; APT::Sandbox::User "root";
Acquire::Languages "none"; Acquire::Retries "3";
END
  { APT_CONFIG=$apt/apt.conf apt-get -q update && APT_CONFIG=$apt/apt.conf apt-get -q -y -d install "$@"; } > "$apt/log" 2>&1 ||
    { tail -n 15 "$apt/log" >&2; fail "apt-get failed for $arch: $*"; }
}

# new_root DIR: an empty root folder with a merged /usr
new_root() {
  local name
  rm -rf "$1"
  for name in bin sbin lib; do
    mkdir -p "$1/usr/$name"
    ln -s "usr/$name" "$1/$name"
  done
}

# unpack DIR ARCH ROOT [TAR-OPTION...]: what was downloaded, then the archives go. Keeps lib -> usr/lib a link.
unpack() {
  local archives=$1/apt-$2/archives root=$3 package
  shift 3
  for package in "$archives"/*.deb; do
    dpkg-deb --fsys-tarfile "$package" |
      tar -x -C "$root" --keep-directory-symlink --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*' "$@"
  done
  rm -rf "$archives"
}

# unpack_host DIR ROOT: programs for this machine, which run with the libc that it has
unpack_host() {
  rm -f "$1/apt-$host_arch"/archives/{libc6,libc-bin,linux-libc-dev}_*.deb
  new_root "$2"
  unpack "$1" "$host_arch" "$2"
}

# relative_links ROOT: links to absolute paths would leave ROOT
relative_links() {
  find "$1" -type l -lname '/*' | while read -r link; do ln -sfnr "$1$(readlink "$link")" "$link"; done
}

# wrapper FILE PROGRAM: FILE runs PROGRAM, a path below FILE's grandparent folder host/usr/bin, with the libraries beside it
wrapper() {
  # shellcheck disable=SC2016
  printf '#!/bin/sh\nusr=$(dirname "$(readlink -f "$0")")/../host/usr\nLD_LIBRARY_PATH=$usr/lib/%s-linux-gnu exec "$usr/bin/%s" "$@"\n' \
    "$(uname -m)" "$2" > "$1"
  chmod +x "$1"
}
