// PTRACE_GETREGSET and PTRACE_SETREGSET: an iovec around as much of a register set as the tracer asked for, or the
// kernel gave. The sets that strace knows show by name; a length that is no whole number of longs is not looked into.
#include <algorithm>
#include <cstring>

#include "decode/symbols.h"
#include "decode/views/helpers.h"
#include "decode/views/members.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
namespace {

constexpr uint64_t nt_prstatus = 1;
constexpr uint64_t nt_fpregset = 2;
constexpr std::size_t most_bytes = 512;  // the largest set that is known

// The record of a note type; none: not known on this ABI.
uint32_t record_of(const ViewContext& context, uint64_t type) {
  const bool x86 = context.abi == Abi::x86_64 || context.abi == Abi::i386;
  if (type == nt_prstatus) return spec::ids::record_user_regs;
  return type == nt_fpregset && x86 ? spec::ids::record_user_fpregs : spec::none;
}

void show_registers(ViewContext& context, uint64_t address, uint64_t length, uint64_t type) {
  const uint32_t found = record_of(context, type);
  if (found == spec::none || address == 0 || length == 0 || length % context.long_bytes() != 0) {
    return context.sink.address({address});
  }
  const spec::Record& record = spec::records[spec::records[found].variant[index(context.abi)]];
  std::array<uint8_t, most_bytes> room{};
  const std::size_t size = std::min<uint64_t>({length, record.size[index(context.abi)], most_bytes});
  const auto bytes = std::span(room).first(size);
  if (!context.memory.read_all(Address{address}, bytes)) return context.sink.address({address});
  show_members(context, record, bytes, length);
}

}  // namespace

void regset(ViewContext& context, const ViewValue& value) {
  const unsigned width = context.long_bytes();
  if (value.bytes.size() < 2 * width) return context.sink.address(value.address);
  const uint64_t base = context.load_long(value.bytes.data());
  const uint64_t length = context.load_long(value.bytes.data() + width);
  auto& memo = context.call.decoding.bytes;
  if (context.phase == Phase::entry) {
    memo.resize(sizeof length);
    std::memcpy(memo.data(), &length, sizeof length);
    return;
  }
  uint64_t asked = length;
  if (memo.size() == sizeof asked) std::memcpy(&asked, memo.data(), sizeof asked);
  const bool writes = value.params[1] != 0;
  context.sink.begin(Shape::structure);
  context.sink.field("iov_base");
  if (writes && context.failed) {
    context.sink.address({base});
  } else {
    show_registers(context, base, writes ? length : asked, value.params[0]);
  }
  context.sink.field("iov_len");
  show_unsigned(context.sink, asked);
  if (!context.failed && length != asked) {
    context.sink.changed();
    show_unsigned(context.sink, length);
  }
  context.sink.end();
}

}  // namespace ktrace::decode::views
