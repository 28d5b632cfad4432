// What ptrace(2) reports about a tracee besides registers: siginfos in its queue, its seccomp filters, and the system
// call it stopped at (struct ptrace_syscall_info). All come in as many bytes as tracer and kernel agree on.
#include <fmt/core.h>

#include <algorithm>

#include "base/errors.h"
#include "decode/symbols.h"
#include "decode/views/helpers.h"
#include "spec/ids.h"
#include "spec/lookup.h"

namespace ktrace::decode::views {

void siginfo(ViewContext& context, const ViewValue& value);

namespace {

constexpr std::size_t siginfo_bytes = 128;
constexpr uint64_t most_siginfos = 65536;

constexpr std::size_t info_bytes = 88;  // struct ptrace_syscall_info
constexpr uint8_t info_entry = 1;       // PTRACE_SYSCALL_INFO_ENTRY
constexpr uint8_t info_exit = 2;
constexpr uint8_t info_seccomp = 3;
constexpr uint64_t x32_bit = 0x40000000;

struct Personality {
  uint32_t audit;  // AUDIT_ARCH_*
  Abi abi;
};
constexpr Personality personalities[] = {
    {0xc000003e, Abi::x86_64}, {0x40000003, Abi::i386}, {0xc00000b7, Abi::aarch64}, {0x40000028, Abi::arm}};

bool of_one_machine(Abi a, Abi b) {
  const auto x86 = [](Abi abi) { return abi == Abi::x86_64 || abi == Abi::i386; };
  return x86(a) == x86(b);
}

// The bytes of a struct ptrace_syscall_info, as far as they are valid.
class Info {
 public:
  Info(ViewContext& context, std::span<const uint8_t> bytes) : context_(context), sink_(context.sink), bytes_(bytes) {}

  void show() {
    sink_.begin(Shape::structure);
    sink_.field("op");
    context_.show_set(spec::ids::set_syscall_info_op, bytes_[0], 1);
    if (has(1, 1) && bytes_[1] != 0) hex("reserved", 1, 1);
    if (has(2, 2) && word(2, 2) != 0) hex("flags", 2, 2);
    if (has(4, 4)) {
      sink_.field("arch");
      context_.show_set(spec::ids::set_audit_arch, word(4, 4), 4);
    }
    address("instruction_pointer", 8);
    address("stack_pointer", 16);
    if (has(24, 8)) of_operation();
    sink_.end();
  }

 private:
  [[nodiscard]] bool has(std::size_t at, std::size_t size) const { return at + size <= bytes_.size(); }
  [[nodiscard]] uint64_t word(std::size_t at, unsigned width) const { return load(&bytes_[at], width); }

  void hex(std::string_view name, std::size_t at, unsigned width) {
    sink_.field(name);
    show_hex(sink_, word(at, width), width);
  }

  void address(std::string_view name, std::size_t at) {
    if (!has(at, 8)) return;
    sink_.field(name);
    sink_.address({word(at, 8)});
  }

  void of_operation() {
    switch (bytes_[0]) {
      case info_entry: return call("entry");
      case info_exit: return result();
      case info_seccomp: return call("seccomp");
      default: return;
    }
  }

  void call(std::string_view name) {
    sink_.field(name);
    sink_.begin(Shape::structure);
    sink_.field("nr");
    number(word(24, 8));
    if (has(32, 8)) {
      sink_.field("args");
      sink_.begin(Shape::array);
      const std::size_t most = context_.options.abbreviate ? context_.options.string_limit : 6;
      for (std::size_t k = 0; k < 6 && has(32 + 8 * k, 8); ++k) {
        if (k == most) {
          sink_.elided();
          break;
        }
        show_hex(sink_, word(32 + 8 * k, 8));
      }
      sink_.end();
    }
    if (bytes_[0] == info_seccomp && has(80, 4)) {
      sink_.field("ret_data");
      show_unsigned(sink_, word(80, 4));
    }
    sink_.end();
  }

