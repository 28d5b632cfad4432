// One system call in flight: what the entry stop told, and what has to be remembered until the exit stop.
// A thread has at most one; it lives in the session's table under its Tid. Nothing here refers to a stopped tracee.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ktrace/abi.h"
#include "ktrace/base/ids.h"

namespace ktrace {

// How a system call ended, from PTRACE_GET_SYSCALL_INFO (ptrace(2)) or from registers.
struct Outcome {
  int64_t value = 0;  // the return value; for an error the negated errno (also ERESTARTSYS 512 and its kin)
  bool is_error = false;
  bool available = true;  // false: the registers could not be read, `= ? <unavailable>`
};

struct CallState {
  Tid tid;
  Tgid tgid;
  Abi abi = native_abi;
  uint64_t number = 0;             // as the kernel saw it: may be -1 or unknown
  std::array<uint64_t, 6> args{};  // argument registers, zero-extended for 32-bit ABIs
  Address ip;                      // instruction pointer at the last stop: entry, then exit
  Address sp;                      // stack pointer at entry: rt_sigreturn finds its frame there
  std::string_view name;           // as printed: "openat", "syscall_0x1f4"; points into tables or name_storage
  std::string name_storage;        // backing store when the number has no name
  Nanoseconds entered{};           // CLOCK_MONOTONIC at the entry stop
  Nanoseconds left{};              // CLOCK_MONOTONIC at the exit stop
  Nanoseconds entered_wall{};      // CLOCK_REALTIME at the entry stop
  Nanoseconds left_wall{};         // CLOCK_REALTIME at the exit stop
  Nanoseconds system_time{};       // CPU time in the kernel between entry and exit, for -c
  Nanoseconds thread_time{};       // CPU time of the thread between entry and exit, for --stats=blocked
  uint64_t bytes_moved = 0;        // read or written, for --stats=stacks and --flame
  Outcome outcome;                 // valid at exit
  std::string_view interrupted;    // restart_syscall: name of the call it resumes; empty: unknown
  bool entry_shown = false;        // Sink::call_begin was called
  bool arguments_pending = false;  // set by Decoder::entry: some arguments are known only at exit

  // What ktrace did to it (-e inject=).
  struct Tampered {
    bool arguments = false;  // memory that an argument points to was overwritten
    bool result = false;     // the call was not made, its result is not its own
    bool delayed = false;
  } tampered;

  // The decoder's memory between entry and exit. Owned by src/decode; others leave it alone.
  struct Decoding {
    uint32_t row = ~uint32_t{0};       // row of the number table: see decode::find_row
    uint32_t sub_row = ~uint32_t{0};   // of socketcall and ipc: the sub-call's row in spec::sub_rows
    uint32_t call = ~uint32_t{0};      // description in use (a variant, for fcntl and its like)
    std::array<uint64_t, 8> values{};  // arguments by position, 64-bit ones joined from two registers
    uint8_t next_argument = 0;         // first argument not yet shown in full
    bool open_argument = false;        // that argument is a struct whose exit fields still follow
    std::array<uint64_t, 8> saved{};   // old values of inout scalars, by argument ...
    uint8_t saved_mask = 0;            // ... as far as they could be read: bit per argument
    std::vector<uint8_t> bytes;        // what a view wants to remember (keeps its capacity)
  } decoding;

  // A sink's memory between entry and exit (keeps its capacity). Each kind of sink has its own, as several may run.
  struct Rendering {
    // A value that is open: its kind, what the sink notes about it, where its last element starts in `text`.
    struct Level {
      uint8_t what = 0;
      uint32_t count = 0;
      uint32_t last = 0;
    };
    std::string text;           // what is rendered but not yet shown
    std::vector<Level> levels;  // outermost first
    uint32_t mark = 0;          // whatever the sink wants to remember
  };
  Rendering as_text;
  Rendering as_json;
};

}  // namespace ktrace
