// See file_uses.h.
#include "session/file_uses.h"

#include <algorithm>
#include <utility>

namespace ktrace::session {
namespace {

using Role = decode::Decoder::Role;

constexpr int current_directory = -100;  // AT_FDCWD

resolve::DecodeFds paths_and_sockets() {
  resolve::DecodeFds decode;
  decode.path = decode.socket = true;
  return decode;
}

}  // namespace

FileUses::FileUses(decode::Decoder& decoder, Sink& sink)
    : decoder_(decoder), sink_(sink), descriptors_(paths_and_sockets(), {}) {}

void FileUses::add_descriptor(std::vector<Use>& uses, int fd, Role role) {
  std::string_view name = descriptors_.path(fd);
  if (name.starts_with("socket:")) name = descriptors_.describe(fd);
  if (name.empty() || std::ranges::find(uses, name, &Use::name) != uses.end()) return;
  uses.push_back({.name = std::string(name), .role = role});
}

void FileUses::add_path(std::vector<Use>& uses, std::string_view path, int directory) {
  if (path.empty()) return;  // AT_EMPTY_PATH: the directory is meant, or nothing
  std::string name;
  if (!path.starts_with('/')) {
    while (path.starts_with("./")) path.remove_prefix(2);
    name = directory == current_directory ? descriptors_.cwd() : descriptors_.path(directory);
    if (!name.ends_with('/')) name.push_back('/');
    if (path == ".") name.pop_back(), path = {};
  }
  name.append(path);
  if (std::ranges::find(uses, name, &Use::name) == uses.end()) uses.push_back({.name = name, .by_path = true});
}

void FileUses::enter(CallState& call, Memory& memory, std::vector<Use>& uses) {
  uses.clear();
  descriptors_.select(call.tid);
  decoder_.files(call, {.memory = memory, .descriptors = descriptors_, .abi = call.abi},
                 {.fd = [&](int fd, Role role) { add_descriptor(uses, fd, role); },
                  .path = [&](std::string_view path, int directory) { add_path(uses, path, directory); }});
}

void FileUses::leave(const CallState& call, const decode::Decoder::Moved& moved, std::vector<Use>& uses) {
  if (moved.opened) {
    // What was opened has one name however its path was written.
    std::erase_if(uses, [](const Use& use) { return use.by_path; });
    descriptors_.select(call.tid);
    add_descriptor(uses, *moved.opened, Role::any);
  }
  bool first = true;
  for (const Use& use : uses) {
    FileUse told{.name = use.name};
    if (std::exchange(first, false)) {
      told.bytes_read = moved.read;
      told.bytes_written = moved.written;
    }
    if (use.role == Role::from) told.bytes_read = moved.between;
    if (use.role == Role::to) told.bytes_written = moved.between;
    sink_.file(call, told);
  }
}

}  // namespace ktrace::session
