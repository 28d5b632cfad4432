// Reads *.case files: what a tracee has in its registers and memory, and what the decoder must make of it.
// The form is explained in tests/README.md.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "decode/view.h"
#include "ktrace/call.h"
#include "output/text_options.h"

namespace ktrace::tests {

struct Piece {
  uint64_t address = 0;
  std::vector<uint8_t> bytes;
};

struct Case {
  std::string title;
  int line = 0;
  Abi abi = Abi::x86_64;
  uint64_t number = 0;
  std::vector<uint64_t> args;
  uint64_t sp = 0;
  std::vector<Piece> memory;   // before the call
  std::vector<Piece> written;  // by the kernel, before the exit
  Outcome outcome;
  decode::Options options;
  output::TextOptions text_options;
  std::map<int, std::string> targets;  // of fds, under -y
  std::map<int, std::pair<int, int>> sockets;
  bool at_entry = false;  // `entry` was given
  std::string entry;      // text that must be there before the call returns
  std::string text;       // the whole line
  std::string json;       // optional: arguments and result of the object that --json prints
};

// Complains on standard error and exits if the file cannot be read or understood.
std::vector<Case> read_cases(const char* path);

}  // namespace ktrace::tests
