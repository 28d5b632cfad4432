// Values of constants: the part of Layout that knows them.
#include <algorithm>

#include "layout.h"

namespace ktspec {

void Layout::declare(const Constant& constant, Shape shape) {
  if (constant.value && !constant.name.text.empty())
    constants_[constant.name.text].declared.push_back({&constant, shape});
}

void Layout::collect() {
  const Shape any{8, false, false};
  for (const SetDecl& set : program_.unit.sets) {
    Shape shape = program_.scalar_shape(set.base.text).value_or(any);
    for (const SetItem& item : set.items) {
      declare(item.constant, shape);
      for (const Constant& name : item.names) declare(name, shape);
    }
  }
  for (const SelectDecl& select : program_.unit.selects) {
    for (const GroupDecl& group : select.groups) declare(group.key, any);
    for (const CaseDecl& one : select.cases) declare(one.keys.back(), any);
  }
  for (const CallDecl& call : program_.unit.calls)
    for (const VariantDecl& variant : call.variants)
      if (variant.key) declare(*variant.key, any);
}

uint64_t Layout::evaluate(const Value& value, unsigned abi) {
  if (!value.is_ioctl || !value.sized) return value.number;
  program_.require(value.sized->base, "type");
  const Extent extent = this->extent(*value.sized);
  if (extent.size[abi] > 0x3fff) program_.diagnostics.error(value.sized->base.loc, "too big for an ioctl number");
  return value.number | static_cast<uint64_t>(extent.size[abi] & 0x3fff) << 16;
}

// As a number of this shape is kept in 64 bits: extended by its sign, or by zeros.
static uint64_t canonical(uint64_t value, unsigned width, bool is_signed) {
  if (width >= 8) return value;
  const uint64_t mask = (uint64_t{1} << 8 * width) - 1;
  const uint64_t sign = uint64_t{1} << (8 * width - 1);
  value &= mask;
  return is_signed && (value & sign) != 0 ? value | ~mask : value;
}

static bool fits(uint64_t value, unsigned width) {
  if (width >= 8) return true;
  const uint64_t high = value >> (8 * width - 1);
  return high <= 1 || high == UINT64_MAX >> (8 * width - 1);
}

ConstantValue Layout::value(const Constant& constant, Shape shape) {
  ConstantValue out;
  out.abis = constant.only;
  for (unsigned abi = 0; abi < abi_count; ++abi) {
    const Value* value = &*constant.value;
    for (const Constant::Other& other : constant.others)
      if ((other.abis >> abi & 1) != 0) value = &other.value;
    const unsigned width = program_.width_on(shape.width, abi);
    const uint64_t raw = evaluate(*value, abi);
    const unsigned declared_width = shape.width != 0 ? shape.width : 8;
    if (!fits(raw, declared_width) && (out.abis >> abi & 1) != 0)
      program_.diagnostics.error(constant.name.loc, quoted(constant.name.text) + " does not fit in " +
                                                        std::to_string(8 * declared_width) + " bits");
    out.on[abi] = canonical(raw, width, shape.is_signed);
  }
  return out;
}

const Constant* Layout::declaration(std::string_view name) const {
  const auto found = constants_.find(name);
  return found == constants_.end() ? nullptr : found->second.declared.front().constant;
}

const ConstantValue* Layout::find_constant(std::string_view name) {
  const auto found = constants_.find(name);
  if (found == constants_.end()) return nullptr;
  Entry& entry = found->second;
  if (entry.value) return &*entry.value;
  entry.value.emplace();
  ConstantValue all;
  for (const Declared& declared : entry.declared) {
    const ConstantValue one = value(*declared.constant, declared.shape);
    for (unsigned abi = 0; abi < abi_count; ++abi)
      if ((one.abis & ~all.abis) >> abi & 1) all.on[abi] = one.on[abi];
    all.abis |= one.abis;
  }
  entry.value = all;
  return &*entry.value;
}

void Layout::suggest_constants(Suggestion& out) const {
  for (const auto& [name, entry] : constants_) out.consider(name);
}

const ConstantValue* Layout::require_constant(Ident name) {
  const ConstantValue* found = find_constant(name.text);
  if (found != nullptr) return found;
  Suggestion suggestion(name.text);
  suggest_constants(suggestion);
  program_.diagnostics.error(name.loc, "unknown constant " + quoted(name.text) + suggestion.text());
  return nullptr;
}

ConstantValue Layout::key_value(const Constant& key) {
  if (key.value) return value(key, Shape{8, false, false});
  const ConstantValue* found = require_constant(key.name);
  ConstantValue out = found ? *found : ConstantValue{};
  out.abis &= key.only;
  return out;
}

// The declarations of a constant agree where both exist, as far as the narrower one goes.
void Layout::check_constants() {
  for (auto& [name, entry] : constants_) {
    const Declared& first = entry.declared.front();
    for (const Declared& other : entry.declared) {
      const ConstantValue a = value(*first.constant, first.shape);
      const ConstantValue b = value(*other.constant, other.shape);
      for (unsigned abi = 0; abi < abi_count; ++abi) {
        if (((a.abis & b.abis) >> abi & 1) == 0) continue;
        const unsigned width =
            std::min(program_.width_on(first.shape.width, abi), program_.width_on(other.shape.width, abi));
        if (canonical(a.on[abi], width, false) == canonical(b.on[abi], width, false)) continue;
        program_.diagnostics.error(other.constant->name.loc, quoted(name) + " has another value in " +
                                                                 program_.diagnostics.where(first.constant->name.loc));
        break;
      }
    }
  }
}

static std::optional<uint64_t> fold(spec::Op op, uint64_t a, uint64_t b) {
  switch (op) {
    case spec::Op::add: return a + b;
    case spec::Op::sub: return a - b;
    case spec::Op::mul: return a * b;
    case spec::Op::div: return b == 0 ? 0 : a / b;
    case spec::Op::shl: return a << (b & 63);
    case spec::Op::shr: return a >> (b & 63);
    case spec::Op::band: return a & b;
    case spec::Op::bor: return a | b;
    default: return {};
  }
}

std::optional<PerAbi<uint64_t>> Layout::constant_expr(const Expr& expr) {
  PerAbi<uint64_t> out{};
  if (expr.kind == Expr::Kind::number) {
    out.fill(expr.value);
    return out;
  }
  if (expr.kind == Expr::Kind::name && expr.path.size() == 1) {
    const ConstantValue* constant = find_constant(expr.path[0].text);
    if (constant == nullptr) return {};
    return constant->on;
  }
  if (expr.kind != Expr::Kind::binary) return {};
  const auto a = constant_expr(expr.sub[0]);
  const auto b = constant_expr(expr.sub[1]);
  if (!a || !b) return {};
  for (unsigned abi = 0; abi < abi_count; ++abi) {
    const auto folded = fold(expr.op, (*a)[abi], (*b)[abi]);
    if (!folded) return {};
    out[abi] = *folded;
  }
  return out;
}

}  // namespace ktspec
