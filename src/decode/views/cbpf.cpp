// Programs of classic BPF (linux/filter.h), as the macros that programs are written with:
// BPF_STMT(BPF_LD|BPF_W|BPF_ABS, 0x4), BPF_JUMP(BPF_JMP|BPF_K|BPF_JEQ, 0x1, 0, 0x2). Only -v looks into them.
#include <fmt/core.h>

#include <algorithm>

#include "decode/views/helpers.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
namespace {

constexpr std::size_t instruction_bytes = 8;   // struct sock_filter
constexpr uint64_t most_instructions = 65535;  // what sock_fprog::len can say
constexpr uint32_t action_mask = 0xffff0000;   // SECCOMP_RET_ACTION_FULL

struct Instruction {
  uint32_t code;
  uint32_t yes, no;  // where a jump goes
  uint32_t k;
};

enum Class : uint32_t { load_a = 0, load_x, store_a, store_x, arithmetic, jump, leave, other };
constexpr uint32_t class_mask = 7;
constexpr uint32_t mode_mask = 0xe0;
constexpr uint32_t absolute = 0x20;

class Shown {
 public:
  Shown(ViewContext& context, bool is_seccomp) : context_(context), sink_(context.sink), is_seccomp_(is_seccomp) {}

  void instruction(const Instruction& what) {
    const bool jumps = what.yes != 0 || what.no != 0;
    sink_.begin(Shape::call, jumps ? "BPF_JUMP" : "BPF_STMT");
    code(what.code);
    if (jumps) {
      show_hex(sink_, what.k, 4);
      show_hex(sink_, what.yes, 4);
      show_hex(sink_, what.no, 4);
    } else {
      operand(what);
    }
    sink_.end();
  }

 private:
  void part(uint32_t set, uint32_t value) {
    sink_.joined();
    context_.show_set(set, value, 4);
  }

  // Bits without a meaning.
  void rest(uint32_t bits) {
    if (bits == 0) return;
    char text[40];
    const auto end = fmt::format_to_n(text, sizeof text, "{:#x} /* BPF_??? */", bits);
    sink_.joined();
    sink_.expression(bits, {text, std::min(end.size, sizeof text)});
  }

  void code(uint32_t code) {
    context_.show_set(spec::ids::set_cbpf_class, code & class_mask, 4);
    switch (static_cast<Class>(code & class_mask)) {
      case load_a:
      case load_x: part(spec::ids::set_cbpf_size, code & 0x18); return part(spec::ids::set_cbpf_mode, code & mode_mask);
      case store_a:
      case store_x: return rest(code & ~class_mask);
      case arithmetic: part(spec::ids::set_cbpf_source, code & 8); return part(spec::ids::set_cbpf_alu, code & 0xf0);
      case jump: part(spec::ids::set_cbpf_source, code & 8); return part(spec::ids::set_cbpf_jump, code & 0xf0);
      case leave: part(spec::ids::set_cbpf_result, code & 0x18); return rest(code & ~0x1fu);
      case other: part(spec::ids::set_cbpf_misc, code & 0xf8); return rest(code & ~0xffu);
    }
  }

  void operand(const Instruction& what) {
    const uint32_t kind = what.code & class_mask;
    if (is_seccomp_ && kind == leave) {
      context_.show_set(spec::ids::set_seccomp_action, what.k & action_mask, 4);
      const uint32_t data = what.k & ~action_mask;
      if (data == 0) return;
      sink_.joined();
      return show_hex(sink_, data, 4);
    }
    if (!is_seccomp_ && kind == load_a && (what.code & mode_mask) == absolute) return offset(what.k);
    show_hex(sink_, what.k, 4);
  }

  // Packets begin at 0; behind some negative offsets there is something else.
  void offset(uint32_t k) {
    struct Base {
      int32_t from;
      std::string_view name;
    };
    static constexpr Base bases[] = {{-0x1000, "SKF_AD_OFF"}, {-0x100000, "SKF_NET_OFF"}, {-0x200000, "SKF_LL_OFF"}};
    const auto at = static_cast<int32_t>(k);
    const auto base = std::find_if(std::begin(bases), std::end(bases), [at](const Base& b) { return at >= b.from; });
    if (at >= 0 || base == std::end(bases)) return show_hex(sink_, k, 4);
    const auto distance = static_cast<uint32_t>(at - base->from);
    show_name(sink_, static_cast<uint32_t>(base->from), 4, ktrace::Base::hex, base->name);
    sink_.joined('+');
    if (base == std::begin(bases)) return context_.show_set(spec::ids::set_cbpf_ancillary, distance, 4);
    show_unsigned(sink_, distance);
  }

  ViewContext& context_;
  ValueSink& sink_;
  bool is_seccomp_;
};

Instruction decoded(const uint8_t* at) {
  return {.code = static_cast<uint32_t>(load(at, 2)),
          .yes = at[2],
          .no = at[3],
          .k = static_cast<uint32_t>(load(at + 4, 4))};
}

void show_program(ViewContext& context, uint64_t address, uint64_t count, bool is_seccomp) {
  if (context.options.abbreviate || only_address(context, address) || count > most_instructions) {
    return context.sink.address({address});
  }
  Shown shown(context, is_seccomp);
  show_elements<instruction_bytes>(context, address, count, count, [&shown](Address, std::span<const uint8_t> bytes) {
    shown.instruction(decoded(bytes.data()));
  });
}

}  // namespace

void cbpf_program(ViewContext& context, const ViewValue& value) {
  show_program(context, value.number, value.params[0], value.params[1] != 0);
}

// What SO_GET_FILTER gave: the length is one of instructions, not of bytes.
void attached_filter(ViewContext& context, const ViewValue& value) {
  if (value.params[0] == 0) return context.sink.address(value.address);
  show_program(context, value.address.value, value.params[0], false);
}

}  // namespace ktrace::decode::views
