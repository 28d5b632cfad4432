#include "stack/memo.h"

#include <algorithm>

namespace ktrace::stack {
namespace {

// Words further away than this are not read in one piece.
constexpr uint64_t most_stack_bytes = uint64_t{32} << 10;

}  // namespace

std::size_t Memo::slot(const Place& place) {
  uint64_t hash = place.ip.value * 0x9e37'79b9'7f4a'7c15 + place.sp;
  hash = (hash ^ (hash >> 29)) * 0xbf58'476d'1ce4'e5b9 + place.process;
  return (hash ^ (hash >> 32)) & (size - 1);
}

Memo::Entry* Memo::find(const Place& place) {
  Entry& entry = entries_[slot(place)];
  const Place& was = entry.place;
  const bool same = entry.result && was.process == place.process && was.generation == place.generation &&
                    was.ip == place.ip && was.sp == place.sp;
  return same ? &entry : nullptr;
}

namespace {

bool words_hold(const Memo::Entry& entry, Snapshot& stack) {
  for (const Snapshot::Word& word : entry.words) {
    uint64_t value = 0;
    if (!stack.peek(word.at, value) || value != word.value) return false;
  }
  return true;
}

}  // namespace

bool Memo::holds(const Entry& entry, const UnwindRegisters& registers, Snapshot& stack) {
  for (const auto& [number, value] : entry.registers)
    if (registers.values[number] != value) return false;
  return words_hold(entry, stack);
}

bool Memo::holds_by_itself(const Entry& entry, unsigned stack_pointer, Snapshot& stack) {
  return std::ranges::all_of(entry.registers, [&](const auto& one) { return one.first == stack_pointer; }) &&
         words_hold(entry, stack);
}

void Memo::keep(const Place& place, const UnwindRegisters& registers, uint64_t used, const Snapshot& stack,
                std::shared_ptr<const KeptStack> result) {
  Entry& entry = entries_[slot(place)];
  entry.place = place;
  entry.result = std::move(result);
  entry.registers.clear();
  for (unsigned number = 0; number < UnwindRegisters::most; ++number)
    if ((used >> number & 1) != 0) entry.registers.emplace_back(number, registers.values[number]);
  entry.words.assign(stack.words().begin(), stack.words().end());
  uint64_t last = 0;
  for (const Snapshot::Word& word : entry.words)
    last = std::max(last, word.at < place.sp ? ~uint64_t{0} : word.at - place.sp);
  entry.stack_bytes = last < most_stack_bytes ? static_cast<std::size_t>(last) + stack.word_bytes() : 0;
}

}  // namespace ktrace::stack
