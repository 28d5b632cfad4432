#include "stack/native_unwinder.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "stack/libunwind.h"

namespace ktrace::stack {
namespace {

// Words, and bytes of the tables: to find an address in a table of a million functions and to run a long program of
// 1000 bytes takes some thousand. To apply what was found takes some dozen.
constexpr unsigned most_table_reads = 1U << 15;
constexpr unsigned most_stack_reads = 1U << 10;
// rt_sigreturn by the instructions that libunwind and gdb know it by, too: mov $15, %rax; syscall. On arm64: mov x8,
// #139; svc #0.
#if defined(__aarch64__)
constexpr std::array<uint8_t, 8> signal_return{0x68, 0x11, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4};
#else
constexpr std::array<uint8_t, 9> signal_return{0x48, 0xc7, 0xc0, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05};
#endif
constexpr std::size_t most_codes = std::size_t{1} << 14;

constexpr unsigned ip_number = native_abi == Abi::aarch64 ? 32 : 16;

// What lies above a code address of arm64 authenticates it (Linux, Documentation/arch/arm64/pointer-authentication.rst)
// and is no part of it. Libunwind of this version knows nothing of that.
uint64_t without_authentication([[maybe_unused]] AddressSpace& space, uint64_t value) {
  if constexpr (native_abi == Abi::aarch64) {
    const uint64_t address = value & ((uint64_t{1} << 48) - 1);
    if (address != value && space.find_code({address}) != nullptr) return address;
  }
  return value;
}

// Libunwind takes what tables say for an index of its own arrays: of the register that they call the return address,
// and of one that holds the value of another (DW_CFA_register). Its register state is looked through before it is
// applied: the first number, how each of n registers was saved, and n words that say where. Of another layout nothing
// is sound, and all frames are left to libdw.
constexpr uint64_t usual_column = native_abi == Abi::aarch64 ? 30 : 16;
constexpr uint8_t saved_in_register = 3;
bool is_sound(std::span<const uint8_t> state) {
  constexpr std::size_t word = sizeof(uint64_t);
  const auto word_at = [&](std::size_t at) {
    uint64_t value = 0;
    std::memcpy(&value, state.data() + at, word);
    return value;
  };
  const auto words_at = [](std::size_t n) { return word + (n + word - 1) / word * word; };
  std::size_t n = usual_column + 3;  // with the canonical frame address in two parts
  while (words_at(n) + n * word < state.size()) ++n;
  if (words_at(n) + n * word != state.size() || word_at(0) != usual_column) return false;
  for (std::size_t i = 0; i < n; ++i)
    if (state[word + i] == saved_in_register && word_at(words_at(n) + i * word) >= n - 2) return false;
  return true;
}

}  // namespace

struct NativeUnwinder::Impl {
  // Libunwind's register state, which is the same for all code up to `end`.
  struct State {
    uint64_t end = 0;
    uint64_t function_bytes = 0;  // of the function that the code is in
    std::vector<uint8_t> bytes;
  };
  // What is known of an address.
  struct Code {
    bool is_signal_return = false;
    const State* state = nullptr;  // nullptr: the tables do not have it
  };

  explicit Impl(const Libunwind& found);

  bool read(uint64_t at, uint64_t& value);
  uint64_t use(unsigned number);
  int find_information(uint64_t at, unw_proc_info_t* information, int need);
  void flush() {
    codes.clear();
    states.clear();
  }
  bool is_signal_return();
  const Code& code_at(uint64_t at);
  const State* find_state(uint64_t at);
  const State* read_state(uint64_t at);
  uint64_t current(unw_regnum_t number);

  static Impl& of(void* argument) { return *static_cast<Impl*>(argument); }

  const Libunwind& library;
  unw_addr_space_t space = nullptr;
  unw_cursor_t cursor{};

