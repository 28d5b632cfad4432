#include "tracer/process_info.h"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "base/own_proc.h"

namespace ktrace::tracer {
namespace {

template <class Visit>
void for_each_entry(Tgid id, const char* folder, Visit visit) {
  DIR* directory = ::opendir(("/proc/" + std::to_string(base::proc_number(id.value)) + "/" + folder).c_str());
  if (!directory) return;
  while (const dirent* entry = ::readdir(directory)) visit(entry->d_name);
  ::closedir(directory);
}

}  // namespace

// The name of the process stands in the file, too, where it may look like a field: but not at the start of a line.
const char* status_field(const std::string& status, const char* name) {
  const auto at = status.find(std::string("\n") + name);
  return at == std::string::npos ? "" : status.c_str() + at + 1 + std::strlen(name);
}

std::optional<ProcessInfo> read_process(Tgid id) {
  constexpr unsigned kernel_thread_flag = 0x0020'0000;  // PF_KTHREAD of linux/sched.h
  const std::string line = base::read_proc(id.value, "stat");
  // `ID (NAME) STATE PARENT GROUP SESSION TTY TTY-GROUP FLAGS`: the name may hold anything, also parentheses.
  const char* open = std::strchr(line.c_str(), '(');
  const char* close = std::strrchr(line.c_str(), ')');
  if (!open || !close) return std::nullopt;
  ProcessInfo info{.id = id, .parent = {}, .session = {}, .name = std::string(open + 1, close)};
  unsigned flags = 0;
  if (std::sscanf(close + 1, " %c %d %*d %d %*d %*d %u", &info.state, &info.parent.value, &info.session.value,
                  &flags) != 4) {
    return std::nullopt;
  }
  info.kernel_thread = (flags & kernel_thread_flag) != 0;
  return info;
}

Stuck read_stuck(Tid tid) {
  const auto info = read_process({tid.value});
  if (!info || info->state == 'Z' || info->state == 'X') return Stuck::dead;
  return info->state == 'D' ? Stuck::hanging : Stuck::no;
}

std::vector<ProcessInfo> all_processes() {
  std::vector<ProcessInfo> all;
  DIR* directory = ::opendir("/proc");
  if (!directory) return all;
  while (const dirent* entry = ::readdir(directory)) {
    const int id = std::atoi(entry->d_name);
    if (id <= 0) continue;
    if (auto info = read_process({id})) all.push_back(*std::move(info));
  }
  ::closedir(directory);
  return all;
}

std::vector<Tid> list_threads(Tgid id) {
  std::vector<Tid> tids;
  for_each_entry(id, "task", [&tids](const char* name) {
    if (const int tid = std::atoi(name); tid > 0) tids.push_back({tid});
  });
  return tids;
}

bool has_userfaultfd(Tgid id) {
  bool found = false;
  for_each_entry(id, "fd", [id, &found](const char* name) {
    constexpr std::string_view wanted = "anon_inode:[userfaultfd]";
    std::array<char, 48> link{};
    std::array<char, 32> target{};
    std::snprintf(link.data(), link.size(), "/proc/%d/fd/%.12s", base::proc_number(id.value), name);
    const ssize_t length = ::readlink(link.data(), target.data(), target.size());
    if (length > 0 && std::string_view(target.data(), static_cast<std::size_t>(length)) == wanted) found = true;
  });
  return found;
}

std::vector<std::string> read_command_line(Tgid id) {
  std::vector<std::string> words;
  const std::string text = base::read_proc(id.value, "cmdline");
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find('\0', from), text.size());
    words.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return words;
}

std::optional<Credentials> read_credentials(Tid tid) {
  const std::string status = base::read_proc(tid.value, "status");
  if (status.empty()) return std::nullopt;
  Credentials found;
  const auto ids = [&status](const char* name, Credentials::Ids& into) {
    std::sscanf(status_field(status, name), "%" SCNu32 " %" SCNu32 " %" SCNu32, &into.real, &into.effective,
                &into.saved);
  };
  std::sscanf(status_field(status, "TracerPid:"), "%d", &found.tracer.value);
  ids("Uid:", found.user);
  ids("Gid:", found.group);
  std::sscanf(status_field(status, "CapPrm:"), "%" SCNx64, &found.permitted);
  std::sscanf(status_field(status, "CapEff:"), "%" SCNx64, &found.effective);
  std::sscanf(status_field(status, "Seccomp:"), "%d", &found.seccomp);
  return found;
}

}  // namespace ktrace::tracer
