// Options of stacks: -k and its kin.
#include <climits>

#include "cli/apply.h"
#include "cli/values.h"

namespace ktrace::cli {
namespace {

session::StackOptions& stacks(Request& request) {
  auto& stacks = request.options.stacks;
  if (!stacks) stacks.emplace();
  return *stacks;
}

}  // namespace

Result<void> stack_trace_letter(Request& request, const Given&) {
  if (request.options.stacks) request.options.stacks->lines = stack::Lines::look_up;
  stacks(request);
  return {};
}

Result<void> stack_trace_name(Request& request, const Given& given) {
  if (given.value != "symbol" && given.value != "source") return invalid_argument(given);
  stacks(request).lines = given.value == "source" ? stack::Lines::look_up : stack::Lines::skip;
  return {};
}

Result<void> stack_frame_limit(Request& request, const Given& given) {
  const auto limit = parse_number(given.value, 1, INT_MAX);
  if (!limit) return invalid_argument(given);
  request.stack_limit = static_cast<std::size_t>(*limit);
  return {};
}

Result<void> stack_ids(Request& request, const Given&) {
  request.options.stack_ids = true;
  return {};
}

}  // namespace ktrace::cli
