// argv and envp of execve(2): arrays of pointers to strings, up to a null pointer. The environment is only counted
// unless -v asks for it.
#include <fmt/core.h>

#include "decode/views/helpers.h"

namespace ktrace::decode::views {
namespace {

constexpr uint64_t most_strings = 1 << 20;  // what a tracee can make us look at

void show_strings(ViewContext& context, uint64_t address) {
  Integers pointers(context, address, context.long_bytes());
  for (uint64_t k = 0;; ++k) {
    const std::optional<uint64_t> string = pointers.at(k);
    if (!string && k == 0) return context.sink.address({address});
    if (k == 0) context.sink.begin(Shape::array);
    if (!string) {
      context.sink.unreadable({pointers.address_of(k)});
      break;
    }
    if (*string == 0) break;
    if (k >= (context.options.abbreviate ? context.options.string_limit : most_strings)) {
      context.sink.elided();
      break;
    }
    context.show_text({*string}, Bytes::Kind::text);
  }
  context.sink.end();
}

void count_strings(ViewContext& context, uint64_t address) {
  Integers pointers(context, address, context.long_bytes());
  context.sink.address({address});
  uint64_t count = 0;
  std::optional<uint64_t> string;
  while (count < most_strings && (string = pointers.at(count)) && *string != 0) ++count;
  if (!string && count == 0) return;
  char text[64];
  const auto end = fmt::format_to_n(text, sizeof text, "{} var{}{}", count, count == 1 ? "" : "s",
                                    string == 0 ? "" : ", unterminated");
  context.sink.comment({text, end.size});
}

}  // namespace

void exec_argv(ViewContext& context, const ViewValue& value) {
  if (only_address(context, value.number)) return context.sink.address({value.number});
  show_strings(context, value.number);
}

void exec_envp(ViewContext& context, const ViewValue& value) {
  if (only_address(context, value.number)) return context.sink.address({value.number});
  if (context.options.abbreviate) return count_strings(context, value.number);
  show_strings(context, value.number);
}

}  // namespace ktrace::decode::views
