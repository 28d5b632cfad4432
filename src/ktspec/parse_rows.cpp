// Number tables: `NUMBER NAME [= DESCRIPTION[(order)]] [@ REGISTER...] [demux memory|registers { SUB-ROW ... }]`, a row
// per line.
#include <utility>

#include "parser.h"

namespace ktspec {

void Parser::parse_rows(unsigned abi) {
  for (skip_newlines(); cur().kind != Token::Kind::end; skip_newlines()) {
    const size_t began = pos_;
    RowDecl out = row(false);
    if (!failed_ && cur().kind != Token::Kind::newline && cur().kind != Token::Kind::end) fail_expected("end of line");
    if (!failed_) {
      unit_.rows[abi].push_back(std::move(out));
      continue;
    }
    pos_ = std::max(failed_at_, began + 1);
    failed_ = false;
    while (cur().kind != Token::Kind::newline && cur().kind != Token::Kind::end) next();
  }
}

RowDecl Parser::row(bool sub) {
  RowDecl out;
  out.loc = cur().loc;
  out.number = number("a system call number");
  out.name = name("a system call");
  out.target = out.name;
  if (eat("=")) {
    out.target = name("a description");
    row_order(out);
  }
  if (eat("@")) {
    out.registers.emplace();
    // A number that a name follows begins the next sub-row.
    while (is_number() && ahead(1).kind != Token::Kind::name) out.registers->push_back(small("a register"));
  }
  if (!sub && eat("demux")) demux(out);
  return out;
}

// (flags, stack, tls): the arguments of the description in the order of the registers.
void Parser::row_order(RowDecl& out) {
  if (!eat("(")) return;
  out.order.emplace();
  if (eat(")")) return;
  do out.order->push_back(name("an argument"));
  while (eat(","));
  expect(")");
}

void Parser::demux(RowDecl& out) {
  if (eat("memory")) {
    out.kind = spec::RowKind::demux_memory;
  } else if (eat("registers")) {
    out.kind = spec::RowKind::demux_registers;
  } else {
    fail_expected("'memory' or 'registers'");
  }
  expect("{");
  while (more("}")) out.sub.push_back(row(true));
}

}  // namespace ktspec
