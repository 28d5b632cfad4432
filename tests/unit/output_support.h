// What the tests of sinks share: a destination whose text can be read back, and calls made of a few values.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "base/log.h"
#include "ktrace/sink.h"
#include "output/destination.h"

namespace ktrace::output::test {

// A folder of its own that goes away with it.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ktrace-output-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }

  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream in(path_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  std::filesystem::path path_;
};

// A trace file and what was written to it.
class Trace {
 public:
  explicit Trace(bool separate = false) {
    destination = std::move(
        Destination::open(
            {.kind = Target::Kind::file, .name = folder.file("trace"), .append = false, .separate = separate}, log)
            .value());
  }
  std::string text(const std::string& suffix = "") {
    destination->flush();
    return folder.read("trace" + suffix);
  }

  Folder folder;
  base::Log log{"ktrace"};
  std::unique_ptr<Destination> destination;
};

inline Subject thread(int tid) {
  Subject who;
  who.tid = Tid{tid};
  who.tgid = Tgid{tid};
  return who;
}

inline CallState make_call(int tid, std::string_view name, uint64_t number = 0) {
  CallState call;
  call.tid = Tid{tid};
  call.tgid = Tgid{tid};
  call.abi = Abi::x86_64;
  call.number = number;
  call.name = name;
  return call;
}

inline ResultValue returns(int64_t value) {
  ResultValue result;
  result.value = value;
  return result;
}

inline ResultValue fails(int number) {
  ResultValue result;
  result.kind = ResultValue::Kind::error;
  result.value = -number;
  return result;
}

inline Number decimal(int64_t value) {
  return {.value = static_cast<uint64_t>(value), .width = 8, .is_signed = true, .base = Base::decimal};
}

}  // namespace ktrace::output::test
