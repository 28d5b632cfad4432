// Everything the command line can ask for, as plain data: src/cli fills it in, session::run works from it. Whatever is
// in here was checked: names are looked up, numbers are in range, combinations that strace refuses do not occur.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "filter/sets.h"
#include "ktrace/base/ids.h"
#include "resolve/what.h"
#include "tracer/supervisor.h"

namespace ktrace::session {

enum class Precision : uint8_t { s, ms, us, ns };

// -o, -A, -ff
struct Output {
  enum class Kind : uint8_t { standard_error, file, pipe } kind = Kind::standard_error;
  std::string name;       // file: its path; pipe: the shell command
  bool append = false;    // -A
  bool separate = false;  // --output-separately: a file NAME.PID for each process (kind is file)
};

enum class Format : uint8_t { text, json };  // --json

// How text looks.
struct Text {
  unsigned column = 40;              // -a
  bool instruction_pointer = false;  // -i
  bool syscall_number = false;       // -n
  bool argument_names = false;       // -N
  bool always_show_pid = false;      // --always-show-pid
  enum class Hex : uint8_t {
    none,
    non_ascii_chars,
    non_ascii,
    all
  } strings_in_hex = Hex::none;                                                           // -x is non_ascii, -xx all
  enum class Constants : uint8_t { abbrev, raw, verbose } constants = Constants::abbrev;  // -X
  enum class Clock : uint8_t { none, time, epoch } clock = Clock::none;                    // -t -tt -ttt
  Precision clock_precision = Precision::s;
  std::optional<Precision> relative;  // -r
  std::optional<Precision> duration;  // -T
};

// -c, -C and what belongs to them.
struct Summary {
  enum class Mode : uint8_t { off, only, too } mode = Mode::off;  // only: -c, too: -C
  bool wall_clock = false;                                        // -w
  Nanoseconds overhead{};                                         // -O
  enum class Column : uint8_t {
    time_percent,
    total_time,
    min_time,
    max_time,
    avg_time,
    wall_total,
    wall_min,
    wall_max,
    wall_avg,
    calls,
    errors,
    name,
  };
  std::vector<Column> columns{Column::time_percent, Column::total_time, Column::avg_time,
                              Column::calls,        Column::errors,     Column::name};  // -U
  std::optional<Column> sort_by = Column::time_percent;                                 // -S; nothing: not sorted
};

struct Filters {
  filter::SyscallSet trace = filter::SyscallSet::all();
  filter::SyscallSet abbrev = filter::SyscallSet::all();  // -v empties it
  filter::SyscallSet verbose = filter::SyscallSet::all();
  filter::SyscallSet raw;
  filter::NumberSet signals = filter::NumberSet::all();
  filter::StatusSet status = filter::StatusSet::all();
  filter::MessageSet quiet;
  std::vector<std::string> paths;              // -P: as given, and what they resolve to
  std::optional<filter::NumberSet> trace_fds;  // --trace-fds
};

struct Options {
  std::string program = "ktrace";  // the name ktrace was called by: starts every message

  // What to trace: a command, or processes, or both.
  std::optional<tracer::Launch> command;
  std::vector<Tid> attach;                // -p, in the order given
  tracer::Settings tracing;               // -f, --kill-on-exit, -I, -d
  bool detach_on_execve = false;          // -b execve
  std::optional<uint64_t> syscall_limit;  // --syscall-limit

  Output output;
  Format format = Format::text;
  Filters filters;
  Text text;
  uint32_t string_limit = 32;  // -s
  resolve::DecodeFds decode_fds;
  resolve::DecodePids decode_pids;
  Summary summary;
};

}  // namespace ktrace::session
