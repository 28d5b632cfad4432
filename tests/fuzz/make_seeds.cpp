// Writes the cases of tests/decode as inputs of the fuzzer `decode`: a folder, then files of cases. A case that has
// memory beyond the first 64 KiB is left out, as the fuzzer's tracees have none there.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "case_file.h"
#include "spec/lookup.h"

namespace ktrace::fuzz {
namespace {

using tests::Case;

class Output {
 public:
  template <class Number>
  void number(Number value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void piece(const tests::Piece& piece, bool at_exit) {
    number<uint8_t>(at_exit ? 1 : 0);
    number(static_cast<uint16_t>(piece.address));
    number(static_cast<uint16_t>(piece.bytes.size()));
    bytes_.append(reinterpret_cast<const char*>(piece.bytes.data()), piece.bytes.size());
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// The fuzzer's tracees have sockets by their numbers.
uint64_t argument(const Case& c, std::size_t k) {
  const uint64_t value = k < c.args.size() ? c.args[k] : 0;
  const auto socket = c.sockets.find(static_cast<int>(value));
  if (socket == c.sockets.end()) return value;
  return static_cast<uint64_t>(socket->second.first | socket->second.second << 6);
}

std::string seed(const Case& c) {
  Output out;
  out.number<uint8_t>(0);  // memory in pieces
  out.number(static_cast<uint8_t>((c.options.abbreviate ? 0 : 1) | (c.options.dereference ? 0 : 2) |
                                  (c.options.raw ? 4 : 0) | (c.targets.empty() ? 0 : 64) | 128));
  out.number(static_cast<uint8_t>(static_cast<unsigned>(c.text_options.constants) |
                                  (c.text_options.argument_names ? 16U : 0U)));
  const auto rows = spec::rows_of(c.abi);
  const auto row = std::ranges::find(rows, c.number, &spec::Row::number);
  out.number(static_cast<uint8_t>(index(c.abi) | (row == rows.end() ? 4U : 0U)));
  out.number(row == rows.end() ? c.number : static_cast<uint64_t>(row - rows.begin()));
  for (std::size_t k = 0; k < 6; ++k) out.number(argument(c, k));
  out.number(static_cast<uint16_t>(c.sp));
  out.number(static_cast<uint8_t>(c.outcome.available ? 0 : 1));
  out.number(c.outcome.value);
  for (const tests::Piece& piece : c.memory) out.piece(piece, false);
  for (const tests::Piece& piece : c.written) out.piece(piece, true);
  return out.bytes();
}

bool fits(const Case& c) {
  const auto low = [](const tests::Piece& piece) { return piece.address + piece.bytes.size() <= 0x10000; };
  return std::ranges::all_of(c.memory, low) && std::ranges::all_of(c.written, low);
}

}  // namespace
}  // namespace ktrace::fuzz

int main(int argc, char** argv) {
  using namespace ktrace;
  unsigned left_out = 0;
  for (int k = 2; k < argc; ++k) {
    const std::filesystem::path file = argv[k];
    for (const tests::Case& c : tests::read_cases(argv[k])) {
      if (!fuzz::fits(c)) {
        ++left_out;
        continue;
      }
      const auto name = file.stem().string() + "-" + std::to_string(c.line);
      std::ofstream(std::filesystem::path(argv[1]) / name, std::ios::binary) << fuzz::seed(c);
    }
  }
  std::printf("%u cases left out\n", left_out);
}
