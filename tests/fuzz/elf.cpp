// Our own readers of what a tracee's files and memory say: section and program headers, /proc/PID/maps, and what comes
// back from the process that reads symbols. The first byte chooses the reader.
#include <string>

#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "input.h"
#include "ktrace/base/unique_fd.h"
#include "stack/mapping.h"
#include "stack/modules.h"
#include "stack/sections.h"
#include "stack/symbol_message.h"
#include "stack/symbol_table.h"

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

void read_file(std::span<const uint8_t> bytes) {
  static const UniqueFd file(memfd_create("object", MFD_CLOEXEC));
  if (ftruncate(file.get(), 0) != 0 ||
      pwrite(file.get(), bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    return;
  for (const char* const name : {".eh_frame", ".text", ""}) static_cast<void>(stack::find_section(file.get(), name));
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
  stack::AddressSpace space;
  space.assign(text);
  for (const stack::Mapping& one : space.mappings()) {
    static_cast<void>(space.find_code(one.begin));
    static_cast<void>(space.first_of(one));
  }
}

void run(Input input) {
  const uint8_t reader = input.byte() % 6;
  if (reader == 3) return read_table(input);
  const auto bytes = input.rest();
  Image image(bytes);
  switch (reader) {
    case 0: return read_file(bytes);
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
