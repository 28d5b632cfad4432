// Puts a tracee's CPU mask back if ktrace is killed at the moment when it had narrowed it (placement.h).
//
// A small process that waits for the end of a pipe which only ktrace holds. What is changed at that moment stands in a
// page that both share. It has left ktrace's process group, and has none of its files.
#pragma once

#include <sched.h>
#include <sys/types.h>

#include <atomic>

#include "ktrace/base/ids.h"
#include "ktrace/base/unique_fd.h"

namespace ktrace::tracer {

class AffinityGuard {
 public:
  AffinityGuard() = default;
  ~AffinityGuard();
  AffinityGuard(const AffinityGuard&) = delete;
  AffinityGuard& operator=(const AffinityGuard&) = delete;

  // False: there can be no guard, so leave masks alone.
  bool start();

  // Between the two, the guard gives `tid` the mask `wanted` if ktrace dies.
  void cover(Tid tid, const cpu_set_t& wanted) {
    page_->wanted = wanted;
    page_->tid.store(tid.value, std::memory_order_release);
  }
  void release() { page_->tid.store(0, std::memory_order_release); }

 private:
  struct Page {
    std::atomic<int> tid;
    cpu_set_t wanted;
  };
  [[noreturn]] static void watch(int end_of_ktrace, const Page& page);

  Page* page_ = nullptr;
  UniqueFd life_line_;
  pid_t pid_ = 0;
};

}  // namespace ktrace::tracer
