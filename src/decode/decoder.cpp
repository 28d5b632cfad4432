// The two stops of a call. At entry the arguments that the kernel reads are shown, up to the first one that it writes;
// at exit the others, and the result. The result itself is in result.cpp.
#include "decode/decoder.h"

#include <algorithm>

#include "decode/null_sink.h"
#include "decode/result.h"
#include "decode/scalar.h"
#include "decode/symbols.h"
#include "decode/variant.h"
#include "decode/walker.h"
#include "spec/ids.h"

namespace ktrace::decode {
namespace {

constexpr std::string_view plain_names[] = {"arg1", "arg2", "arg3", "arg4", "arg5", "arg6", "arg7", "arg8"};

constexpr uint8_t all_shown = 0xff;

// When an argument is shown.
enum class Turn : uint8_t {
  absent,  // its condition does not hold
  entry,
  opens,    // a structure: some members at entry, the others at exit
  changes,  // a scalar behind a pointer that the kernel may change: `[16 => 4]` at exit
  exit,
};

class Arguments {
 public:
  Arguments(ViewContext& context, Scratch& scratch) : context_(context), walker_(context, scratch), scratch_(scratch) {}

  void entry() {
    save_old_values();
    let_views_remember();
    show_early();
    context_.call.arguments_pending = decoding().open_argument || decoding().next_argument < count();
  }

  void show_early() {
    for (uint8_t k = 0; k < count(); ++k) {
      const Turn when = turn(k);
      decoding().next_argument = k;
      if (when == Turn::exit || when == Turn::changes) return;
      if (when == Turn::absent) continue;
      show(k, when == Turn::opens ? Part::entry : Part::all);
      if ((when == Turn::opens || goes_on(k)) && walker_.left_open()) {
        decoding().open_argument = true;
        decoding().next_argument = static_cast<uint8_t>(k + 1);
        return;
      }
    }
    decoding().next_argument = count();
  }

  void exit() {
    const uint8_t next = decoding().next_argument;
    if (decoding().open_argument) close(next - 1u);
    for (uint8_t k = next; k < count(); ++k) {
      const Turn when = turn(k);
      if (when == Turn::absent) continue;
      if (when == Turn::changes) {
        show_change(k);
      } else {
        show(k, Part::all);
      }
    }
    decoding().next_argument = count();
  }

 private:
  CallState::Decoding& decoding() { return context_.call.decoding; }
  [[nodiscard]] const spec::Call& call() const { return spec::calls[context_.call.decoding.call]; }
  [[nodiscard]] uint8_t count() const { return static_cast<uint8_t>(std::min<std::size_t>(call().count, 8)); }
  [[nodiscard]] const spec::Field& field(unsigned k) const { return spec::fields[call().first + k]; }
  [[nodiscard]] const spec::Type& type(unsigned k) const { return spec::types[field(k).type]; }
  [[nodiscard]] uint64_t value(unsigned k) const { return context_.call.decoding.values[k]; }

  bool applies(unsigned k) {
    if (field(k).when == spec::none) return true;
    const uint64_t number = value(k);
    const std::span<const uint8_t> bytes{reinterpret_cast<const uint8_t*>(&number), sizeof number};
    return holds(field(k).when, context_, Frame{}, {.value = bytes, .pointer = {number}});
  }

  Turn turn(unsigned k) {
    const Resolved chosen = walker_.resolve(type(k), Frame{});
    if (chosen.type->kind == spec::Kind::none || (field(k).flags & spec::field_hidden)) return Turn::absent;
    if (!applies(k)) return Turn::absent;
    const bool late = (field(k).flags & spec::field_exit) != 0;
    if (chosen.type->kind != spec::Kind::pointer || !(chosen.type->flags & spec::type_out)) {
      return late ? Turn::exit : Turn::entry;
    }
    if (!(chosen.type->flags & spec::type_in)) return Turn::exit;
    const Turn inout = turn_of_inout(spec::types[chosen.type->elem], chosen.frame, value(k));
    return late && inout != Turn::changes ? Turn::exit : inout;
  }

  Turn turn_of_inout(const spec::Type& target, const Frame& frame, uint64_t address) {
    const Resolved pointee = walker_.resolve(target, frame, {address});
    if (is_scalar(*pointee.type)) return Turn::changes;
    if (pointee.type->kind != spec::Kind::record || (pointee.type->flags & (spec::type_array | spec::type_rest))) {
      return Turn::entry;
    }
    return walker_.variant(pointee.type->ref).flags & spec::record_exits ? Turn::opens : Turn::entry;
  }

