// The interpreter: walks the tables of src/spec over a call's registers and the tracee's memory, and sends what it
// finds to a sink as values. Knows no system call by name. Never fails: what cannot be read shows as its address.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "decode/view.h"
#include "ktrace/call.h"
#include "ktrace/descriptors.h"
#include "ktrace/memory.h"
#include "ktrace/sink.h"
#include "spec/tables.h"

namespace ktrace::decode {

// What a decoder sees of a tracee during one stop.
struct Tracee {
  Memory& memory;
  Descriptors& descriptors;
  Abi abi = native_abi;  // of its last stop; for a siginfo, which belongs to no call
};

class Scratch;

class Decoder {
 public:
  Decoder();
  ~Decoder();

  // Finds the row and description of the call (socketcall and ipc are demultiplexed, for which memory may be read),
  // joins the arguments and sets call.name. Always called first, for every call that is looked at.
  static void identify(CallState& call, Memory& memory);

  // Sends the arguments that are known at entry. The caller did call_begin and will do call_suspend.
  void entry(CallState& call, Tracee tracee, ValueSink& sink, const Options& options);

  // Sends the other arguments, then Sink::result and its aux value. call.outcome is set.
  void exit(CallState& call, Tracee tracee, Sink& sink, const Options& options);

  // Sends what the call read or wrote through a descriptor for which the predicate holds: -e read=, -e write=. At exit.
  struct Dumped {
    std::function<bool(int)> read;
    std::function<bool(int)> write;
  };
  static void dump(const ktrace::Subject& who, CallState& call, Memory& memory, Sink& sink, const Dumped& wanted);

  // True if the call takes a path or a descriptor for which the predicate holds: -P and --trace-fds.
  struct Wanted {
    std::function<bool(std::string_view)> path;  // gets paths as given and as descriptors resolve to; may be empty
    std::function<bool(int)> fd;                 // may be empty
  };
  bool touches(CallState& call, Tracee tracee, const Wanted& wanted);
  // False: no call of this kind ever does.
  static bool may_touch(const spec::Row& row);

  // A structure that the call works on though no argument says so, as it was when it was copied. At exit.
  struct Copy {
    uint32_t record;                   // spec::records
    std::span<const uint8_t> bytes;    // from its start; members beyond are not shown
    std::span<const uint64_t> params;  // of the record
  };
  void copied(CallState& call, const Copy& what, Tracee tracee, ValueSink& sink, const Options& options);

  // Tells what files the call works with: descriptors and paths in its arguments. At entry, while they are what they
  // are.
  enum class Role : uint8_t { any, from, to };  // of sendfile(2) and its kin: what is read, what is written
  struct Files {
    std::function<void(int, Role)> fd;
    std::function<void(std::string_view path, int directory)> path;  // relative to it; AT_FDCWD: the current one
  };
  void files(CallState& call, Tracee tracee, const Files& wanted);
  // At exit: what it opened, and the bytes it moved through the first descriptor, or from one to the other.
  struct Moved {
    std::optional<int> opened{};
    uint64_t read = 0;
    uint64_t written = 0;
    uint64_t between = 0;
    [[nodiscard]] uint64_t bytes() const { return read + written + between; }
  };
  static Moved moved(const CallState& call, Memory& memory);

  // The `{si_signo=SIGCHLD, ...}` of a signal stop. `abi`: whose layout the bytes have; ptrace gives the tracer's own.
  void siginfo(std::span<const uint8_t> bytes, Abi abi, Tracee tracee, ValueSink& sink, const Options& options);

 private:
  std::unique_ptr<Scratch> scratch_;
};

// The row of the number table that identify() found (classes, name); that of the sub-call for socketcall and ipc.
// nullptr: the number has no row.
const spec::Row* find_row(const CallState& call);

// False: what the call shows as its argument is not in a register: the mask in a signal frame, the call that is
// resumed.
bool takes_registers(const CallState& call);

}  // namespace ktrace::decode
