// See live_descriptors.h. What the kernel says of a descriptor is the link /proc/TID/fd/N: a path, to which it adds
// ` (deleted)` when the file has lost its name, or something like `socket:[INODE]`, `anon_inode:[eventfd]`.
#include "resolve/live_descriptors.h"

#include <charconv>
#include <cinttypes>
#include <iterator>
#include <utility>

#include <fmt/core.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/signals.h"
#include "resolve/procfs.h"

namespace ktrace::resolve {
namespace {

constexpr std::string_view deleted_mark = " (deleted)";
constexpr std::string_view escaped = "<>";  // they are our own brackets
constexpr std::string_view pidfd_path = "anon_inode:[pidfd]";
constexpr int last_signal = 64;

template <class Integer>
std::optional<Integer> parse(std::string_view text, int base) {
  Integer value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

// `socket:[123]` -> 123
std::optional<uint64_t> socket_inode(std::string_view path) {
  constexpr std::string_view prefix = "socket:[";
  if (path.substr(0, prefix.size()) != prefix || path.back() != ']') return {};
  return parse<uint64_t>(path.substr(prefix.size(), path.size() - prefix.size() - 1), 10);
}

// `[INT TERM]`, or `~[KILL STOP]` if two thirds of the signals are in it: the form of strace's signal sets.
void append_signals(std::string& out, uint64_t set, DecodeFds::Signals how) {
  if (__builtin_popcountll(set) >= last_signal * 2 / 3) {
    out.push_back('~');
    set = ~set;
  }
  out.push_back('[');
  for (int number = 1; number <= last_signal; number++) {
    if ((set >> (number - 1) & 1) == 0) continue;
    if (out.back() != '[') out.push_back(' ');
    const std::string_view name = base::signal_name(number).substr(3);
    switch (how) {
      case DecodeFds::Signals::names: out.append(name); break;
      case DecodeFds::Signals::numbers: out.append(std::to_string(number)); break;
      case DecodeFds::Signals::both: out.append(fmt::format("{} /* {} */", number, name)); break;
    }
  }
  out.push_back(']');
}

// Address family and protocol of a socket by the kernel's name of the protocol; of NETLINK the protocol is not in it.
Descriptors::Socket socket_of(std::string_view name) {
  struct Known {
    std::string_view name;
    Descriptors::Socket socket;
  };
  static constexpr Known table[] = {
      {"UNIX", {AF_UNIX, 0}},     {"UNIX-STREAM", {AF_UNIX, 0}}, {"TCP", {AF_INET, 6}},
      {"UDP", {AF_INET, 17}},     {"UDPLITE", {AF_INET, 136}},   {"DCCP", {AF_INET, 33}},
      {"SCTP", {AF_INET, 132}},   {"PING", {AF_INET, 1}},        {"RAW", {AF_INET, -1}},
      {"TCPv6", {AF_INET6, 6}},   {"UDPv6", {AF_INET6, 17}},     {"UDPLITEv6", {AF_INET6, 136}},
      {"DCCPv6", {AF_INET6, 33}}, {"SCTPv6", {AF_INET6, 132}},   {"PINGv6", {AF_INET6, 58}},
      {"RAWv6", {AF_INET6, -1}},  {"NETLINK", {AF_NETLINK, -1}}, {"PACKET", {AF_PACKET, -1}},
  };
  for (const Known& known : table)
    if (known.name == name) return known.socket;
  return {};
}

}  // namespace

// A file may be called "x (deleted)". It is deleted if that path leads elsewhere, or nowhere.
void LiveDescriptors::strip_deleted(int fd) {
  deleted_ = false;
  const std::string_view path = path_;
  if (path.size() <= deleted_mark.size() || path.substr(path.size() - deleted_mark.size()) != deleted_mark) return;
  // A file that is open under this name is one that the kernel knows by it.
  if (const auto opened = stat_fd(tid_, fd); opened && is_name_of(path_, *opened)) return;
  path_.resize(path_.size() - deleted_mark.size());
  deleted_ = true;
}

bool LiveDescriptors::describe_socket(int fd) {
  const auto inode = socket_inode(path_);
  if (!inode) return false;
  text_ = sockets_.describe(*inode, socket_protocol(tid_, fd), fds_.strings_in_hex);
  return true;
}

bool LiveDescriptors::describe_device(int fd) {
  if (path_.front() != '/' || deleted_) return false;
  const auto status = stat_fd(tid_, fd);
  if (!status || (!S_ISCHR(status->mode) && !S_ISBLK(status->mode))) return false;
  base::append_escaped(text_, path_, fds_.strings_in_hex, escaped);
  fmt::format_to(std::back_inserter(text_), "<{} {}:{}", S_ISCHR(status->mode) ? "char" : "block", status->major,
                 status->minor);
  // The master side of a pseudo terminal tells which slave it has (proc_pid_fdinfo(5)).
  if (S_ISCHR(status->mode) && status->major == 5 && status->minor == 2) {  // ptmx, admin-guide/devices.txt
    if (const FdInfo info(tid_, fd); !info.value("tty-index").empty())
      text_.append(" @/dev/pts/").append(info.value("tty-index"));
  }
  text_.push_back('>');
  return true;
}

bool LiveDescriptors::describe_eventfd(int fd) {
  if (path_ != "anon_inode:[eventfd]") return false;
  const FdInfo info(tid_, fd);
  const auto count = parse<uint64_t>(info.value("eventfd-count"), 16);
  if (!count) return false;
  text_ = fmt::format("{{eventfd-count={}", *count == 0 ? "0" : fmt::format("{:#x}", *count));
  for (const std::string_view key : {"eventfd-id", "eventfd-semaphore"})
    if (const std::string_view value = info.value(key); !value.empty())
      text_.append(fmt::format(", {}={}", key, value));
  text_.push_back('}');
  return true;
}

bool LiveDescriptors::describe_pidfd(int fd) {
  if (path_ != pidfd_path) return false;
  const auto pid = parse<int>(FdInfo(tid_, fd).value("Pid"), 10);
  if (!pid || *pid <= 0) return false;
  const std::string comm(this->comm(Tid{*pid}));
  text_ = comm.empty() ? fmt::format("pid:{}", *pid) : fmt::format("pid:{}<{}>", *pid, comm);
  return true;
}

bool LiveDescriptors::describe_signalfd(int fd) {
  if (path_ != "anon_inode:[signalfd]") return false;
  const auto set = parse<uint64_t>(FdInfo(tid_, fd).value("sigmask"), 16);
  if (!set) return false;
  text_ = "signalfd:";
  append_signals(text_, *set, fds_.signals);
  return true;
}

std::string_view LiveDescriptors::describe(int fd) {
  text_.clear();
  if (!fds_.any()) return {};
  path(fd);
  if (path_.empty()) return {};
  if (fds_.socket && describe_socket(fd)) return text_;
  if (fds_.device && describe_device(fd)) return text_;
  if (fds_.eventfd && describe_eventfd(fd)) return text_;
  if (fds_.pidfd && describe_pidfd(fd)) return text_;
  if (fds_.signalfd && describe_signalfd(fd)) return text_;
  if (fds_.pidfd && path_ == pidfd_path) return text_ = path_;  // its process is gone; strace does not quote this one
  if (!fds_.path) return {};
  base::append_escaped(text_, path_, fds_.strings_in_hex, escaped);
  if (deleted_) text_.append(deleted_target);
  return text_;
}

std::string_view LiveDescriptors::describe_cwd() {
  text_.clear();
  if (fds_.path) base::append_escaped(text_, cwd(), fds_.strings_in_hex, escaped);
  return text_;
}

std::string_view LiveDescriptors::describe_of(int pid, int fd) {
  const Tid own = std::exchange(tid_, Tid{pid});
  const std::string_view found = describe(fd);
  tid_ = own;
  return found;
}

int LiveDescriptors::pid_of(int pidfd) {
  return parse<int>(FdInfo(tid_, pidfd).value("Pid"), 10).value_or(-1);
}

std::string_view LiveDescriptors::comm(Tid tid) {
  text_.clear();
  if (!pids_.comm) return text_;
  read_comm(tid.value, comm_);
  base::append_escaped(text_, comm_, fds_.strings_in_hex, escaped);
  return text_;
}

Descriptors::PidNames LiveDescriptors::describe_pid(int pid, PidKind kind) {
  if (pid <= 0 || (!pids_.comm && !pids_.pid_namespace)) return {};
  const int own = pid_namespaces_.translate(tid_, pid, kind);
  if (own == 0) return {};
  return {.comm = kind == PidKind::process ? comm(Tid{own}) : std::string_view{},
          .own = pids_.pid_namespace && own != pid ? own : 0};
}

std::string_view LiveDescriptors::namespace_of(int pid, std::string_view name) {
  const Tid who = pid == 0 ? tid_ : Tid{pid_namespaces_.translate(tid_, pid, PidKind::process)};
  text_.clear();
  if (who.value != 0) read_link(who, std::string("ns/").append(name), text_);
  return text_;
}

std::string_view LiveDescriptors::path(int fd) {
  read_fd_link(tid_, fd, path_);
  strip_deleted(fd);
  return path_;
}

std::string_view LiveDescriptors::cwd() {
  read_link(tid_, "cwd", path_);
  return path_;
}

Descriptors::Socket LiveDescriptors::socket(int fd) {
  path(fd);
  const auto inode = path_.empty() ? std::nullopt : socket_inode(path_);
  if (!inode) return {};
  Socket found = socket_of(socket_protocol(tid_, fd));
  if (found.family == AF_NETLINK) found.protocol = sockets_.netlink_protocol(*inode);
  return found;
}

// In our own network namespace, which may not be the tracee's: so does strace.
std::string_view LiveDescriptors::interface_name(unsigned index) {
  char name[IF_NAMESIZE];
  text_ = if_indextoname(index, name) != nullptr ? name : "";
  return text_;
}

}  // namespace ktrace::resolve
