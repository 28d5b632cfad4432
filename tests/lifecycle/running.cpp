#include "running.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>

namespace ktrace::lifecycle {
namespace {

std::string status_line(const std::filesystem::path& status, std::string_view name) {
  std::ifstream file(status);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(name)) return line.substr(line.find_first_not_of(" \t", name.size()));
  }
  return {};
}

}  // namespace

Running::Running(std::vector<std::string> words) {
  std::array<int, 2> input{};
  std::array<int, 2> output{};
  REQUIRE(::pipe2(input.data(), O_CLOEXEC) == 0);
  REQUIRE(::pipe2(output.data(), O_CLOEXEC) == 0);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(input[0], STDIN_FILENO);
    ::dup2(output[1], STDOUT_FILENO);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  ::close(input[0]);
  ::close(output[1]);
  input_.reset(input[1]);
  const UniqueFd ready(output[0]);
  char byte = 0;
  REQUIRE(::read(ready.get(), &byte, 1) == 1);
}

Running::~Running() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, __WALL);
}

int Running::finish() {
  input_.reset();
  int status = -1;
  CHECK(::waitpid(pid_, &status, 0) == pid_);
  pid_ = 0;
  return status;
}

int Running::traced_threads() const {
  int traced = 0;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/" + std::to_string(pid_) + "/task")) {
    const std::string tracer = status_line(thread.path() / "status", "TracerPid:");
    if (!tracer.empty() && tracer != "0") ++traced;
  }
  return traced;
}

char Running::state() const {
  const std::string line = status_line("/proc/" + std::to_string(pid_) + "/status", "State:");
  return line.empty() ? '?' : line.front();
}

bool Running::reaches_state(char letter) const {
  for (int tries = 0; tries < 5000; ++tries) {
    if (state() == letter) return true;
    ::usleep(1000);
  }
  return false;
}

}  // namespace ktrace::lifecycle
