#include "stack/native_unwinder.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "stack/libunwind.h"

namespace ktrace::stack {
namespace {

// Calls in one step. To find an address in a table of a million functions and to run a long program of 1000 bytes takes
// some thousand.
constexpr unsigned most_reads = 1U << 16;
constexpr std::size_t most_signal_checks = std::size_t{1} << 14;

constexpr unsigned ip_number = native_abi == Abi::aarch64 ? 32 : 16;

// What lies above a code address of arm64 authenticates it (Linux, Documentation/arch/arm64/pointer-authentication.rst)
// and is no part of it. Libunwind of this version knows nothing of that.
uint64_t without_authentication(const AddressSpace& space, uint64_t value) {
  if constexpr (native_abi == Abi::aarch64) {
    const uint64_t address = value & ((uint64_t{1} << 48) - 1);
    if (address != value && space.find_code({address}) != nullptr) return address;
  }
  return value;
}

}  // namespace

struct NativeUnwinder::Impl {
  explicit Impl(const Libunwind& found);
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { library.destroy_space(space); }

  bool read(uint64_t at, uint64_t& value);
  uint64_t use(unsigned number);
  int find_information(uint64_t at, unw_proc_info_t* information, int need);
  bool is_signal_return();
  uint64_t current(unw_regnum_t number);

  static Impl& of(void* argument) { return *static_cast<Impl*>(argument); }

  const Libunwind& library;
  unw_accessors_t accessors{};
  unw_addr_space_t space = nullptr;
  unw_cursor_t cursor{};

  std::optional<Thread> thread;
  UnwindRegisters registers;  // when the walk began
  uint64_t initial = 0;
  uint64_t used = 0;
  uint64_t ip = 0;
  uint64_t sp = 0;
  Module* module = nullptr;
  unsigned reads_left = 0;
  bool in_signal_return = false;
  bool after_signal = false;
  std::unordered_map<uint64_t, bool> signal_returns;  // by address
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
  accessors.find_proc_info = stack::find_information;
  accessors.put_unwind_info = [](unw_addr_space_t, unw_proc_info_t*, void*) {};
  accessors.get_dyn_info_list_addr = [](unw_addr_space_t, unw_word_t*, void*) { return -UNW_ENOINFO; };
  accessors.access_mem = access_memory;
  accessors.access_reg = access_register;
  accessors.access_fpreg = [](unw_addr_space_t, unw_regnum_t, unw_fpreg_t*, int, void*) { return -UNW_EBADREG; };
  accessors.resume = [](unw_addr_space_t, unw_cursor_t*, void*) { return -UNW_EINVAL; };
  accessors.get_proc_name = [](unw_addr_space_t, unw_word_t, char*, std::size_t, unw_word_t*, void*) {
    return -UNW_ENOINFO;
  };
  space = library.create_space(&accessors, 0);
  library.set_caching(space, UNW_CACHE_GLOBAL);
}

bool NativeUnwinder::Impl::read(uint64_t at, uint64_t& value) {
  if (reads_left == 0) return false;
  --reads_left;
  if (module != nullptr && module->contains(at)) {
    std::array<uint8_t, sizeof value> bytes{};
    if (!module->pages.from(thread->memory).read_all({at}, bytes)) return false;
    std::memcpy(&value, bytes.data(), sizeof value);
    return true;
  }
  if (!thread->stack.read(at, value)) return false;
  value = without_authentication(thread->space, value);
  return true;
}

uint64_t NativeUnwinder::Impl::use(unsigned number) {
  if (number == ip_number) return ip;
  used |= initial & (uint64_t{1} << number);
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
  return result == -UNW_ENOINFO ? none : result;
}

// The code at which a signal handler returns: libunwind knows it by its instructions.
bool NativeUnwinder::Impl::is_signal_return() {
  if (signal_returns.size() >= most_signal_checks) signal_returns.clear();
  const auto [at, is_new] = signal_returns.try_emplace(ip, false);
  if (is_new) at->second = library.is_signal_frame(&cursor) > 0;
  return at->second;
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
  if (!impl_) return;
  impl_->library.flush(impl_->space, 0, 0);
  impl_->signal_returns.clear();
}

bool NativeUnwinder::begin(const Thread& thread, const UnwindRegisters& registers, uint64_t initial, Address at) {
  if (!impl_ || registers.abi != native_abi) return false;
  impl_->thread.emplace(thread);
  impl_->registers = registers;
  impl_->initial = initial;
  impl_->used = 0;
  impl_->ip = at.value;
  impl_->sp = registers.values[stack_pointer(native_abi)];
  impl_->module = nullptr;
  impl_->after_signal = false;
  return impl_->library.begin(&impl_->cursor, impl_->space, impl_.get()) == 0;
}

NativeUnwinder::Step NativeUnwinder::step(Module& module) {
  Impl& it = *impl_;
  it.module = &module;
  it.reads_left = most_reads;
  it.in_signal_return = it.is_signal_return();
  const int result = it.library.step(&it.cursor);
  if (it.reads_left == 0) module.table_entries = 0;  // it is not asked again
  if (result == 0) return Step::ended;
  if (result < 0) return Step::unknown;
  const uint64_t sp = it.current(UNW_REG_SP);
  const uint64_t ip = it.current(UNW_REG_IP);
  // Where it leads back, it would lead in circles. A handler may have a stack of its own anywhere.
  if (!it.in_signal_return && (sp < it.sp || (sp == it.sp && ip == it.ip))) return Step::ended;
  it.after_signal = it.in_signal_return;
  it.sp = sp;
  it.ip = ip;
  return Step::done;
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
  it.reads_left = most_reads;
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
