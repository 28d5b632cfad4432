// What ktspec made of good/*.ksd and good/*.tbl: sets, layouts on each ABI, selects, calls, rows.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "spec/ids.h"
#include "spec/lookup.h"
#include "spec/traits.h"

using namespace ktrace;
using namespace ktrace::spec;

namespace {

constexpr unsigned on_x86_64 = 0, on_i386 = 1, on_arm = 3;

// The items of a set on one ABI: "name=value", in the order of the table.
std::vector<std::string> items_of(uint32_t set, unsigned abi) {
  std::vector<std::string> out;
  for (uint32_t k = sets[set].first; k < sets[set].first + sets[set].count; ++k)
    if (items[k].kind == ItemKind::constant && (items[k].abi_mask >> abi & 1) != 0)
      out.push_back(std::string(string(items[k].name)) + "=" + std::to_string(static_cast<int64_t>(items[k].value)));
  return out;
}

const Item& item(uint32_t set, std::string_view name) {
  for (uint32_t k = sets[set].first; k < sets[set].first + sets[set].count; ++k)
    if (string(items[k].name) == name) return items[k];
  FAIL("no item");
  return items[0];
}

const Field& field(uint32_t record, std::string_view name) {
  for (uint32_t k = records[record].first; k < records[record].first + records[record].count; ++k)
    if (string(fields[k].name) == name) return fields[k];
  FAIL("no field");
  return fields[0];
}

const Field& argument(std::string_view call, unsigned k) {
  return fields[calls[find_call(call)].first + k];
}
const Type& argument_type(std::string_view call, unsigned k) {
  return types[argument(call, k).type];
}

using Offsets = std::vector<uint32_t>;
Offsets offsets(uint32_t record, std::string_view name) {
  const Field& f = field(record, name);
  return {f.offset[0], f.offset[1], f.offset[2], f.offset[3]};
}
Offsets sizes(uint32_t record) {
  const Record& r = records[record];
  return {r.size[0], r.size[1], r.size[2], r.size[3]};
}

// The operations of an expression, without operands.
std::vector<Op> operations(Code at) {
  std::vector<Op> out;
  for (;;) {
    const Op op = static_cast<Op>(code[at]);
    out.push_back(op);
    switch (op) {
      case Op::end: return out;
      case Op::imm:
      case Op::load: at += 5; break;
      case Op::deref:
      case Op::bits: at += 3; break;
      case Op::arg:
      case Op::old:
      case Op::param:
      case Op::prop:
      case Op::peek: at += 2; break;
      default: at += 1;
    }
  }
}

uint64_t imm(Code at, unsigned abi) {
  uint32_t k = 0;
  for (unsigned byte = 0; byte < 4; ++byte) k |= static_cast<uint32_t>(code[at + 1 + byte]) << 8 * byte;
  return imms[k][abi];
}

}  // namespace

TEST_CASE("constants have a value for each ABI and keep the printing order of flags") {
  CHECK(items_of(ids::set_open_flags, on_i386) == std::vector<std::string>{"O_CREAT=64", "O_DIRECT=16384",
                                                                           "O_DIRECTORY=65536", "O_32BIT=1073741824",
                                                                           "O_EXCL=128"});
  CHECK(items_of(ids::set_open_flags, on_arm) ==
        std::vector<std::string>{"O_CREAT=64", "O_DIRECT=65536", "O_DIRECTORY=16384", "O_EXCL=128"});
}

TEST_CASE("an enum is sorted by value, in the form of its signed type") {
  CHECK(items_of(ids::set_unsorted, on_x86_64) ==
        std::vector<std::string>{"E_A=1", "E_B=2", "E_CHAR=99", "E_MINUS=-1"});
  CHECK(string(sets[ids::set_unsorted].unknown) == "?_E");
  CHECK(sets[ids::set_unsorted].format == Format::decimal);
  CHECK(string(sets[ids::set_open_flags].unknown) == "O_???");
}

TEST_CASE("parts are enums of their own, numbers have mask and shift") {
  const Set& set = sets[ids::set_open_flags];
  const Item& part = items[set.first];
  CHECK(part.kind == ItemKind::part);
  CHECK(part.value == 3);
  CHECK(items_of(part.ref, on_arm) == std::vector<std::string>{"O_RDONLY=0", "O_WRONLY=1", "O_RDWR=2"});
  const Item& number = item(ids::set_open_flags, "O_SHIFT");
  CHECK(number.kind == ItemKind::number);
  CHECK(number.value == 0x3f00000);
  CHECK(number.shift == 20);
  CHECK(item(ids::set_open_flags, "O_NOTHING").kind == ItemKind::zero);
  CHECK(items[sets[ids::set_with_enum].first].ref == ids::set_low_bits);
}

