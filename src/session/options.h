// Everything the command line can ask for, as plain data: src/cli fills it in, session::run works from it. Whatever is
// in here was checked: names are looked up, numbers are in range, combinations that strace refuses do not occur.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "filter/injection.h"
#include "filter/sets.h"
#include "flame/flame_sink.h"
#include "ktrace/base/ids.h"
#include "output/destination.h"
#include "output/text_options.h"
#include "resolve/what.h"
#include "spec/traits.h"
#include "stack/stacks.h"
#include "stats/stats_sink.h"
#include "tracer/supervisor.h"

namespace ktrace::session {

enum class Format : uint8_t { text, json };           // --json
enum class SummaryMode : uint8_t { off, only, too };  // only: -c, too: -C

// See measure_stop().
struct StopCost {
  Nanoseconds time{};
  Nanoseconds own_time{};
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
  filter::NumberSet read, write;               // descriptors whose data is dumped
};

struct StackOptions {                                // -k
  std::size_t limit = stack::Stacks::default_limit;  // --stack-trace-frame-limit
  stack::Lines lines = stack::Lines::skip;           // -kk
};

struct Options {
  std::string program = "ktrace";  // the name ktrace was called by: starts every message

  // What to trace: a command, or processes, or both.
  std::optional<tracer::Launch> command;                    // its path as it was given, to be looked for in PATH
  std::vector<Tid> attach;                                  // -p in the order given, then what --attach-name found
  std::vector<Tgid> attach_trees;                           // --attach-tree
  tracer::Settings tracing{.traits = spec::call_traits()};  // -f, --kill-on-exit, -I, -d
  bool seccomp_filter = true;                               // --no-seccomp-bpf: no
  std::string every_call_because;                           // why there is none; filled in by session::run
  bool detach_on_execve = false;                            // -b execve
  std::optional<uint64_t> syscall_limit;                    // --syscall-limit
  std::optional<Nanoseconds> run_for;                       // --for

  output::Target output;  // -o, -A, --output-separately, --max-output, --rotate
  Format format = Format::text;
  Filters filters;
  filter::Injections injections;  // -e inject=, -e fault=
  output::TextOptions text;       // but for `pid` and `staged`, which follow from other options
  enum class Colors : uint8_t { automatic, always, never } colors = Colors::automatic;  // --color
  bool always_show_pid = false;                                                         // --always-show-pid
  uint32_t string_limit = 32;                                                           // -s
  resolve::DecodeFds decode_fds;
  resolve::DecodePids decode_pids;
  bool new_namespaces = false;         // --namespace=new
  std::optional<StackOptions> stacks;  // also for --stats=stacks and --flame
  bool shows_stacks = false;           // -k
  bool stack_ids = false;              // --stack-ids
  // -e kvm=: of ioctl(KVM_RUN) nothing more, why it came back, and the state of the virtual CPU
  enum class Kvm : uint8_t { none, vcpu, vcpu_state } kvm = Kvm::none;
  std::string farewell;  // --tips: what is printed when all is done
  SummaryMode summary_mode = SummaryMode::off;
  bool shows_trace = true;    // false: -c, --stats or --flame alone
  stats::StatsOptions stats;  // -c, -C, --stats and what goes with them
  flame::Options flame;       // --flame
  StopCost stop_cost;         // of a stop that nothing is done with; filled in by session::run
};

}  // namespace ktrace::session
