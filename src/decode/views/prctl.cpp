// Words of prctl(2) and arch_prctl(2) that pack several things, as arguments and as results: vector lengths with flags,
// tags of addresses, states of RISC-V's vector unit. strace shows results in words unless -X raw.
#include <fmt/format.h>

#include <iterator>

#include "decode/symbols.h"
#include "decode/views/helpers.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
namespace {

using Text = fmt::basic_memory_buffer<char, 256>;

void append(Text& text, std::string_view more) {
  text.append(more);
}

void append_hex(Text& text, uint64_t value) {
  if (value == 0) return text.push_back('0');
  fmt::format_to(std::back_inserter(text), "{:#x}", value);
}

void append_rest(Text& text, uint64_t rest) {
  if (rest == 0) return;
  if (text.size() != 0) text.push_back('|');
  append_hex(text, rest);
}

// The names of the flags in `value`, and what is left of it. False if there is no name.
bool append_flags(Text& text, uint32_t set, uint64_t value, Abi abi) {
  const spec::Set& flags = spec::sets[set];
  uint64_t rest = value;
  for (uint32_t k = 0; k < flags.count; ++k) {
    const spec::Item& item = spec::items[flags.first + k];
    const bool here = (item.abi_mask >> index(abi) & 1) != 0 && item.kind == spec::ItemKind::constant;
    if (!here || (rest & item.value) != item.value) continue;
    if (text.size() != 0) text.push_back('|');
    append(text, decode::text(item.name));
    rest &= ~item.value;
  }
  const bool named = text.size() != 0;
  append_rest(text, rest);
  return named;
}

void show_argument(ViewContext& context, uint64_t value, const Text& text) {
  context.sink.expression(Expression{.raw = value, .base = Base::hex, .text = {text.data(), text.size()}});
}

void show_result(ViewContext& context, uint64_t value, const Text& text) {
  context.sink.begin(Shape::aux);
  context.sink.expression(
      Expression{.raw = value, .base = Base::hex, .text = {text.data(), text.size()}, .unless_raw = true});
  context.sink.end();
}

void show_named(ViewContext& context, uint64_t value, uint32_t set) {
  Text text;
  if (append_flags(text, set, value, context.abi)) show_result(context, value, text);
}

constexpr uint64_t length_mask = 0xffff;  // PR_SVE_VL_LEN_MASK

// A vector length below its flags. False if there are no flags.
bool append_vector_length(Text& text, uint32_t set, uint64_t value, Abi abi) {
  if ((value & ~length_mask) == 0) return false;
  append_flags(text, set, value & ~length_mask, abi);
  text.push_back('|');
  append_hex(text, value & length_mask);
  return true;
}

void show_length(ViewContext& context, uint64_t value, uint32_t set) {
  Text text;
  if (!append_vector_length(text, set, value, context.abi)) return show_hex(context.sink, value);
  show_argument(context, value, text);
}

void show_length_result(ViewContext& context, uint64_t value, uint32_t set) {
  Text text;
  if (append_vector_length(text, set, value, context.abi)) show_result(context, value, text);
}

// PR_SET_TAGGED_ADDR_CTRL: a flag, how a wrong tag is told, and a set of tags.
void append_tags(Text& text, uint64_t value, Abi abi) {
  constexpr uint64_t checks = 6;  // PR_MTE_TCF_MASK
  constexpr unsigned tags = 3;    // PR_MTE_TAG_SHIFT
  constexpr uint64_t most_tags = 0xffff;
  append(text, (value & 1) != 0 ? "PR_TAGGED_ADDR_ENABLE|" : "!PR_TAGGED_ADDR_ENABLE|");
  append(text, find_name(spec::sets[spec::ids::set_pr_mte_check], value & checks, abi));
  if ((value >> tags & most_tags) != 0) {
    fmt::format_to(std::back_inserter(text), "|{:#x}<<PR_MTE_TAG_SHIFT", value >> tags & most_tags);
  }
  append_rest(text, value & ~(most_tags << tags | checks | 1));
}

void append_vector_state(Text& text, uint64_t state, Abi abi) {
  const std::string_view name = find_name(spec::sets[spec::ids::set_pr_riscv_v_state], state, abi);
  name.empty() ? append_hex(text, state) : append(text, name);
}

// PR_RISCV_V_SET_CONTROL: the state now, that after execve, and whether children have it.
void append_vector_control(Text& text, uint64_t value, Abi abi) {
  append_vector_state(text, value & 3, abi);
  text.push_back('|');
  append_vector_state(text, value >> 2 & 3, abi);
  append(text, (value & 0x10) != 0 ? "<<2|PR_RISCV_V_VSTATE_CTRL_INHERIT" : "<<2|!PR_RISCV_V_VSTATE_CTRL_INHERIT");
  append_rest(text, value & ~uint64_t{0x1f});
}

}  // namespace

