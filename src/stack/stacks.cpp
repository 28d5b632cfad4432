#include "stack/stacks.h"

#include <algorithm>
#include <utility>

namespace ktrace::stack {
namespace {

// Where bounded memory matters more than that a stack has the same number for ever.
constexpr std::size_t most_ids = std::size_t{1} << 20;
constexpr std::size_t most_files = 100'000;
constexpr std::size_t most_frames = std::size_t{1} << 16;

}  // namespace

Stacks::Process& Stacks::process(Tgid tgid) {
  auto& process = processes_[tgid.value];
  if (!process) {
    process = std::make_shared<Process>();
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

void Stacks::executed(Tgid tgid) {
  processes_.erase(tgid.value);
}

// Symbols of a file are taken as true until it is mapped anew: it may have been written to since.
void Stacks::refresh(Tid tid, Process& process) {
  const std::vector<Mapping> before{process.space.mappings().begin(), process.space.mappings().end()};
  if (!process.space.refresh(tid)) return;
  process.frames.clear();
  process.unwinder.flush();
  bool known = false;
  for (const Mapping& mapping : process.space.mappings()) {
    if (!mapping.executable || mapping.inode == 0) continue;
    const auto old = std::ranges::lower_bound(before, mapping.first(), {}, &Mapping::first);
    if (old != before.end() && old->begin == mapping.begin && old->same_file(mapping)) continue;
    if (!seen_.emplace(mapping.device, mapping.inode).second) known = true;
  }
  if (known) symbols_.recheck();
  if (seen_.size() >= most_files) seen_.clear();
}

TakenStack Stacks::take(Tid tid, Tgid tgid, const UnwindRegisters& registers, Memory& memory) {
  Process& here = process(tgid);
  if (here.space.is_stale()) refresh(tid, here);
  const uint64_t sp = registers.values[stack_pointer(registers.abi)];
  const Memo::Place place{.process = here.serial, .generation = here.space.generation(), .ip = registers.ip, .sp = sp};
  const Memo::Entry* const known = memo_.find(place);
  snapshot_.begin(memory, sp, long_bytes(registers.abi), known != nullptr ? known->stack_bytes : 0);
  if (known != nullptr && Memo::holds(*known, registers, snapshot_)) return known->result;
  Walker walker{{.tid = tid, .space = here.space, .memory = memory}, here.modules, here.unwinder, symbols_, snapshot_};
  walker.run(registers, limit_, walk_);
  TakenStack taken = make(tid, here);
  memo_.keep(place, registers, walk_.used, snapshot_, taken);
  return taken;
}

TakenStack Stacks::make(Tid tid, Process& process) {
  auto stack = std::make_shared<KeptStack>();
  stack->frames.reserve(walk_.callers.size());
  for (const Walk::Caller& caller : walk_.callers)
    stack->frames.push_back(frame(tid, process, caller.ip, caller.exact ? Ip::next : Ip::returns));
  stack->end = walk_.cut ? Stack::End::limit : Stack::End::complete;
  stack->id = id_of(stack->frames, walk_.cut);
  return stack;
}

const Frame& Stacks::frame(Tid tid, Process& process, Address ip, Ip kind) {
  if (process.frames.size() >= most_frames) process.frames.clear();
  const auto [at, is_new] = process.frames.try_emplace(ip.value << 1 | (kind == Ip::returns ? 1U : 0U));
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
uint64_t Stacks::id_of(const std::vector<Frame>& frames, bool cut) {
  Digest digest{.a = cut ? 1U : 0U, .b = frames.size()};
  const auto mix = [&digest](uint64_t value) {
    digest.a = (digest.a ^ value) * 0x9e37'79b9'7f4a'7c15;
    digest.a ^= digest.a >> 32;
    digest.b = (digest.b + value) * 0xc2b2'ae3d'27d4'eb4f;
    digest.b ^= digest.b >> 29;
  };
  for (const Frame& frame : frames) {
    mix(frame.mapped ? reinterpret_cast<uintptr_t>(frame.module.data()) : 0);
    mix(frame.mapped ? frame.module_address : frame.ip.value);
    mix(reinterpret_cast<uintptr_t>(frame.symbol.data()) + frame.symbol_offset);
  }
  if (ids_.size() >= most_ids) ids_.clear();
  const auto [at, is_new] = ids_.try_emplace(digest, 0);
  if (is_new) at->second = ++last_id_;
  return at->second;
}

}  // namespace ktrace::stack
