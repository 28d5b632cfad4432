// Programs compiled at test time, and how their files are asked for symbols as if they were mapped somewhere.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

#include "stack/mapping.h"
#include "stack/symbol_reader.h"

namespace stack_tests {

// A folder that is gone at the end of the test.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "ktrace-symbols-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }

  [[nodiscard]] std::string operator/(std::string_view name) const { return (path_ / name).string(); }
  [[nodiscard]] std::string path() const { return path_.string(); }

  void write(std::string_view name, std::string_view text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
  }
  // Runs a shell command here. False: it failed, as when a tool is not installed.
  [[nodiscard]] bool run(const std::string& command) const {
    return std::system(("cd '" + path() + "' && { " + command + "; } >>log 2>&1").c_str()) == 0;
  }
  [[nodiscard]] std::string output_of(const std::string& command) const {
    if (!run("{ " + command + "; } >output")) return {};
    return read("output");
  }
  [[nodiscard]] std::string read(std::string_view name) const {
    std::ifstream file(path_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  std::filesystem::path path_;
};

// The file as if all of it were mapped, in this process.
inline ktrace::stack::Mapping mapping_of(const std::string& path) {
  struct stat status {};
  ktrace::stack::Mapping mapping;
  if (stat(path.c_str(), &status) != 0) return mapping;
  mapping.begin = {uint64_t{0x10} << 32};
  mapping.end = mapping.begin + ((static_cast<uint64_t>(status.st_size) + 4095) & ~uint64_t{4095});
  mapping.device = status.st_dev;
  mapping.inode = status.st_ino;
  mapping.path = path;
  mapping.executable = true;
  return mapping;
}

inline ktrace::stack::Answer ask(ktrace::stack::SymbolReader& reader, const ktrace::stack::Mapping& mapping,
                                 uint64_t offset) {
  return reader.answer({.want = ktrace::stack::Question::Want::place,
                        .tid = {getpid()},
                        .mapping = mapping,
                        .at = mapping.begin + offset});
}

struct Function {
  uint64_t address = 0;
  uint64_t size = 0;
};

// What nm says of the functions in a file, by name.
inline std::map<std::string, Function> functions_of(const Folder& folder, const std::string& file,
                                                    const std::string& options = "") {
  std::map<std::string, Function> functions;
  std::istringstream lines(folder.output_of("nm --defined-only --format=posix " + options + " " + file));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name;
    char kind = 0;
    Function function;
    words >> name >> kind >> std::hex >> function.address >> function.size;
    if ((kind == 'T' || kind == 't' || kind == 'W') && function.size != 0) functions[name] = function;
  }
  return functions;
}

// How far addresses in a file are from where they stand in it: `p_vaddr - p_offset` of the code, by readelf.
inline uint64_t code_bias(const Folder& folder, const std::string& file) {
  std::istringstream words(folder.output_of("readelf -lW " + file + " | grep 'LOAD.* R E '"));
  std::string type;
  std::string offset;
  std::string address;
  words >> type >> offset >> address;
  return std::strtoull(address.c_str(), nullptr, 16) - std::strtoull(offset.c_str(), nullptr, 16);
}

}  // namespace stack_tests