  std::optional<Thread> thread;
  UnwindRegisters registers;  // when the walk began
  uint64_t initial = 0;
  uint64_t used = 0;
  uint64_t ip = 0;
  uint64_t sp = 0;
  uint64_t looked_up = 0;  // what stands for `ip` while its state is made
  Module* module = nullptr;
  uint64_t function_bytes = 0;  // of the one found last
  unsigned reads_left = 0;
  bool in_signal_return = false;
  bool after_signal = false;
  bool is_looking = false;                   // what is read now counts as not read
  std::unordered_map<uint64_t, Code> codes;  // by the address that is looked up, and whether `ip` is behind it
  std::map<uint64_t, State> states;          // by the first address that they are for
};

namespace {

using Impl = NativeUnwinder::Impl;

int access_memory(unw_addr_space_t, unw_word_t at, unw_word_t* value, int write, void* argument) {
  uint64_t word = 0;
  if (write != 0 || !Impl::of(argument).read(at, word)) return -UNW_EINVAL;
  *value = word;
  return 0;
}

int access_register(unw_addr_space_t, unw_regnum_t number, unw_word_t* value, int write, void* argument) {
  if (write != 0 || number < 0 || static_cast<unsigned>(number) > ip_number) return -UNW_EBADREG;
  *value = Impl::of(argument).use(static_cast<unsigned>(number));
  return 0;
}

int find_information(unw_addr_space_t, unw_word_t at, unw_proc_info_t* information, int need, void* argument) {
  return Impl::of(argument).find_information(at, information, need);
}

}  // namespace

NativeUnwinder::Impl::Impl(const Libunwind& found) : library(found) {
  static unw_accessors_t accessors = [] {
    unw_accessors_t made{};
    made.find_proc_info = stack::find_information;
    made.put_unwind_info = [](unw_addr_space_t, unw_proc_info_t*, void*) {};
    made.get_dyn_info_list_addr = [](unw_addr_space_t, unw_word_t*, void*) { return -UNW_ENOINFO; };
    made.access_mem = access_memory;
    made.access_reg = access_register;
    made.access_fpreg = [](unw_addr_space_t, unw_regnum_t, unw_fpreg_t*, int, void*) { return -UNW_EBADREG; };
    made.resume = [](unw_addr_space_t, unw_cursor_t*, void*) { return -UNW_EINVAL; };
    made.get_proc_name = [](unw_addr_space_t, unw_word_t, char*, std::size_t, unw_word_t*, void*) {
      return -UNW_ENOINFO;
    };
    return made;
  }();
  // One for all processes: nothing of them is in it.
  static const unw_addr_space_t shared = [&found] {
    const unw_addr_space_t made = found.create_space(&accessors, 0);
    found.set_caching(made, UNW_CACHE_NONE);
    return made;
  }();
  space = shared;
}

bool NativeUnwinder::Impl::read(uint64_t at, uint64_t& value) {
  if (reads_left == 0) return false;
  --reads_left;
  if (module != nullptr && module->contains(at)) return module->pages.from(thread->memory).read_word(at, value);
  if (!(is_looking ? thread->stack.peek(at, value) : thread->stack.read(at, value))) return false;
  value = without_authentication(thread->space, value);
  return true;
}

uint64_t NativeUnwinder::Impl::use(unsigned number) {
  if (number == ip_number) return looked_up;
  if (!is_looking) used |= initial & (uint64_t{1} << number);
  return without_authentication(thread->space, registers.values[number]);
}

// Of code that is not in the tables, libunwind would guess the caller: only its guess at signal handlers is wanted.
int NativeUnwinder::Impl::find_information(uint64_t at, unw_proc_info_t* information, int need) {
  const int none = in_signal_return ? -UNW_ENOINFO : -UNW_ESTOPUNWIND;
  if (module == nullptr || module->table_entries == 0) return none;
  unw_dyn_info_t table{};
  table.format = UNW_INFO_FORMAT_REMOTE_TABLE;
  table.start_ip = module->begin.value;
  table.end_ip = module->end;
  table.u.rti.segbase = module->table_base;
  table.u.rti.table_data = module->table;
  table.u.rti.table_len = module->table_entries;  // in words of 8 bytes, which is what an entry has
  const int result = library.search_table(space, at, &table, information, need, this);
  if (result == 0) function_bytes = information->end_ip - information->start_ip;
  return result == -UNW_ENOINFO ? none : result;
}

const NativeUnwinder::Impl::State* NativeUnwinder::Impl::find_state(uint64_t at) {
  const auto behind = states.upper_bound(at);
  if (behind == states.begin() || std::prev(behind)->second.end <= at) return read_state(at);
  function_bytes = std::prev(behind)->second.function_bytes;
  return &std::prev(behind)->second;
}

// A cursor of its own leads libunwind to the address; the states of the whole function pass by.
const NativeUnwinder::Impl::State* NativeUnwinder::Impl::read_state(uint64_t at) {
  struct Wanted {
    uint64_t at;
    uint64_t begin;
    State state;
  } wanted{.at = at, .begin = 0, .state = {}};
  const auto pick = [](void* token, void* data, std::size_t size, unw_word_t begin, unw_word_t end) {
    Wanted& it = *static_cast<Wanted*>(token);
    if (it.at < begin || it.at >= end) return 0;
    const auto* const bytes = static_cast<const uint8_t*>(data);
    it.begin = begin;
    it.state.end = end;
    it.state.bytes.assign(bytes, bytes + size);
    return -static_cast<int>(UNW_ESTOPUNWIND);
  };
  looked_up = at;
  function_bytes = 0;
  unw_cursor_t there{};
  if (module->table_entries != 0 && library.begin(&there, space, this) == 0)
    library.for_each_state(&there, pick, &wanted);
  if (reads_left == 0) module->table_entries = 0;  // it is not asked again
  if (!is_sound(wanted.state.bytes)) return nullptr;
  wanted.state.function_bytes = function_bytes;
  return &(states[wanted.begin] = std::move(wanted.state));
}

// Whether the code at `ip` is what a signal handler returns to. That is a function of its own, if it is one at all.
bool NativeUnwinder::Impl::is_signal_return() {
  if (function_bytes > 2 * signal_return.size()) return false;
  std::array<uint8_t, signal_return.size()> bytes{};
  return module->pages.from(thread->memory).read_all({ip}, bytes) && bytes == signal_return;
}

const NativeUnwinder::Impl::Code& NativeUnwinder::Impl::code_at(uint64_t at) {
  if (codes.size() >= most_codes) flush();
  const auto [known, is_new] = codes.try_emplace(at << 1 | (at == ip ? 0U : 1U));
  if (is_new) {
    reads_left = most_table_reads;
    const uint64_t used_before = used;
    known->second.state = find_state(at);
    used = used_before;
    known->second.is_signal_return = is_signal_return();
  }
  return known->second;
}

uint64_t NativeUnwinder::Impl::current(unw_regnum_t number) {
  unw_word_t value = 0;
  return library.get_register(&cursor, number, &value) == 0 ? value : 0;
}

NativeUnwinder::NativeUnwinder() {
  if (const Libunwind* const library = Libunwind::load()) impl_ = std::make_unique<Impl>(*library);
}
NativeUnwinder::~NativeUnwinder() = default;

void NativeUnwinder::flush() {
  if (impl_) impl_->flush();
}

bool NativeUnwinder::begin(const Thread& thread, const UnwindRegisters& registers, uint64_t initial) {
  if (!impl_ || registers.abi != native_abi) return false;
  Impl& it = *impl_;
  it.thread.emplace(thread);
  it.registers = registers;
  it.initial = initial;
  it.used = 0;
  it.looked_up = it.ip = registers.ip.value;
  it.sp = registers.values[stack_pointer(native_abi)];
  it.module = nullptr;
  it.after_signal = false;
  return it.library.begin(&it.cursor, it.space, &it) == 0;
}

NativeUnwinder::Step NativeUnwinder::step(Module& module, Address at) {
  Impl& it = *impl_;
  it.module = &module;
  const Impl::Code& code = it.code_at(at.value);
  it.reads_left = most_stack_reads;
  it.in_signal_return = code.is_signal_return;
  int result = -UNW_ENOINFO;
  // The vDSO of arm64 has tables for it that lead to the caller of what the signal interrupted (arch/arm64/kernel/vdso/
  // sigreturn.S).
  const bool is_in_tables = code.state != nullptr && !(code.is_signal_return && native_abi == Abi::aarch64);
  if (is_in_tables) {
    result = it.library.apply_state(&it.cursor, const_cast<uint8_t*>(code.state->bytes.data()));
  } else if (code.is_signal_return) {
    result = it.library.step(&it.cursor);  // it knows the frame that the kernel makes
  }
  if (result < 0) return Step::unknown;
  const uint64_t sp = it.current(UNW_REG_SP);
  const uint64_t ip = it.current(UNW_REG_IP);
  if (result == 0 || ip == 0) return Step::ended;
  // Where it leads back, it would lead in circles. A handler may have a stack of its own anywhere.
  if (!it.in_signal_return && (sp < it.sp || (sp == it.sp && ip == it.ip))) return Step::ended;
  it.after_signal = it.in_signal_return;
  it.sp = sp;
  it.ip = ip;
  return Step::done;
}

namespace {

// RBX, RBP, R12 to R15; X19 to X30.
constexpr NativeUnwinder::Kept kept_numbers = [] {
  NativeUnwinder::Kept numbers{3, 6, 12, 13, 14, 15};
  if (native_abi == Abi::aarch64)
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = 19 + i;
  return numbers;
}();

}  // namespace

bool NativeUnwinder::is_kept(uint64_t used) {
  for (const uint64_t number : kept_numbers) used &= ~(uint64_t{1} << number);
  return (used & ~(uint64_t{1} << stack_pointer(native_abi))) == 0;
}

NativeUnwinder::Kept NativeUnwinder::kept() {
  impl_->is_looking = true;
  Kept values;
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = impl_->current(static_cast<unw_regnum_t>(kept_numbers[i]));
  impl_->is_looking = false;
  return values;
}

void NativeUnwinder::use_kept() {
  for (const uint64_t number : kept_numbers) static_cast<void>(impl_->current(static_cast<unw_regnum_t>(number)));
}

uint64_t NativeUnwinder::sp() const {
  return impl_->sp;
}
Address NativeUnwinder::ip() const {
  return {impl_->ip};
}
bool NativeUnwinder::after_signal() const {
  return impl_->after_signal;
}
uint64_t NativeUnwinder::used() const {
  return impl_->used;
}

void NativeUnwinder::leave(UnwindRegisters& registers, uint64_t& initial) {
  Impl& it = *impl_;
  it.reads_left = most_stack_reads;
  uint64_t still = 0;
  for (unsigned number = 0; number < ip_number; ++number) {
    unw_save_loc_t where{};
    uint64_t value = 0;
    if (it.library.find_saved(&it.cursor, static_cast<int>(number), &where) == 0) {
      if (where.type == UNW_SLT_MEMORY) it.read(where.u.addr, value);
      if (where.type == UNW_SLT_REG && where.u.regnum >= 0 && static_cast<unsigned>(where.u.regnum) < ip_number) {
        value = it.registers.values[static_cast<unsigned>(where.u.regnum)];
        if (static_cast<unsigned>(where.u.regnum) == number)
          still |= uint64_t{1} << number;
        else
          it.used |= it.initial & (uint64_t{1} << where.u.regnum);
      }
    }
    registers.values[number] = value;
  }
  initial &= still;
  registers.values[stack_pointer(native_abi)] = it.sp;
  registers.values[ip_number] = it.ip;
  registers.ip = {it.ip};
}

}  // namespace ktrace::stack
