// See suggest.h. A message says of what kind the value is that it quotes, so one table from kinds to word lists serves
// all of them, whoever made the message.
#include "cli/suggest.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/errors.h"
#include "base/signals.h"
#include "cli/option_table.h"
#include "spec/lookup.h"

namespace ktrace::cli {
namespace {

using Words = std::vector<std::string_view>;

constexpr std::size_t shortest = 4;  // below that nearly everything is close to something
constexpr std::size_t longest = 64;
constexpr int last_signal = 31;
constexpr int last_error = 133;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Edits that turn one word into the other, swapped neighbours being one; case does not count.
std::size_t distance(std::string_view a, std::string_view b) {
  std::array<std::array<std::size_t, longest + 1>, 3> rows{};  // the row before the last, the last, this
  for (std::size_t j = 0; j <= b.size(); j++) rows[1][j] = j;
  for (std::size_t i = 1; i <= a.size(); i++) {
    auto& now = rows[2];
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); j++) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      now[j] = std::min({rows[1][j] + 1, now[j - 1] + 1, rows[1][j - 1] + (same ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) now[j] = std::min(now[j], rows[0][j - 2] + 1);
    }
    std::rotate(rows.begin(), rows.begin() + 1, rows.end());
  }
  return rows[1][b.size()];
}

Words system_calls(std::string_view word) {
  static constexpr std::string_view classes[] = {"%file",  "%process", "%network", "%net",     "%signal", "%ipc",
                                                 "%desc",  "%memory",  "%creds",   "%stat",    "%lstat",  "%fstat",
                                                 "%%stat", "%statfs",  "%fstatfs", "%%statfs", "%clock",  "%pure"};
  if (word.find_first_of("@/") != std::string_view::npos) return {};  // a pattern, or the name of another ABI
  Words words(std::begin(classes), std::end(classes));
  if (word.starts_with('%')) return words;
  for (const Abi abi : {native_abi, Abi::i386}) {
    if (abi != native_abi && native_abi != Abi::x86_64) break;
    for (const spec::Row& row : spec::rows_of(abi)) words.push_back(spec::syscall_name(abi, row.number));
  }
  return words;
}

Words signals(std::string_view word) {
  Words words;
  const bool prefixed = word.size() > 3 && lower(word[0]) == 's' && lower(word[1]) == 'i' && lower(word[2]) == 'g';
  for (int number = 1; number <= last_signal; number++) {
    const std::string_view name = base::signal_name(number);
    words.push_back(prefixed ? name : name.substr(3));
  }
  return words;
}

Words errors(std::string_view /*word*/) {
  Words words;
  for (int number = 1; number <= last_error; number++)
    if (const std::string_view name = base::error_name(number).name; !name.empty()) words.push_back(name);
  return words;
}

Words columns(std::string_view /*word*/) {
  return {"time-percent", "total-time", "min-time", "max-time", "avg-time", "wall-total", "wall-min",
          "wall-max",     "wall-avg",   "calls",    "errors",   "name",     "nothing"};
}

struct Kind {
  std::string_view message;  // how the message begins
  Words (*words)(std::string_view word);
};
constexpr Kind kinds[] = {
    {"invalid system call ", system_calls},
    {"invalid signal ", signals},
    {"invalid error", errors},
    {"invalid status ",
     [](std::string_view) {
       return Words{"successful", "failed", "unfinished", "unavailable", "detached"};
     }},
    {"invalid quiet ",
     [](std::string_view) {
       return Words{"attach", "exit", "path-resolution", "personality", "thread-execve"};
     }},
    {"invalid decode-fds ",
     [](std::string_view) {
       return Words{"path", "socket", "eventfd", "pidfd", "signalfd"};
     }},
    {"invalid decode-pids ",
     [](std::string_view) {
       return Words{"comm", "pidns"};
     }},
    {"invalid sortby", columns},
    {"unknown column name", columns},
    {"invalid --stats argument",
     [](std::string_view) {
       return Words{"syscalls", "errors", "processes", "threads", "files", "blocked", "histogram"};
     }},
    {"invalid --stats-format ",
     [](std::string_view) {
       return Words{"text", "markdown", "csv", "json"};
     }},
    {"invalid --color ",
     [](std::string_view) {
       return Words{"auto", "always", "never"};
     }},
    {"invalid -X ",
     [](std::string_view) {
       return Words{"raw", "abbrev", "verbose"};
     }},
    {"invalid --const-print-style ",
     [](std::string_view) {
       return Words{"raw", "abbrev", "verbose"};
     }},
    {"invalid --daemonize ",
     [](std::string_view) {
       return Words{"grandchild", "pgroup", "session"};
     }},
    {"invalid -I ",
     [](std::string_view) {
       return Words{"anywhere", "waiting", "never", "never_tstp"};
     }},
    {"invalid --interruptible ",
     [](std::string_view) {
       return Words{"anywhere", "waiting", "never", "never_tstp"};
     }},
    {"invalid --strings-in-hex ",
     [](std::string_view) {
       return Words{"none", "non-ascii", "non-ascii-chars"};
     }},
};

std::string question(std::string_view word) {
  return word.empty() ? std::string{} : std::string("Did you mean '").append(word).append("'?");
}

}  // namespace

std::string_view closest(std::string_view word, std::span<const std::string_view> candidates) {
  if (word.size() < shortest || word.size() > longest) return {};
  std::string_view best;
  std::size_t least = word.size() / 3 + 1;
  for (const std::string_view candidate : candidates) {
    if (candidate.empty() || candidate.size() > longest) continue;
    const std::size_t apart = distance(word, candidate);
    if (word == candidate || apart >= least) continue;
    least = apart;
    best = candidate;
  }
  return best;
}

std::string suggestion(std::string_view message) {
  for (const Kind& kind : kinds) {
    if (!message.starts_with(kind.message)) continue;
    const std::size_t open = message.find('\''), close = message.find('\'', open + 1);
    if (open == std::string_view::npos || close == std::string_view::npos) return {};
    const std::string_view word = message.substr(open + 1, close - open - 1);
    return question(closest(word, kind.words(word)));
  }
  return {};
}

std::string option_suggestion(std::string_view word) {
  if (!word.starts_with("--")) return {};
  word = word.substr(2, word.find('=') - 2);
  Words names;
  for (const Option& option : options()) {
    if (option.name.starts_with(word)) return {};  // ambiguous: the C library listed them
    names.push_back(option.name);
  }
  const std::string_view name = closest(word, names);
  return name.empty() ? std::string{} : question(std::string("--").append(name));
}

}  // namespace ktrace::cli
