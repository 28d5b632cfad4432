// How text looks: the options that belong to no single call.
#pragma once

#include <cstdint>
#include <optional>

#include "base/quote.h"
#include "output/palette.h"

namespace ktrace::output {

enum class Precision : uint8_t { s, ms, us, ns };

struct TextOptions {
  unsigned column = 40;                                                                   // -a: where `= result` starts
  base::HexStrings hex = base::HexStrings::none;                                          // -x, -xx
  enum class Constants : uint8_t { abbrev, raw, verbose } constants = Constants::abbrev;  // -X
  bool argument_names = false;                                                            // -N
  bool syscall_number = false;                                                            // -n
  bool instruction_pointer = false;                                                       // -i
  enum class Clock : uint8_t { none, time, epoch } clock = Clock::none;                   // -t, -tt, -ttt
  Precision clock_precision = Precision::s;
  std::optional<Precision> relative{};  // -r
  std::optional<Precision> duration{};  // -T
  enum class Pid : uint8_t {
    never,         // a file for each tracee
    when_several,  // `[pid  1234] ` as long as there is more than one tracee: standard error, -o without -f
    always,        // `1234  `: -f -o, several -p with -o, --always-show-pid
  } pid = Pid::when_several;
  bool stacks = true;      // false: they are told for others, not for being shown
  bool stack_ids = false;  // --stack-ids
  // A call is kept until it ends and may then be discarded (-z, -e status=).
  bool staged = false;
  std::optional<Palette> colors{};  // --color
};

}  // namespace ktrace::output
