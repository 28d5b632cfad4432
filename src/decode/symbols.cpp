// Flags are taken away from the value in listed order, so a name of several bits stands before the names of those bits.
#include "decode/symbols.h"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <span>

#include "decode/scalar.h"

namespace ktrace::decode {
namespace {

std::span<const spec::Item> items_of(const spec::Set& set) {
  return {spec::items + set.first, set.count};
}

bool exists(const spec::Item& item, Abi abi) {
  return (item.abi_mask >> index(abi) & 1) != 0;
}

// `21<<MAP_HUGE_SHIFT`: the name is that of the shift.
std::string_view counter(const spec::Item& item, uint64_t count, Scratch& scratch) {
  char buffer[96];
  const auto end = fmt::format_to_n(buffer, sizeof buffer, "{}<<{}", count, text(item.name));
  return scratch.keep({buffer, std::min(end.size, sizeof buffer)});
}

// Takes the item's bits out of `rest` if they are all there, and notes what they are called.
void match(const spec::Item& item, uint64_t& rest, Abi abi, Scratch& scratch) {
  switch (item.kind) {
    case spec::ItemKind::constant:
      if (item.value == 0 || (rest & item.value) != item.value) return;
      scratch.names.push_back(text(item.name));
      rest &= ~item.value;
      return;
    case spec::ItemKind::part: {
      const std::string_view name = find_name(spec::sets[item.ref], rest & item.value, abi);
      if (name.empty()) return;
      scratch.names.push_back(name);
      rest &= ~item.value;
      return;
    }
    case spec::ItemKind::number: {
      const uint64_t count = item.shift < 64 ? (rest & item.value) >> item.shift : 0;
      if (count == 0) return;
      scratch.names.push_back(counter(item, count, scratch));
      rest &= ~item.value;
      return;
    }
    case spec::ItemKind::zero: return;
  }
}

void name_flags(const spec::Set& set, uint64_t value, Abi abi, Scratch& scratch, uint64_t& rest) {
  rest = value;
  for (const spec::Item& item : items_of(set)) {
    if (!exists(item, abi)) continue;
    const bool names_nothing =
        item.kind == spec::ItemKind::zero || (item.kind == spec::ItemKind::constant && item.value == 0);
    if (value == 0 && names_nothing) {
      scratch.names.push_back(text(item.name));
      return;
    }
    match(item, rest, abi, scratch);
  }
}

}  // namespace

std::string_view find_name(const spec::Set& set, uint64_t value, Abi abi) {
  const auto items = items_of(set);
  auto item =
      std::lower_bound(items.begin(), items.end(), value, [](const spec::Item& i, uint64_t v) { return i.value < v; });
  for (; item != items.end() && item->value == value; ++item) {
    if (exists(*item, abi)) return text(item->name);
  }
  return {};
}

Symbols symbolize(const spec::Set& set, uint64_t value, unsigned width, Abi abi, Scratch& scratch) {
  scratch.names.clear();
  scratch.clear_texts();
  const bool negative = set.is_signed && !set.is_flags;
  Symbols result{.value = negative ? sign_extend(value, width) : zero_extend(value, width),
                 .width = static_cast<uint8_t>(width),
                 .is_signed = negative,
                 .is_flags = set.is_flags != 0,
                 .base = base_of(set.format),
                 .names = {},
                 .rest = 0,
                 .unknown = text(set.unknown),
                 .annotated = set.is_annotated != 0};
  if (set.is_flags) {
    name_flags(set, result.value, abi, scratch, result.rest);
  } else if (const auto name = find_name(set, result.value, abi); !name.empty()) {
    scratch.names.push_back(name);
  } else {
    result.rest = result.value;
  }
  result.names = scratch.names;
  return result;
}

}  // namespace ktrace::decode
