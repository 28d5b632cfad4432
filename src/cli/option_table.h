// All options, in one place: parsing, --help and the tests that compare the manual page and the shell completions with
// them work from these tables.
#pragma once

#include <span>
#include <string_view>

#include "cli/request.h"

namespace ktrace::cli {

enum class Section : uint8_t {
  general,
  startup,
  tracing,
  filtering,
  output,
  statistics,
  tampering,
  stop_condition,
  miscellaneous,
  not_yet,  // refused with a message
  hidden,   // deprecated, or another spelling of one that is shown
};

enum class Argument : uint8_t { none, required, optional };

struct Option {
  char letter = 0;                     // 0: has none
  std::string_view name{};             // after the two dashes; empty: has none
  Argument argument = Argument::none;  // optional: of the long name, after a `=`; the letter has none
  std::string_view otherwise{};        // what an optional argument is if it is left out
  Apply apply = nullptr;
  Section section = Section::hidden;
  std::string_view synopsis{};  // as --help shows it
  std::string_view help{};      // lines, without indentation
  bool ours = false;            // strace has none of that name: it never makes an abbreviation of strace's ambiguous
};

// In the order in which getopt_long(3) lists them when a prefix is ambiguous.
std::span<const Option> options();

// QUAL in -e QUAL=SET.
struct Qualifier {
  std::string_view name;
  Apply apply;
};
std::span<const Qualifier> qualifiers();

}  // namespace ktrace::cli
