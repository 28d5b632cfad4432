// ktspec: compiles the descriptions of system calls (syscalls/README.md) to the tables of src/spec/tables.h.
//
//   ktspec [--tables FILE.cpp] [--views FILE.cpp] [--ids FILE.h] [--verify DIR] [--coverage] [--check]
//          FILE.ksd... FILE.tbl...
//   ktspec --format FILE.ksd...
//
// All files form one unit. A number table is for the ABI that its name says: i386.tbl.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "builder.h"
#include "coverage.h"
#include "format.h"
#include "parser.h"
#include "verify.h"

namespace ktspec {
namespace {

struct Options {
  std::string tables;
  std::string views;
  std::string ids;
  std::string verify;
  bool coverage = false;
  bool format = false;
  std::vector<std::string> inputs;
};

constexpr const char* usage =
    "usage: ktspec [--tables FILE.cpp] [--views FILE.cpp] [--ids FILE.h] [--verify DIR] [--check]\n              "
    "FILE.ksd... FILE.tbl...\n";

constexpr std::pair<const char*, std::string Options::*> words[] = {{"--tables", &Options::tables},
                                                                    {"--views", &Options::views},
                                                                    {"--ids", &Options::ids},
                                                                    {"--verify", &Options::verify}};

bool parse_options(const std::vector<std::string>& args, Options& out) {
  for (size_t k = 0; k < args.size(); ++k) {
    const std::string& arg = args[k];
    std::string* file = nullptr;
    for (const auto& [word, target] : words)
      if (arg == word) file = &(out.*target);
    if (file != nullptr) {
      if (++k == args.size()) return false;
      *file = args[k];
    } else if (arg.starts_with("--")) {
      if (arg == "--coverage") {
        out.coverage = true;
      } else if (arg == "--format") {
        out.format = true;
      } else if (arg != "--check") {
        return false;
      }
    } else {
      out.inputs.push_back(arg);
    }
  }
  return !out.inputs.empty();
}

// The ABI of a number table; abi_count if its name is none.
unsigned table_abi(const std::string& path) {
  std::string_view name = path;
  if (const size_t slash = name.rfind('/'); slash != std::string_view::npos) name.remove_prefix(slash + 1);
  name.remove_suffix(std::strlen(".tbl"));
  return static_cast<unsigned>(std::ranges::find(abi_names, name) - abi_names.begin());
}

bool parse_inputs(const Options& options, Sources& sources, Diagnostics& diagnostics, Unit& unit) {
  for (const std::string& path : options.inputs) {
    if (!sources.load(path)) {
      std::fprintf(stderr, "ktspec: cannot read %s\n", path.c_str());
      return false;
    }
    const uint32_t file = sources.count() - 1;
    Parser parser(scan(sources, file, diagnostics), diagnostics, unit);
    if (!path.ends_with(".tbl")) {
      parser.parse_descriptions();
    } else if (const unsigned abi = table_abi(path); abi < abi_count) {
      parser.parse_rows(abi);
    } else {
      diagnostics.error({file, 1, 1}, "the name of a number table is that of an ABI");
    }
  }
  return true;
}

bool write(const std::string& path, const std::string& text) {
  if (path.empty() || write_if_changed(path, text)) return true;
  std::fprintf(stderr, "ktspec: cannot write %s\n", path.c_str());
  return false;
}

int run(const Options& options) {
  Sources sources;
  Diagnostics diagnostics(sources);
  Unit unit;
  if (!parse_inputs(options, sources, diagnostics, unit)) return 2;
  Program program(unit, diagnostics);
  Layout layout(program);
  Tables tables;
  Builder(program, layout, tables).build();
  if (diagnostics.failed()) {
    diagnostics.print();
    return 1;
  }
  const bool written = write(options.tables, emit_tables(tables)) && write(options.views, emit_views(tables)) &&
                       write(options.ids, emit_ids(tables));
  if (!options.verify.empty() && !write_verification(program, layout, sources, options.verify)) {
    std::fprintf(stderr, "ktspec: cannot write to %s\n", options.verify.c_str());
    return 2;
  }
  if (options.coverage) std::fputs(coverage_report(program).c_str(), stdout);
  return written ? 0 : 2;
}

int format_files(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    Sources sources;
    if (!sources.load(path)) {
      std::fprintf(stderr, "ktspec: cannot read %s\n", path.c_str());
      return 2;
    }
    if (!write(path, format(sources[0].text))) return 2;
  }
  return 0;
}

}  // namespace
}  // namespace ktspec

int main(int argc, char** argv) {
  ktspec::Options options;
  if (!ktspec::parse_options({argv + 1, argv + argc}, options)) {
    std::fputs(ktspec::usage, stderr);
    return 2;
  }
  return options.format ? ktspec::format_files(options.inputs) : ktspec::run(options);
}
