// -e inject=SET:TOKEN[:TOKEN]... and -e fault=, which is short for inject= with an error. Whatever is wrong in a token
// makes the whole argument invalid, as in strace; a wrong SET has the messages of -e trace=.
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "base/errors.h"
#include "cli/apply.h"
#include "cli/values.h"
#include "filter/expression.h"
#include "spec/lookup.h"

namespace ktrace::cli {
namespace {

using filter::Injection;

constexpr int highest_error = 4095;
constexpr int highest_signal = 64;  // SIGRTMAX of the kernel
constexpr uint64_t lowest_error_result = static_cast<uint64_t>(-int64_t{highest_error});

// What is left of a text that is read from its start.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool done() const { return rest_.empty(); }

  bool skip(std::string_view what) {
    if (rest_.substr(0, what.size()) != what) return false;
    rest_.remove_prefix(what.size());
    return true;
  }

  // Up to the separator or the end; a separator is dropped.
  std::string_view until(char separator) {
    const std::size_t at = rest_.find(separator);
    const std::string_view word = rest_.substr(0, at);
    rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at + 1);
    return word;
  }

  // A decimal number as strtol(3) reads it. Nothing: there is none, or it is out of range.
  std::optional<uint32_t> number(uint32_t lowest, uint32_t highest) {
    const std::size_t digits = rest_.find_first_not_of(" \t\n\v\f\r");
    if (digits == std::string_view::npos) return {};
    rest_.remove_prefix(digits);
    skip("+");
    uint64_t value = 0;
    std::size_t count = 0;
    for (; count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9'; ++count) {
      value = value * 10 + static_cast<unsigned>(rest_[count] - '0');
      if (value > highest) return {};
    }
    rest_.remove_prefix(count);
    if (count == 0 || value < lowest) return {};
    return static_cast<uint32_t>(value);
  }

 private:
  std::string_view rest_;
};

// Every parser of a token's value says whether the value is right. At most one of a kind may be there, but for `when`.

bool parse_error(std::string_view text, Injection& rule) {
  if (rule.replaces_result() || text.empty()) return false;
  if (const auto number = parse_number(text, 1, highest_error)) {
    rule.error = static_cast<int>(*number);
    return true;
  }
  for (int number = 1; number <= highest_error; ++number) {
    if (!same_word(base::error_name(number).name, text)) continue;
    rule.error = number;
    return true;
  }
  return false;
}

// A number of any base that C writes numbers in, perhaps with a sign.
std::optional<uint64_t> parse_word(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of(" \t\n\v\f\r+-"), text.size());
  std::string copy(text);
  int base = 0;
  if (const auto prefix = text.substr(digits, 2); prefix == "0b" || prefix == "0B") {
    copy.erase(digits, 2);
    base = 2;
  }
  char* end = nullptr;
  errno = 0;
  const unsigned long long value = strtoull(copy.c_str(), &end, base);
  if (errno != 0 || end == copy.c_str() || *end != '\0') return {};
  return value;
}

// A result may be an error to the caller, or not fit into the registers of a 32-bit one.
void warn_about_retval(uint64_t value, const base::Log& log) {
  const auto narrow = static_cast<uint32_t>(value);
  if (value >= lowest_error_result) {
    log.say(fmt::format("Inadvertent injection of error {} is possible for retval={}", 0 - value, value));
  } else if (narrow >= static_cast<uint32_t>(lowest_error_result)) {
    log.say(fmt::format("Inadvertent injection of error {} is possible in compat personality for retval={}",
                        0u - narrow, value));
  } else if (narrow != value) {
    log.say(fmt::format("Injected return value {} will be clipped to {} in compat personality", value, narrow));
  }
}

bool parse_retval(std::string_view text, Injection& rule, const base::Log& log) {
  if (rule.replaces_result()) return false;
  rule.retval = parse_word(text);
  if (rule.retval) warn_about_retval(*rule.retval, log);
  return rule.retval.has_value();
}

bool parse_signal(std::string_view text, Injection& rule) {
  if (rule.signal) return false;
  const auto number = filter::parse_signal(text);
  if (!number || *number == 0 || *number > highest_signal) return false;
  rule.signal = static_cast<int>(*number);
  return true;
}

bool parse_delay(std::string_view text, std::optional<Nanoseconds>& delay) {
  if (delay) return false;
  delay = parse_duration(std::string(text));
  return delay.has_value();
}

// A call that a name stands for on this machine and that has neither arguments nor effects.
bool parse_substitute(std::string_view name, Injection& rule) {
  if (rule.substitute[index(native_abi)] != Injection::no_call) return false;
  const spec::Row* here = spec::find_row(native_abi, name);
  if (!here || (here->classes & spec::class_pure) == 0) return false;
  for (unsigned a = 0; a < abi_count; ++a) {
    const spec::Row* row = spec::find_row(static_cast<Abi>(a), name);
    if (row && (row->classes & spec::class_pure) != 0) rule.substitute[a] = row->number;
  }
  return true;
}

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return {};
}

