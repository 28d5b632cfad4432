// What mapping calls and NUMA calls say in words of their own: mapping flags, offsets in pages, masks of nodes, the
// place of pages.
#include <fmt/core.h>

#include <algorithm>

#include "base/errors.h"
#include "decode/symbols.h"
#include "decode/views/helpers.h"
#include "spec/ids.h"
#include "spec/tables.h"

namespace ktrace::decode::views {
namespace {

constexpr uint64_t type_mask = 0xf;  // MAP_TYPE
constexpr unsigned huge_shift = 26;  // MAP_HUGE_SHIFT
constexpr uint64_t huge_mask = uint64_t{0x3f} << huge_shift;

// The or-ed parts of mapping flags, in the order of printing.
class Parts {
 public:
  void add(std::string_view name) {
    if (count_ < names_.size()) names_[count_++] = name;
  }
  template <class... Args>
  void add_text(fmt::format_string<Args...> format, Args&&... args) {
    if (texts_used_ == texts_.size()) return;
    auto& text = texts_[texts_used_++];
    const auto end = fmt::format_to_n(text.data(), text.size(), format, std::forward<Args>(args)...);
    add({text.data(), std::min(end.size, text.size())});
  }
  [[nodiscard]] std::span<const std::string_view> names() const { return std::span(names_).first(count_); }

 private:
  std::array<std::string_view, 32> names_;
  std::array<std::array<char, 40>, 3> texts_;
  std::size_t count_ = 0;
  std::size_t texts_used_ = 0;
};

}  // namespace

void mmap_flags(ViewContext& context, const ViewValue& value) {
  Parts parts;
  const auto flags = static_cast<uint32_t>(value.number);  // the kernel ignores the upper half
  const uint64_t type = flags & type_mask;
  const std::string_view name = find_name(spec::sets[spec::ids::set_mmap_type], type, context.abi);
  if (name.empty()) {
    parts.add_text("{:#x} /* MAP_??? */", type);
  } else {
    parts.add(name);
  }
  uint64_t rest = flags & ~type_mask & ~huge_mask;
  const spec::Set& bits = spec::sets[spec::ids::set_mmap_bits];
  for (const spec::Item& item : std::span(spec::items + bits.first, bits.count)) {
    if ((item.abi_mask >> index(context.abi) & 1) == 0 || (rest & item.value) != item.value) continue;
    parts.add(text(item.name));
    rest &= ~item.value;
  }
  if (rest != 0) parts.add_text("{:#x}", rest);
  if (const uint64_t huge = flags & huge_mask; huge != 0) parts.add_text("{}<<MAP_HUGE_SHIFT", huge >> huge_shift);
  context.sink.symbols(
      {.value = value.number, .width = 8, .is_flags = true, .base = Base::hex, .names = parts.names()});
}

void page_offset(ViewContext& context, const ViewValue& value) {
  constexpr unsigned page_bits = 12;
  show_hex(context.sink, value.number << page_bits);
}

// The members of the block stand there like arguments.
void old_mmap_args(ViewContext& context, const ViewValue& value) {
  std::array<uint8_t, 24> bytes{};
  if (value.number == 0 || !context.memory.read_all(Address{value.number}, bytes)) {
    return context.sink.address({value.number});
  }
  const spec::Record& block = spec::records[spec::ids::record_old_mmap_block];
  for (uint32_t k = 0; k < block.count; ++k) {
    const spec::Field& field = spec::fields[block.first + k];
    if (k != 0) context.sink.argument(text(field.name));
    context.show_type(field.type, std::span(bytes).subspan(4 * k, 4));
  }
}

void memfd_create_flags(ViewContext& context, const ViewValue& value) {
  Parts parts;
  const uint64_t huge = value.number & huge_mask;  // MFD_HUGE_SHIFT is MAP_HUGE_SHIFT
  uint64_t rest = value.number & ~huge_mask;
  const spec::Set& bits = spec::sets[spec::ids::set_memfd_flags];
  for (const spec::Item& item : std::span(spec::items + bits.first, bits.count)) {
    if ((rest & item.value) != item.value) continue;
    parts.add(text(item.name));
    rest &= ~item.value;
  }
  if (rest != 0 && parts.names().empty()) {
    parts.add_text("{:#x} /* MFD_??? */", rest);
  } else if (rest != 0) {
    parts.add_text("{:#x}", rest);
  }
  if (huge != 0) parts.add_text("{}<<MFD_HUGE_SHIFT", huge >> huge_shift);
  context.sink.symbols(
      {.value = value.number, .width = 4, .is_flags = true, .base = Base::hex, .names = parts.names()});
}

// Words with all their digits, C's %#0*lx: 0x00000000000003, and zeros without 0x.
void nodemask(ViewContext& context, const ViewValue& value) {
  const uint64_t maxnode = value.params[0];
  const unsigned width = context.long_bytes();
  const uint64_t bits = uint64_t{8} * width;
  const uint64_t words = (maxnode - 1 + bits - 1) / bits;
  const bool nothing = maxnode == 0 && value.number != 0 && context.options.dereference;
  if (!nothing && (only_address(context, value.number) || words == 0)) {
    return context.sink.address({value.number});
  }
  show_integers(context, value.number, words, width, [&](uint64_t word) {
    char text[24];
    const auto end = word == 0 ? fmt::format_to_n(text, sizeof text, "{:0{}}", word, 2 * width)
                               : fmt::format_to_n(text, sizeof text, "{:#0{}x}", word, 2 * width);
    context.sink.expression(word, {text, end.size});
  });
}

void resident(ViewContext& context, const ViewValue& value) {
  show_unsigned(context.sink, value.number & 1);
}

void page_status(ViewContext& context, const ViewValue& value) {
  const auto status = static_cast<int32_t>(value.number);
  const bool may_be_error = status < 0 && status > -4096;  // MAX_ERRNO, include/linux/err.h
  const std::string_view name = may_be_error ? base::error_name(-status).name : std::string_view{};
  if (name.empty()) return show_decimal(context.sink, status);
  char text[32];
  const auto end = fmt::format_to_n(text, sizeof text, "-{}", name);
  const std::string_view symbol(text, end.size);
  context.sink.symbols(
      {.value = value.number, .width = 4, .is_signed = true, .base = Base::decimal, .names = {&symbol, 1}});
}

}  // namespace ktrace::decode::views
