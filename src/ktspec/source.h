// Source files and what is said about them. Errors are collected, so that one run reports as many as it finds, and are
// printed sorted by place: `file:line:col: error: message`, the line, and a caret.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace ktspec {

struct Loc {
  uint32_t file = 0;
  uint32_t line = 0;  // from 1
  uint32_t col = 0;   // from 1

  // NOLINTNEXTLINE(modernize-use-nullptr): it sees a 0 in what the compiler makes of it
  friend auto operator<=>(const Loc&, const Loc&) = default;
};

// A word of a description and where it stands. The text lives in its Source.
struct Ident {
  std::string_view text;
  Loc loc;
};

struct Source {
  std::string path;
  std::string text;
  std::vector<std::string_view> lines;
};

class Sources {
 public:
  // Reads a file; false if it cannot be read.
  bool load(const std::string& path);
  uint32_t add(std::string path, std::string text);

  [[nodiscard]] const Source& operator[](uint32_t file) const { return files_[file]; }
  [[nodiscard]] uint32_t count() const { return static_cast<uint32_t>(files_.size()); }
  // "path:line", for messages that refer to a second place.
  [[nodiscard]] std::string where(Loc loc) const;

 private:
  std::deque<Source> files_;  // stable addresses: tokens point into the text
};

class Diagnostics {
 public:
  explicit Diagnostics(const Sources& sources) : sources_(sources) {}

  void error(Loc loc, std::string message);
  [[nodiscard]] bool failed() const { return !errors_.empty(); }
  [[nodiscard]] std::string where(Loc loc) const { return sources_.where(loc); }
  // Everything collected so far, to stderr.
  void print() const;

 private:
  struct Error {
    Loc loc;
    std::string message;
  };
  const Sources& sources_;
  std::vector<Error> errors_;
};

// "'text'", for messages.
std::string quoted(std::string_view text);

// Collects candidates and finds the one that was probably meant.
class Suggestion {
 public:
  explicit Suggestion(std::string_view wrong);
  void consider(std::string_view candidate);
  // "; did you mean 'x'?", or nothing.
  [[nodiscard]] std::string text() const;

 private:
  std::string_view wrong_;
  std::string_view best_;
  size_t distance_;
};

}  // namespace ktspec
