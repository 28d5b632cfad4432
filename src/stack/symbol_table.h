// The functions of one file, by address: which one has a byte, and by which of its names it goes. Also where in memory
// each part of the file belongs. A table is made in the process of symbol_server.h and sent to ktrace as bytes.
//
// Where several functions have a byte (aliases, functions inside of others) the first in the symbol table wins, as in
// strace.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ktrace::stack {

class SymbolTable {
 public:
  // A part of the file that is mapped: PT_LOAD.
  struct Segment {
    uint64_t offset = 0;
    uint64_t size = 0;
    uint64_t address = 0;
    uint64_t executable = 0;
  };
  struct Found {
    const char* name = nullptr;  // as in the file, mangled
    uint64_t offset = 0;         // of the address in the function
  };

  void add(const Segment& segment) { segments_.push_back(segment); }
  void add(uint64_t begin, uint64_t size, std::string_view name);
  // To be called once, after the last add().
  void finish();

  // The address that the byte at `offset` of the file has by its program headers.
  [[nodiscard]] std::optional<uint64_t> address_of(uint64_t offset) const;
  // The function that has the byte at this address.
  [[nodiscard]] std::optional<Found> find(uint64_t address) const;

  [[nodiscard]] std::size_t bytes() const;  // that it takes in memory
  [[nodiscard]] std::size_t function_count() const { return functions_.size(); }
  [[nodiscard]] bool has_segments() const { return !segments_.empty(); }

  // Nothing is believed of what is unpacked: a table that points beyond itself is none.
  [[nodiscard]] std::vector<uint8_t> pack() const;
  static std::optional<SymbolTable> unpack(std::span<const uint8_t> bytes);

 private:
  struct Function {
    uint64_t begin = 0;
    uint64_t end = 0;
    uint64_t reach = 0;  // the highest `end` of this one and all before it
    uint32_t name = 0;   // where in names_
    uint32_t rank = 0;   // its place in the file's symbol table
  };

  std::vector<Segment> segments_;
  std::vector<Function> functions_;
  std::string names_;  // each ends in a NUL
};

}  // namespace ktrace::stack
