// The three ways to read a tracee's memory, on a child that is stopped and has two readable pages with a gap behind.

#include <doctest/doctest.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <vector>

#include "tracer/memory.h"

namespace ktrace::tracer {
namespace {

constexpr std::size_t page = 4096;

class Child {
 public:
  Child() {
    pages_ =
        static_cast<uint8_t*>(::mmap(nullptr, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    for (std::size_t i = 0; i < 2 * page; ++i) pages_[i] = static_cast<uint8_t>(i * 7);
    ::munmap(pages_ + 2 * page, page);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
      ::raise(SIGSTOP);
      ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(pid_, &status, 0) == pid_);
  }
  ~Child() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    ::munmap(pages_, 2 * page);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] Tid tid() const { return {pid_}; }
  [[nodiscard]] Address address(std::size_t offset) const { return {reinterpret_cast<uintptr_t>(pages_) + offset}; }
  [[nodiscard]] const uint8_t* expected(std::size_t offset) const { return pages_ + offset; }

 private:
  int pid_ = 0;
  uint8_t* pages_ = nullptr;
};

TEST_CASE("memory is read by every way, up to the first unreadable byte") {
  const Child child;
  for (const auto way : {MemoryWays::Way::process_vm, MemoryWays::Way::proc_mem, MemoryWays::Way::peek}) {
    MemoryWays ways(way);
    TraceeMemory memory(ways, child.tid());
    for (const std::size_t offset : {std::size_t{0}, std::size_t{3}, page - 1, page + 5, 2 * page - 9}) {
      for (const std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{8}, std::size_t{100}, 2 * page}) {
        std::vector<uint8_t> bytes(size);
        const std::size_t readable = std::min(size, 2 * page - offset);
        CHECK(memory.read(child.address(offset), bytes) == readable);
        CHECK(std::memcmp(bytes.data(), child.expected(offset), readable) == 0);
      }
    }
    std::vector<uint8_t> bytes(16);
    CHECK(memory.read(child.address(2 * page), bytes) == 0);
    CHECK(memory.read({0}, bytes) == 0);
    CHECK(memory.read({~uint64_t{0} - 3}, bytes) == 0);
    CHECK(memory.read(child.address(0), {}) == 0);
  }
}

TEST_CASE("memory of a process that is gone is not there") {
  MemoryWays ways;
  TraceeMemory memory(ways, {0x3fffffff});
  std::vector<uint8_t> bytes(16);
  CHECK(memory.read({0x1000}, bytes) == 0);
}

}  // namespace
}  // namespace ktrace::tracer
