// Lists of groups (16 bits each in old 32-bit calls), and the capability sets of capget and capset.
#include <fmt/core.h>

#include "decode/symbols.h"
#include "decode/views/helpers.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
namespace {

constexpr uint64_t most_groups = 65536;  // NGROUPS_MAX

void show_groups(ViewContext& context, const ViewValue& value, unsigned width) {
  const uint64_t nobody = width == 2 ? UINT16_MAX : UINT32_MAX;
  const bool failed = context.phase == Phase::exit && context.failed;
  const bool empty = value.params[0] == 0 && value.number != 0 && !failed;
  if ((!empty && only_address(context, value.number)) || value.params[0] > most_groups) {
    return context.sink.address({value.number});
  }
  show_integers(context, value.number, value.params[0], width, [&](uint64_t group) {
    group == nobody ? show_decimal(context.sink, -1) : show_unsigned(context.sink, group);
  });
}

// _LINUX_CAPABILITY_VERSION_2 and 3 have two words per set.
constexpr uint64_t second_version = 0x20071026;
constexpr uint64_t third_version = 0x20080522;

// One word of a set, capabilities from `first` on: 1<<CAP_CHOWN|1<<CAP_KILL|0xfffffe00.
void show_word(ViewContext& context, uint32_t word, unsigned first) {
  constexpr std::size_t text_room = 40;
  std::array<std::array<char, text_room>, 32> texts;
  std::array<std::string_view, 32> names;
  std::size_t count = 0;
  uint32_t rest = word;
  for (unsigned bit = 0; bit < 32; ++bit) {
    if ((word >> bit & 1) == 0) continue;
    const std::string_view name = find_name(spec::sets[spec::ids::set_capability], first + bit, context.abi);
    if (name.empty()) continue;
    const auto end = fmt::format_to_n(texts[count].data(), text_room, "1<<{}", name);
    names[count] = {texts[count].data(), end.size};
    ++count;
    rest &= ~(1u << bit);
  }
  context.sink.symbols({.value = word,
                        .width = 4,
                        .is_flags = true,
                        .base = Base::hex,
                        .names = std::span(names).first(count),
                        .rest = rest,
                        .unknown = "CAP_???"});
}

void show_capabilities(ViewContext& context, uint32_t low, uint32_t high) {
  if (low != 0 || high == 0) show_word(context, low, 0);
  if (low != 0 && high != 0) context.sink.joined();
  if (high != 0) show_word(context, high, 32);
}

}  // namespace

void group_list(ViewContext& context, const ViewValue& value) {
  show_groups(context, value, 4);
}

void group_list16(ViewContext& context, const ViewValue& value) {
  show_groups(context, value, 2);
}

// {effective, permitted, inheritable}, once for the low 32 capabilities and, since version 2, once for the others.
void cap_data(ViewContext& context, const ViewValue& value) {
  const std::optional<uint64_t> header = read_integer(context, context.argument(0), 8);
  std::array<uint8_t, 24> bytes{};
  const uint64_t version = header.value_or(0) & UINT32_MAX;
  const std::size_t size = version == second_version || version == third_version ? 24 : 12;
  if (only_address(context, value.number) || !header ||
      !context.memory.read_all(Address{value.number}, std::span(bytes).first(size))) {
    return context.sink.address({value.number});
  }
  static constexpr std::string_view fields[] = {"effective", "permitted", "inheritable"};
  context.sink.begin(Shape::structure);
  for (std::size_t k = 0; k < 3; ++k) {
    context.sink.field(fields[k]);
    show_capabilities(context, static_cast<uint32_t>(load(&bytes[4 * k], 4)),
                      static_cast<uint32_t>(load(&bytes[12 + 4 * k], 4)));
  }
  context.sink.end();
}

}  // namespace ktrace::decode::views
