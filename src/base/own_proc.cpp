// See own_proc.h.
#include "base/own_proc.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include <fcntl.h>
#include <unistd.h>

#include "ktrace/base/unique_fd.h"

namespace ktrace::base {
namespace {

bool is_ours() {
  char text[16];
  const ssize_t length = readlink("/proc/self", text, sizeof text);
  int self = 0;
  return length > 0 && std::from_chars(text, text + length, self).ec == std::errc{} && self == getpid();
}

}  // namespace

int proc_number(int id) {
  static const bool ours = is_ours();
  return ours ? id : 0;
}

void read_proc(int id, const char* name, std::string& out, std::size_t most) {
  constexpr std::size_t piece = 4096;  // the kernel tells no more of most files at a time
  std::array<char, 64> path{};
  std::snprintf(path.data(), path.size(), "/proc/%d/%s", proc_number(id), name);
  out.clear();
  const UniqueFd file(open(path.data(), O_RDONLY | O_CLOEXEC));
  while (file.valid() && out.size() < most) {
    const std::size_t before = out.size();
    out.resize(std::min(before + piece, most));
    const ssize_t got = read(file.get(), out.data() + before, out.size() - before);
    out.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got <= 0) return;
  }
}

std::string read_proc(int id, const char* name) {
  std::string text;
  read_proc(id, name, text);
  return text;
}

}  // namespace ktrace::base
