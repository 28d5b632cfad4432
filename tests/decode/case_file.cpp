// See case_file.h.
#include "case_file.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string_view>

namespace ktrace::tests {
namespace {

class Reader {
 public:
  explicit Reader(const char* path) : path_(path), in_(path) {
    if (!in_) fail("cannot be read");
  }

  std::vector<Case> all() {
    std::string line;
    while (std::getline(in_, line)) {
      ++line_;
      const auto start = line.find_first_not_of(" \t");
      if (start == std::string::npos || line[start] == '#') continue;
      statement(std::string_view(line).substr(start));
    }
    return std::move(cases_);
  }

 private:
  [[noreturn]] void fail(std::string_view why) const {
    std::fprintf(stderr, "%s:%d: %.*s\n", path_, line_, static_cast<int>(why.size()), why.data());
    std::exit(2);
  }

  void statement(std::string_view line) {
    const auto blank = line.find(' ');
    const std::string_view word = line.substr(0, blank);
    const std::string rest(blank == std::string_view::npos ? "" : line.substr(blank + 1));
    if (word == "case") {
      cases_.emplace_back();
      cases_.back().title = rest;
      cases_.back().line = line_;
      return;
    }
    if (cases_.empty()) fail("a file begins with `case TITLE`");
    Case& c = cases_.back();
    std::istringstream words(rest);
    if (word == "abi") {
      c.abi = abi(rest);
    } else if (word == "call") {
      call(c, words);
    } else if (word == "sp") {
      c.sp = std::stoull(rest, nullptr, 0);
    } else if (word == "mem") {
      c.memory.push_back(piece(c.abi, rest));
    } else if (word == "writes") {
      c.written.push_back(piece(c.abi, rest));
    } else if (word == "returns") {
      outcome(c, rest);
    } else if (word == "with") {
      options(c, words);
    } else if (word == "fd" || word == "socket") {
      descriptor(c, word, words);
    } else if (word == "entry") {
      c.at_entry = true;
      c.entry = rest;
    } else if (word == "text") {
      c.text = rest;
    } else if (word == "json") {
      c.json = rest;
    } else {
      fail("unknown statement");
    }
  }

  Abi abi(std::string_view name) const {
    for (unsigned k = 0; k < abi_count; ++k) {
      if (abi_name(static_cast<Abi>(k)) == name) return static_cast<Abi>(k);
    }
    fail("unknown ABI");
  }

  // Numbers as C writes them; negative ones fill a register.
  uint64_t number(const std::string& text) const {
    char* end = nullptr;
    const uint64_t value = text.starts_with('-') ? static_cast<uint64_t>(std::strtoll(text.c_str(), &end, 0))
                                                 : std::strtoull(text.c_str(), &end, 0);
    if (text.empty() || *end != '\0') fail("not a number: " + text);
    return value;
  }

  void call(Case& c, std::istringstream& words) {
    std::string word;
    if (!(words >> word)) fail("call NUMBER ARGUMENTS...");
    c.number = number(word);
    while (words >> word) {
      const uint64_t value = number(word);
      c.args.push_back(is_32_bit(c.abi) ? value & 0xffffffff : value);
    }
    if (c.args.size() > 6) fail("a call has six registers");
  }

  void outcome(Case& c, const std::string& text) {
    if (text == "unavailable") {
      c.outcome.available = false;
      return;
    }
    c.outcome.value = static_cast<int64_t>(number(text));
    c.outcome.is_error = c.outcome.value < 0 && c.outcome.value >= -4095;
  }

  void options(Case& c, std::istringstream& words) {
    std::string word;
    while (words >> word) {
      if (word == "-v") {
        c.options.abbreviate = false;
      } else if (word == "-s") {
        if (!(words >> c.options.string_limit)) fail("-s NUMBER");
      } else if (word == "raw") {
        c.options.raw = true;
      } else if (word == "verbose=none") {
        c.options.dereference = false;
      } else if (word == "-N") {
        c.text_options.argument_names = true;
      } else if (word == "-Xraw") {
        c.text_options.constants = output::TextOptions::Constants::raw;
      } else if (word == "-Xverbose") {
        c.text_options.constants = output::TextOptions::Constants::verbose;
      } else {
        fail("unknown option: " + word);
      }
    }
  }

  void descriptor(Case& c, std::string_view what, std::istringstream& words) {
    int fd = 0;
    if (!(words >> fd >> std::ws)) fail("a descriptor is a number");
    if (what == "fd") {
      std::getline(words, c.targets[fd]);
    } else if (auto& socket = c.sockets[fd]; !(words >> socket.first >> socket.second)) {
      fail("socket FD FAMILY PROTOCOL");
    }
  }

  // ADDRESS, then values: "text\0", u32 5 6, hex 00ff, zero 16.
  Piece piece(Abi abi, const std::string& text) {
    std::size_t at = 0;
    Piece result;
    result.address = number(token(text, at));
    std::string kind = "u8";
    while (at < text.size()) {
      if (text[at] == '"') {
        quoted(text, at, result.bytes);
        continue;
      }
      const std::string word = token(text, at);
      if (word.empty()) break;
      if (std::isalpha(static_cast<unsigned char>(word[0])) != 0 && kind != "hex") {
        kind = word;
      } else {
        append(abi, kind, word, result.bytes);
        if (kind == "hex" || kind == "zero") kind = "u8";
      }
    }
    return result;
  }

  static std::string token(const std::string& text, std::size_t& at) {
    while (at < text.size() && text[at] == ' ') ++at;
    const std::size_t from = at;
    while (at < text.size() && text[at] != ' ') ++at;
    std::string word = text.substr(from, at - from);
    while (at < text.size() && text[at] == ' ') ++at;
    return word;
  }

  void quoted(const std::string& text, std::size_t& at, std::vector<uint8_t>& to) {
    for (++at; at < text.size() && text[at] != '"'; ++at) {
      char c = text[at];
      if (c == '\\' && at + 1 < text.size()) {
        c = text[++at];
        c = c == '0' ? '\0' : c == 'n' ? '\n' : c == 't' ? '\t' : c;
      }
      to.push_back(static_cast<uint8_t>(c));
    }
    ++at;
    while (at < text.size() && text[at] == ' ') ++at;
  }

  void append(Abi abi, const std::string& kind, const std::string& word, std::vector<uint8_t>& to) {
    if (kind == "hex") {
      for (std::size_t k = 0; k + 1 < word.size(); k += 2) {
        to.push_back(static_cast<uint8_t>(std::stoul(word.substr(k, 2), nullptr, 16)));
      }
      return;
    }
    const uint64_t value = number(word);
    if (kind == "zero") {
      to.insert(to.end(), value, 0);
      return;
    }
    const bool big = kind.starts_with("be");
    const unsigned size =
        kind == "long" ? long_bytes(abi) : static_cast<unsigned>(std::atoi(kind.c_str() + (big ? 2 : 1))) / 8;
    if (size == 0 || size > 8) fail("unknown kind of value: " + kind);
    for (unsigned k = 0; k < size; ++k) {
      to.push_back(static_cast<uint8_t>(value >> 8 * (big ? size - 1 - k : k)));
    }
  }

  const char* path_;
  std::ifstream in_;
  int line_ = 0;
  std::vector<Case> cases_;
};

}  // namespace

std::vector<Case> read_cases(const char* path) {
  return Reader(path).all();
}

}  // namespace ktrace::tests
