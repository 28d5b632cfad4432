// A program finds the ABI, then the number among the boundaries of a list of segments, each of which has one verdict.
// Few segments are looked through one after the other, many by halving; the cheaper one is taken, by the steps that an
// average call needs (every segment counted once), then by length. Since Linux 5.11 the kernel works out beforehand for
// which numbers a program always says "allow", so what is left to run it are mostly the calls that stop anyway.
#include "tracer/seccomp.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>

#include <algorithm>
#include <cstddef>

namespace ktrace::tracer {
namespace {

using Code = std::vector<sock_filter>;

constexpr uint32_t new_userfaultfd = 0xaa00;  // USERFAULTFD_IOC_NEW of linux/userfaultfd.h, since Linux 6.1
constexpr uint32_t x32_first = 0x4000'0000, x32_last = 0x7fff'ffff;

// A call has at most one of them.
constexpr uint32_t concerning = trait_filters | trait_may_filter | trait_may_trace | trait_lazy_memory |
                                trait_may_lazy_memory | trait_clones | trait_clones3;

constexpr uint32_t audit_arch(Abi abi) {
  switch (abi) {
    case Abi::x86_64: return AUDIT_ARCH_X86_64;
    case Abi::i386: return AUDIT_ARCH_I386;
    case Abi::aarch64: return AUDIT_ARCH_AARCH64;
    case Abi::arm: return AUDIT_ARCH_ARM;
  }
  return 0;
}

sock_filter statement(unsigned code, uint32_t k) {
  return {.code = static_cast<uint16_t>(code), .jt = 0, .jf = 0, .k = k};
}
sock_filter jump(unsigned code, uint32_t k, std::size_t yes, std::size_t no) {
  return {.code = static_cast<uint16_t>(BPF_JMP | code | BPF_K),
          .jt = static_cast<uint8_t>(yes),
          .jf = static_cast<uint8_t>(no),
          .k = k};
}
sock_filter load(std::size_t offset) {
  return statement(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offset));
}
sock_filter verdict(uint32_t action) {
  return statement(BPF_RET | BPF_K, action);
}
void append(Code& code, const Code& more) {
  code.insert(code.end(), more.begin(), more.end());
}

// The lower halves of arguments; all supported ABIs are little-endian.
constexpr std::size_t first_argument = offsetof(seccomp_data, args);
constexpr std::size_t second_argument = first_argument + sizeof(uint64_t);

enum class Verdict : uint8_t { allow, stop, stop_if_untraced, stop_if_filter, stop_if_tracer, stop_if_userfault };

Code code_of(Verdict what) {
  switch (what) {
    case Verdict::allow: return {verdict(SECCOMP_RET_ALLOW)};
    case Verdict::stop: return {verdict(SECCOMP_RET_TRACE)};
    case Verdict::stop_if_untraced:
      return {load(first_argument), jump(BPF_JSET, CLONE_UNTRACED, 0, 1), verdict(SECCOMP_RET_TRACE),
              verdict(SECCOMP_RET_ALLOW)};
    case Verdict::stop_if_filter:
      return {load(first_argument), jump(BPF_JEQ, PR_SET_SECCOMP, 0, 1), verdict(SECCOMP_RET_TRACE),
              verdict(SECCOMP_RET_ALLOW)};
    case Verdict::stop_if_tracer:
      return {load(first_argument),
              jump(BPF_JEQ, PTRACE_TRACEME, 2, 0),
              jump(BPF_JEQ, PTRACE_ATTACH, 1, 0),
              jump(BPF_JEQ, PTRACE_SEIZE, 0, 1),
              verdict(SECCOMP_RET_TRACE),
              verdict(SECCOMP_RET_ALLOW)};
    case Verdict::stop_if_userfault:
      return {load(second_argument), jump(BPF_JEQ, new_userfaultfd, 0, 1), verdict(SECCOMP_RET_TRACE),
              verdict(SECCOMP_RET_ALLOW)};
  }
  return {};
}

// From `first` to the next one's.
struct Segment {
  uint32_t first;
  Verdict verdict;
};
using Segments = std::vector<Segment>;

Verdict verdict_for(uint32_t number, uint32_t traits, const std::vector<CallRange>& wanted, Abi abi) {
  const auto holds = [number](const CallRange& range) { return number >= range.first && number <= range.last; };
  if (std::ranges::any_of(wanted, holds)) return Verdict::stop;
  if ((traits & (trait_clones3 | trait_filters | trait_lazy_memory)) != 0) return Verdict::stop;
  if ((traits & trait_clones) != 0) return Verdict::stop_if_untraced;
  if ((traits & trait_may_filter) != 0) return Verdict::stop_if_filter;
  if ((traits & trait_may_trace) != 0) return Verdict::stop_if_tracer;
  if ((traits & trait_may_lazy_memory) != 0) return Verdict::stop_if_userfault;
  return abi == Abi::x86_64 && number >= x32_first && number <= x32_last ? Verdict::stop : Verdict::allow;
}

Segments segments_of(const std::vector<CallRange>& wanted, const CallTraits& traits, Abi abi) {
  std::vector<uint32_t> boundaries{0};
  const auto add = [&boundaries](uint32_t first, uint32_t last) {
    boundaries.push_back(first);
    if (last != UINT32_MAX) boundaries.push_back(last + 1);
  };
  for (const CallRange& range : wanted) add(range.first, range.last);
  for (const MarkedCall& call : traits.on(abi)) {
    if ((call.traits & concerning) != 0) add(call.number, call.number);
  }
  if (abi == Abi::x86_64) add(x32_first, x32_last);
  std::ranges::sort(boundaries);
  Segments segments;
  for (const uint32_t first : boundaries) {
    const Verdict here = verdict_for(first, traits.of(abi, first), wanted, abi);
    if (segments.empty() || segments.back().verdict != here) segments.push_back({first, here});
  }
  return segments;
}

// Jumps over `near` if the number is not below `first`.
void branch(Code& code, uint32_t first, const Code& near) {
  if (near.size() <= UINT8_MAX) {
    code.push_back(jump(BPF_JGE, first, near.size(), 0));
  } else {
    code.push_back(jump(BPF_JGE, first, 0, 1));
    code.push_back(statement(BPF_JMP | BPF_JA, static_cast<uint32_t>(near.size())));
  }
}

Code in_turn(std::span<const Segment> segments) {
  Code code;
  for (std::size_t k = 0; k + 1 < segments.size(); ++k) {
    const Code here = code_of(segments[k].verdict);
    branch(code, segments[k + 1].first, here);
    append(code, here);
  }
  append(code, code_of(segments.back().verdict));
  return code;
}

Code by_halves(std::span<const Segment> segments) {
  if (segments.size() == 1) return code_of(segments.front().verdict);
  const std::size_t half = segments.size() / 2;
  const Code below = by_halves(segments.first(half));
  Code code;
  branch(code, segments[half].first, below);
  append(code, below);
  append(code, by_halves(segments.subspan(half)));
  return code;
}

// Comparisons for all segments together.
std::size_t steps_in_turn(std::size_t count) {
  return (count - 1) * (count + 2) / 2;
}
std::size_t steps_by_halves(std::size_t count) {
  return count == 1 ? 0 : count + steps_by_halves(count / 2) + steps_by_halves(count - count / 2);
}

Code block_for(const std::vector<CallRange>& wanted, const CallTraits& traits, Abi abi) {
  const Segments segments = segments_of(wanted, traits, abi);
  const bool few = steps_in_turn(segments.size()) <= steps_by_halves(segments.size());
  Code code{load(offsetof(seccomp_data, nr))};
  append(code, few ? in_turn(segments) : by_halves(segments));
  return code;
}

}  // namespace