TEST_CASE("members are laid out as the compiler of each ABI does") {
  CHECK(offsets(ids::record_mixed, "b") == Offsets{8, 4, 8, 8});
  CHECK(offsets(ids::record_mixed, "c") == Offsets{16, 12, 16, 16});
  CHECK(offsets(ids::record_mixed, "d") == Offsets{24, 16, 24, 20});
  CHECK(offsets(ids::record_mixed, "e") == Offsets{32, 20, 32, 24});
  CHECK(offsets(ids::record_mixed, "f") == Offsets{40, 28, 40, 32});
  CHECK(offsets(ids::record_mixed, "low") == Offsets{48, 36, 48, 40});
  CHECK(offsets(ids::record_mixed, "rest") == Offsets{48, 36, 48, 40});
  CHECK(offsets(ids::record_mixed, "x") == Offsets{56, 40, 56, 48});
  CHECK(offsets(ids::record_mixed, "y") == Offsets{56, 40, 56, 48});
  CHECK(sizes(ids::record_mixed) == Offsets{72, 56, 72, 64});
  CHECK(sizes(ids::record_packed_one) == Offsets{13, 13, 13, 13});
}

TEST_CASE("bit-fields know their bits, unions and -v members their flags") {
  const Type& high = types[field(ids::record_mixed, "high").type];
  CHECK(high.bit == 4);
  CHECK(high.bits == 12);
  CHECK(high.kind == Kind::set);
  CHECK(high.width == 4);
  CHECK(field(ids::record_mixed, "y").flags == field_union);
  CHECK(field(ids::record_mixed, "order_").flags == field_verbose);
  CHECK(field(ids::record_mixed, "pad").flags == field_hidden);
  CHECK(records[ids::record_mixed].flags == record_elides);
}

TEST_CASE("a struct may have another form on some ABIs") {
  const Record& general = records[ids::record_formed];
  CHECK(general.variant[on_x86_64] == ids::record_formed);
  CHECK(general.variant[on_i386] == general.variant[on_arm]);
  CHECK(offsets(general.variant[on_arm], "a")[on_arm] == 8);
  CHECK(offsets(ids::record_outer, "late") == Offsets{24, 16, 24, 24});
}

TEST_CASE("records know that they are open, sized by themselves, or continue at exit") {
  const Record& outer = records[ids::record_outer];
  CHECK(outer.flags == (record_open | record_exits));
  CHECK(outer.min == 4);
  CHECK(operations(outer.limit) == std::vector{Op::load, Op::end});
  const Record& pair = records[ids::record_pair];
  CHECK(pair.flags == (record_open | record_tuple));
  CHECK(pair.align == 4);
  CHECK(string(fields[records[ids::record_shuffled].first].name) == "b");
}

TEST_CASE("ioctl numbers carry the size that the type has on each ABI") {
  const Select& select = selects[ids::select_request];
  std::vector<std::string> found;
  for (uint32_t k = select.first; k < select.first + select.count; ++k)
    found.push_back(std::string(string(cases[k].name)) + " " + std::to_string(cases[k].key[0]) + " " +
                    std::to_string(cases[k].abi_mask));
  const std::vector<std::string> wanted = {"R_NONE 20993 15",
                                           "R_SIZE " + std::to_string(0x40045202) + " 10",
                                           "R_SIZE " + std::to_string(0x40085202) + " 5",
                                           "R_FORM " + std::to_string(0x800c5203) + " 2",
                                           "R_FORM " + std::to_string(0x80105203) + " 13",
                                           "R_BOTH " + std::to_string(0xc0185204) + " 2",
                                           "R_BOTH " + std::to_string(0xc0205204) + " 13"};
  CHECK(found == wanted);
}

TEST_CASE("two-key selects have groups, extend adds cases") {
  const Select& select = selects[ids::select_option];
  CHECK(select.key_count == 2);
  CHECK(select.count == 3);
  CHECK(cases[select.first + 2].key[0] == 2);
  CHECK(select.group_count == 1);
  CHECK(string(groups[select.groups].unknown) == "A_???");
  CHECK(selects[ids::select_list].key_count == 1);
}

TEST_CASE("arguments of a key, a select and a counted pointee are handed over") {
  const Type& name = argument_type("opt", 1);
  CHECK(name.kind == Kind::key);
  CHECK(name.arg_count == 1);
  const Type& value = argument_type("opt", 2);
  CHECK(value.kind == Kind::pointer);
  CHECK(types[value.elem].arg_count == 2);
  // `len` is a pointer to the length.
  CHECK(operations(value.limit) == std::vector{Op::arg, Op::deref, Op::end});
  const Type& parts = argument_type("message", 2);
  CHECK((types[parts.elem].flags & type_repeat) != 0);
  CHECK(operations(type_args[types[parts.elem].args]) == std::vector{Op::peek, Op::end});
}

TEST_CASE(
    "conditions compile to postfix; constants take each ABI's value and the form of what they are compared with") {
  CHECK(operations(argument("open_it", 3).when) ==
        std::vector{Op::arg, Op::imm, Op::has, Op::arg, Op::imm, Op::has, Op::lor, Op::end});
  const Code b = argument("conditions", 1).when;
  CHECK(operations(b) == std::vector{Op::arg, Op::imm, Op::eq, Op::arg, Op::imm, Op::band, Op::imm, Op::ne, Op::lnot,
                                     Op::land, Op::arg, Op::imm, Op::lt, Op::lor, Op::end});
  CHECK(imm(b + 2, on_x86_64) == 0x4000);
  CHECK(imm(b + 2, on_arm) == 0x10000);
  CHECK(operations(argument("conditions", 2).when) ==
        std::vector{Op::old, Op::imm, Op::eq, Op::arg, Op::prop, Op::imm, Op::eq, Op::lor, Op::end});
}

