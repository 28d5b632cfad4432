// Structs, selects, natives and system calls.
#include <algorithm>
#include <array>
#include <utility>

#include "parser.h"

namespace ktspec {

void Parser::file_class() {
  if (ahead(0).kind != Token::Kind::name && !is("-")) fail_expected("a class");
  if (tokens_[pos_ - 1].loc.col != 1)
    fail("a class of the whole file begins in column 1; that of a syscall stands on its line");
  file_classes_ = class_names();
}

std::vector<ClassName> Parser::class_names() {
  std::vector<ClassName> out;
  while ((is_name() && !is("by") && !is("class")) || is("-")) {
    const bool remove = eat("-");
    out.push_back({name("a class"), remove});
  }
  return out;
}

std::vector<Ident> Parser::params() {
  std::vector<Ident> out;
  if (!eat("(")) return out;
  do out.push_back(name("a parameter"));
  while (eat(","));
  expect(")");
  return out;
}

void Parser::record(bool tuple) {
  RecordDecl out;
  out.tuple = tuple;
  out.name = name("a name");
  item_name_ = out.name.text;
  out.params = params();
  record_options(out);
  skip_newlines();
  expect("{");
  bool verbose = false;
  while (more("}")) {
    const size_t before = out.fields.size();
    record_member(out, verbose);
    out.longer_elided = verbose && out.fields.size() == before;
  }
  if (!failed_) unit_.records.push_back(std::move(out));
}

void Parser::record_options(RecordDecl& out) {
  for (;;) {
    if (header()) {
      out.header = header_;
    } else if (eat("named")) {
      out.c_name = name("the C name of the struct");
    } else if (eat("min")) {
      out.min = small("a size");
    } else if (eat("align")) {
      out.align = small("an alignment");
    } else if (eat("limit")) {
      out.limit = expr();
    } else if (eat("on")) {
      out.on = abi_list();
    } else if (eat("packed")) {
      out.packed = true;
    } else {
      return;
    }
  }
}

void Parser::record_member(RecordDecl& out, bool& verbose) {
  const size_t first = out.fields.size();
  const bool plain = ahead(1).text == ":";
  if (eat("...")) {
    verbose = true;
    return;
  }
  if (!plain && eat("union")) {
    expect("{");
    while (more("}")) {
      FieldDecl member = field();
      member.overlay = out.fields.size() > first;
      out.fields.push_back(std::move(member));
    }
  } else if (!plain && eat("bits")) {
    bit_fields(out);
  } else if (!plain && eat("order")) {
    member_order(out);
  } else {
    out.fields.push_back(field());
  }
  if (verbose)
    for (size_t k = first; k < out.fields.size(); ++k) out.fields[k].verbose = true;
}

// order (a, b, c)
void Parser::member_order(RecordDecl& out) {
  expect("(");
  do out.order.push_back(name("a member"));
  while (eat(","));
  expect(")");
}

// bits u32 { a:1 b:2 [as VIEW] [when EXPR] } [modifiers for all]
void Parser::bit_fields(RecordDecl& out) {
  const size_t first = out.fields.size();
  const TypeExpr unit = type();
  uint32_t at = 0;
  expect("{");
  while (more("}")) {
    FieldDecl bit;
    bit.type = unit;
    bit.name = name("a bit-field");
    expect(":");
    const Loc loc = cur().loc;
    const uint32_t bits = small("a number of bits");
    if (bits == 0 || at + bits > 64) diagnostics_.error(loc, "bit-fields need " + std::to_string(at + bits) + " bits");
    bit.bit = static_cast<uint8_t>(at & 63);
    bit.bits = static_cast<uint8_t>(std::min(bits, 64u));
    at += bits;
    if (eat("as")) {
      bit.type.view_kind = ViewKind::as;
      bit.type.view = name("a view");
      bit.type.view_args = arguments();
    }
    field_modifiers(bit);
    out.fields.push_back(std::move(bit));
  }
  FieldDecl shared;
  field_modifiers(shared);
  for (size_t k = first; k < out.fields.size(); ++k) {
    FieldDecl& bit = out.fields[k];
    if (!bit.when) bit.when = shared.when;
    bit.on_exit |= shared.on_exit;
    bit.verbose |= shared.verbose;
    bit.hidden |= shared.hidden;
    bit.since = std::max(bit.since, shared.since);
  }
}

void Parser::select(bool attrs) {
  SelectDecl out;
  out.attrs = attrs;
  out.name = name("a name");
  item_name_ = out.name.text;
  out.params = params();
  if (eat("prefix")) out.prefix = name("a prefix").text;
  header();
  if (!attrs) {
    expect(":");
    out.otherwise = type();
  }
  skip_newlines();
  expect("{");
  cases(out.cases, out.groups);
  if (!failed_) unit_.selects.push_back(std::move(out));
}

void Parser::cases(std::vector<CaseDecl>& out, std::vector<GroupDecl>& groups) {
  while (more("}")) case_or_group(key(), out, groups);
}

// `KEY : TYPE`, or `KEY [prefix P_] { CASE ... }`
void Parser::case_or_group(Constant first, std::vector<CaseDecl>& out, std::vector<GroupDecl>& groups) {
  if (eat(":")) {
    out.push_back({{std::move(first)}, type()});
    return;
  }
  GroupDecl group{first, {}};
  if (eat("prefix")) group.prefix = name("a prefix");
  if (!is("{")) fail_expected("':' or '{'");
  expect("{");
  while (more("}")) {
    Constant second = key();
    expect(":");
    out.push_back({{first, std::move(second)}, type()});
  }
  groups.push_back(std::move(group));
}

// The target may be a set or a select: its entries tell.
void Parser::extend() {
  ExtendDecl out;
  out.name = name("a name");
  header();
  skip_newlines();
  expect("{");
  while (more("}")) {
    const bool set_word = (is("part") || is("number") || is("zero")) && ahead(1).text != "=";
    if (set_word) {
      out.items.push_back(set_item());
      continue;
    }
    const Loc loc = cur().loc;
    Constant first = key();
    if (is(":") || is("{") || is("prefix")) {
      case_or_group(std::move(first), out.cases, out.groups);
    } else if (!first.value) {
      fail_expected("'=', ':' or '{'");
    } else {
      SetItem item;
      item.loc = loc;
      item.constant = std::move(first);
      out.items.push_back(std::move(item));
    }
  }
  if (!failed_) unit_.extends.push_back(std::move(out));
}

void Parser::native() {
  NativeDecl out;
  out.name = name("a name");
  item_name_ = out.name.text;
  out.params = params();
  expect(":");
  out.base = name("a scalar type or 'bytes'");
  if (eat("reaches")) {
    while (is("path") || is("fd")) (eat("path") ? out.reaches_path : (next(), out.reaches_fd)) = true;
    if (!out.reaches_path && !out.reaches_fd) fail_expected("'path' or 'fd'");
  }
  if (!failed_) unit_.natives.push_back(std::move(out));
}

void Parser::syscall() {
  CallDecl out;
  out.name = name("a name");
  item_name_ = out.name.text;
  out.file_classes = file_classes_;
  out.args = call_arguments();
  if (eat("->")) out.result = type();
  for (;;) {
    // May stand on a line of their own, indented.
    if (cur().kind == Token::Kind::newline && (ahead(1).text == "class" || ahead(1).text == "by") &&
        ahead(1).loc.col > 1)
      next();
    if (eat("labelled")) {
      out.labelled = true;
    } else if (eat("reads")) {
      out.reads = data();
    } else if (eat("writes")) {
      out.writes = data();
    } else if (eat("class")) {
      const std::vector<ClassName> names = class_names();
      out.classes.insert(out.classes.end(), names.begin(), names.end());
    } else if (!out.by && eat("by")) {
      out.by = expr();
      if (eat("prefix")) out.prefix = name("a prefix").text;
      header();
      skip_newlines();
      expect("{");
      variants(out);
    } else {
      break;
    }
  }
  if (!failed_) unit_.calls.push_back(std::move(out));
}

spec::Data Parser::data() {
  constexpr std::string_view kinds[] = {"bytes", "buffers", "message", "messages"};
  for (std::size_t k = 0; k < std::size(kinds); ++k) {
    if (eat(kinds[k])) return static_cast<spec::Data>(k + 1);
  }
  fail("what a call moves is 'bytes', 'buffers', 'message' or 'messages'");
  return spec::Data::nothing;
}

std::vector<FieldDecl> Parser::call_arguments() {
  std::vector<FieldDecl> out;
  expect("(");
  if (eat(")")) return out;
  do out.push_back(field());
  while (eat(","));
  expect(")");
  return out;
}

void Parser::variants(CallDecl& call) {
  while (more("}")) {
    VariantDecl out;
    out.loc = cur().loc;
    if (!eat("else")) out.key = key();
    out.args = call_arguments();
    if (eat("->")) out.result = type();
    call.variants.push_back(std::move(out));
  }
}

// abi N { long 4 align64 4 slots 2 }
void Parser::abi() {
  AbiDecl out;
  out.name = name("an ABI");
  expect("{");
  while (more("}")) {
    if (eat("long")) {
      out.long_bytes = small("a size");
    } else if (eat("align64")) {
      out.align64 = small("an alignment");
    } else if (eat("slots")) {
      out.slots = small("a number of registers");
    } else {
      fail_expected("'long', 'align64' or 'slots'");
    }
  }
  if (!failed_) unit_.abis.push_back(out);
}

}  // namespace ktspec
