// Codes of one signal count from 1, so a list of names is a table of them.
#include "decode/views/siginfo_codes.h"

#include <csignal>
#include <span>

namespace ktrace::decode::views {
namespace {

constexpr std::string_view ill[] = {"ILL_ILLOPC", "ILL_ILLOPN", "ILL_ILLADR", "ILL_ILLTRP",  "ILL_PRVOPC",
                                    "ILL_PRVREG", "ILL_COPROC", "ILL_BADSTK", "ILL_BADIADDR"};
constexpr std::string_view fpe[] = {"FPE_INTDIV", "FPE_INTOVF", "FPE_FLTDIV", "FPE_FLTOVF", "FPE_FLTUND",
                                    "FPE_FLTRES", "FPE_FLTINV", "FPE_FLTSUB", "",           "",
                                    "",           "",           "",           "FPE_FLTUNK", "FPE_CONDTRAP"};
constexpr std::string_view segv[] = {"SEGV_MAPERR",  "SEGV_ACCERR",  "SEGV_BNDERR",  "SEGV_PKUERR",  "SEGV_ACCADI",
                                     "SEGV_ADIDERR", "SEGV_ADIPERR", "SEGV_MTEAERR", "SEGV_MTESERR", "SEGV_CPERR"};
constexpr std::string_view bus[] = {"BUS_ADRALN", "BUS_ADRERR", "BUS_OBJERR", "BUS_MCEERR_AR", "BUS_MCEERR_AO"};
constexpr std::string_view trap[] = {"TRAP_BRKPT", "TRAP_TRACE", "TRAP_BRANCH", "TRAP_HWBKPT", "TRAP_UNK", "TRAP_PERF"};
constexpr std::string_view chld[] = {"CLD_EXITED",  "CLD_KILLED",  "CLD_DUMPED",
                                     "CLD_TRAPPED", "CLD_STOPPED", "CLD_CONTINUED"};
constexpr std::string_view poll[] = {"POLL_IN", "POLL_OUT", "POLL_MSG", "POLL_ERR", "POLL_PRI", "POLL_HUP"};
constexpr std::string_view sys[] = {"SYS_SECCOMP", "SYS_USER_DISPATCH"};

std::span<const std::string_view> codes_of(int signal) {
  switch (signal) {
    case SIGILL: return ill;
    case SIGFPE: return fpe;
    case SIGSEGV: return segv;
    case SIGBUS: return bus;
    case SIGTRAP: return trap;
    case SIGCHLD: return chld;
    case SIGIO: return poll;
    case SIGSYS: return sys;
    default: return {};
  }
}

std::string_view common_name(int code) {
  switch (code) {
    case 0x80: return "SI_KERNEL";
    case 0: return "SI_USER";
    case -1: return "SI_QUEUE";
    case -2: return "SI_TIMER";
    case -3: return "SI_MESGQ";
    case -4: return "SI_ASYNCIO";
    case -5: return "SI_SIGIO";
    case -6: return "SI_TKILL";
    case -7: return "SI_DETHREAD";
    case -60: return "SI_ASYNCNL";
    default: return {};
  }
}

}  // namespace

std::string_view siginfo_code_name(int signal, int code) {
  if (const auto name = common_name(code); !name.empty()) return name;
  const auto codes = codes_of(signal);
  const auto at = static_cast<std::size_t>(static_cast<int64_t>(code) - 1);
  return at < codes.size() ? codes[at] : std::string_view{};
}

}  // namespace ktrace::decode::views
