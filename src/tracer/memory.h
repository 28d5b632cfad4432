// A tracee's memory. process_vm_readv(2) first: it sees what the tracee itself could read. /proc/PID/mem and
// PTRACE_PEEKDATA, the ways that remain where a sandbox forbids it, also read pages that the tracee may not
// (they force their way), which only matters for what a hostile or odd program passes to the kernel.
//
// A page of userfaultfd(2) comes when some process cares to fill it in, or never. process_vm_readv waits for it, and no
// signal but SIGKILL ends that. The file, which may not let go of the tracee's mappings to wait, says EIO at once:
// where such pages may be, it is asked first what is there.
#pragma once

#include <optional>

#include "ktrace/base/unique_fd.h"
#include "ktrace/memory.h"

namespace ktrace::tracer {

// The ways, best first. The open file is of the one address space read last.
class MemoryWays {
 public:
  enum class Way : uint8_t { process_vm, proc_mem, peek };
  explicit MemoryWays(Way first = Way::process_vm) : first_(first) {}

  // By none of the ways before `best`.
  std::size_t read(Tid tid, Address from, std::span<uint8_t> to, Way best = Way::process_vm);

  // The tracee has (or may have) another address space now.
  void forget(Tid tid) {
    if (opened_for_ == tid) file_.reset();
  }

 private:
  std::optional<std::size_t> read_file(Tid tid, Address from, std::span<uint8_t> to);

  Way first_;
  UniqueFd file_;
  Tid opened_for_;
};

// Also where the tracee itself may not write. Returns how many bytes were written, up to the first that cannot be.
std::size_t write_memory(Tid tid, Address to, std::span<const uint8_t> bytes);

class TraceeMemory final : public Memory {
 public:
  TraceeMemory(MemoryWays& ways, Tid tid) : ways_(&ways), tid_(tid) {}
  std::size_t read(Address from, std::span<uint8_t> to) override { return ways_->read(tid_, from, to, best_); }
  void rename(Tid tid) { tid_ = tid; }

  // Some of its pages may never come.
  void distrust() { best_ = MemoryWays::Way::proc_mem; }
  void trust() { best_ = MemoryWays::Way::process_vm; }
  [[nodiscard]] bool distrusted() const { return best_ != MemoryWays::Way::process_vm; }

 private:
  MemoryWays* ways_;
  Tid tid_;
  MemoryWays::Way best_ = MemoryWays::Way::process_vm;
};

}  // namespace ktrace::tracer
