#include "session/explain_command.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <optional>
#include <string_view>

#include <fmt/core.h>

#include "base/quote.h"
#include "ktrace/base/unique_fd.h"

namespace ktrace::session {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "'";
  base::append_escaped(out, text);
  return out.append("'");
}

std::optional<struct stat> look_at(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return status;
}

bool may_execute(mode_t mode) {
  return (mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
}

std::string not_executable(const std::string& path) {
  return fmt::format("{} is there, but nobody may execute it: chmod +x {}", quoted(path), quoted(path));
}

bool is_shell_builtin(std::string_view name) {
  constexpr std::array<std::string_view, 22> builtins{
      "alias", "bg",   "cd",  "eval",  "exec",   "exit", "export", "fg",     "jobs",  "let",   "popd",
      "pushd", "read", "set", "shift", "source", "trap", "type",   "ulimit", "umask", "unset", "wait"};
  return std::ranges::find(builtins, name) != builtins.end();
}

// The first bytes of a file: enough for a #! line and, as a rule, for the headers of a program.
std::string read_start(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  std::array<char, 4096> bytes{};
  const ssize_t got = fd.valid() ? ::pread(fd.get(), bytes.data(), bytes.size(), 0) : -1;
  return got > 0 ? std::string(bytes.data(), static_cast<std::size_t>(got)) : std::string();
}

// Of a script that begins with #!.
std::optional<std::string> script_interpreter(const std::string& start) {
  if (!start.starts_with("#!")) return std::nullopt;
  const std::size_t from = std::min(start.find_first_not_of(" \t", 2), start.size());
  return start.substr(from, std::min(start.find_first_of(" \t\n", from), start.size()) - from);
}

template <class T>
std::optional<T> at(const std::string& bytes, std::size_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
  T value{};
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

// PT_INTERP: the loader of shared libraries.
template <class Header, class Segment>
std::optional<std::string> loader_of(const std::string& start) {
  const auto header = at<Header>(start, 0);
  if (!header) return std::nullopt;
  for (std::size_t i = 0; i < header->e_phnum; ++i) {
    const auto segment = at<Segment>(start, static_cast<std::size_t>(header->e_phoff) + i * sizeof(Segment));
    if (!segment) return std::nullopt;
    if (segment->p_type != PT_INTERP || segment->p_offset >= start.size()) continue;
    const auto offset = static_cast<std::size_t>(segment->p_offset);
    return start.substr(offset, std::min(start.find('\0', offset), start.size()) - offset);
  }
  return std::nullopt;
}

bool is_elf(const std::string& start) {
  return start.size() > EI_CLASS && start.starts_with(ELFMAG);
}

std::optional<std::string> loader_of(const std::string& start) {
  if (!is_elf(start)) return std::nullopt;
  return start[EI_CLASS] == ELFCLASS32 ? loader_of<Elf32_Ehdr, Elf32_Phdr>(start)
                                       : loader_of<Elf64_Ehdr, Elf64_Phdr>(start);
}

std::string explain_missing_interpreter(const std::string& path, const std::string& start) {
  if (const auto interpreter = script_interpreter(start)) {
    if (interpreter->ends_with('\r'))
      return fmt::format("the #! line of {} ends in a carriage return, as files of DOS do: its interpreter is {}",
                         quoted(path), quoted(*interpreter));
    return fmt::format("{} is there, but its interpreter {} is not", quoted(path), quoted(*interpreter));
  }
  if (const auto loader = loader_of(start)) {
    return fmt::format(
        "{} is there, but the loader of its libraries {} is not: those of its architecture are not "
        "installed",
        quoted(path), quoted(*loader));
  }
  return quoted(path) + " or something that it needs does not exist";
}

std::string explain_format(const std::string& path, const std::string& start) {
  if (is_elf(start)) {
    const auto header = at<Elf32_Ehdr>(start, 0);
    return fmt::format("{} is a program for another machine (ELF, {} bit, machine {})", quoted(path),
                       start[EI_CLASS] == ELFCLASS32 ? 32 : 64, header ? header->e_machine : 0);
  }
  if (start.empty()) return quoted(path) + " is empty";
  if (script_interpreter(start)) return quoted(path) + " has a #! line that names no interpreter which can be run";
  if (start.find('\0') != std::string::npos) return quoted(path) + " is in no format that the kernel knows";
  return fmt::format("{} has no #! line: give it one, or run it with its interpreter, such as: sh {}", quoted(path),
                     quoted(path));
}

std::string explain_denied(const std::string& path) {
  const auto status = look_at(path);
  if (!status) return "a directory on the way to " + quoted(path) + " may not be searched";
  if (S_ISDIR(status->st_mode)) return quoted(path) + " is a directory";
  if (!S_ISREG(status->st_mode)) return quoted(path) + " is no regular file";
  if (!may_execute(status->st_mode)) return not_executable(path);
  struct statvfs system {};
  if (::statvfs(path.c_str(), &system) == 0 && (system.f_flag & ST_NOEXEC) != 0)
    return quoted(path) + " is on a file system that is mounted noexec";
  if (const auto interpreter = script_interpreter(read_start(path))) {
    const auto other = look_at(*interpreter);
    if (other && (!S_ISREG(other->st_mode) || !may_execute(other->st_mode)))
      return fmt::format("the interpreter {} of {} is not executable", quoted(*interpreter), quoted(path));
  }
  return fmt::format("the user may not execute {}, or may not search a directory on the way to it", quoted(path));
}

// Which part of a path is the one that is not as it should be.
std::string first_wrong_part(const std::string& path) {
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    std::string part = path.substr(0, slash);
    struct stat status {};
    if (::lstat(part.c_str(), &status) != 0) return part;
    const auto target = look_at(part);
    if (!target || slash == std::string::npos) return part;
    if (!S_ISDIR(target->st_mode)) return part;
  }
}

}  // namespace

