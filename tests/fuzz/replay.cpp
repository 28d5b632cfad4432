// Instead of libFuzzer: gives a target the files, and those in the folders, that the command line names. What a fuzzer
// has found stays found by an ordinary test, with any compiler.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

unsigned replay(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
  // A copy of exactly this size: reading behind it is seen.
  const std::vector<uint8_t> input(bytes.begin(), bytes.end());
  std::fprintf(stderr, "%s\n", path.c_str());
  LLVMFuzzerTestOneInput(input.data(), input.size());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  unsigned count = 0;
  for (int k = 1; k < argc; ++k) {
    if (!std::filesystem::is_directory(argv[k])) {
      count += replay(argv[k]);
      continue;
    }
    for (const auto& file : std::filesystem::directory_iterator(argv[k])) count += replay(file.path());
  }
  std::printf("%u inputs\n", count);
  return count != 0 ? 0 : 1;
}
