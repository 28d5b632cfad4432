// See table.h. Widths, rules and blanks of the text are those of strace's -c.
#include "stats/table.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/core.h>

#include "base/append.h"
#include "base/quote.h"

namespace ktrace::stats {
namespace {

double in_seconds(Nanoseconds time) {
  return static_cast<double>(time.count()) / 1e9;
}

// As many as somebody wants to read in a line.
constexpr std::size_t most_listed = 8;

void append_list(std::string& out, const std::vector<std::string>& names) {
  const std::size_t shown = names.size() > most_listed + 1 ? most_listed : names.size();
  for (std::size_t i = 0; i < shown; ++i) {
    if (i) out.append(" < ");
    base::append_escaped(out, names[i]);
  }
  if (shown < names.size()) fmt::format_to(std::back_inserter(out), " < ({} more)", names.size() - shown);
}

void append_cell(std::string& out, const Cell& cell) {
  const auto to = std::back_inserter(out);
  switch (cell.kind) {
    case Cell::Kind::nothing: return;
    case Cell::Kind::text: return base::append_escaped(out, cell.text);
    case Cell::Kind::if_any:
      if (cell.number) base::append_decimal(out, cell.number);
      return;
    case Cell::Kind::count: return base::append_decimal(out, cell.number);
    case Cell::Kind::percent: fmt::format_to(to, "{:.2f}", cell.share); return;
    case Cell::Kind::seconds: fmt::format_to(to, "{:.6f}", in_seconds(cell.time)); return;
    case Cell::Kind::micros: return base::append_decimal(out, cell.time.count() / 1000);
    case Cell::Kind::duration: out.append(short_duration(cell.time)); return;
    case Cell::Kind::bar: out.append(cell.number, '#'); return;
    case Cell::Kind::list: return append_list(out, cell.names);
  }
}

std::string rendered(const Cell& cell) {
  std::string text;
  append_cell(text, cell);
  return text;
}

// Of the characters that a terminal shows, as far as they can be told: bytes that continue a character have no width.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

class TextTable {
 public:
  explicit TextTable(const Table& table) : table_(table) {
    for (std::size_t i = 0; i < table.columns.size(); ++i) widths_.push_back(width(i));
  }

  void append(std::string& out) const {
    append_headings(out);
    append_rule(out);
    for (const Row& row : table_.rows) append_row(out, row);
    if (!table_.others.empty()) append_row(out, table_.others);
    if (table_.total.empty()) return;
    append_rule(out);
    append_row(out, table_.total);
  }

 private:
  [[nodiscard]] std::size_t width(std::size_t i) const {
    const Column& column = table_.columns[i];
    std::size_t widest = std::max<std::size_t>(column.width, column.heading.size());
    if (column.widens == Column::Width::fixed) return widest;
    const std::size_t slack = column.align == Column::Align::left ? 1 : 0;
    for (const Row& row : table_.rows) widest = std::max(widest, width_of(rendered(row[i])) + slack);
    if (!table_.others.empty()) widest = std::max(widest, width_of(rendered(table_.others[i])) + slack);
    // Nothing stands behind the last column: a long command line would only draw out the rules.
    const bool last = i + 1 == table_.columns.size() && column.align == Column::Align::left;
    return last ? std::min(widest, std::max<std::size_t>(column.width, most_of_last)) : widest;
  }

  void append_padded(std::string& out, std::size_t i, std::string_view text) const {
    const std::size_t missing = widths_[i] - std::min(widths_[i], width_of(text));
    const bool last = i + 1 == table_.columns.size();
    if (last && text.empty()) return;
    if (i) out.push_back(' ');
    if (table_.columns[i].align == Column::Align::right) {
      out.append(missing, ' ').append(text);
    } else {
      out.append(text).append(last ? 0 : missing, ' ');
    }
  }

  void append_headings(std::string& out) const {
    for (std::size_t i = 0; i < table_.columns.size(); ++i) append_padded(out, i, table_.columns[i].heading);
    out.push_back('\n');
  }

  void append_rule(std::string& out) const {
    for (std::size_t i = 0; i < widths_.size(); ++i) out.append(i ? 1 : 0, ' ').append(widths_[i], '-');
    out.push_back('\n');
  }

  void append_row(std::string& out, const Row& row) const {
    for (std::size_t i = 0; i < row.size(); ++i) append_padded(out, i, rendered(row[i]));
    out.push_back('\n');
  }

  static constexpr std::size_t most_of_last = 60;

  const Table& table_;
  std::vector<std::size_t> widths_;
};

}  // namespace

Cell Cell::of_text(std::string_view text) {
  Cell cell{.kind = Kind::text};
  cell.text = text;
  return cell;
}
Cell Cell::of_count(uint64_t number) {
  return {.kind = Kind::count, .number = number};
}
Cell Cell::of_count_if_any(uint64_t number) {
  return {.kind = Kind::if_any, .number = number};
}
Cell Cell::of_percent(double share) {
  return {.kind = Kind::percent, .share = share};
}
Cell Cell::of_seconds(Nanoseconds time) {
  return {.kind = Kind::seconds, .time = time};
}
Cell Cell::of_micros(Nanoseconds time) {
  return {.kind = Kind::micros, .time = time};
}
Cell Cell::of_duration(Nanoseconds time) {
  return {.kind = Kind::duration, .time = time};
}
Cell Cell::of_bar(uint64_t length) {
  return {.kind = Kind::bar, .number = length};
}

Cell Cell::of_list(std::vector<std::string> names) {
  Cell cell{.kind = Kind::list};
  cell.names = std::move(names);
  return cell;
}

std::string short_duration(Nanoseconds time) {
  struct Unit {
    double size;
    std::string_view name;
  };
  static constexpr Unit units[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}};
  const auto value = static_cast<double>(time.count());
  for (const Unit& unit : units) {
    // What would round up to 1000 of a unit is 1 of the next.
    if (value < unit.size * 0.9995) continue;
    const double scaled = value / unit.size;
    const int digits = scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0;
    return fmt::format("{:.{}f}{}", scaled, digits, unit.name);
  }
  return fmt::format("{}ns", time.count());
}

void append_text(std::string& out, const Table& table) {
  if (!table.title.empty()) out.append(table.title).push_back('\n');
  TextTable(table).append(out);
}

void append_markdown(std::string& out, const Table& table) {
  // `|` ends a cell, and the rest would be markup.
  const auto append_plain = [&out](std::string_view text) {
    for (const char c : text) {
      if (std::string_view("|\\`*_<>&[]~").find(c) != std::string_view::npos) out.push_back('\\');
      out.push_back(c);
    }
  };
  const auto append_row = [&](const Row& row) {
    for (const Cell& cell : row) {
      out.append("| ");
      append_plain(rendered(cell));
      out.push_back(' ');
    }
    out.append("|\n");
  };
  if (!table.title.empty()) out.append("### ").append(table.title).append("\n\n");
  for (const Column& column : table.columns) {
    out.append("| ");
    append_plain(column.heading);
    out.push_back(' ');
  }
  out.append("|\n");
  for (const Column& column : table.columns) out.append(column.align == Column::Align::right ? "|---:" : "|:---");
  out.append("|\n");
  for (const Row& row : table.rows) append_row(row);
  if (!table.others.empty()) append_row(table.others);
  if (!table.total.empty()) append_row(table.total);
}

}  // namespace ktrace::stats
