// The generated C++: plain arrays of numbers, so that compiling them is a matter of a second.
#include <cstdio>
#include <fstream>
#include <iterator>

#include "tables.h"

namespace ktspec {
namespace {

class Writer {
 public:
  Writer& text(std::string_view value) {
    out += value;
    return *this;
  }
  Writer& number(uint64_t value) {
    if (value == spec::none) return text("~0u");
    out += std::to_string(value);
    if (value > UINT32_MAX) out += "u";
    return *this;
  }
  // {a,b,c}
  template <typename... T>
  Writer& row(const T&... values) {
    out += '{';
    (value(values), ...);
    out.back() = '}';
    return *this;
  }
  template <typename T, typename F>
  void array(std::string_view declaration, const std::vector<T>& values, F&& each) {
    text("\nextern const ").text(declaration).text(" = {");
    for (size_t k = 0; k < values.size(); ++k) {
      text(k % 8 == 0 ? "\n" : "");
      each(values[k]);
      text(",");
    }
    if (values.empty()) text("{}");
    text("};\n");
  }

  std::string out;

 private:
  template <typename T>
  void value(const T& one) {
    if constexpr (std::is_array_v<T>) {
      out += '{';
      for (const auto& element : one) value(element);
      out.back() = '}';
    } else if constexpr (std::is_enum_v<T>) {
      number(static_cast<uint64_t>(one));
    } else {
      number(one);
    }
    out += ',';
  }
};

// An enum class takes a number only in braces of its own.
std::string braced(std::string_view type, unsigned value) {
  return std::string(type) + "{" + std::to_string(value) + "}";
}

void strings(Writer& w, const std::string& all) {
  w.text("\nextern const char strings[] =");
  const std::string_view view = all;
  for (size_t at = 0; at < all.size();) {
    const size_t end = all.find('\0', at);
    w.text("\n\"").text(view.substr(at, end - at)).text("\\0\"");
    at = end + 1;
  }
  w.text(";\n");
}

void sets_and_types(Writer& w, const Tables& t) {
  w.array("Type types[]", t.types, [&](const spec::Type& v) {
    w.text("{").text(braced("K", static_cast<unsigned>(v.kind))).text(",").number(v.width).text(",").number(v.flags);
    w.text(",").text(braced("F", static_cast<unsigned>(v.format)));
    for (uint64_t n : {uint64_t{v.bit}, uint64_t{v.bits}, uint64_t{v.arg_count}, uint64_t{v.ref}, uint64_t{v.elem},
                       uint64_t{v.count}, uint64_t{v.limit}, uint64_t{v.args}})
      w.text(",").number(n);
    w.text("}");
  });
  w.array("Code type_args[]", t.type_args, [&](spec::Code v) { w.number(v); });
  w.array("Item items[]", t.items, [&](const spec::Item& v) {
    w.text("{").number(v.value).text(",").number(v.name).text(",").number(v.ref).text(",");
    w.text(braced("I", static_cast<unsigned>(v.kind)))
        .text(",")
        .number(v.abi_mask)
        .text(",")
        .number(v.shift)
        .text(",0}");
  });
  w.array("Set sets[]", t.sets, [&](const spec::Set& v) {
    w.text("{").number(v.name).text(",").number(v.first).text(",").number(v.count).text(",").number(v.unknown).text(
        ",");
    w.number(v.width).text(",").number(v.is_flags).text(",").number(v.is_signed).text(",");
    w.text(braced("F", static_cast<unsigned>(v.format))).text(",").number(v.is_annotated).text(",{}}");
  });
}

void records_and_selects(Writer& w, const Tables& t) {
  w.array("Field fields[]", t.fields, [&](const spec::Field& v) { w.row(v.name, v.type, v.when, v.offset, v.flags); });
  w.array("Record records[]", t.records, [&](const spec::Record& v) {
    w.row(v.name, v.first, v.count, v.limit, v.min, v.align, v.size, v.variant, v.flags);
  });
  w.array("Case cases[]", t.cases, [&](const spec::Case& v) { w.row(v.key, v.name, v.type, v.abi_mask, v.pad); });
  w.array("Group groups[]", t.groups, [&](const spec::Group& v) { w.row(v.key, v.unknown, v.pad); });
  w.array("Select selects[]", t.selects, [&](const spec::Select& v) {
    w.row(v.name, v.first, v.count, v.otherwise, v.groups, v.group_count, v.unknown, v.key_count);
  });
  w.array("Native natives[]", t.natives,
          [&](const spec::Native& v) { w.row(v.name, v.width, v.is_object, v.param_count, v.is_signed); });
}

void row(Writer& w, const spec::Row& v) {
  w.text("{").number(v.number).text(",").number(v.name).text(",").number(v.call).text(",").number(v.classes).text(",");
  w.number(v.sub).text(",").number(v.sub_count).text(",").text(braced("R", static_cast<unsigned>(v.kind))).text(",");
  w.number(v.arg_count).text(",{");
  for (uint8_t slot : v.slot) w.number(slot).text(",");
  w.text("},").number(v.wide).text(",{}}");
}

void ranges(Writer& w, std::string_view name, const PerAbi<spec::RowRange>& all) {
  w.text("\nextern const RowRange ").text(name).text("[abis] = {");
  for (const spec::RowRange& range : all) w.row(range.first, range.count).text(",");
  w.text("};\n");
}

void calls_and_rows(Writer& w, const Tables& t) {
  w.array("Variant variants[]", t.variants,
          [&](const spec::Variant& v) { w.row(v.key, v.name, v.call, v.abi_mask, v.pad); });
  w.array("Call calls[]", t.calls, [&](const spec::Call& v) {
    w.text("{");
    for (uint32_t n : {v.name, v.first, v.count, v.ret, v.by, v.by_arg, v.variants, v.variant_count, v.otherwise,
                       v.unknown, uint32_t{v.flags}})
      w.number(n).text(",");
    w.text(braced("D", static_cast<unsigned>(v.reads))).text(",").text(braced("D", static_cast<unsigned>(v.writes)));
    w.text("}");
  });
  w.array("Row sub_rows[]", t.sub_rows, [&](const spec::Row& v) { row(w, v); });
  w.array("Row rows[]", t.rows, [&](const spec::Row& v) { row(w, v); });
  ranges(w, "row_ranges", t.row_ranges);
  w.array("MarkedCall marked[]", t.marked, [&](const ktrace::MarkedCall& v) { w.row(v.number, v.traits); });
  ranges(w, "marked_ranges", t.marked_ranges);
}

void code(Writer& w, const Tables& t) {
  w.array("Load loads[]", t.loads,
          [&](const spec::Load& v) { w.row(v.offset, v.width, v.is_signed, v.big_endian, v.pad); });
  w.array("uint64_t imms[][abis]", t.imms, [&](const PerAbi<uint64_t>& v) { w.row(v[0], v[1], v[2], v[3]); });
  const std::vector<unsigned char> bytes(t.code.begin(), t.code.end());
  w.array("uint8_t code[]", bytes, [&](unsigned char v) { w.number(v); });
}

void count(Writer& w, std::string_view name, size_t value) {
  w.text("extern const uint32_t ").text(name).text(" = ").number(value).text(";\n");
}

std::string name_at(const Tables& tables, spec::Str at) {
  return tables.strings.c_str() + at;
}

}  // namespace

std::string emit_tables(const Tables& tables) {
  Writer w;
  w.text("// Generated by ktspec from syscalls/ and arch/.\n#include \"spec/traits.h\"\n\n");
  w.text("#ifdef __clang__\n#pragma clang diagnostic ignored \"-Woverlength-strings\"\n#endif\n\n");
  w.text(
      "namespace ktrace::spec {\n\nusing K = Kind;\nusing F = Format;\nusing I = ItemKind;\nusing R = RowKind;\nusing "
      "D = Data;\n");
  strings(w, tables.strings);
  sets_and_types(w, tables);
  records_and_selects(w, tables);
  calls_and_rows(w, tables);
  code(w, tables);
  w.text("\n");
  count(w, "set_count", tables.sets.size());
  count(w, "record_count", tables.records.size());
  count(w, "select_count", tables.selects.size());
  count(w, "native_count", tables.natives.size());
  count(w, "call_count", tables.calls.size());
  w.text("\n}  // namespace ktrace::spec\n");
  return std::move(w.out);
}

std::string emit_views(const Tables& tables) {
  Writer w;
  w.text("// Generated by ktspec: the views that the descriptions declare, in the order of spec::natives[].\n");
  w.text("#include \"decode/view.h\"\n\nnamespace ktrace::decode {\n\nnamespace views {\n");
  for (const spec::Native& native : tables.natives)
    w.text("void ").text(name_at(tables, native.name)).text("(ViewContext&, const ViewValue&);\n");
  w.text("}  // namespace views\n\nextern const View native_views[] = {\n");
  for (const spec::Native& native : tables.natives)
    w.text("    views::").text(name_at(tables, native.name)).text(",\n");
  if (tables.natives.empty()) w.text("    nullptr,\n");
  w.text("};\n\n}  // namespace ktrace::decode\n");
  return std::move(w.out);
}

std::string emit_ids(const Tables& tables) {
  Writer w;
  w.text("// Generated by ktspec: indexes of described things, for C++ that refers to them.\n#pragma once\n\n");
  w.text("#include <cstdint>\n\nnamespace ktrace::spec::ids {\n\n");
  const auto id = [&](std::string_view kind, const std::string& name, size_t value) {
    if (!name.empty()) w.text("inline constexpr uint32_t ").text(kind).text(name).text(" = ").number(value).text(";\n");
  };
  for (size_t k = 0; k < tables.sets.size(); ++k) id("set_", name_at(tables, tables.sets[k].name), k);
  for (size_t k = 0; k < tables.records.size(); ++k) {
    const std::string name = name_at(tables, tables.records[k].name);
    // Of the forms of a struct, the one that stands for all: a reader goes on to variant[abi].
    size_t general = 0;
    while (name_at(tables, tables.records[general].name) != name) ++general;
    if (general == k) id("record_", name, k);
  }
  for (size_t k = 0; k < tables.selects.size(); ++k) id("select_", name_at(tables, tables.selects[k].name), k);
  for (size_t k = 0; k < tables.natives.size(); ++k) id("native_", name_at(tables, tables.natives[k].name), k);
  w.text("\n// Whole selects, attribute lists and natives as types: their parameters are those of the view at hand.\n");
  for (const auto& [name, type] : tables.named_types) id("type_", name, type);
  w.text("\n}  // namespace ktrace::spec::ids\n");
  return std::move(w.out);
}

bool write_if_changed(const std::string& path, const std::string& text) {
  {
    std::ifstream in(path, std::ios::binary);
    if (in && std::string(std::istreambuf_iterator<char>(in), {}) == text) return true;
  }
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  return static_cast<bool>(out);
}

}  // namespace ktspec
