// The classes of -e trace=%class against what strace 7.2 was seen to do (tests/classes/*.txt), call by call.
#include <array>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <utility>

#include <doctest/doctest.h>
#include "spec/lookup.h"

using namespace ktrace;

namespace {

constexpr std::array<std::pair<std::string_view, uint32_t>, 17> classes = {{{"file", spec::class_file},
                                                                            {"desc", spec::class_desc},
                                                                            {"memory", spec::class_memory},
                                                                            {"process", spec::class_process},
                                                                            {"signal", spec::class_signal},
                                                                            {"ipc", spec::class_ipc},
                                                                            {"network", spec::class_network},
                                                                            {"creds", spec::class_creds},
                                                                            {"stat", spec::class_stat},
                                                                            {"lstat", spec::class_lstat},
                                                                            {"fstat", spec::class_fstat},
                                                                            {"stat_like", spec::class_stat_like},
                                                                            {"statfs", spec::class_statfs},
                                                                            {"fstatfs", spec::class_fstatfs},
                                                                            {"statfs_like", spec::class_statfs_like},
                                                                            {"clock", spec::class_clock},
                                                                            {"pure", spec::class_pure}}};

uint32_t bit_of(std::string_view name) {
  for (const auto& [text, bit] : classes)
    if (text == name) return bit;
  return 0;
}

std::set<std::string> names_with(Abi abi, uint32_t bit) {
  std::set<std::string> out;
  for (const spec::Row& row : spec::rows_of(abi))
    if ((row.classes & bit) != 0) out.emplace(spec::strings + row.name);
  return out;
}

// Those of one set that the other lacks.
std::string without(const std::set<std::string>& names, const std::set<std::string>& others) {
  std::string out;
  for (const std::string& name : names) {
    if (others.count(name) == 0) out.append(name).append(" ");
  }
  return out;
}

// `file: access acct ...`: one class a line.
void compare(Abi abi) {
  std::ifstream file(std::string(KTRACE_TESTS) + "/classes/" + std::string(abi_name(abi)) + ".txt");
  REQUIRE(file.is_open());
  unsigned seen = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    const std::size_t colon = line.find(':');
    const std::string name = line.substr(0, colon);
    std::istringstream rest(line.substr(colon + 1));
    std::set<std::string> expected;
    for (std::string word; rest >> word;) expected.insert(word);
    CAPTURE(name);
    CHECK(without(names_with(abi, bit_of(name)), expected) == "");
    CHECK(without(expected, names_with(abi, bit_of(name))) == "");
    ++seen;
  }
  CHECK(seen == classes.size());
}

}  // namespace

TEST_CASE("calls of x86_64 are in the classes that strace puts them in") {
  compare(Abi::x86_64);
}

TEST_CASE("calls of i386 are in the classes that strace puts them in") {
  compare(Abi::i386);
}
