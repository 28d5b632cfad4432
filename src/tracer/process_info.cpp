#include "tracer/process_info.h"

#include <dirent.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

#include "base/own_proc.h"

namespace ktrace::tracer {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

File open_proc(int id, const char* name) {
  std::array<char, 48> path{};
  std::snprintf(path.data(), path.size(), "/proc/%d/%s", base::proc_number(id), name);
  return File(std::fopen(path.data(), "re"));
}

template <class Visit>
void for_each_entry(Tgid id, const char* folder, Visit visit) {
  DIR* directory = ::opendir(("/proc/" + std::to_string(base::proc_number(id.value)) + "/" + folder).c_str());
  if (!directory) return;
  while (const dirent* entry = ::readdir(directory)) visit(entry->d_name);
  ::closedir(directory);
}

}  // namespace

std::optional<ProcessInfo> read_process(Tgid id) {
  constexpr unsigned kernel_thread_flag = 0x0020'0000;  // PF_KTHREAD of linux/sched.h
  const File file = open_proc(id.value, "stat");
  if (!file) return std::nullopt;
  std::array<char, 512> line{};
  const std::size_t length = std::fread(line.data(), 1, line.size() - 1, file.get());
  line[length] = '\0';
  // `ID (NAME) STATE PARENT GROUP SESSION TTY TTY-GROUP FLAGS`: the name may hold anything, also parentheses.
  const char* open = std::strchr(line.data(), '(');
  const char* close = std::strrchr(line.data(), ')');
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
  constexpr std::size_t most = std::size_t{128} << 10;
  std::vector<std::string> words;
  const File file = open_proc(id.value, "cmdline");
  if (!file) return words;
  std::string text;
  std::array<char, 4096> block{};
  while (text.size() < most) {
    const std::size_t got = std::fread(block.data(), 1, block.size(), file.get());
    if (got == 0) break;
    text.append(block.data(), got);
  }
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find('\0', from), text.size());
    words.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return words;
}

std::optional<Credentials> read_credentials(Tid tid) {
  const File file = open_proc(tid.value, "status");
  if (!file) return std::nullopt;
  Credentials found;
  std::array<char, 512> line{};
  const auto ids = [&line](const char* format, Credentials::Ids& into) {
    std::sscanf(line.data(), format, &into.real, &into.effective, &into.saved);
  };
  while (std::fgets(line.data(), line.size(), file.get())) {
    std::sscanf(line.data(), "TracerPid: %d", &found.tracer.value);
    ids("Uid: %" SCNu32 " %" SCNu32 " %" SCNu32, found.user);
    ids("Gid: %" SCNu32 " %" SCNu32 " %" SCNu32, found.group);
    std::sscanf(line.data(), "CapPrm: %" SCNx64, &found.permitted);
    std::sscanf(line.data(), "CapEff: %" SCNx64, &found.effective);
    std::sscanf(line.data(), "Seccomp: %d", &found.seccomp);
  }
  return found;
}

}  // namespace ktrace::tracer
