// Numbers whose names are made of others: masks of numbered bits (1<<_UFFDIO_COPY), errors as the kernel returns them
// (-EPERM); and arrays of a structure of which another member says how much of them counts.
#include "decode/views/made_names.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <string>

#include "base/errors.h"
#include "decode/symbols.h"
#include "decode/views/helpers.h"
#include "spec/ids.h"
#include "spec/tables.h"

namespace ktrace::decode::views {

void show_numbered_bits(ViewContext& context, uint32_t numbers, uint64_t value, unsigned width) {
  const spec::Set& set = spec::sets[numbers];
  std::array<std::string, 64> texts;
  std::array<std::string_view, 64> names;
  std::size_t count = 0;
  uint64_t rest = value;
  for (unsigned bit = 0; bit < 64; ++bit) {
    if ((value >> bit & 1) == 0) continue;
    const std::string_view name = find_name(set, bit, context.abi);
    if (name.empty()) continue;
    texts[count] = fmt::format("1<<{}", name);
    names[count] = texts[count];
    ++count;
    rest &= ~(uint64_t{1} << bit);
  }
  context.sink.symbols({.value = value,
                        .width = static_cast<uint8_t>(width),
                        .is_flags = true,
                        .names = {names.data(), count},
                        .rest = rest,
                        .unknown = text(set.unknown)});
}

void uffd_api_requests(ViewContext& context, const ViewValue& value) {
  show_numbered_bits(context, spec::ids::set_uffd_api_request, value.number, 8);
}

void uffd_range_requests(ViewContext& context, const ViewValue& value) {
  show_numbered_bits(context, spec::ids::set_uffd_range_request, value.number, 8);
}

void negative_error(ViewContext& context, const ViewValue& value) {
  const auto error = static_cast<int64_t>(value.number);
  const std::string_view name = error < 0 ? base::error_name(static_cast<int>(-error)).name : std::string_view{};
  if (name.empty()) return show_decimal(context.sink, error);
  const std::string negative = fmt::format("-{}", name);
  const std::string_view shown = negative;
  context.sink.symbols(
      {.value = value.number, .width = 4, .is_signed = true, .base = Base::decimal, .names = {&shown, 1}});
}

void tee_fd(ViewContext& context, const ViewValue& value) {
  context.show_fd(static_cast<int32_t>(value.number));
}

namespace {

// The first `count` of the elements that lie in `bytes`, -s of them without -v.
template <class Show>
void show_first(ViewContext& context, std::span<const uint8_t> bytes, std::size_t size, uint64_t count, Show show) {
  const uint64_t there = std::min<uint64_t>(count, bytes.size() / size);
  const uint64_t shown = context.options.abbreviate ? std::min<uint64_t>(there, context.options.string_limit) : there;
  context.sink.begin(Shape::array);
  for (uint64_t k = 0; k < shown; ++k) show(bytes.subspan(k * size, size));
  if (shown < there) context.sink.elided();
  context.sink.end();
}

}  // namespace

void first_numbers(ViewContext& context, const ViewValue& value) {
  const auto width = static_cast<unsigned>(value.params[1]);
  show_first(context, value.bytes, width, value.params[0], [&](std::span<const uint8_t> element) {
    context.sink.number({.value = load(element.data(), width), .width = static_cast<uint8_t>(width)});
  });
}

void first_attributes(ViewContext& context, const ViewValue& value) {
  const bool configured = value.params[1] != 0;
  const uint32_t record =
      configured ? spec::ids::record_gpio_v2_line_config_attribute : spec::ids::record_gpio_v2_line_attribute;
  show_first(context, value.bytes, configured ? 24 : 16, value.params[0],
             [&](std::span<const uint8_t> element) { context.show_record(record, element); });
}

}  // namespace ktrace::decode::views
