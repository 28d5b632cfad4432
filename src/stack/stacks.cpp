#include "stack/stacks.h"

#include <elf.h>
#include <sys/auxv.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "base/own_proc.h"
#include "stack/libunwind.h"
#include "stack/query_mapping.h"

namespace ktrace::stack {
namespace {

// Where bounded memory matters more than that a stack has the same number for ever.
constexpr std::size_t most_ids = std::size_t{1} << 20;
constexpr std::size_t most_files = 100'000;
constexpr std::size_t most_frames = std::size_t{1} << 16;

// Where the program itself begins, as the kernel told it: AT_ENTRY. 0: not known.
Address entry_of(Tid tid, Abi abi) {
  const std::string bytes = base::read_proc(tid.value, "auxv");
  const std::size_t word = long_bytes(abi);
  for (std::size_t at = 0; at + 2 * word <= bytes.size(); at += 2 * word) {
    uint64_t type = 0;
    uint64_t value = 0;
    std::memcpy(&type, bytes.data() + at, word);
    std::memcpy(&value, bytes.data() + at + word, word);
    if (type == AT_ENTRY) return {value};
  }
  return {};
}

}  // namespace

Stacks::Process& Stacks::process(Tgid tgid) {
  auto& process = processes_[tgid.value];
  if (!process) {
    process = std::make_shared<Process>();
    process->space = AddressSpace([this](const Mapping& mapping) { note_code(mapping); });
    process->serial = ++serial_;
  }
  return *process;
}

void Stacks::mapping_changed(Tgid tgid, Address begin, uint64_t length, bool executable) {
  AddressSpace& space = process(tgid).space;
  if (length != 0) return space.changed(begin, length, executable);
  space.changed();
}

void Stacks::shares_memory(Tgid child, Tgid parent) {
  process(parent);
  processes_[child.value] = processes_[parent.value];
}

void Stacks::prepare() {
  symbols_.prepare();
  // The dynamic linker and the C library are most probably those that ktrace itself has.
  expect_own(::getauxval(AT_BASE));
  expect_own(reinterpret_cast<uintptr_t>(&::getppid));
  static_cast<void>(Libunwind::load());
}

// Nearly every stack leads through the program. Its symbols are read while it goes on.
void Stacks::executed(const Begin& begin) {
  processes_.erase(begin.process.value);
  AddressSpace& space = process(begin.process).space;
  space.attach(begin.tid);
  if (const Mapping* const mapping = space.find_code(entry_of(begin.tid, begin.abi)))
    symbols_.expect(begin.tid, *mapping);
}

// Code of this very process.
void Stacks::expect_own(uint64_t at) {
  Mapping mapping;
  const Tid self{::getpid()};
  if (at != 0 && query_mapping(self, {at}, mapping) == Queried::found) symbols_.expect(self, mapping);
}

void Stacks::ended(Tgid tgid) {
  processes_.erase(tgid.value);
  if (processes_.empty()) symbols_.rest();
}

// Symbols of a file are taken as true until it is mapped anew: it may have been written to since.
void Stacks::note_code(const Mapping& mapping) {
  if (!seen_.emplace(mapping.device, mapping.inode).second) symbols_.recheck();
  if (seen_.size() >= most_files) seen_.clear();
}

void Stacks::attach(Tid tid, Process& process) {
  process.space.attach(tid);
  if (std::exchange(process.generation, process.space.generation()) == process.space.generation()) return;
  process.frames = std::make_shared<KeptFrames>();
  process.trail.clear();
  const uint64_t files = process.space.files_generation();
  if (std::exchange(process.files_generation, files) != files) process.unwinder.flush();
}

TakenStack Stacks::take(const Thread& thread) {
  Process& here = process(thread.process);
  attach(thread.tid, here);
  const uint64_t sp = thread.sp.value;
  const Memo::Place place{.process = here.serial, .generation = here.generation, .ip = thread.ip, .sp = sp};
  const Memo::Entry* const known = memo_.find(place);
  const std::size_t bytes = std::max(known != nullptr ? known->stack_bytes : 0, here.trail.bytes_from(sp));
  snapshot_.begin(thread.memory, sp, long_bytes(thread.abi), bytes);
  if (known != nullptr && Memo::holds_by_itself(*known, stack_pointer(thread.abi), snapshot_)) return known->result;
  const auto registers = thread.registers();
  if (!registers) return nullptr;
  // 64-bit code can call as 32-bit code does.
  if (registers->abi != thread.abi) snapshot_.begin(thread.memory, sp, long_bytes(registers->abi));
  if (known != nullptr && Memo::holds(*known, *registers, snapshot_)) return known->result;
  Walker walker{{.tid = thread.tid, .space = here.space, .memory = thread.memory},
                {.modules = here.modules, .native = here.unwinder, .trail = here.trail},
                symbols_,
                snapshot_};
  walker.run(*registers, limit_, walk_);
  TakenStack taken = make(thread.tid, here);
  memo_.keep(place, *registers, walk_.used, snapshot_, taken);
  return taken;
}

TakenStack Stacks::make(Tid tid, Process& process) {
  auto stack = std::make_shared<KeptStack>();
  stack->frames.reserve(walk_.callers.size());
  if (process.frames->size() >= most_frames) process.frames = std::make_shared<KeptFrames>();
  stack->store = process.frames;
  for (const Walk::Caller& caller : walk_.callers)
    stack->frames.push_back(&frame(tid, process, caller.ip, caller.exact ? Ip::next : Ip::returns));
  stack->end = walk_.cut ? Stack::End::limit : Stack::End::complete;
  stack->id = id_of(stack->frames, walk_.cut);
  return stack;
}

const Frame& Stacks::frame(Tid tid, Process& process, Address ip, Ip kind) {
  const auto [at, is_new] = process.frames->try_emplace(ip.value << 1 | (kind == Ip::returns ? 1U : 0U));
  Frame& frame = at->second;
  if (!is_new) return frame;
  frame.ip = ip;
  const Mapping* const mapping = process.space.find_code(ip);
  if (mapping == nullptr || mapping->path.empty()) return frame;
  const Location location = symbols_.locate(tid, *mapping, ip, kind);
  frame.mapped = true;
  frame.deleted = mapping->deleted;
  frame.module = location.module;
  frame.build_id = location.build_id;
  frame.symbol = location.symbol;
  frame.file = location.file;
  frame.module_address = location.module_address;
  frame.symbol_offset = location.symbol_offset;
  frame.line = location.line;
  return frame;
}

// The same for what looks the same, in whatever process: modules and the addresses in them. Names of modules are kept
// once, so that their place tells them apart.
uint64_t Stacks::id_of(const std::vector<const Frame*>& frames, bool cut) {
  Digest digest{.a = cut ? 1U : 0U, .b = frames.size()};
  const auto mix = [&digest](uint64_t value) {
    digest.a = (digest.a ^ value) * 0x9e37'79b9'7f4a'7c15;
    digest.a ^= digest.a >> 32;
    digest.b = (digest.b + value) * 0xc2b2'ae3d'27d4'eb4f;
    digest.b ^= digest.b >> 29;
  };
  for (const Frame* const frame : frames) {
    mix(frame->mapped ? reinterpret_cast<uintptr_t>(frame->module.data()) : 0);
    mix(frame->mapped ? frame->module_address : frame->ip.value);
    mix(reinterpret_cast<uintptr_t>(frame->symbol.data()) + frame->symbol_offset);
  }
  if (ids_.size() >= most_ids) ids_.clear();
  const auto [at, is_new] = ids_.try_emplace(digest, 0);
  if (is_new) at->second = ++last_id_;
  return at->second;
}

}  // namespace ktrace::stack
