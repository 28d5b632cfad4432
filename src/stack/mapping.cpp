#include "stack/mapping.h"

#include <sys/sysmacros.h>

#include <algorithm>
#include <charconv>

#include "base/own_proc.h"
#include "stack/query_mapping.h"

namespace ktrace::stack {
namespace {

// Takes a number and the character behind it off the front.
template <class Number>
bool take(std::string_view& text, Number& number, int base, char behind) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!text.starts_with(behind)) return false;
  text.remove_prefix(1);
  return true;
}

// The kernel writes a newline in a path as `\012`, and nothing else so (show_vma_header_prefix, seq_path): a backslash
// stands for itself. A path that holds these four characters looks the same, and is not found then.
std::string unescaped(std::string_view path) {
  std::string result;
  for (std::size_t at = path.find("\\012"); at != std::string_view::npos; at = path.find("\\012")) {
    result.append(path.substr(0, at)).push_back('\n');
    path.remove_prefix(at + 4);
  }
  return result.append(path);
}

// What a process may have: /proc/PID/maps of 65530 mappings (vm.max_map_count) with long paths is less.
constexpr std::size_t most_bytes = std::size_t{64} << 20;

}  // namespace

void set_path(Mapping& mapping, std::string path) {
  constexpr std::string_view deleted = " (deleted)";
  mapping.deleted = path.ends_with(deleted);
  if (mapping.deleted) path.resize(path.size() - deleted.size());
  mapping.path = std::move(path);
}

bool parse_mapping(std::string_view line, Mapping& mapping) {
  uint64_t major = 0;
  uint64_t minor = 0;
  uint64_t inode = 0;
  if (!take(line, mapping.begin.value, 16, '-') || !take(line, mapping.end.value, 16, ' ')) return false;
  if (mapping.end.value <= mapping.begin.value || line.size() < 5 || line[4] != ' ') return false;
  mapping.executable = line[2] == 'x';
  line.remove_prefix(5);
  if (!take(line, mapping.offset, 16, ' ') || !take(line, major, 16, ':') || !take(line, minor, 16, ' ')) return false;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), inode);
  if (error != std::errc{}) return false;
  line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  mapping.device = makedev(static_cast<unsigned>(major), static_cast<unsigned>(minor));
  mapping.inode = inode;
  set_path(mapping, unescaped(line));
  return true;
}

void AddressSpace::attach(Tid tid) {
  tid_ = tid;
  forgotten_.clear();
}

const Mapping* AddressSpace::known(uint64_t at) const {
  const auto behind = mappings_.upper_bound(at);
  if (behind == mappings_.begin()) return nullptr;
  const Mapping& mapping = std::prev(behind)->second;
  return mapping.contains({at}) ? &mapping : nullptr;
}

const Mapping* AddressSpace::find(uint64_t at) {
  const Mapping* const mapping = known(at);
  if (mapping != nullptr || complete_) return mapping;
  Mapping asked;
  switch (query_mapping(tid_, {at}, asked)) {
    case Queried::found: return learn(std::move(asked));
    case Queried::none: return nullptr;
    case Queried::not_supported: read_all(); return known(at);
  }
  return nullptr;
}

const Mapping* AddressSpace::find_code(Address ip) {
  const Mapping* const mapping = find(ip.value);
  if (mapping != nullptr && mapping->executable) return mapping;
  missed_ = true;
  return nullptr;
}

// Parts of one object follow each other; two objects of one file are told apart by an offset that falls.
const Mapping* AddressSpace::first_of(const Mapping& part) {
  const Mapping* at = &part;
  while (at->offset != 0 && at->begin.value != 0) {
    const Mapping* before = find(at->begin.value - 1);
    if (before == nullptr) {  // there may be a hole
      if (!complete_) read_all();
      const auto here = mappings_.lower_bound(at->begin.value);
      if (here == mappings_.begin()) break;
      before = &std::prev(here)->second;
    }
    if (!before->same_file(part) || before->offset > at->offset) break;
    at = before;
  }
  return at;
}

bool AddressSpace::forget(uint64_t begin, uint64_t end) {
  bool executable = false;
  auto at = mappings_.upper_bound(begin);
  if (at != mappings_.begin() && std::prev(at)->second.end.value > begin) --at;
  while (at != mappings_.end() && at->first < end) {
    if (at->second.executable) {
      executable = true;
      if (!at->second.path.empty()) ++files_generation_;
    }
    forgotten_.push_back(mappings_.extract(at++));
  }
  return executable;
}

const Mapping* AddressSpace::learn(Mapping&& mapping) {
  const auto same = mappings_.find(mapping.begin.value);
  if (same != mappings_.end() && same->second.is(mapping)) return &same->second;
  // What was known of the place has been changed by a call that nobody saw.
  if (forget(mapping.begin.value, mapping.end.value)) ++generation_;
  const Mapping& kept = mappings_[mapping.begin.value] = std::move(mapping);
  if (kept.executable && kept.inode != 0 && new_code_) new_code_(kept);
  return &kept;
}

void AddressSpace::read_all() {
  std::string text;
  base::read_proc(tid_.value, "maps", text, most_bytes);
  assign(text);
}

void AddressSpace::assign(std::string_view maps) {
  complete_ = true;
  while (!maps.empty()) {
    const std::size_t end = std::min(maps.find('\n'), maps.size());
    Mapping mapping;
    if (parse_mapping(maps.substr(0, end), mapping) && (mapping.executable || mapping.inode != 0))
      learn(std::move(mapping));
    maps.remove_prefix(std::min(end + 1, maps.size()));
  }
}

void AddressSpace::changed(Address begin, uint64_t length, bool executable) {
  const uint64_t end = begin.value + length < begin.value ? ~uint64_t{0} : begin.value + length;
  complete_ = false;
  if (forget(begin.value, end) || (executable && missed_)) {
    ++generation_;
    missed_ = false;
  }
}

void AddressSpace::changed() {
  changed({0}, ~uint64_t{0}, true);
}

}  // namespace ktrace::stack
