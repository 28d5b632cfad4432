#include "tracer/memory.h"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/own_proc.h"
#include "tracer/ptrace_calls.h"

namespace ktrace::tracer {
namespace {

constexpr std::size_t page_size = 4096;  // or a multiple of it: only used to cut reads where access may end

// Copies page by page with `read_piece`, so that an unreadable page costs only what lies behind it.
template <class ReadPiece>
std::size_t by_pages(Address from, std::span<uint8_t> to, ReadPiece read_piece) {
  std::size_t done = 0;
  while (done < to.size()) {
    const std::size_t to_boundary = page_size - ((from.value + done) & (page_size - 1));
    const std::size_t wanted = std::min(to_boundary, to.size() - done);
    const std::size_t got = read_piece(from + done, to.subspan(done, wanted));
    done += got;
    if (got < wanted) break;
  }
  return done;
}

std::size_t read_process_vm(Tid tid, Address from, std::span<uint8_t> to) {
  const iovec local{.iov_base = to.data(), .iov_len = to.size()};
  const iovec remote{.iov_base = reinterpret_cast<void*>(from.value),  // NOLINT(performance-no-int-to-ptr)
                     .iov_len = to.size()};
  const ssize_t got = ::process_vm_readv(tid.value, &local, 1, &remote, 1, 0);
  return got < 0 ? 0 : static_cast<std::size_t>(got);
}

std::size_t read_peek(Tid tid, Address from, std::span<uint8_t> to) {
  std::size_t done = 0;
  while (done < to.size()) {
    const uint64_t at = from.value + done;
    const uint64_t skipped = at % sizeof(unsigned long);
    const auto word = ptrace::peek(tid, {at - skipped});
    if (!word) break;
    std::array<uint8_t, sizeof *word> bytes{};
    std::memcpy(bytes.data(), &*word, bytes.size());
    const std::size_t count = std::min<std::size_t>(bytes.size() - skipped, to.size() - done);
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(skipped), count,
                to.begin() + static_cast<std::ptrdiff_t>(done));
    done += count;
  }
  return done;
}

// What page permissions forbid is written all the same, as by a debugger (proc(5), /proc/PID/mem).
std::size_t write_file(Tid tid, Address to, std::span<const uint8_t> bytes) {
  std::array<char, 32> path{};
  std::snprintf(path.data(), path.size(), "/proc/%d/mem", base::proc_number(tid.value));
  const UniqueFd file(::open(path.data(), O_WRONLY | O_CLOEXEC));
  if (!file.valid()) return 0;
  const ssize_t done = ::pwrite64(file.get(), bytes.data(), bytes.size(), static_cast<off64_t>(to.value));
  return done < 0 ? 0 : static_cast<std::size_t>(done);
}

std::size_t write_poke(Tid tid, Address to, std::span<const uint8_t> bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const uint64_t at = to.value + done;
    const uint64_t skipped = at % sizeof(unsigned long);
    const auto old = ptrace::peek(tid, {at - skipped});
    if (!old) break;
    unsigned long word = *old;
    const std::size_t count = std::min<std::size_t>(sizeof word - skipped, bytes.size() - done);
    std::memcpy(reinterpret_cast<uint8_t*>(&word) + skipped, bytes.data() + done, count);
    if (!ptrace::poke(tid, {at - skipped}, word)) break;
    done += count;
  }
  return done;
}

}  // namespace

// The file first: it touches no byte beside. Where there is none, or it forces no permissions (the kernel's
// proc_mem.force_override=never), the rest goes word by word.
std::size_t write_memory(Tid tid, Address to, std::span<const uint8_t> bytes) {
  const std::size_t done = write_file(tid, to, bytes);
  return done + write_poke(tid, to + done, bytes.subspan(done));
}

// Nothing: the file cannot be opened. Its address space is that of the moment it was opened, see forget().
std::optional<std::size_t> MemoryWays::read_file(Tid tid, Address from, std::span<uint8_t> to) {
  if (!file_.valid() || opened_for_ != tid) {
    std::array<char, 32> path{};
    std::snprintf(path.data(), path.size(), "/proc/%d/mem", base::proc_number(tid.value));
    file_.reset(::open(path.data(), O_RDONLY | O_CLOEXEC));
    opened_for_ = tid;
    if (!file_.valid()) return std::nullopt;
  }
  const ssize_t got = ::pread64(file_.get(), to.data(), to.size(), static_cast<off64_t>(from.value));
  return got < 0 ? 0 : static_cast<std::size_t>(got);
}

std::size_t MemoryWays::read(Tid tid, Address from, std::span<uint8_t> to, Way best) {
  // What the file can read is there: process_vm_readv does not wait for it, and leaves out what the tracee may not
  // read.
  const bool asks_file = best != Way::process_vm && first_ == Way::process_vm;
  const std::optional<std::size_t> present = asks_file ? read_file(tid, from, to) : to.size();
  to = to.first(present.value_or(to.size()));
  if (to.empty()) return 0;
  if (first_ == Way::process_vm && present) {
    errno = 0;
    const std::size_t got = read_process_vm(tid, from, to);
    if (got == to.size() || errno == ESRCH) return got;
    if (got != 0 || errno == EFAULT) {
      // Up to the first unreadable page, whatever the kernel makes of an element that spans several.
      return got + by_pages(from + got, to.subspan(got),
                            [tid](Address a, std::span<uint8_t> s) { return read_process_vm(tid, a, s); });
    }
    // EPERM: a sandbox, or this tracee alone (an unreadable executable). ENOSYS: there will never be such a call.
    if (errno == ENOSYS) first_ = Way::proc_mem;
  }
  if (first_ != Way::peek) {
    if (const auto got = read_file(tid, from, to)) return *got;
  }
  return by_pages(from, to, [tid](Address a, std::span<uint8_t> s) { return read_peek(tid, a, s); });
}

}  // namespace ktrace::tracer