TEST_CASE("variants hold all arguments and are sorted by key") {
  const Call& call = calls[find_call("control")];
  CHECK(call.by_arg == 1);
  CHECK(string(call.unknown) == "C_???");
  CHECK(call.variant_count == 3);
  CHECK(calls[variants[call.variants + 1].call].count == 3);
  CHECK(variants[call.variants + 2].abi_mask == 1u << on_i386);
  CHECK(calls[call.otherwise].count == 3);
  CHECK(types[calls[variants[call.variants].call].ret].kind == Kind::set);
  CHECK(calls[find_call("gone")].flags == static_cast<uint32_t>(CallFlag::never_returns));
}

TEST_CASE("64-bit arguments take two registers on 32-bit ABIs, an even one first on arm") {
  const Row& x86 = *find_row(Abi::x86_64, 400);
  CHECK(x86.slot[1] == 1);
  CHECK(x86.slot[2] == 2);
  CHECK(x86.wide == 0);
  const Row& i386 = *find_row(Abi::i386, 7);
  CHECK(i386.slot[1] == 1);
  CHECK(i386.slot[2] == 3);
  CHECK(i386.wide == 2);
  const Row& arm = *find_row(Abi::arm, 7);
  CHECK(arm.slot[1] == 2);
  CHECK(arm.slot[2] == 4);
  CHECK(arm.wide == 2);
}

TEST_CASE("a row may name the order of the arguments or their registers") {
  const Row& ordered = *find_row(Abi::x86_64, 1);
  CHECK(std::vector<unsigned>(ordered.slot, ordered.slot + 4) == std::vector<unsigned>{1, 3, 0, 2});
  const Row& placed = *find_row(Abi::i386, "msg");
  CHECK(std::vector<unsigned>(placed.slot, placed.slot + 3) == std::vector<unsigned>{1, 4, 5});
}

TEST_CASE("demultiplexed calls have rows of their own") {
  const Row& calls_row = *find_row(Abi::i386, "calls");
  CHECK(calls_row.kind == RowKind::demux_memory);
  CHECK(calls_row.sub_count == 2);
  CHECK(string(find_sub_row(calls_row, 2)->name) == "renamed");
  CHECK(find_sub_row(calls_row, 3) == nullptr);
}

TEST_CASE("classes for the tracer are apart from those of -e") {
  const CallTraits traits = call_traits();
  CHECK(traits.of(Abi::x86_64, 0) == (trait_births | trait_sees_mask));  // plain
  CHECK(traits.of(Abi::i386, 12) == (trait_births | trait_sees_mask));   // also by another name
  CHECK(traits.of(Abi::x86_64, 3) == trait_restarts);                    // control, from the class of the file
  CHECK(traits.of(Abi::x86_64, 400) == trait_keeps_fds);                 // seek, which takes that away
  CHECK(traits.of(Abi::x86_64, 1) == 0);
  CHECK(traits.of(Abi::x86_64, 401) == 0);
}

TEST_CASE("classes follow from the arguments, the file and the call") {
  CHECK(find_row(Abi::x86_64, 1)->classes == class_file);
  CHECK(find_row(Abi::x86_64, 0)->classes == class_desc);
  CHECK(find_row(Abi::x86_64, 400)->classes == class_desc);
  CHECK(find_row(Abi::x86_64, 4)->classes == (class_desc | class_network));
}

TEST_CASE("types know whether a path or a descriptor can be reached through them") {
  CHECK(argument_type("open_it", 1).flags == (type_in | type_reaches_path));
  CHECK((argument_type("opt", 2).flags & type_reaches_path) != 0);
  CHECK((types[ids::type_list].flags & (type_reaches_path | type_reaches_fd)) == (type_reaches_path | type_reaches_fd));
  CHECK((argument_type("ioctl", 2).flags & type_reaches_path) == 0);
}

TEST_CASE("rows are found by number and by name") {
  CHECK(string(find_row(Abi::x86_64, 400)->name) == "seek");
  CHECK(find_row(Abi::x86_64, 399) == nullptr);
  CHECK(find_row(Abi::x86_64, uint64_t{1} << 32) == nullptr);
  CHECK(find_row(Abi::x86_64, "opt")->number == 5);
  CHECK(find_row(Abi::arm, "opt") == nullptr);
  CHECK(syscall_name(Abi::arm, 1) == "gone");
  CHECK(syscall_name(Abi::arm, 2).empty());
  CHECK(rows_of(Abi::i386).size() == 4);
  CHECK(find_set("unsorted") == ids::set_unsorted);
  CHECK(find_record("nothing") == none);
}
