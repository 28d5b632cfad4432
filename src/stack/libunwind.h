// libunwind's unwinder of other processes (libunwind-x86_64, libunwind-aarch64), loaded when the first stack is wanted:
// three shared libraries more at every start would take as long as all the rest of it. And loaded so that nobody else
// sees its symbols: libunwind also brings a runtime of C++ exceptions, which must not stand in for that of g++. (Its
// static libraries are not made to be part of a position independent program.)
//
// Only this file and native_unwinder.cpp include its headers.
#pragma once

#include <libunwind.h>

namespace ktrace::stack {

struct Libunwind {
  decltype(&unw_create_addr_space) create_space = nullptr;
  decltype(&unw_set_caching_policy) set_caching = nullptr;
  decltype(&unw_init_remote) begin = nullptr;
  decltype(&unw_step) step = nullptr;
  decltype(&unw_reg_states_iterate) for_each_state = nullptr;
  decltype(&unw_apply_reg_state) apply_state = nullptr;
  decltype(&unw_get_reg) get_register = nullptr;
  decltype(&unw_get_save_loc) find_saved = nullptr;
  // Not in its headers, but exported for who has accessors of his own (libunwind-ptrace is one): looks an address up in
  // a table of the form of .eh_frame_hdr.
  int (*search_table)(unw_addr_space_t, unw_word_t, unw_dyn_info_t*, unw_proc_info_t*, int, void*) = nullptr;

  // nullptr: it is not there.
  static const Libunwind* load();
};

}  // namespace ktrace::stack
