#include "stack/cfi_program.h"

#include <algorithm>

namespace ktrace::stack {
namespace {

constexpr std::size_t most_expression_bytes = 1024;
constexpr std::size_t most_remembered = 16;

using Kind = Rule::Kind;

// Those that have a number, or part of one, in their lowest bits.
constexpr uint8_t advance_loc = 0x40, offset = 0x80, restore_low = 0xc0, low_bits = 0x3f;

}  // namespace

Rule& RowProgram::rule(uint64_t number) {
  return number < state_.rules.size() ? state_.rules[static_cast<std::size_t>(number)] : ignored_;
}

void RowProgram::set(uint64_t number, Kind kind, int64_t value) {
  Rule& it = rule(number);
  it.kind = kind;
  it.value = value;
}

void RowProgram::set_cfa_to(uint64_t number, int64_t from) {
  state_.cfa = {Kind::in_register, static_cast<uint8_t>(std::min<uint64_t>(number, 255)), from};
}

void RowProgram::restore(uint64_t number) {
  if (number < state_.rules.size()) rule(number) = initial_.rules[static_cast<std::size_t>(number)];
}

int64_t RowProgram::scaled(int64_t value) const {
  return static_cast<int64_t>(static_cast<uint64_t>(value) * static_cast<uint64_t>(scales_.data));
}

RowProgram::Done RowProgram::set_expression(Rule& it, Kind kind) {
  const auto bytes = reader_.block(reader_.uleb());
  if (reader_.failed() || bytes.size() > most_expression_bytes) return Done::failed;
  it.kind = kind;
  it.value = static_cast<int64_t>(expressions_.size());
  expressions_.emplace_back(bytes.begin(), bytes.end());
  return Done::yes;
}

RowProgram::Done RowProgram::advance(uint8_t code) {
  uint64_t step = code & low_bits;
  switch (code) {
    case 0x02: step = reader_.fixed<uint8_t>(); break;   // DW_CFA_advance_loc1
    case 0x03: step = reader_.fixed<uint16_t>(); break;  // DW_CFA_advance_loc2
    case 0x04: step = reader_.fixed<uint32_t>(); break;  // DW_CFA_advance_loc4
    default:
      if ((code & ~low_bits) != advance_loc) return Done::no;
  }
  at_ += step * scales_.code;
  return Done::yes;
}

RowProgram::Done RowProgram::set_register(uint8_t code) {
  if ((code & ~low_bits) == offset) return set(code & low_bits, Kind::at_cfa, unsigned_offset()), Done::yes;
  if ((code & ~low_bits) == restore_low) return restore(code & low_bits), Done::yes;
  if (code < 0x05 || (code > 0x09 && code != 0x10 && code != 0x11 && code != 0x2f && (code < 0x14 || code > 0x16)))
    return Done::no;
  const uint64_t number = reader_.uleb();
  switch (code) {
    case 0x05: set(number, Kind::at_cfa, unsigned_offset()); break;                          // DW_CFA_offset_extended
    case 0x06: restore(number); break;                                                       // DW_CFA_restore_extended
    case 0x07: set(number, Kind::undefined, 0); break;                                       // DW_CFA_undefined
    case 0x08: set(number, Kind::same, 0); break;                                            // DW_CFA_same_value
    case 0x09: set(number, Kind::in_register, static_cast<int64_t>(reader_.uleb())); break;  // DW_CFA_register
    case 0x10: return set_expression(rule(number), Kind::at_expression);                     // DW_CFA_expression
    case 0x11: set(number, Kind::at_cfa, signed_offset()); break;      // DW_CFA_offset_extended_sf
    case 0x14: set(number, Kind::cfa_plus, unsigned_offset()); break;  // DW_CFA_val_offset
    case 0x15: set(number, Kind::cfa_plus, signed_offset()); break;    // DW_CFA_val_offset_sf
    case 0x16: return set_expression(rule(number), Kind::expression);  // DW_CFA_val_expression
    default: set(number, Kind::at_cfa, scaled(-static_cast<int64_t>(reader_.uleb()))); break;  // the GNU negative one
  }
  return Done::yes;
}

RowProgram::Done RowProgram::set_cfa(uint8_t code) {
  switch (code) {
    case 0x0c: {  // DW_CFA_def_cfa
      const uint64_t number = reader_.uleb();
      set_cfa_to(number, static_cast<int64_t>(reader_.uleb()));
      return Done::yes;
    }
    case 0x0d: set_cfa_to(reader_.uleb(), state_.cfa.value); return Done::yes;             // ..._register
    case 0x0e: state_.cfa.value = static_cast<int64_t>(reader_.uleb()); return Done::yes;  // ..._offset
    case 0x0f: return set_expression(state_.cfa, Kind::expression);                        // ..._expression
    case 0x12: {                                                                           // ..._sf
      const uint64_t number = reader_.uleb();
      set_cfa_to(number, signed_offset());
      return Done::yes;
    }
    case 0x13: state_.cfa.value = signed_offset(); return Done::yes;  // DW_CFA_def_cfa_offset_sf
    default: return Done::no;
  }
}

RowProgram::Done RowProgram::remember(uint8_t code) {
  switch (code) {
    case 0x00: return Done::yes;  // DW_CFA_nop
    case 0x0a:                    // DW_CFA_remember_state
      if (remembered_.size() >= most_remembered) return Done::failed;
      remembered_.push_back(state_);
      return Done::yes;
    case 0x0b:  // DW_CFA_restore_state
      if (remembered_.empty()) return Done::failed;
      state_ = remembered_.back();
      remembered_.pop_back();
      return Done::yes;
    case 0x2d: return Done::yes;                  // aarch64: the return address is signed from here on, or not any more
    case 0x2e: reader_.uleb(); return Done::yes;  // DW_CFA_GNU_args_size
    default: return Done::failed;                 // among them DW_CFA_set_loc, which no compiler writes
  }
}

bool RowProgram::run(std::span<const uint8_t> program, uint64_t begin, uint64_t until) {
  reader_ = ByteReader{program};
  at_ = begin;
  while (!reader_.at_end()) {
    const auto code = reader_.fixed<uint8_t>();
    Done done = advance(code);
    if (at_ > until) break;
    if (done == Done::no) done = set_register(code);
    if (done == Done::no) done = set_cfa(code);
    if (done == Done::no) done = remember(code);
    if (done == Done::failed) return false;
  }
  return !reader_.failed();
}

}  // namespace ktrace::stack
