// Tables for programs: CSV (RFC 4180, but lines end in \n) and JSON. No totals in CSV, a reader can add.
#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/core.h>

#include "base/append.h"
#include "base/quote.h"
#include "output/json_text.h"
#include "stats/table.h"

namespace ktrace::stats {
namespace {

namespace json = output::json;

void append_quoted(std::string& out, std::string_view text) {
  std::string escaped;
  base::append_escaped(escaped, text);
  if (escaped.find_first_of(",\"") == std::string::npos) {
    out.append(escaped);
    return;
  }
  out.push_back('"');
  for (const char c : escaped) out.append(c == '"' ? 2 : 1, c);
  out.push_back('"');
}

// True: it is a number, which is appended.
bool append_number(std::string& out, const Cell& cell) {
  switch (cell.kind) {
    case Cell::Kind::if_any:
    case Cell::Kind::count: json::append_unsigned(out, cell.number); return true;
    case Cell::Kind::percent: fmt::format_to(std::back_inserter(out), "{:.4f}", cell.share); return true;
    case Cell::Kind::seconds:
    case Cell::Kind::micros:
    case Cell::Kind::duration: json::append_seconds(out, cell.time); return true;
    case Cell::Kind::nothing:
    case Cell::Kind::text:
    case Cell::Kind::list:
    case Cell::Kind::bar: break;
  }
  return false;
}

// With `;` between them, as folded stacks have it.
std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    if (!text.empty()) text.push_back(';');
    std::replace_copy(name.begin(), name.end(), std::back_inserter(text), ';', ':');
  }
  return text;
}

void append_csv_row(std::string& out, const Table& table, const Row& row) {
  for (std::size_t i = 0, shown = 0; i < row.size(); ++i) {
    if (table.columns[i].key.empty()) continue;
    if (shown++ != 0) out.push_back(',');
    if (append_number(out, row[i])) continue;
    append_quoted(out, row[i].kind == Cell::Kind::list ? joined(row[i].names) : row[i].text);
  }
  out.push_back('\n');
}

void append_json_list(std::string& out, const std::vector<std::string>& names) {
  out.push_back('[');
  for (const std::string& name : names) {
    if (&name != names.data()) out.push_back(',');
    json::append_text(out, name);
  }
  out.push_back(']');
}

void append_json_row(std::string& out, const Table& table, const Row& row) {
  out.push_back('{');
  for (std::size_t i = 0, shown = 0; i < row.size(); ++i) {
    if (table.columns[i].key.empty()) continue;
    if (shown++ != 0) out.push_back(',');
    json::append_string(out, table.columns[i].key);
    out.push_back(':');
    if (append_number(out, row[i])) continue;
    if (row[i].kind == Cell::Kind::text) {
      json::append_text(out, row[i].text);
    } else if (row[i].kind == Cell::Kind::list) {
      append_json_list(out, row[i].names);
    } else {
      out.append("null");
    }
  }
  out.push_back('}');
}

}  // namespace

void append_csv(std::string& out, const Table& table, const Interval* interval) {
  if (interval) out.append("from,to,");
  if (!table.abi.empty()) out.append("abi,");
  bool first = true;
  for (const Column& column : table.columns) {
    if (column.key.empty()) continue;
    if (!std::exchange(first, false)) out.push_back(',');
    out.append(column.key);
  }
  out.push_back('\n');
  const auto append = [&](const Row& row) {
    if (interval) {
      json::append_seconds(out, interval->from);
      out.push_back(',');
      json::append_seconds(out, interval->to);
      out.push_back(',');
    }
    if (!table.abi.empty()) out.append(table.abi).push_back(',');
    append_csv_row(out, table, row);
  };
  for (const Row& row : table.rows) append(row);
  if (!table.others.empty()) append(table.others);
}

void append_json(std::string& out, const Table& table) {
  out.append("{\"name\":");
  json::append_string(out, table.name);
  if (!table.abi.empty()) {
    out.append(",\"abi\":");
    json::append_string(out, table.abi);
  }
  out.append(",\"rows\":[");
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    if (i) out.push_back(',');
    append_json_row(out, table, table.rows[i]);
  }
  out.push_back(']');
  if (!table.others.empty()) {
    out.append(",\"folded\":");
    base::append_decimal(out, table.folded);
    out.append(",\"others\":");
    append_json_row(out, table, table.others);
  }
  if (!table.total.empty()) {
    out.append(",\"total\":");
    append_json_row(out, table, table.total);
  }
  out.push_back('}');
}

}  // namespace ktrace::stats
