// ktspec, from text to tables. The input is a file of descriptions; after a line `=== ABI` there is the number table of
// that ABI. What compiles must come out as tables, and formatting a text twice is the same as once.
#include <algorithm>
#include <string>

#include "builder.h"
#include "check.h"
#include "coverage.h"
#include "format.h"
#include "parser.h"
#include "verify.h"

namespace ktspec {
namespace {

// Cuts off what comes before the next `=== ABI`; that is left in `abi` if it is one.
std::string_view take_part(std::string_view& text, unsigned& next_abi) {
  const std::size_t at = text.find("\n=== ");
  const std::string_view part = text.substr(0, at == std::string_view::npos ? at : at + 1);
  if (at == std::string_view::npos) {
    text = {};
    return part;
  }
  text.remove_prefix(at + 5);
  const std::size_t end = std::min(text.find('\n'), text.size());
  next_abi = static_cast<unsigned>(std::ranges::find(abi_names, text.substr(0, end)) - abi_names.begin());
  text.remove_prefix(end);
  return part;
}

void compile(std::string_view text) {
  Sources sources;
  Diagnostics diagnostics(sources);
  Unit unit;
  for (unsigned abi = abi_count, next = abi_count; !text.empty(); abi = next) {
    const uint32_t file = sources.add("input", std::string(take_part(text, next)));
    Parser parser(scan(sources, file, diagnostics), diagnostics, unit);
    abi < abi_count ? parser.parse_rows(abi) : parser.parse_descriptions();
  }
  Program program(unit, diagnostics);
  Layout layout(program);
  Tables tables;
  Builder(program, layout, tables).build();
  diagnostics.print();
  if (diagnostics.failed()) return;
  if (emit_tables(tables).empty() || emit_ids(tables).empty()) ktrace::fuzz::fail("no tables", {});
  static_cast<void>(emit_views(tables));
  static_cast<void>(coverage_report(program));
}

}  // namespace
}  // namespace ktspec

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  ktspec::compile(text);
  const std::string formatted = ktspec::format(text);
  if (ktspec::format(formatted) != formatted) ktrace::fuzz::fail("formatting goes on and on", formatted);
  return 0;
}
