// The flags of all four calls are those of clone(2), but clone has its signal in the low byte, where CLONE_NEWTIME is.
#include "decode/namespaces.h"

#include <array>

#include "decode/scalar.h"
#include "decode/symbols.h"
#include "spec/tables.h"

namespace ktrace::decode {
namespace {

struct Namespace {
  uint64_t flag;  // CLONE_NEW*
  std::string_view name;
};
constexpr Namespace namespaces[] = {{0x02000000, "cgroup"}, {0x08000000, "ipc"}, {0x00020000, "mnt"},
                                    {0x40000000, "net"},    {0x20000000, "pid"}, {0x00000080, "time"},
                                    {0x04000000, "uts"},    {0x10000000, "user"}};

// What the call was told to enter, and whether a child is who did.
struct Entered {
  uint64_t flags = 0;
  bool child = false;
};

Entered entered(ViewContext& context) {
  constexpr uint64_t signal_mask = 0xff;  // CSIGNAL
  const std::string_view name = text(spec::calls[context.call.decoding.call].name);
  if (name == "unshare") return {.flags = context.argument(0)};
  if (name == "setns") return {.flags = context.argument(1)};
  if (name == "clone") return {.flags = context.argument(1) & ~signal_mask, .child = true};  // as strace orders them
  if (name != "clone3") return {};
  std::array<uint8_t, 8> flags{};  // the first member of struct clone_args
  if (!context.memory.read_all({context.argument(0)}, flags)) return {};
  return {.flags = load(flags.data(), 8), .child = true};
}

}  // namespace

void show_namespaces(ViewContext& context, Sink& sink) {
  const Entered what = entered(context);
  const auto pid = what.child ? static_cast<int>(context.call.outcome.value) : 0;
  bool any = false;
  for (const Namespace& each : namespaces) {
    if ((what.flags & each.flag) == 0) continue;
    const std::string_view text = context.descriptors.namespace_of(pid, each.name);
    if (text.empty()) continue;
    if (!any) sink.begin(Shape::aux);
    any = true;
    sink.expression(Expression{.text = text, .fixed = true, .plain = text});  // a word() would be followed by a blank
  }
  if (any) sink.end();
}

}  // namespace ktrace::decode
