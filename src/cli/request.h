// What the options said so far, while they are read from left to right: the session's options, and what only the checks
// at the end can judge. An option is told how it was spelled, as messages name it that way.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "ktrace/base/result.h"
#include "session/options.h"

namespace ktrace::cli {

struct Request {
  session::Options options;

  // Options that can be given by letter, repeated for more, or by a long name, but not in both ways.
  struct Counted {
    unsigned letters = 0;
    bool by_name = false;
    [[nodiscard]] bool conflicts() const { return letters != 0 && by_name; }
  };
  Counted follow;             // -f, --follow-forks
  Counted separate;           // -ff, --output-separately
  Counted daemonize;          // -D, --daemonize
  unsigned daemonize_as = 0;  // what --daemonize=MODE stands for, in letters
  Counted clock;              // -t, --absolute-timestamps
  Counted hex;                // -x, --strings-in-hex
  Counted fds;                // -y, --decode-fds
  Counted quiet;              // -q, --quiet
  bool old_follow = false;    // -F

  std::optional<std::string> argv0;
  std::optional<std::string> user;
  std::optional<std::string> output;
  std::vector<std::string> environment;   // -E, in order
  std::vector<std::string> paths;         // -P
  std::vector<std::string> attach_names;  // --attach-name
  std::optional<tracer::Settings::Interruptible> interruptible;
  bool seccomp_filter = false;  // --seccomp-bpf
  std::optional<std::size_t> stack_limit;
  bool append = false;
  bool successful_only = false, failed_only = false;  // -z, -Z were given
  bool sort_given = false, columns_given = false;
  bool flame_by_given = false;
  // --stats-format, --top: the first that was given, as they need something that makes tables.
  std::string_view needs_tables{};
  bool version = false;
  bool help = false;  // nothing after it counts
};

struct Given {
  std::string_view spelling;  // "-a", "--columns", "-e kvm"
  std::string_view value;
};

// Does what an option says. An error whose number is EINVAL is followed by a hint at -h.
using Apply = Result<void> (*)(Request&, const Given&);

}  // namespace ktrace::cli
