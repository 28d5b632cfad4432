// Descriptors of other processes than the caller: of one that is named by its pid (kcmp(2)), or by a pidfd
// (pidfd_getfd(2)).
#include "decode/view.h"

namespace ktrace::decode::views {
namespace {

void show(ViewContext& context, uint64_t number, int64_t pid) {
  const auto fd = static_cast<int32_t>(number);
  const bool plausible = fd >= 0 && pid > 0 && pid <= INT32_MAX;
  context.sink.fd(
      {.value = fd,
       .target = plausible ? context.descriptors.describe_of(static_cast<int>(pid), fd) : std::string_view{}});
}

}  // namespace

void fd_of(ViewContext& context, const ViewValue& value) {
  show(context, value.number, static_cast<int32_t>(value.params[0]));
}

void other_fd(ViewContext& context, const ViewValue& value) {
  context.show_fd(static_cast<int64_t>(value.number));
}

void fd_of_pidfd(ViewContext& context, const ViewValue& value) {
  show(context, value.number, context.descriptors.pid_of(static_cast<int32_t>(value.params[0])));
}

}  // namespace ktrace::decode::views