void timer_slack(ViewContext& context, const ViewValue& value) {
  show_decimal(context.sink, static_cast<int64_t>(value.number));
}

void securebits_result(ViewContext& context, const ViewValue& value) {
  show_named(context, value.number, spec::ids::set_securebits);
}

void fp_mode_result(ViewContext& context, const ViewValue& value) {
  show_named(context, value.number, spec::ids::set_pr_fp_mode);
}

void spec_result(ViewContext& context, const ViewValue& value) {
  if (value.number != 0) return show_named(context, value.number, spec::ids::set_pr_spec_state);
  Text text;
  append(text, "PR_SPEC_NOT_AFFECTED");
  show_result(context, 0, text);
}

void pac_keys_result(ViewContext& context, const ViewValue& value) {
  show_named(context, value.number, spec::ids::set_pr_pac_enabled_keys);
}

void mdwe_result(ViewContext& context, const ViewValue& value) {
  show_named(context, value.number, spec::ids::set_pr_mdwe);
}

void dexcr_result(ViewContext& context, const ViewValue& value) {
  show_named(context, value.number, spec::ids::set_ppc_dexcr_control);
}

// The number, and beside it what it says.
void xfeature_mask(ViewContext& context, const ViewValue& value) {
  Text text;
  if (value.number == 0) return show_hex(context.sink, 0);
  const bool named = append_flags(text, spec::ids::set_xfeature_masks, value.number, context.abi);
  const std::string_view words = named ? std::string_view{text.data(), text.size()} : "XFEATURE_MASK_???";
  context.sink.expression(Expression{.raw = value.number, .base = Base::hex, .text = words, .beside = true});
}

void xfeature_result(ViewContext& context, const ViewValue& value) {
  show_named(context, value.number, spec::ids::set_xfeature_masks);
}

void sve_length(ViewContext& context, const ViewValue& value) {
  show_length(context, value.number, spec::ids::set_pr_sve_flags);
}

void sve_length_result(ViewContext& context, const ViewValue& value) {
  show_length_result(context, value.number, spec::ids::set_pr_sve_flags);
}

void sme_length(ViewContext& context, const ViewValue& value) {
  show_length(context, value.number, spec::ids::set_pr_sme_flags);
}

void sme_length_result(ViewContext& context, const ViewValue& value) {
  show_length_result(context, value.number, spec::ids::set_pr_sme_flags);
}

void tagged_addr(ViewContext& context, const ViewValue& value) {
  Text text;
  append_tags(text, value.number, context.abi);
  show_argument(context, value.number, text);
}

void tagged_addr_result(ViewContext& context, const ViewValue& value) {
  Text text;
  append_tags(text, value.number, context.abi);
  show_result(context, value.number, text);
}

void riscv_vector(ViewContext& context, const ViewValue& value) {
  Text text;
  append_vector_control(text, value.number, context.abi);
  show_argument(context, value.number, text);
}

void riscv_vector_result(ViewContext& context, const ViewValue& value) {
  Text text;
  append_vector_control(text, value.number, context.abi);
  show_result(context, value.number, text);
}

}  // namespace ktrace::decode::views
