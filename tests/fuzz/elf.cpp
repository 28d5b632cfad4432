// Our own readers of what a tracee's files and memory say: program headers, /proc/PID/maps, and what comes back from
// the process that reads symbols; and libunwind, led through call frame information and a stack that are any bytes. The
// first byte chooses the reader.
#include <string>
#include <vector>

#include "check.h"
#include "input.h"
#include "stack/mapping.h"
#include "stack/modules.h"
#include "stack/symbol_message.h"
#include "stack/symbol_table.h"
#include "stack/walker.h"

namespace ktrace::fuzz {
namespace {

class Image : public Memory {
 public:
  explicit Image(std::span<const uint8_t> bytes) : bytes_(bytes) {}
  std::size_t read(Address from, std::span<uint8_t> to) override {
    if (from.value < begin || from.value - begin >= bytes_.size()) return 0;
    const auto rest = bytes_.subspan(from.value - begin);
    const std::size_t count = std::min(rest.size(), to.size());
    std::copy_n(rest.begin(), count, to.begin());
    return count;
  }
  static constexpr uint64_t begin = 0x10000;

 private:
  std::span<const uint8_t> bytes_;
};

class NoRows final : public stack::RowSource {
 public:
  const stack::FrameRow* find_row(Tid, const stack::Mapping&, Address) override { return nullptr; }
};

void walk(Input input) {
  static stack::NativeUnwinder native;
  native.flush();
  UnwindRegisters registers{.abi = native_abi, .values = {}, .ip = {Image::begin + input.number<uint16_t>()}};
  for (uint64_t& value : registers.values) value = Image::begin + input.number<uint16_t>();
  const auto bytes = input.rest();
  Image image(bytes);
  stack::AddressSpace space;
  space.assign("10000-20000 r-xp 00000000 fe:01 1 /a\n");
  stack::Modules modules;
  NoRows rows;
  stack::Snapshot snapshot;
  snapshot.begin(image, registers.values[stack_pointer(native_abi)], 8);
  stack::Walk result;
  constexpr std::size_t limit = 64;
  stack::Trail trail;
  const stack::Walker::Process kept{.modules = modules, .native = native, .trail = trail};
  stack::Walker walker{{.tid = {-1}, .space = space, .memory = image}, kept, rows, snapshot};
  walker.run(registers, limit, result);
  walker.run(registers, limit, result);  // by the trail of the first
  if (result.callers.size() > limit) fail("a stack beyond its limit", {});
}

void read_table(Input input) {
  const auto address = input.number<uint64_t>();
  const auto offset = input.number<uint64_t>();
  const auto bytes = input.rest();
  const auto table = stack::SymbolTable::unpack(bytes);
  if (!table) return;
  if (const auto found = table->find(address); found && std::string_view(found->name).size() > bytes.size())
    fail("a name from elsewhere", {});
  static_cast<void>(table->address_of(offset));
  const auto again = table->pack();
  if (!std::equal(again.begin(), again.end(), bytes.begin(), bytes.end())) fail("a table that changes", {});
}

void read_mappings(std::span<const uint8_t> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  stack::Mapping mapping;
  static_cast<void>(stack::parse_mapping(text, mapping));
  std::vector<Address> code;
  stack::AddressSpace space([&](const stack::Mapping& one) { code.push_back(one.begin); });
  space.assign(text);
  for (const Address at : code)
    if (const stack::Mapping* const one = space.find_code(at)) static_cast<void>(space.first_of(*one));
}

void run(Input input) {
  const uint8_t reader = input.byte() % 6;
  if (reader == 0) return walk(input);
  if (reader == 3) return read_table(input);
  const auto bytes = input.rest();
  Image image(bytes);
  switch (reader) {
    case 1: static_cast<void>(stack::read_image(image, {Image::begin})); return;
    case 2:
      if (const auto answer = stack::unpack_answer(bytes)) static_cast<void>(stack::pack(*answer));
      return;
    case 4: return read_mappings(bytes);
    default:
      if (const auto question = stack::unpack_question(bytes)) static_cast<void>(stack::pack(*question));
  }
}

}  // namespace
}  // namespace ktrace::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ktrace::fuzz::run({data, size});
  return 0;
}
