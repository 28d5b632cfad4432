// See demangle.h. The interfaces with a callback allocate little, so that a text that grows and grows is merely not
// kept.
#include "stack/demangle.h"

#include <cstddef>

#include <libiberty/demangle.h>

namespace ktrace::stack {
namespace {

constexpr std::size_t longest = 48 * 1024;

struct Collected {
  std::string text;
  bool too_long = false;
};

void collect(const char* piece, std::size_t length, void* to) {
  auto& out = *static_cast<Collected*>(to);
  if (out.too_long || out.text.size() + length > longest) {
    out.too_long = true;
  } else {
    out.text.append(piece, length);
  }
}

}  // namespace

std::string demangle(const char* name) {
  if (!may_be_mangled(name)) return {};
  constexpr int options = DMGL_PARAMS | DMGL_ANSI;
  Collected out;
  // Rust first: its legacy names look like C++, with a hash at their end.
  bool done = rust_demangle_callback(name, options, collect, &out) != 0;
  if (!done) {
    out = {};
    done = cplus_demangle_v3_callback(name, options, collect, &out) != 0;
  }
  return done && !out.too_long ? out.text : std::string();
}

}  // namespace ktrace::stack
