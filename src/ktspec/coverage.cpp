#include "coverage.h"

#include <algorithm>
#include <set>

#include "builder.h"

namespace ktspec {
namespace {

// A number or address that nothing is said about. What is named an address or a length may well be just that.
bool bare(const TypeExpr& type) {
  if (type.dir != Direction::none || type.view_kind == ViewKind::key) return false;
  if (type.base.text == "addr") return true;
  const Builtin* scalar = find_scalar(type.base.text);
  return scalar != nullptr && type.view_kind == ViewKind::as && type.view.text == "hex";
}

struct Count {
  size_t calls = 0;
  size_t full = 0;
  size_t args = 0;
  size_t bare = 0;
};

class Report {
 public:
  explicit Report(const Program& program) : program_(program) {}

  std::string run() {
    line("ABI", "calls", "full", "arguments", "bare");
    for (unsigned abi = 0; abi < abi_count; ++abi) {
      Count count;
      for (const RowDecl& row : program_.unit.rows[abi]) add(row, count);
      line(std::string(abi_names[abi]), std::to_string(count.calls), std::to_string(count.full),
           std::to_string(count.args), std::to_string(count.bare));
    }
    const Unit& unit = program_.unit;
    size_t constants = 0;
    for (const SetDecl& set : unit.sets)
      for (const SetItem& item : set.items) constants += std::max<size_t>(item.names.size(), 1);
    out_ += "\n" + std::to_string(unit.sets.size()) + " sets with " + std::to_string(constants) + " constants, " +
            std::to_string(unit.records.size()) + " structs and tuples, " + std::to_string(unit.natives.size()) +
            " native views\n";
    out_ += "\nselects (ioctl requests, socket options, messages): cases, of these with a type of their own\n";
    for (const SelectDecl& select : unit.selects) cases(select);
    out_ += "\ncalls with bare arguments\n";
    for (const std::string& one : bare_calls_) out_ += "  " + one + "\n";
    return std::move(out_);
  }

 private:
  void line(const std::string& a, const std::string& b, const std::string& c, const std::string& d,
            const std::string& e) {
    for (const std::string* text : {&a, &b, &c, &d, &e}) {
      out_ += *text;
      out_.append(text->size() < 12 ? 12 - text->size() : 1, ' ');
    }
    while (out_.back() == ' ') out_.pop_back();
    out_ += '\n';
  }

  void add(const RowDecl& row, Count& count) {
    for (const RowDecl& sub : row.sub) add(sub, count);
    const CallDecl* call = program_.find_call(row.target.text);
    if (call == nullptr) return;
    std::string names;
    size_t args = 0;
    size_t bares = 0;
    const auto look = [&](const FieldDecl& arg) {
      ++args;
      if (!bare(arg.type)) return;
      ++bares;
      names += (names.empty() ? "" : ", ") + std::string(arg.name.text);
    };
    std::ranges::for_each(call->args, look);
    for (const VariantDecl& variant : call->variants)
      if (variant.key) std::ranges::for_each(variant.args, look);
    ++count.calls;
    count.full += bares == 0 ? 1 : 0;
    count.args += args;
    count.bare += bares;
    if (bares != 0) bare_calls_.insert(std::string(call->name.text) + ": " + names);
  }

  void cases(const SelectDecl& select) {
    const auto typed = [&](const CaseDecl& one) { return !bare(one.type) && one.type.base.text != "bytes"; };
    const auto count = static_cast<size_t>(std::ranges::count_if(select.cases, typed));
    out_ += "  " + std::string(select.name.text) + ": " + std::to_string(select.cases.size()) + ", " +
            std::to_string(count) + "\n";
  }

  const Program& program_;
  std::string out_;
  std::set<std::string> bare_calls_;
};

}  // namespace

std::string coverage_report(const Program& program) {
  return Report(program).run();
}

}  // namespace ktspec
