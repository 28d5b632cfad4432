// The SET in -e QUAL=SET: `[!...]all|none|VALUE[,VALUE...]`, each `!` inverts again, empty values are skipped (the
// grammar of strace's filters). Errors carry strace's message; one whose number is EINVAL is a usage error, after which
// strace also points to -h.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "filter/sets.h"
#include "ktrace/base/result.h"

namespace ktrace::filter {

// trace=, abbrev=, verbose=, raw=: names, numbers, /regexes, %classes; `?` before and `@64`, `@32`, `@x32` behind them.
Result<SyscallSet> parse_syscalls(std::string_view set);

// Names with or without SIG in any case, numbers up to 255.
Result<NumberSet> parse_signals(std::string_view set);
std::optional<unsigned> parse_signal(std::string_view value);

Result<NumberSet> parse_descriptors(std::string_view set);
Result<StatusSet> parse_statuses(std::string_view set);
Result<MessageSet> parse_messages(std::string_view set);

// A set over a few words, in any case; `kind` stands in the message: "invalid KIND 'word'".
struct Word {
  std::string_view name;
  uint8_t bit;
};
Result<uint8_t> parse_words(std::string_view set, std::span<const Word> words, std::string_view kind);

}  // namespace ktrace::filter
