#include "session/mapping_calls.h"

#include <sys/mman.h>

#include "spec/lookup.h"

namespace ktrace::session {
namespace {

using Kind = MappingCalls::Kind;

struct Named {
  std::string_view name;
  Kind kind;
};
// `mmap` of a 32-bit ABI has its arguments in memory, where they may have changed since.
constexpr Named calls[] = {
    {"mmap", Kind::map},
    {"mmap2", Kind::map},
    {"munmap", Kind::unmap},
    {"mprotect", Kind::protect},
    {"pkey_mprotect", Kind::protect},
    {"mremap", Kind::move},
    {"remap_file_pages", Kind::other},
    {"shmat", Kind::other},
    {"shmdt", Kind::other},
    {"ipc", Kind::other},
};

Kind kind_on(const Named& call, Abi abi) {
  return call.name == "mmap" && is_32_bit(abi) ? Kind::other : call.kind;
}

}  // namespace

MappingCalls::MappingCalls() {
  for (const Abi abi : {native_abi, compat_abi}) {
    auto& kinds = kinds_[index(abi)];
    for (const Named& call : calls) {
      const spec::Row* const row = spec::find_row(abi, call.name);
      if (row == nullptr) continue;
      if (kinds.size() <= row->number) kinds.resize(row->number + 1);
      kinds[row->number] = kind_on(call, abi);
    }
  }
}

std::vector<uint32_t> MappingCalls::numbers(Abi abi) {
  std::vector<uint32_t> numbers;
  for (const Named& call : calls)
    if (const spec::Row* const row = spec::find_row(abi, call.name)) numbers.push_back(row->number);
  return numbers;
}

void MappingCalls::tell(stack::Stacks& stacks, Kind kind, const CallState& call) {
  if (call.outcome.is_error && call.outcome.available) return;
  const uint64_t mask = is_32_bit(call.abi) ? 0xffff'ffff : ~uint64_t{0};
  const Address first{call.args[0]};
  const uint64_t length = call.args[1];
  const bool executable = (call.args[2] & PROT_EXEC) != 0;
  switch (kind) {
    case Kind::none: return;
    case Kind::map:
      if (length == 0) return;
      return stacks.mapping_changed(call.tgid, {static_cast<uint64_t>(call.outcome.value) & mask}, length, executable);
    case Kind::protect:
      if (length == 0) return;
      return stacks.mapping_changed(call.tgid, first, length, executable);
    case Kind::unmap: return stacks.mapping_changed(call.tgid, first, length, false);
    case Kind::move:
      // Grown in place it reaches into what was free; moved, it may take the place of something.
      stacks.mapping_changed(call.tgid, first, length == 0 ? 1 : length, false);
      if (call.args[2] != 0)
        stacks.mapping_changed(call.tgid, {static_cast<uint64_t>(call.outcome.value) & mask}, call.args[2], false);
      return;
    case Kind::other: return stacks.mapping_changed(call.tgid, {}, 0, true);
  }
}

}  // namespace ktrace::session
