#include "tracer/affinity_guard.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <new>

#include "base/close_from.h"

namespace ktrace::tracer {

bool AffinityGuard::start() {
  if (pid_ != 0) return true;
  void* memory = ::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  page_ = new (memory) Page{};
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
  const UniqueFd other_end(ends[0]);
  life_line_.reset(ends[1]);
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);  // the child keeps them blocked: no handler of ktrace's runs there
  pid_ = ::fork();
  if (pid_ == 0) watch(other_end.get(), *page_);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  if (pid_ < 0) pid_ = 0;
  return pid_ != 0;
}

void AffinityGuard::watch(int end_of_ktrace, const Page& page) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_NAME, "ktrace-guard");
  constexpr int kept = 3;
  if (end_of_ktrace != kept) ::dup2(end_of_ktrace, kept);
  for (int fd = 0; fd < kept; ++fd) ::close(fd);
  base::close_from(kept + 1);
  char byte = 0;
  while (::read(kept, &byte, 1) < 0 && errno == EINTR) {
  }
  if (const int tid = page.tid.load(std::memory_order_acquire); tid != 0) {
    ::sched_setaffinity(tid, sizeof page.wanted, &page.wanted);
  }
  ::_exit(0);
}

AffinityGuard::~AffinityGuard() {
  life_line_.reset();
  if (pid_ != 0) {
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  if (page_) ::munmap(page_, sizeof *page_);
}

}  // namespace ktrace::tracer