std::vector<std::string> explain_not_found(const std::string& name, const char* search) {
  if (name.empty()) return {};
  if (!search) return {"PATH is not set: name the program with its directory"};
  for (std::string_view rest = search; !rest.empty();) {
    const std::string_view directory = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(rest.size(), directory.size() + 1));
    std::string path(directory.empty() ? "." : directory);
    path.append("/").append(name);
    const auto status = look_at(path);
    if (!status) continue;
    if (S_ISDIR(status->st_mode)) return {quoted(path) + " is a directory"};
    return {may_execute(status->st_mode) ? explain_denied(path) : not_executable(path)};
  }
  if (const auto here = look_at(name); here && S_ISREG(here->st_mode)) {
    return {fmt::format("there is one in the current directory, which PATH does not name: did you mean {}?",
                        quoted("./" + name))};
  }
  if (is_shell_builtin(name)) return {quoted(name) + " is a command of the shell itself: sh -c '" + name + " ...'"};
  return {};
}

std::vector<std::string> explain_no_file(const std::string& path, int error) {
  const std::string part = first_wrong_part(path);
  if (error == ENOTDIR) return {quoted(part) + " is no directory"};
  if (error == EACCES) return {"a directory on the way to " + quoted(part) + " may not be searched"};
  if (error != ENOENT) return {};
  std::array<char, PATH_MAX> target{};
  const ssize_t length = ::readlink(part.c_str(), target.data(), target.size());
  if (length > 0) {
    return {fmt::format("{} is a link to {}, which does not exist", quoted(part),
                        quoted({target.data(), static_cast<std::size_t>(length)}))};
  }
  return part == path ? std::vector<std::string>{} : std::vector{"there is no directory " + quoted(part)};
}

std::vector<std::string> explain_not_executed(const std::string& path, int error) {
  switch (error) {
    case ENOENT: return {explain_missing_interpreter(path, read_start(path))};
    case ENOEXEC: return {explain_format(path, read_start(path))};
    case EACCES: return {explain_denied(path)};
    case ETXTBSY: return {quoted(path) + " is open for writing"};
    case E2BIG: return {"the arguments and the environment are longer than the kernel takes (ulimit -s)"};
    default: return {};
  }
}

}  // namespace ktrace::session
