#include "stack/libunwind.h"

#include <dlfcn.h>

#include <string>

namespace ktrace::stack {
namespace {

#define KT_TEXT_OF(name) #name
#define KT_TEXT(name) KT_TEXT_OF(name)

template <class Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

bool find_all(void* library, Libunwind& found) {
  return find(library, KT_TEXT(unw_create_addr_space), found.create_space) &&
         find(library, KT_TEXT(unw_set_caching_policy), found.set_caching) &&
         find(library, KT_TEXT(unw_init_remote), found.begin) && find(library, KT_TEXT(unw_step), found.step) &&
         find(library, KT_TEXT(unw_reg_states_iterate), found.for_each_state) &&
         find(library, KT_TEXT(unw_apply_reg_state), found.apply_state) &&
         find(library, KT_TEXT(unw_get_reg), found.get_register) &&
         find(library, KT_TEXT(unw_get_save_loc), found.find_saved) &&
         find(library, KT_TEXT(UNW_OBJ(dwarf_search_unwind_table)), found.search_table);
}

}  // namespace

const Libunwind* Libunwind::load() {
  static const Libunwind* const loaded = []() -> const Libunwind* {
    static Libunwind library;
    void* const handle = dlopen("libunwind-" KT_TEXT(UNW_TARGET) ".so.8", RTLD_NOW | RTLD_LOCAL);
    return handle != nullptr && find_all(handle, library) ? &library : nullptr;
  }();
  return loaded;
}

}  // namespace ktrace::stack