  // An argument whose view may leave it open at entry: of an inout object, or of a number.
  bool goes_on(unsigned k) {
    constexpr unsigned both = spec::type_in | spec::type_out;
    const spec::Type& outer = type(k);
    if (outer.kind == spec::Kind::select) return walker_.resolve(outer, Frame{}).type->kind == spec::Kind::native;
    if (outer.kind != spec::Kind::pointer || (outer.flags & both) != both) return false;
    return spec::types[outer.elem].kind == spec::Kind::object;
  }

  static bool is_scalar(const spec::Type& type) {
    if (type.flags & (spec::type_array | spec::type_rest | spec::type_repeat)) return false;
    switch (type.kind) {
      case spec::Kind::uint:
      case spec::Kind::sint:
      case spec::Kind::fd:
      case spec::Kind::dirfd:
      case spec::Kind::pid:
      case spec::Kind::addr:
      case spec::Kind::set:
      case spec::Kind::native:
      case spec::Kind::key: return true;
      default: return false;
    }
  }

  // What inout scalars point to before the call. The type of the pointee decides how much that is.
  void save_old_values() {
    for (unsigned k = 0; k < count(); ++k) {
      const spec::Type& outer = type(k);
      constexpr unsigned both = spec::type_in | spec::type_out;
      if (outer.kind != spec::Kind::pointer && outer.kind != spec::Kind::select) continue;
      const Resolved chosen = walker_.resolve(outer, Frame{});
      if (chosen.type->kind != spec::Kind::pointer || (chosen.type->flags & both) != both) continue;
      const Resolved pointee = walker_.resolve(spec::types[chosen.type->elem], chosen.frame, {value(k)});
      if (!is_scalar(*pointee.type)) continue;
      uint64_t old = 0;
      if (!read_scalar(*pointee.type, value(k), old)) continue;
      decoding().saved[k] = old;
      decoding().saved_mask = static_cast<uint8_t>(decoding().saved_mask | 1u << k);
    }
  }

  // A view of something that the kernel overwrites, shown only after the call, is asked at entry too: for nothing but
  // what it remembers.
  void let_views_remember() {
    constexpr unsigned both = spec::type_in | spec::type_out;
    for (unsigned k = 0; k < count(); ++k) {
      const spec::Type& outer = type(k);
      if (!(field(k).flags & spec::field_exit) || outer.kind != spec::Kind::pointer) continue;
      if ((outer.flags & both) != both || spec::types[outer.elem].kind != spec::Kind::object) continue;
      NullSink nothing;
      ViewContext silent = make_context(context_.call, {context_.memory, context_.descriptors}, nothing,
                                        context_.options, context_.phase, scratch_);
      Walker(silent, scratch_).argument(outer, value(k), Frame{}, Part::all, true);
    }
  }

  bool read_scalar(const spec::Type& what, uint64_t address, uint64_t& result) {
    uint8_t bytes[8];
    const unsigned width = walker_.width(what);
    if (address == 0 || !context_.memory.read_all({address}, {bytes, width})) return false;
    result = load(bytes, width, (what.flags & spec::type_big_endian) != 0);
    if (what.kind == spec::Kind::sint) result = sign_extend(result, width);
    return true;
  }

  void label(unsigned k) {
    const std::string_view name = text(field(k).name);
    const bool always = (spec::calls[decoding().call].flags & static_cast<uint16_t>(spec::CallFlag::labelled)) != 0;
    always ? context_.sink.field(name) : context_.sink.argument(name);
  }

  // `[old]`, or `[old => new]` if the call changed it.
  void show_change(unsigned k) {
    label(k);
    const bool saved = (decoding().saved_mask >> k & 1) != 0;
    if (!saved || !context_.options.dereference) return context_.sink.address({value(k)});
    const Resolved chosen = walker_.resolve(type(k), Frame{});
    const Resolved pointee = walker_.resolve(spec::types[chosen.type->elem], chosen.frame, {value(k)});
    uint64_t now = 0;
    const uint64_t old = decoding().saved[k];
    context_.sink.begin(Shape::array);
    walker_.scalar(*pointee.type, old, pointee.frame);
    // Some failures come with the length that would do: those arguments are `on exit`.
    const bool written = !context_.failed || (field(k).flags & spec::field_exit) != 0;
    if (written && read_scalar(*pointee.type, value(k), now) && now != old) {
      context_.sink.changed();
      walker_.scalar(*pointee.type, now, pointee.frame);
    }
    context_.sink.end();
  }

