// siginfo_t (sigaction(2), asm-generic/siginfo.h): three integers, then a union whose member depends on the signal and
// on where it came from. Longs and pointers in it have the width of the ABI.
#include <fmt/core.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <utility>

#include "base/errors.h"
#include "decode/scalar.h"
#include "decode/view.h"
#include "decode/views/calendar.h"
#include "decode/views/siginfo_codes.h"
#include "spec/ids.h"
#include "spec/lookup.h"

namespace ktrace::decode::views {
namespace {

constexpr int si_user = 0;
constexpr int si_timer = -2;
constexpr int si_sigio = -5;
constexpr int si_tkill = -6;
constexpr int bus_mceerr_ar = 4;
constexpr int bus_mceerr_ao = 5;
constexpr int segv_bnderr = 3;
constexpr int segv_pkuerr = 4;
constexpr int cld_exited = 1;
constexpr int cld_trapped = 4;
constexpr int poll_in = 1;
constexpr int poll_hup = 6;

// Calls of another machine have no names here.
std::optional<Abi> abi_of(uint32_t audit, Abi caller) {
  const auto x86 = [](Abi abi) { return abi == Abi::x86_64 || abi == Abi::i386; };
  constexpr std::pair<uint32_t, Abi> known[] = {
      {0xc000003e, Abi::x86_64}, {0x40000003, Abi::i386}, {0xc00000b7, Abi::aarch64}, {0x40000028, Abi::arm}};
  for (const auto& [arch, abi] : known) {
    if (arch == audit && x86(abi) == x86(caller)) return abi;
  }
  return std::nullopt;
}

class Shown {
 public:
  Shown(ViewContext& context, std::span<const uint8_t> bytes)
      : context_(context),
        sink_(context.sink),
        bytes_(bytes),
        long_(context.long_bytes()),
        fields_(long_ == 8 ? 16 : 12) {
    signal_ = static_cast<int>(word(0));
    code_ = static_cast<int>(word(8));
  }

  void all() {
    sink_.begin(Shape::structure);
    if (signal_ == 0) return sink_.end();  // nothing came: waitid(2) with WNOHANG
    sink_.field("si_signo");
    context_.show_signal(static_cast<uint64_t>(static_cast<int64_t>(signal_)));
    code(siginfo_code_name(signal_, code_));
    if (const uint32_t number = word(4); number != 0) error(number);
    if (code_ <= 0) {
      from_process();
    } else {
      from_kernel();
    }
    sink_.end();
  }

 private:
  [[nodiscard]] uint32_t word(std::size_t at) const {
    return at + 4 <= bytes_.size() ? static_cast<uint32_t>(load(bytes_.data() + at, 4)) : 0;
  }
  [[nodiscard]] uint64_t long_at(std::size_t at) const {
    return at + long_ <= bytes_.size() ? load(bytes_.data() + at, long_) : 0;
  }
  [[nodiscard]] int64_t signed_long(std::size_t at) const {
    return static_cast<int64_t>(sign_extend(long_at(at), long_));
  }

  void number(std::string_view field, int64_t value) {
    sink_.field(field);
    sink_.number({static_cast<uint64_t>(value), 8, true, Base::decimal});
  }
  void hex(std::string_view field, uint64_t value) {
    sink_.field(field);
    sink_.number({value, 8, false, Base::hex});
  }
  void address(std::string_view field, uint64_t value) {
    sink_.field(field);
    sink_.address({value});
  }
  void name(std::string_view field, uint32_t value, std::string_view symbol, std::string_view unknown = {}) {
    sink_.field(field);
    sink_.symbols({.value = value,
                   .width = 4,
                   .base = Base::hex,
                   .names = {&symbol, symbol.empty() ? 0u : 1u},
                   .rest = symbol.empty() ? value : 0,
                   .unknown = unknown});
  }

  void code(std::string_view symbol) {
    const auto value = static_cast<uint64_t>(static_cast<int64_t>(code_));
    sink_.field("si_code");
    sink_.symbols({.value = value,
                   .width = 4,
                   .is_signed = true,
                   .base = Base::hex,
                   .names = {&symbol, symbol.empty() ? 0u : 1u},
                   .rest = symbol.empty() ? value : 0});
  }

  void error(uint32_t value) {
    const std::string_view symbol = base::error_name(static_cast<int>(value)).name;
    sink_.field("si_errno");
    sink_.symbols({.value = value,
                   .width = 4,
                   .base = Base::decimal,
                   .names = {&symbol, symbol.empty() ? 0u : 1u},
                   .rest = symbol.empty() ? value : 0});
  }

