// Which calls the descriptions mark for the tracer, on each ABI. Without such a mark a call passes for harmless, and
// nothing else would show it.
#include <doctest/doctest.h>

#include <set>
#include <sstream>
#include <string>

#include "spec/lookup.h"
#include "spec/traits.h"

using namespace ktrace;

namespace {

constexpr Abi all_abis[] = {Abi::x86_64, Abi::i386, Abi::aarch64, Abi::arm};

std::set<std::string> names_with(Abi abi, uint32_t traits) {
  std::set<std::string> out;
  for (const MarkedCall& call : spec::call_traits().on(abi))
    if ((call.traits & traits) != 0) out.emplace(spec::syscall_name(abi, call.number));
  return out;
}

// Those of `names` that there are on the ABI.
std::set<std::string> known(Abi abi, const char* names) {
  std::set<std::string> out;
  std::istringstream words(names);
  for (std::string word; words >> word;)
    if (spec::find_row(abi, word) != nullptr) out.insert(word);
  return out;
}

void check(uint32_t traits, const char* names) {
  CAPTURE(traits);
  for (const Abi abi : all_abis) {
    CAPTURE(abi_name(abi));
    CHECK(names_with(abi, traits) == known(abi, names));
  }
}

}  // namespace

TEST_CASE("calls that could lead out of the tracer's sight are marked") {
  check(trait_filters, "seccomp");
  check(trait_may_filter, "prctl");
  check(trait_may_trace, "ptrace");
  check(trait_lazy_memory, "userfaultfd");
  check(trait_may_lazy_memory, "ioctl");
  check(trait_clones, "clone");
  check(trait_clones3, "clone3");
}

TEST_CASE("calls that could observe the CPU mask are marked") {
  check(trait_births, "clone clone3 fork vfork");
  check(trait_sees_mask,
        "sched_setaffinity sched_getaffinity execve execveat io_uring_setup io_uring_enter io_uring_register "
        "readv preadv preadv2 sendfile sendfile64 splice copy_file_range");
  check(trait_reads_file, "read pread64");
  check(trait_keeps_fds, "write pwrite64 lseek _llseek");
}

TEST_CASE("calls that have done nothing when they give EINTR are marked") {
  check(trait_restarts,
        "epoll_wait epoll_pwait epoll_pwait2 semop semtimedop semtimedop_time64 ipc rt_sigtimedwait "
        "rt_sigtimedwait_time64 io_getevents io_pgetevents io_pgetevents_time64 read write recv recvfrom recvmsg send "
        "sendto sendmsg accept accept4");
}

TEST_CASE("calls that map code are marked") {
  for (const Abi abi : all_abis) {
    CAPTURE(abi_name(abi));
    const bool in_memory = is_32_bit(abi);  // the arguments of mmap
    CHECK(names_with(abi, trait_maps) == known(abi, in_memory ? "mmap2" : "mmap"));
    CHECK(names_with(abi, trait_remaps) ==
          known(abi, in_memory ? "mmap remap_file_pages shmat shmdt ipc" : "remap_file_pages shmat shmdt"));
  }
  check(trait_unmaps, "munmap");
  check(trait_protects, "mprotect pkey_mprotect");
  check(trait_moves, "mremap");
}

TEST_CASE("what has no mark has no traits") {
  const CallTraits traits = spec::call_traits();
  for (const Abi abi : all_abis) {
    CHECK(traits.of(abi, spec::find_row(abi, "close")->number) == 0);
    CHECK(traits.of(abi, spec::find_row(abi, "connect")->number) == 0);
    CHECK(traits.of(abi, ~uint64_t{0}) == 0);
  }
  CHECK(CallTraits{}.of(Abi::x86_64, 0) == 0);
}