std::optional<std::vector<uint8_t>> parse_bytes(std::string_view text) {
  if (text.empty() || text.size() % 2 != 0 || text.size() / 2 > filter::Poke::most_bytes) return {};
  std::vector<uint8_t> bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
    if (!high || !low) return {};
    bytes.push_back(static_cast<uint8_t>(*high << 4 | *low));
  }
  return bytes;
}

// @argN=HEX[,@argM=HEX]...
bool parse_pokes(std::string_view text, std::vector<filter::Poke>& pokes, bool& given) {
  if (given || text.empty()) return false;
  given = true;
  unsigned used = 0;  // a bit per argument
  for (Scanner scanner(text); !scanner.done();) {
    Scanner poke(scanner.until(','));
    if (poke.done()) continue;
    if (!poke.skip("@arg")) return false;
    const std::string_view digit = poke.until('=');
    if (digit.size() != 1 || digit[0] < '1' || digit[0] > '0' + static_cast<int>(Injection::most_arguments))
      return false;
    const auto argument = static_cast<unsigned>(digit[0] - '0');
    auto bytes = parse_bytes(poke.until('\0'));
    if (!bytes || (used >> argument & 1) != 0) return false;
    used |= 1u << argument;
    pokes.push_back({.argument = argument, .bytes = *std::move(bytes)});
  }
  return true;
}

// FIRST[..LAST][+[STEP]]
bool parse_when(std::string_view text, filter::When& when) {
  constexpr uint32_t most = filter::When::for_ever;
  Scanner scanner(text);
  const auto first = scanner.number(1, most);
  if (!first) return false;
  when = {.first = *first, .last = most, .step = 0};
  if (scanner.skip("..")) {
    const auto last = scanner.number(*first, most - 1);
    if (!last) return false;
    when.last = *last;
    when.step = 1;
  }
  if (scanner.skip("+")) {
    when.step = 1;
    if (!scanner.done()) {
      const auto step = scanner.number(1, most);
      if (!step) return false;
      when.step = *step;
    }
  }
  return scanner.done();
}

enum class Kind : uint8_t { inject, fault };

class RuleParser {
 public:
  RuleParser(Kind kind, const base::Log& log) : kind_(kind), log_(log) {}

  bool token(std::string_view text) {
    Scanner value(text);
    if (value.skip("when=")) return parse_when(value.until('\0'), rule_.when);
    if (value.skip("syscall=")) return parse_substitute(value.until('\0'), rule_);
    if (value.skip("error=")) return parse_error(value.until('\0'), rule_);
    if (kind_ == Kind::fault) return false;
    if (value.skip("retval=")) return parse_retval(value.until('\0'), rule_, log_);
    if (value.skip("signal=")) return parse_signal(value.until('\0'), rule_);
    if (value.skip("delay_enter=")) return parse_delay(value.until('\0'), rule_.delay_enter);
    if (value.skip("delay_exit=")) return parse_delay(value.until('\0'), rule_.delay_exit);
    if (value.skip("poke_enter=")) return parse_pokes(value.until('\0'), rule_.poke_enter, pokes_enter_);
    if (value.skip("poke_exit=")) return parse_pokes(value.until('\0'), rule_.poke_exit, pokes_exit_);
    return false;
  }

  // Nothing: the rule does nothing.
  std::optional<Injection> finish() {
    if (kind_ == Kind::fault && !rule_.error) rule_.error = ENOSYS;
    const bool acts =
        rule_.replaces_result() || rule_.signal || rule_.delay_enter || rule_.delay_exit || pokes_enter_ || pokes_exit_;
    if (!acts) return {};
    return std::move(rule_);
  }

 private:
  Kind kind_;
  const base::Log& log_;
  Injection rule_;
  bool pokes_enter_ = false, pokes_exit_ = false;
};

Result<void> add_rule(Request& request, const Given& given, Kind kind) {
  const auto invalid = [&] {
    return Error{0, fmt::format("invalid {} argument '{}'", kind == Kind::fault ? "fault" : "inject", given.value)};
  };
  const base::Log log(request.options.program);
  Scanner scanner(given.value);
  const std::string_view calls = scanner.until(':');
  if (calls.empty()) KT_TRY(filter::parse_syscalls(calls));
  RuleParser parser(kind, log);
  while (!scanner.done()) {
    const std::string_view token = scanner.until(':');
    if (!token.empty() && !parser.token(token)) return invalid();
  }
  const filter::SyscallSet set = KT_TRY(filter::parse_syscalls(calls));
  auto rule = parser.finish();
  if (!rule) return invalid();
  request.options.injections.add(set, *std::move(rule));
  return {};
}

}  // namespace

Result<void> inject(Request& request, const Given& given) {
  return add_rule(request, given, Kind::inject);
}

Result<void> fault(Request& request, const Given& given) {
  return add_rule(request, given, Kind::fault);
}

}  // namespace ktrace::cli
