// One file for each header, as some headers cannot be included together (glibc's and the kernel's). #line makes errors
// point into the .ksd file. A name that the header lacks is an "undeclared" error of the compiler, which the test
// counts but forgives (headers may be old); a _Static_assert that fails is a wrong description.
#include "verify.h"

#include <cctype>
#include <filesystem>
#include <map>

#include "tables.h"

namespace ktspec {
namespace {

// Values are compared in the width of their set. What is kept in 64 bits may be an int to C: then its sign does not
// count.
std::string equals(const std::string& name, uint64_t value, unsigned width) {
  const std::string wide = "(unsigned long long)(" + name + ")";
  const std::string number = std::to_string(value) + "ull";
  if (width < 8) {
    const uint64_t mask = (uint64_t{1} << 8 * width) - 1;
    return "(" + wide + " & " + std::to_string(mask) + "ull) == " + std::to_string(value & mask) + "ull";
  }
  if (value >> 63 != 0) return wide + " == " + number;
  return "(sizeof(" + name + ") < 8 ? (unsigned)(" + name + ") : " + wide + ") == " + number;
}

class Verifier {
 public:
  Verifier(const Program& program, Layout& layout, const Sources& sources, unsigned abi)
      : program_(program), layout_(layout), sources_(sources), abi_(abi) {}

  const std::map<std::string, std::string>& run() {
    for (const SetDecl& set : program_.unit.sets) {
      const Shape shape = program_.scalar_shape(set.base.text).value_or(Shape{});
      for (const SetItem& item : set.items) {
        // The name of a number part is made up in some headers and the shift in others.
        if (item.kind != spec::ItemKind::number) constant(item.constant, shape);
        for (const Constant& name : item.names) constant(name, shape);
      }
    }
    for (const SelectDecl& select : program_.unit.selects) {
      for (const GroupDecl& group : select.groups) constant(group.key, Shape{});
      for (const CaseDecl& one : select.cases) constant(one.keys.back(), Shape{});
    }
    for (const CallDecl& call : program_.unit.calls)
      for (const VariantDecl& variant : call.variants)
        if (variant.key) constant(*variant.key, Shape{});
    for (uint32_t k = 0; k < program_.unit.records.size(); ++k) record(k);
    return files_;
  }

 private:
  std::string& file(std::string_view header) {
    std::string& out = files_[std::string(header)];
    if (out.empty()) {
      // Most kernel headers stand alone and clash with those of the C library; the test tries KTSPEC_LIBC for the
      // others.
      out = "#define _GNU_SOURCE\n#include <stddef.h>\n#include <linux/types.h>\n#include <linux/version.h>\n";
      out += "#ifdef KTSPEC_LIBC\n#include <sys/types.h>\n#include <sys/socket.h>\n#include <netinet/in.h>\n#endif\n";
      out += "#if !__has_include(" + std::string(header) + ")\n#error ktspec: no header\n#else\n#include ";
      out += std::string(header) + "\n";
    }
    return out;
  }

  // An assertion at its place in the description, if the headers are new enough.
  void check(std::string& out, Loc loc, uint32_t since, const std::string& condition, const std::string& what) {
    if (since != 0) out += "#if LINUX_VERSION_CODE >= " + std::to_string(since) + "\n";
    out += "#line " + std::to_string(loc.line) + " \"" + sources_[loc.file].path + "\"\n";
    out += "_Static_assert(" + condition + ", \"" + what + "\");\n";
    if (since != 0) out += "#endif\n";
  }

  void constant(const Constant& constant, Shape shape) {
    if (constant.header.empty() || constant.name.text.empty() || !constant.value || constant.unchecked) return;
    const ConstantValue value = layout_.value(constant, shape);
    if ((value.abis >> abi_ & 1) == 0) return;
    const std::string name(constant.name.text);
    const std::string condition = equals(name, value.on[abi_], program_.width_on(shape.width, abi_));
    check(file(constant.header), constant.name.loc, constant.since, condition, name);
  }

  void record(uint32_t index) {
    const RecordDecl& decl = program_.unit.records[index];
    if (decl.header.empty() || decl.tuple || program_.record_on(index, abi_) != index) return;
    if (decl.on != 0 && (decl.on >> abi_ & 1) == 0) return;  // stands for others only because there is no general form
    const RecordLayout& layout = layout_.record(index);
    const std::string name(decl.c_name.text.empty() ? decl.name.text : decl.c_name.text);
    uint32_t newest = 0;
    for (size_t k = 0; k < decl.fields.size(); ++k) {
      const FieldDecl& field = decl.fields[k];
      newest = std::max(newest, field.since);
      if (field.bits != 0 || field.hidden || field.unnamed() || layout.offsets[k][abi_] == spec::none) continue;
      std::string condition = "offsetof(struct ";
      condition.append(name).append(", ").append(field.name.text).append(") == ");
      condition += std::to_string(layout.offsets[k][abi_]);
      check(file(decl.header), field.name.loc, field.since, condition,
            std::string(name).append(".").append(field.name.text));
    }
    if (layout.extent.open) return;
    check(file(decl.header), decl.name.loc, newest,
          "sizeof(struct " + name + ") == " + std::to_string(layout.extent.size[abi_]), "sizeof " + name);
  }

  const Program& program_;
  Layout& layout_;
  const Sources& sources_;
  unsigned abi_;
  std::map<std::string, std::string> files_;
};

// <linux/fs.h> becomes linux_fs.h.c
std::string file_name(std::string_view header) {
  std::string out;
  for (char c : header.substr(1, header.size() - 2)) out += c == '/' ? '_' : c;
  return out + ".c";
}

}  // namespace

bool write_verification(const Program& program, Layout& layout, const Sources& sources, const std::string& directory) {
  for (unsigned abi = 0; abi < abi_count; ++abi) {
    const std::filesystem::path folder = std::filesystem::path(directory) / abi_names[abi];
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    Verifier verifier(program, layout, sources, abi);
    for (const auto& [header, text] : verifier.run())
      if (!write_if_changed((folder / file_name(header)).string(), text + "#endif\n")) return false;
  }
  return true;
}

}  // namespace ktspec
