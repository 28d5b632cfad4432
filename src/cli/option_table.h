// All options, in one place: parsing, --help, the completions of shells and the test that compares the manual page with
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

// QUAL in -e QUAL=SET. Of several names the first is the one to suggest.
struct Qualifier {
  std::string_view name;
  Apply apply;
};
std::span<const Qualifier> qualifiers();

// What an argument may be, for the completions of shells: of all options and qualifiers that do the same.
struct Values {
  enum class Kind : uint8_t {
    free,     // nothing can be suggested
    one_of,   // of the words
    list_of,  // the words, with commas between
    signals,  // a list of signals
    file,
    user,
    variable,
    process,
    process_name,
    qualifier,  // of -e
  };
  Apply apply;
  Kind kind = Kind::free;
  std::string_view words{};  // apart by blanks
  bool repeats = false;      // the option adds to what was given before
};
// Of those that are not listed: free, and not to be repeated.
Values values_of(Apply apply);
std::span<const Values> values();

}  // namespace ktrace::cli
