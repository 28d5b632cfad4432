// Descriptors that say what a test told them.
#pragma once

#include <map>
#include <string>

#include "ktrace/descriptors.h"

namespace ktrace::fakes {

class FakeDescriptors : public Descriptors {
 public:
  std::map<int, std::string> targets;  // describe()
  std::map<int, std::string> paths;    // path()
  std::map<int, Socket> sockets;
  std::map<int, std::string> comms;
  std::map<int, int> own_pids;
  std::string shown_cwd;
  std::string real_cwd;

  std::string_view describe(int fd) override { return find(targets, fd); }
  std::string_view describe_cwd() override { return shown_cwd; }
  PidNames describe_pid(int pid, PidKind kind) override {
    return {.comm = kind == PidKind::process ? find(comms, pid) : std::string_view{},
            .own = own_pids.contains(pid) ? own_pids.at(pid) : 0};
  }
  std::string_view path(int fd) override { return find(paths, fd); }
  std::string_view cwd() override { return real_cwd; }
  Socket socket(int fd) override {
    const auto i = sockets.find(fd);
    return i == sockets.end() ? Socket{} : i->second;
  }

 private:
  static std::string_view find(const std::map<int, std::string>& in, int key) {
    const auto i = in.find(key);
    return i == in.end() ? std::string_view{} : std::string_view{i->second};
  }
};

}  // namespace ktrace::fakes
