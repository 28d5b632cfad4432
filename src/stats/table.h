// The one table engine: what -c and --stats print is rows of cells under columns, and this shows them as aligned text
// (as strace's -c has it), Markdown, CSV or JSON. Text and Markdown are for people: times get a unit, shares a percent
// sign's meaning; CSV and JSON have plain numbers, all times in seconds. Names that come from a traced program are
// escaped here, so that they can neither break a table nor reach a terminal as they are.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ktrace/base/ids.h"

namespace ktrace::stats {

enum class Format : uint8_t { text, markdown, csv, json };  // --stats-format

struct Cell {
  enum class Kind : uint8_t {
    nothing,
    text,
    count,     // a whole number
    if_any,    // the same, but 0 shows as nothing
    percent,   // 12.34
    seconds,   // 0.012345
    micros,    // whole microseconds: 12345
    duration,  // with a unit, three digits: 12.3ms
    bar,       // a length in characters; text and Markdown only
    list,      // of names: text and Markdown have the first few
  };
  Kind kind = Kind::nothing;
  uint64_t number = 0;
  double share = 0;
  Nanoseconds time{};
  std::string text{};
  std::vector<std::string> names{};

  static Cell of_text(std::string_view text);
  static Cell of_count(uint64_t number);
  static Cell of_count_if_any(uint64_t number);
  static Cell of_percent(double share);
  static Cell of_seconds(Nanoseconds time);
  static Cell of_micros(Nanoseconds time);
  static Cell of_duration(Nanoseconds time);
  static Cell of_bar(uint64_t length);
  static Cell of_list(std::vector<std::string> names);
};

struct Column {
  enum class Align : uint8_t { right, left };
  // Times and counts keep their width and overflow it; names widen their column, by one more than they need.
  enum class Width : uint8_t { fixed, grows };

  std::string_view key{};      // in CSV and JSON
  std::string_view heading{};  // in text and Markdown
  unsigned width = 0;          // in text, at least
  Align align = Align::right;
  Width widens = Width::fixed;
};

using Row = std::vector<Cell>;

struct Table {
  std::string_view name{};  // in CSV and JSON: "syscalls"
  std::string_view abi{};   // in CSV and JSON: whose calls; empty: all
  std::string title{};      // in text and Markdown; empty: none
  std::vector<Column> columns{};
  std::vector<Row> rows{};
  Row others{};         // what --top or a bound on memory left out; empty: nothing was
  uint64_t folded = 0;  // how many rows that is
  Row total{};          // empty: there is none
};

void append_text(std::string& out, const Table& table);
void append_markdown(std::string& out, const Table& table);
// `from`, `to`: seconds since the start, of a report out of several; they become the first columns.
struct Interval {
  Nanoseconds from{};
  Nanoseconds to{};
};
void append_csv(std::string& out, const Table& table, const Interval* interval);
// An object: {"name":"syscalls","rows":[{...}],"others":{...},"total":{...}}
void append_json(std::string& out, const Table& table);

// 12.3ms: three digits, in the largest of s, ms, us, ns that leaves some before the point.
std::string short_duration(Nanoseconds time);

}  // namespace ktrace::stats
