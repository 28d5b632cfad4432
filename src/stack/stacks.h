// The stacks of all traced processes: what the session asks for. Everything that can be kept is: what is mapped, call
// frames, symbols, and whole walks.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ktrace/memory.h"
#include "ktrace/registers.h"
#include "ktrace/stack.h"
#include "stack/mapping.h"
#include "stack/memo.h"
#include "stack/modules.h"
#include "stack/native_unwinder.h"
#include "stack/snapshot.h"
#include "stack/symbols.h"
#include "stack/trail.h"
#include "stack/walker.h"

namespace ktrace::stack {

// The frames that were seen in a process, each once, by ip and kind.
using KeptFrames = std::unordered_map<uint64_t, Frame>;

// A stack that was taken. It holds no memory of the tracee and stays true when that has gone on.
struct KeptStack {
  std::vector<const Frame*> frames;
  std::shared_ptr<const KeptFrames> store;  // they are in
  Stack::End end = Stack::End::complete;
  uint64_t id = 0;
};
using TakenStack = std::shared_ptr<const KeptStack>;

class Stacks {
 public:
  static constexpr std::size_t default_limit = 256;

  // `gave_up`: see Symbols.
  Stacks(std::size_t limit, Lines lines, Symbols::GaveUp gave_up = {})
      : limit_(limit), symbols_(lines, Symbols::most_table_bytes, std::move(gave_up)) {}

  // A stopped thread: where it is, and what has to be asked for only if that is not enough.
  struct Thread {
    Tid tid;
    Tgid process;
    Abi abi = native_abi;
    Address ip;
    Address sp;
    Memory& memory;
    std::function<std::optional<UnwindRegisters>()> registers;  // nothing: it died
  };
  // To be called while the first tracee is started, which takes as long.
  void prepare();

  // nullptr: it died.
  TakenStack take(const Thread& thread);

  // A range of a process's memory is not mapped as it was before. `length` 0: who knows which.
  void mapping_changed(Tgid process, Address begin, uint64_t length, bool executable);
  // vfork(2): the child has its parent's memory until it calls execve.
  void shares_memory(Tgid child, Tgid parent);
  // A new program, at its first instruction.
  struct Begin {
    Tid tid;
    Tgid process;
    Abi abi = native_abi;
  };
  void executed(const Begin& begin);
  void ended(Tgid process);

 private:
  struct Process {
    uint64_t serial = 0;
    uint64_t generation = 0;        // of `space`, that `frames` are of
    uint64_t files_generation = 0;  // that `unwinder` knows
    AddressSpace space;
    Modules modules;
    NativeUnwinder unwinder;
    Trail trail;
    std::shared_ptr<KeptFrames> frames = std::make_shared<KeptFrames>();  // of this generation
  };
  struct Digest {
    uint64_t a = 0, b = 0;
    bool operator==(const Digest&) const = default;
  };
  struct DigestHash {
    std::size_t operator()(const Digest& digest) const noexcept { return digest.a; }
  };

  Process& process(Tgid tgid);
  void attach(Tid tid, Process& process);
  void note_code(const Mapping& mapping);
  void expect_own(uint64_t at);
  TakenStack make(Tid tid, Process& process);
  const Frame& frame(Tid tid, Process& process, Address ip, Ip kind);
  uint64_t id_of(const std::vector<const Frame*>& frames, bool cut);

  std::size_t limit_;
  Symbols symbols_;
  Memo memo_;
  Snapshot snapshot_;
  Walk walk_;
  std::set<std::pair<dev_t, ino_t>> seen_;  // files that were mapped as code
  uint64_t serial_ = 0;
  std::unordered_map<int, std::shared_ptr<Process>> processes_;
  std::unordered_map<Digest, uint64_t, DigestHash> ids_;
  uint64_t last_id_ = 0;
};

}  // namespace ktrace::stack