  // Who sent it.
  void source() {
    sink_.field("si_pid");
    context_.show_pid(static_cast<int>(word(fields_)));
    const uint32_t uid = word(fields_ + 4);  // -1 is nobody; else there are no negative ones
    number("si_uid", uid == ~uint32_t{0} ? -1 : static_cast<int64_t>(uid));
  }

  // union sigval: an int or a pointer, nobody knows which.
  void payload() {
    number("si_int", static_cast<int>(word(fields_ + 8)));
    address("si_ptr", long_at(fields_ + 8));
  }

  void band() {
    number("si_band", signed_long(fields_));
    sink_.field("si_fd");
    context_.show_fd(static_cast<int>(word(fields_ + long_)));
  }

  // si_code <= 0: sent by a process, or in its name.
  void from_process() {
    switch (code_) {
      case si_user:
      case si_tkill: return source();
      case si_timer:
        hex("si_timerid", word(fields_));
        number("si_overrun", static_cast<int>(word(fields_ + 4)));
        return payload();
      case si_sigio: return band();
      default: source(); return payload_if_any();
    }
  }

  void payload_if_any() {
    if (long_at(fields_ + 8) != 0) payload();
  }

  void from_kernel() {
    switch (signal_) {
      case SIGCHLD: return child();
      case SIGILL:
      case SIGFPE:
      case SIGSEGV:
      case SIGBUS:
      case SIGTRAP: return fault();
      case SIGIO:
        if (code_ >= poll_in && code_ <= poll_hup) band();
        return;
      case SIGSYS: return system_call();
      default:
        if (word(fields_) != 0 || word(fields_ + 4) != 0) source();
        return payload_if_any();
    }
  }

  void child() {
    source();
    const uint32_t status = word(fields_ + 8);
    sink_.field("si_status");
    if (code_ == cld_exited || (code_ == cld_trapped && status > 0xff)) {
      sink_.number({sign_extend(status, 4), 4, true, Base::decimal});
    } else {
      context_.show_signal(sign_extend(status, 4));
    }
    const std::size_t times = long_ == 8 ? 32 : 24;
    ticks("si_utime", times);
    ticks("si_stime", times + long_);
  }

  void ticks(std::string_view field, std::size_t at) {
    sink_.field(field);
    show_ticks(sink_, static_cast<uint64_t>(signed_long(at)));
  }

  void fault() {
    address("si_addr", long_at(fields_));
    const std::size_t details = fields_ + long_;  // si_addr_lsb, or a gap as wide as a pointer and more
    if (signal_ == SIGBUS && (code_ == bus_mceerr_ar || code_ == bus_mceerr_ao)) {
      hex("si_addr_lsb", word(details) & 0xffff);
    } else if (signal_ == SIGSEGV && code_ == segv_bnderr) {
      address("si_lower", long_at(details + long_));
      address("si_upper", long_at(details + 2 * long_));
    } else if (signal_ == SIGSEGV && code_ == segv_pkuerr) {
      number("si_pkey", static_cast<int64_t>(word(details + long_)));
    }
  }

  void system_call() {
    address("si_call_addr", long_at(fields_));
    const uint32_t syscall = word(fields_ + long_);
    const uint32_t audit = word(fields_ + long_ + 4);
    const std::optional<Abi> abi = abi_of(audit, context_.abi);
    sink_.field("si_syscall");
    const std::string_view called = abi ? spec::syscall_name(*abi, syscall) : std::string_view{};
    char text[64];
    const auto end = fmt::format_to_n(text, sizeof text, "__NR_{}", called);
    const std::string_view symbol{text, std::min(end.size, sizeof text)};
    const bool own = abi && *abi == context_.call.abi;  // else the name is no more than a note
    const bool named = own && !called.empty();
    sink_.symbols({.value = syscall,
                   .width = 4,
                   .base = Base::decimal,
                   .names = {&symbol, named ? 1u : 0u},
                   .rest = named ? 0 : syscall,
                   .unknown = own ? std::string_view{} : called});
    sink_.field("si_arch");
    context_.show_set(spec::ids::set_audit_arch, audit, 4);
  }

  ViewContext& context_;
  ValueSink& sink_;
  std::span<const uint8_t> bytes_;
  unsigned long_;
  std::size_t fields_;  // where the union begins
  int signal_ = 0;
  int code_ = 0;
};

}  // namespace

void siginfo(ViewContext& context, const ViewValue& value) {
  constexpr std::size_t size = 128;  // SI_MAX_SIZE, on every ABI
  if (value.bytes.size() < size) return context.sink.address(value.address);
  Shown(context, value.bytes).all();
}

}  // namespace ktrace::decode::views