  // A number of the caller's own ABI has a constant; those of the machine's others are named in a comment.
  void number(uint64_t nr) {
    const auto found = std::find_if(std::begin(personalities), std::end(personalities),
                                    [audit = word(4, 4)](const Personality& p) { return p.audit == audit; });
    const bool known = found != std::end(personalities) && of_one_machine(found->abi, context_.abi);
    const bool x32 = known && found->abi == Abi::x86_64 && (nr & x32_bit) != 0;
    const std::string_view name =
        known && nr < UINT32_MAX ? spec::syscall_name(found->abi, x32 ? nr & ~x32_bit : nr) : std::string_view{};
    if (name.empty()) return show_unsigned(sink_, nr);
    if (found->abi != context_.abi || x32) {
      return sink_.expression({.raw = nr, .base = Base::decimal, .text = name, .beside = true});
    }
    char constant[64];
    const auto end = fmt::format_to_n(constant, sizeof constant, "__NR_{}", name);
    show_name(sink_, nr, 8, Base::decimal, {constant, std::min(end.size, sizeof constant)});
  }

  void result() {
    sink_.field("exit");
    sink_.begin(Shape::structure);
    sink_.field("rval");
    const auto value = static_cast<int64_t>(word(24, 8));
    const bool is_error = has(32, 1) && bytes_[32] != 0;
    const std::string_view name =
        is_error && value < 0 && value > -4096 ? base::error_name(static_cast<int>(-value)).name : std::string_view{};
    if (name.empty()) {
      show_decimal(sink_, value);
    } else {
      char negated[32];
      const auto end = fmt::format_to_n(negated, sizeof negated, "-{}", name);
      const std::string_view constant{negated, std::min(end.size, sizeof negated)};
      sink_.symbols(
          {.value = word(24, 8), .width = 8, .is_signed = true, .base = Base::decimal, .names = {&constant, 1}});
    }
    if (has(32, 1)) {
      sink_.field("is_error");
      show_unsigned(sink_, bytes_[32]);
    }
    sink_.end();
  }

  ViewContext& context_;
  ValueSink& sink_;
  std::span<const uint8_t> bytes_;
};

}  // namespace

void siginfo_list(ViewContext& context, const ViewValue& value) {
  const uint64_t count = value.params[0];
  if (only_address(context, value.number) || count > most_siginfos) return context.sink.address({value.number});
  const uint64_t shown = context.options.abbreviate ? std::min<uint64_t>(count, context.options.string_limit) : count;
  show_elements<siginfo_bytes>(context, value.number, shown, count,
                               [&context](Address from, std::span<const uint8_t> bytes) {
                                 siginfo(context, {.bytes = bytes, .address = from, .params = {}});
                               });
}

void seccomp_metadata(ViewContext& context, const ViewValue& value) {
  const bool hidden = value.number == 0 || !context.options.dereference || value.params[0] < 8;
  const std::optional<uint64_t> offset = hidden ? std::nullopt : read_integer(context, value.number, 8);
  if (!offset) return context.sink.address({value.number});
  context.sink.begin(Shape::structure);
  context.sink.field("filter_off");
  show_unsigned(context.sink, *offset);
  const int64_t written = context.failed ? 0 : context.call.outcome.value;
  if (written > 8) {
    const std::optional<uint64_t> flags = written < 16 ? std::nullopt : read_integer(context, value.number + 8, 8);
    if (flags) {
      context.sink.field("flags");
      context.show_set(spec::ids::set_seccomp_filter_flags, *flags, 8);
      if (written > 16) context.sink.elided();
    } else {
      context.sink.word("???");
    }
  }
  context.sink.end();
}

void syscall_info(ViewContext& context, const ViewValue& value) {
  const std::size_t size = std::min<uint64_t>(value.params[0], info_bytes);
  std::array<uint8_t, info_bytes> bytes;
  const auto valid = std::span(bytes).first(size);
  if (only_address(context, value.number) || size == 0 || !context.memory.read_all(Address{value.number}, valid)) {
    return context.sink.address({value.number});
  }
  Info(context, valid).show();
}

}  // namespace ktrace::decode::views
