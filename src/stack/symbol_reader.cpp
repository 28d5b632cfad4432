// See symbol_reader.h.
#include "stack/symbol_reader.h"

#include <algorithm>
#include <string_view>

#include <sys/mman.h>
#include <unistd.h>

#include "stack/demangle.h"

namespace ktrace::stack {
namespace {

// FNV-1a.
void mix(uint64_t& hash, const void* data, std::size_t size) {
  for (const char c : std::string_view(static_cast<const char*>(data), size)) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
}

uint64_t number_of(const FileIdentity& identity) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const uint64_t part : {identity.device, identity.inode, identity.size, static_cast<uint64_t>(identity.modified),
                              static_cast<uint64_t>(identity.changed)}) {
    mix(hash, &part, sizeof part);
  }
  return hash | 1;  // 0 means something else
}

FileIdentity identity_of(std::span<const uint8_t> image) {
  uint64_t hash = 0xcbf29ce484222325;
  mix(hash, image.data(), image.size());
  return {.device = 0, .inode = hash, .size = image.size()};
}

UniqueFd file_of(std::span<const uint8_t> image) {
  UniqueFd file(memfd_create("image", MFD_CLOEXEC));
  if (!file.valid() || write(file.get(), image.data(), image.size()) != static_cast<ssize_t>(image.size())) return {};
  return file;
}

}  // namespace

SymbolReader::Opened& SymbolReader::admit(FileIdentity identity, std::unique_ptr<ObjectFile> object) {
  while (open_.size() >= most_open_) open_.pop_back();
  open_.push_front({.identity = identity, .object = std::move(object)});
  return open_.front();
}

SymbolReader::Opened& SymbolReader::find_or_open(const Question& question) {
  OpenedFile opened;
  if (question.image.empty()) {
    opened = open_mapped(question.tid, question.mapping);
  } else {
    opened.identity = identity_of(question.image);
  }
  const auto known =
      std::find_if(open_.begin(), open_.end(), [&](const Opened& one) { return one.identity == opened.identity; });
  if (known != open_.end()) {
    open_.splice(open_.begin(), open_, known);
    return open_.front();
  }
  if (!question.image.empty()) opened.file = file_of(question.image);
  std::unique_ptr<ObjectFile> object;
  if (opened.file.valid()) {
    object = ObjectFile::open(std::move(opened.file), {.path = question.mapping.path, .root = opened.root});
  }
  return admit(opened.identity, std::move(object));
}

namespace {

std::string readable(const char* name) {
  std::string text = demangle(name);
  return text.empty() ? name : text;
}

// In the file's own numbering.
std::optional<uint64_t> address_of(const Question& question, ObjectFile& object) {
  return object.segments().address_of(question.at.value - question.mapping.begin.value + question.mapping.offset);
}

void look_at_place(const Question& question, ObjectFile& object, Answer& answer) {
  const SymbolTable& symbols = object.symbols();
  const auto address = address_of(question, object);
  if (!address) return;
  if (const auto symbol = symbols.find(*address)) {
    answer.symbol = readable(symbol->name);
    answer.symbol_offset = symbol->offset;
  }
  if (const auto line = object.find_line(*address)) {
    answer.file = line->file;
    answer.line = line->line;
  }
}

}  // namespace

Answer SymbolReader::answer(const Question& question) {
  Answer answer;
  if (question.want == Question::Want::name) {
    answer.symbol = readable(question.mangled.c_str());
    return answer;
  }
  const Opened& opened = find_or_open(question);
  if (opened.identity == FileIdentity{}) return answer;
  answer.identity = number_of(opened.identity);
  if (!opened.object) return answer;
  answer.build_id = opened.object->build_id();
  if (question.want == Question::Want::table) answer.table = opened.object->symbols().pack();
  if (question.want == Question::Want::row) {
    if (const auto address = address_of(question, *opened.object)) answer.row = opened.object->find_row(*address);
  }
  if (question.want == Question::Want::place) look_at_place(question, *opened.object, answer);
  return answer;
}

}  // namespace ktrace::stack
