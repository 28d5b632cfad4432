// Everything that is ever asked of an object file, asked of any bytes. A fuzzer can call it as it is.
#pragma once

#include <cstdint>
#include <span>

#include <sys/mman.h>
#include <unistd.h>

#include "ktrace/base/unique_fd.h"
#include "stack/demangle.h"
#include "stack/object_file.h"

namespace stack_tests {

inline void examine(std::span<const uint8_t> bytes) {
  ktrace::UniqueFd file(memfd_create("object", MFD_CLOEXEC));
  if (write(file.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) return;
  const auto object = ktrace::stack::ObjectFile::open(std::move(file), {.path = "/nowhere/object", .root = ""});
  if (!object) return;
  const ktrace::stack::SymbolTable& symbols = object->symbols();
  for (uint64_t offset = 0; offset < bytes.size(); offset += bytes.size() / 16 + 1) {
    const auto address = symbols.address_of(offset);
    if (!address) continue;
    if (const auto symbol = symbols.find(*address)) static_cast<void>(ktrace::stack::demangle(symbol->name));
    static_cast<void>(object->find_line(*address));
  }
}

}  // namespace stack_tests
