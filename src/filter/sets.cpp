// Set arithmetic for filters; see sets.h.
#include "filter/sets.h"

#include <algorithm>

#include "spec/tables.h"

namespace ktrace::filter {
namespace {

// Calls visit(abi, row) for every row of every number table.
template <class Visit>
void for_each_row(Visit visit) {
  for (unsigned a = 0; a < abi_count; a++) {
    const spec::RowRange range = spec::row_ranges[a];
    for (uint32_t i = 0; i < range.count; i++) visit(static_cast<Abi>(a), spec::rows[range.first + i]);
  }
}

uint32_t sub_row_total() {
  uint32_t total = 0;
  for_each_row([&](Abi, const spec::Row& row) {
    if (row.sub_count != 0) total = std::max(total, row.sub + row.sub_count);
  });
  return total;
}

}  // namespace

SyscallSet SyscallSet::all() {
  SyscallSet set;
  set.invert();
  set.settle();
  return set;
}

void SyscallSet::add_sub(uint32_t sub_row) {
  if (subs_.size() <= sub_row) subs_.resize(sub_row + 1, others_);
  subs_[sub_row] = true;
}

void SyscallSet::invert() {
  for (auto& bits : bits_) bits.flip();
  subs_.flip();
  others_ = !others_;
}

void SyscallSet::add_unknown() {
  std::array<std::bitset<slots>, abi_count> known{};
  for_each_row([&](Abi abi, const spec::Row& row) { known[index(abi)].set(slot(abi, row.number)); });
  for (unsigned a = 0; a < abi_count; a++) {
    bits_[a] |= ~known[a];
    reach_[a] |= ~known[a];
  }
}

void SyscallSet::settle() {
  reach_ = bits_;
  for_each_row([&](Abi abi, const spec::Row& row) {
    for (uint32_t i = 0; i < row.sub_count; i++)
      if (test_sub(row.sub + i)) reach_[index(abi)].set(slot(abi, row.number));
  });
  all_ = others_ && std::all_of(bits_.begin(), bits_.end(), [](const auto& bits) { return bits.all(); });
  none_ = !others_ && std::all_of(bits_.begin(), bits_.end(), [](const auto& bits) { return bits.none(); });
  for (uint32_t i = 0, total = sub_row_total(); i < total; i++) {
    all_ = all_ && test_sub(i);
    none_ = none_ && !test_sub(i);
  }
}

std::vector<SyscallSet::Range> SyscallSet::reached(Abi abi) const {
  std::vector<Range> ranges;
  const auto add = [&](uint32_t first, uint32_t last) {
    if (!reaches(abi, first)) return;
    if (!ranges.empty() && ranges.back().last + 1 == first) {
      ranges.back().last = last;
    } else {
      ranges.push_back({first, last});
    }
  };
  for (uint32_t number = 0; number < plain; ++number) add(number, number);
  add(plain, private_base - 1);
  for (uint32_t k = 0; k < private_count; ++k) add(private_base + k, private_base + k);
  add(private_base + private_count, UINT32_MAX);
  return ranges;
}

NumberSet NumberSet::all() {
  NumberSet set;
  set.invert();
  return set;
}

void NumberSet::add(unsigned number) {
  if (bits_.size() <= number) bits_.resize(number + 1);
  bits_[number] = !inverted_;
}

void NumberSet::invert() {
  inverted_ = !inverted_;
}

bool NumberSet::is_all() const {
  return inverted_ && std::find(bits_.begin(), bits_.end(), true) == bits_.end();
}
bool NumberSet::is_none() const {
  return !inverted_ && std::find(bits_.begin(), bits_.end(), true) == bits_.end();
}

}  // namespace ktrace::filter
