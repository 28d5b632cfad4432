// Errors are told by the tracer (Outcome). Flags are shown in hexadecimal with their names beside; an enum keeps its
// number if it has a name for it; a native view may add anything, but only after a success.
#include "decode/result.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <span>

#include "decode/namespaces.h"
#include "decode/scalar.h"
#include "decode/symbols.h"
#include "decode/walker.h"
#include "spec/ids.h"
#include "spec/tables.h"

namespace ktrace::decode {
namespace {

// `flags` of fd_flags, `seals` of file_seals: what the set is about.
std::string_view last_word(std::string_view name) {
  return name.substr(name.rfind('_') + 1);
}

// strace looks up the names of enums, and of flags that hold an enum (the access mode of a file), by itself: they are
// names under every -X.
bool always_named(const spec::Set& set) {
  const std::span<const spec::Item> items{spec::items + set.first, set.count};
  const auto is_part = [](const spec::Item& item) { return item.kind == spec::ItemKind::part; };
  return !set.is_flags || std::any_of(items.begin(), items.end(), is_part);
}

void show_names(const Symbols& symbols, Sink& sink) {
  fmt::basic_memory_buffer<char, 512> buffer;
  for (const std::string_view name : symbols.names) {
    if (buffer.size() != 0) buffer.push_back('|');
    buffer.append(name);
  }
  if (symbols.rest != 0)
    fmt::format_to(std::back_inserter(buffer), "{}{:#x}", buffer.size() == 0 ? "" : "|", symbols.rest);
  sink.expression({.raw = symbols.value, .base = symbols.base, .text = {buffer.data(), buffer.size()}, .fixed = true});
}

void show_set(CallState& call, ResultValue value, const spec::Type& type, Sink& sink, Scratch& scratch) {
  const spec::Set& set = spec::sets[type.ref];
  const unsigned width = type.width != 0 ? type.width : long_bytes(call.abi);
  Symbols symbols = symbolize(set, static_cast<uint64_t>(value.value), width, call.abi, scratch);
  const bool named = !symbols.names.empty();
  value.base = base_of(type.format);
  value.is_unsigned = true;
  sink.result(call, value);
  if (!named && !(set.is_flags && symbols.rest != 0)) return;
  symbols.unknown = {};
  sink.begin(Shape::aux);
  if (set.is_flags) sink.word(last_word(text(set.name)));
  if (always_named(set)) {
    show_names(symbols, sink);
  } else {
    sink.symbols(symbols);
  }
  sink.end();
}

std::string_view target_of(const ViewContext& context, int64_t fd) {
  return fd >= 0 && fd <= INT32_MAX ? context.descriptors.describe(static_cast<int>(fd)) : std::string_view{};
}

void show_pid(ViewContext& context, ResultValue value, PidKind kind, Sink& sink) {
  value.kind = ResultValue::Kind::pid;
  value.value = static_cast<int32_t>(value.value);
  if (value.value > 0 && value.value <= INT32_MAX) {
    const auto names = context.descriptors.describe_pid(static_cast<int>(value.value), kind);
    value.target = names.comm;
    value.own_pid = names.own;
  }
  sink.result(context.call, value);
}

void show_typed(ViewContext& context, ResultValue value, const spec::Type& type, Sink& sink, Scratch& scratch) {
  value.base = base_of(type.format);
  switch (type.kind) {
    case spec::Kind::fd:
    case spec::Kind::dirfd:
      value.kind = ResultValue::Kind::fd;
      if (value.width == 4) value.value = static_cast<int32_t>(value.value);
      value.target = target_of(context, value.value);
      return sink.result(context.call, value);
    case spec::Kind::pid: return show_pid(context, value, PidKind::process, sink);
    case spec::Kind::addr:
    case spec::Kind::pointer: value.kind = ResultValue::Kind::address; return sink.result(context.call, value);
    case spec::Kind::set: return show_set(context.call, value, type, sink, scratch);
    case spec::Kind::native: {
      if (type.ref == spec::ids::native_pgid) return show_pid(context, value, PidKind::group, sink);
      if (type.ref == spec::ids::native_sid) return show_pid(context, value, PidKind::session, sink);
      sink.result(context.call, value);
      Walker walker(context, scratch);
      return walker.scalar(type, static_cast<uint64_t>(value.value), Frame{});
    }
    case spec::Kind::sint:
      // A call that returns an int: an error in its 32 bits is no error to the kernel's entry code.
      if (type.width == 4 && value.width == 8 && value.value > UINT32_MAX - 4096 && value.value <= UINT32_MAX &&
          !context.call.tampered.result) {
        value.kind = ResultValue::Kind::error;
        value.value = static_cast<int32_t>(value.value);
        value.zero_extended = true;
      }
      return sink.result(context.call, value);
    case spec::Kind::select: {
      Walker walker(context, scratch);
      const Resolved chosen = walker.resolve(type, Frame{});
      if (chosen.type->kind == spec::Kind::select) return sink.result(context.call, value);
      return show_typed(context, value, *chosen.type, sink, scratch);
    }
    case spec::Kind::uint: value.is_unsigned = true; return sink.result(context.call, value);
    default: return sink.result(context.call, value);
  }
}

}  // namespace

void show_result(ViewContext& context, Sink& sink, Scratch& scratch) {
  const CallState& call = context.call;
  // A result of ktrace's making is a number of no sign, whatever the call returns else (strace's text).
  ResultValue value{.value = call.outcome.value,
                    .width = static_cast<uint8_t>(long_bytes(call.abi)),
                    .is_unsigned = call.tampered.result,
                    .target = {}};
  if (!call.outcome.available) {
    value.kind = ResultValue::Kind::unavailable;
    return sink.result(context.call, value);
  }
  if (call.outcome.is_error) {
    value.kind = ResultValue::Kind::error;
    if (context.options.raw) value.base = Base::hex;
    return sink.result(context.call, value);
  }
  if (context.options.raw) {
    value.base = Base::hex;
    value.is_unsigned = true;
    return sink.result(context.call, value);
  }
  if (call.decoding.call == spec::none) return sink.result(context.call, value);
  const spec::Call& description = spec::calls[call.decoding.call];
  if (description.flags & static_cast<uint16_t>(spec::CallFlag::never_returns)) {
    value.kind = ResultValue::Kind::never;
    return sink.result(context.call, value);
  }
  if (description.ret == spec::none) {
    sink.result(context.call, value);
  } else {
    show_typed(context, value, spec::types[description.ret], sink, scratch);
  }
  if (context.options.namespaces) show_namespaces(context, sink);
}

}  // namespace ktrace::decode
