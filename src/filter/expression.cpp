// Sets of signals, descriptors, statuses and messages; those of system calls are in syscalls.cpp.
#include "filter/expression.h"

#include <algorithm>
#include <climits>
#include <optional>

#include <strings.h>

#include "base/signals.h"
#include "filter/set_text.h"

namespace ktrace::filter {
namespace {

constexpr unsigned highest_signal_number = 255;  // strace's limit for numbers: more than any kernel has
constexpr int last_named_signal = 64;

bool same_word(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

// A decimal number without sign or blanks.
std::optional<unsigned> parse_number(std::string_view text, unsigned highest) {
  if (text.empty()) return {};
  uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return {};
    value = value * 10 + static_cast<unsigned>(c - '0');
    if (value > highest) return {};
  }
  return static_cast<unsigned>(value);
}

template <class ParseValue>
Result<NumberSet> parse_numbers(std::string_view text, std::string_view kind, ParseValue parse_value) {
  const SetText set = split_set(text);
  NumberSet numbers;
  if (set.kind == SetText::Kind::all) numbers.invert();
  if (set.kind == SetText::Kind::list) {
    KT_TRY(for_each_value(text, set, kind, [&](std::string_view value) -> Result<void> {
      const std::optional<unsigned> number = parse_value(value);
      if (!number) return invalid(kind, value);
      numbers.add(*number);
      return {};
    }));
  }
  if (set.inverted) numbers.invert();
  return numbers;
}

template <class E>
constexpr uint8_t bit(E e) {
  return static_cast<uint8_t>(e);
}

}  // namespace

std::optional<unsigned> parse_signal(std::string_view text) {
  if (text.empty()) return {};
  if (text.front() >= '0' && text.front() <= '9') return parse_number(text, highest_signal_number);
  if (text.size() > 3 && same_word(text.substr(0, 3), "SIG")) text.remove_prefix(3);
  for (int number = 1; number <= last_named_signal; number++) {
    const std::string_view name = base::signal_name(number);
    if (name.size() > 3 && same_word(text, name.substr(3))) return static_cast<unsigned>(number);
  }
  return {};
}

Result<NumberSet> parse_signals(std::string_view set) {
  return parse_numbers(set, "signal", parse_signal);
}

Result<NumberSet> parse_descriptors(std::string_view set) {
  return parse_numbers(set, "descriptor", [](std::string_view value) { return parse_number(value, INT_MAX); });
}

Result<uint8_t> parse_words(std::string_view text, std::span<const Word> words, std::string_view kind) {
  const SetText set = split_set(text);
  uint8_t every = 0;
  for (const Word& word : words) every |= word.bit;
  uint8_t bits = set.kind == SetText::Kind::all ? every : 0;
  if (set.kind == SetText::Kind::list) {
    KT_TRY(for_each_value(text, set, kind, [&](std::string_view value) -> Result<void> {
      const auto word =
          std::find_if(words.begin(), words.end(), [&](const Word& w) { return same_word(w.name, value); });
      if (word == words.end()) return invalid(kind, value);
      bits |= word->bit;
      return {};
    }));
  }
  return set.inverted ? static_cast<uint8_t>(every & ~bits) : bits;
}

Result<StatusSet> parse_statuses(std::string_view set) {
  static constexpr Word words[] = {
      {"successful", bit(Status::successful)}, {"failed", bit(Status::failed)},
      {"unfinished", bit(Status::unfinished)}, {"unavailable", bit(Status::unavailable)},
      {"detached", bit(Status::detached)},
  };
  return StatusSet{KT_TRY(parse_words(set, words, "status"))};
}

Result<MessageSet> parse_messages(std::string_view set) {
  static constexpr Word words[] = {
      {"attach", bit(Message::attach)},
      {"exit", bit(Message::exit)},
      {"exits", bit(Message::exit)},
      {"path-resolution", bit(Message::path_resolution)},
      {"personality", bit(Message::personality)},
      {"thread-execve", bit(Message::thread_execve)},
      {"superseded", bit(Message::thread_execve)},
  };
  return MessageSet{KT_TRY(parse_words(set, words, "quiet"))};
}

}  // namespace ktrace::filter