std::optional<std::vector<sock_filter>> seccomp_program(const WantedCalls& wanted, const CallTraits& traits) {
  Code program{load(offsetof(seccomp_data, arch))};
  for (const Abi abi : {native_abi, compat_abi}) {
    const Code block = block_for(abi == native_abi ? wanted.native : wanted.compat, traits, abi);
    program.push_back(jump(BPF_JEQ, audit_arch(abi), 1, 0));
    program.push_back(statement(BPF_JMP | BPF_JA, static_cast<uint32_t>(block.size())));
    append(program, block);
  }
  program.push_back(verdict(SECCOMP_RET_TRACE));
  if (program.size() > BPF_MAXINSNS) return std::nullopt;
  return program;
}

FilterConcern concern_of(const SyscallEntry& entry, const CallTraits& traits) {
  // x32 has the numbers of x86_64 for most of these, with its bit.
  const uint64_t number = entry.abi == Abi::x86_64 ? entry.number & ~uint64_t{x32_first} : entry.number;
  const uint32_t call = traits.of(entry.abi, number) & concerning;
  const uint64_t first = entry.args[0];
  switch (call) {
    case trait_filters: return FilterConcern::own_filter;
    case trait_may_filter: return first == PR_SET_SECCOMP ? FilterConcern::own_filter : FilterConcern::none;
    case trait_clones: return (first & CLONE_UNTRACED) != 0 ? FilterConcern::untraced_child : FilterConcern::none;
    case trait_clones3: return FilterConcern::untraced_child3;
    case trait_lazy_memory: return FilterConcern::lazy_memory;
    case trait_may_lazy_memory:
      return entry.args[1] == new_userfaultfd ? FilterConcern::lazy_memory : FilterConcern::none;
    case trait_may_trace: {
      const bool is_tracing = first == PTRACE_TRACEME || first == PTRACE_ATTACH || first == PTRACE_SEIZE;
      return is_tracing ? FilterConcern::other_tracer : FilterConcern::none;
    }
  }
  return FilterConcern::none;
}

}  // namespace ktrace::tracer