  // The description whose `by` names argument k, if that has no better type of its own.
  const spec::Call* keyed_by(unsigned k) {
    const spec::Row* row = find_row(context_.call);
    if (row == nullptr || row->call == spec::none) return nullptr;
    const spec::Call& base = spec::calls[row->call];
    return base.by != spec::none && base.by_arg == k ? &base : nullptr;
  }

  void show_key(const spec::Call& base, unsigned k) {
    const uint64_t key = evaluate(base.by, context_, Frame{});
    const spec::Variant* found = find_variant(base, key, context_.abi);
    const std::string_view name = found ? text(found->name) : std::string_view{};
    context_.sink.symbols({.value = value(k),
                           .width = static_cast<uint8_t>(walker_.width(type(k))),
                           .base = Base::hex,
                           .names = {&name, found ? 1u : 0u},
                           .rest = found ? 0 : value(k),
                           .unknown = text(base.unknown)});
  }

  void show(unsigned k, Part part) {
    label(k);
    if (const spec::Call* base = keyed_by(k)) return show_key(*base, k);
    const bool despite_failure = (field(k).flags & spec::field_exit) != 0;
    walker_.argument(type(k), value(k), Frame{}, part, despite_failure);
  }

  // The members that are known only now; then the end of the structure that entry() began.
  void close(unsigned k) {
    if (goes_on(k)) return walker_.argument(type(k), value(k), Frame{}, Part::exit, true);
    if (context_.failed) return context_.sink.end();
    walker_.resume(type(k), value(k), Frame{});
  }

  ViewContext& context_;
  Walker walker_;
  Scratch& scratch_;
};

// -e raw, and calls without a description: every register as a number.
void show_registers(const CallState& call, ValueSink& sink) {
  if (!takes_registers(call)) return;
  const spec::Row* row = find_row(call);
  const bool from_memory =
      call.decoding.sub_row != spec::none && spec::rows[call.decoding.row].kind == spec::RowKind::demux_memory;
  const bool shifted = call.decoding.sub_row != spec::none && !from_memory;  // ipc: the first register is not theirs
  unsigned end = row ? 0 : static_cast<unsigned>(call.args.size());
  for (unsigned k = 0; row && k < row->arg_count && k < std::size(row->slot); ++k) {
    end = std::max(end, row->slot[k] + 1u + (row->wide >> k & 1u));
  }
  const auto width = static_cast<uint8_t>(long_bytes(call.abi));
  unsigned shown = 0;
  for (unsigned k = shifted ? 1 : 0; k < end && shown < std::size(plain_names); ++k) {
    sink.argument(plain_names[shown++]);
    const uint64_t value = from_memory ? call.decoding.values[k % 8] : k < call.args.size() ? call.args[k] : 0;
    sink.number({zero_extend(value, width), width, false, Base::hex});
  }
}

}  // namespace

bool takes_registers(const CallState& call) {
  if (call.decoding.call == spec::none || spec::calls[call.decoding.call].count != 1) return true;
  const spec::Type& only = spec::types[spec::fields[spec::calls[call.decoding.call].first].type];
  return only.kind != spec::Kind::native ||
         (only.ref != spec::ids::native_sigframe && only.ref != spec::ids::native_restarted);
}

Decoder::Decoder() : scratch_(std::make_unique<Scratch>()) {}
Decoder::~Decoder() = default;

void Decoder::entry(CallState& call, Tracee tracee, ValueSink& sink, const Options& options) {
  if (options.raw || call.decoding.call == spec::none) {
    show_registers(call, sink);
    call.decoding.next_argument = all_shown;
    call.arguments_pending = false;
    return;
  }
  ViewContext context = make_context(call, tracee, sink, options, Phase::entry, *scratch_);
  Arguments(context, *scratch_).entry();
}

void Decoder::exit(CallState& call, Tracee tracee, Sink& sink, const Options& options) {
  ViewContext context = make_context(call, tracee, sink, options, Phase::exit, *scratch_);
  const bool raw = options.raw || call.decoding.call == spec::none;
  if (!raw && call.decoding.next_argument != all_shown) Arguments(context, *scratch_).exit();
  show_result(context, sink, *scratch_);
}

void Decoder::copied(CallState& call, const Copy& what, Tracee tracee, ValueSink& sink, const Options& options) {
  make_context(call, tracee, sink, options, Phase::exit, *scratch_).show_record(what.record, what.bytes, what.params);
}

}  // namespace ktrace::decode
