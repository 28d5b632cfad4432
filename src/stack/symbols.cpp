// See symbols.h.
#include "stack/symbols.h"

#include <algorithm>
#include <cstdio>
#include <span>
#include <utility>

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/own_proc.h"
#include "ktrace/base/unique_fd.h"
#include "stack/demangle.h"
#include "stack/symbol_message.h"
#include "stack/symbol_reader.h"
#include "stack/symbol_server.h"

namespace ktrace::stack {
namespace {

// A tracee may run new code, from new files, for ever. What is beyond is still shown, but as addresses only.
constexpr std::size_t most_frames = 1'000'000;
constexpr std::size_t most_modules = 100'000;
constexpr std::size_t most_rows = std::size_t{1} << 16;  // of one file
constexpr std::size_t most_text = std::size_t{128} << 20;

constexpr std::size_t most_due = 8;  // questions are short: the socket holds so many

constexpr uint64_t return_bit = uint64_t{1} << 63;

bool is_vdso(const Mapping& mapping) {
  return mapping.path == "[vdso]";
}

// The vDSOs of 64-bit and of 32-bit processes are in no file. They lie apart, as the latter cannot be above 4 GiB and
// the former is never below.
ino_t inode_of(const Mapping& mapping) {
  if (!is_vdso(mapping)) return mapping.inode;
  return mapping.begin.value >> 32 != 0 ? 64 : 32;
}

std::vector<uint8_t> read_image(Tid tid, const Mapping& mapping) {
  std::vector<uint8_t> image(std::min<std::size_t>(mapping.end.value - mapping.begin.value, largest_image));
  iovec to{.iov_base = image.data(), .iov_len = image.size()};
  iovec from{.iov_base = reinterpret_cast<void*>(mapping.begin.value), .iov_len = image.size()};
  ssize_t length = process_vm_readv(tid.value, &to, 1, &from, 1, 0);
  if (length < 0) {
    const UniqueFd memory(
        open(fmt::format("/proc/{}/mem", base::proc_number(tid.value)).c_str(), O_RDONLY | O_CLOEXEC));
    length = pread(memory.get(), image.data(), image.size(), static_cast<off_t>(mapping.begin.value));
  }
  image.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
  return image;
}

// A hostile file may have control characters in its names: they must not reach a terminal.
void escape(std::string& text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::none_of(text.begin(), text.end(), is_control)) return;
  std::string escaped;
  for (const char c : text) {
    if (is_control(c)) {
      escaped += fmt::format("\\{:o}", static_cast<unsigned char>(c));
    } else {
      escaped += c;
    }
  }
  text = std::move(escaped);
}

uint64_t file_hash(dev_t device, ino_t inode) {
  return (device * 0x9e3779b97f4a7c15 ^ inode) * 0x9e3779b97f4a7c15;
}

}  // namespace

std::size_t Symbols::KeyHash::operator()(const Key& key) const noexcept {
  uint64_t hash = file_hash(key.device, key.inode) ^ key.offset;
  hash *= 0xff51afd7ed558ccd;
  return hash ^ hash >> 32;
}

Symbols::Symbols(Lines lines, std::size_t table_bytes, GaveUp gave_up) : lines_(lines), most_table_bytes_(table_bytes) {
  // The reader lives in the other process, which copies this function with all it holds.
  auto reader = std::make_shared<SymbolReader>();
  server_ = std::make_unique<SymbolServer>([reader](const Question& question) { return reader->answer(question); },
                                           SymbolServer::Limits{}, std::move(gave_up));
}

Symbols::~Symbols() = default;

void Symbols::prepare() {
  server_->prepare();
}

// Tables on their way are lost, and will be asked for again.
void Symbols::rest() {
  server_->rest();
  due_.clear();
}

std::optional<Answer> Symbols::ask(const Question& question) {
  receive_due(nullptr);
  return server_->ask(question);
}

void Symbols::expect(Tid tid, const Mapping& mapping) {
  if (lines_ == Lines::look_up || mapping.inode == 0 || due_.size() >= most_due || modules_.size() >= most_modules)
    return;
  const uint64_t hash = file_hash(mapping.device, mapping.inode);
  if (find_module(mapping, hash) != nullptr) return;
  if (!server_->send({.want = Question::Want::table, .tid = tid, .mapping = mapping})) return due_.clear();
  Module& module = modules_.emplace_back(Module{.path = mapping.path, .build_id = {}, .table = {}, .rows = {}});
  module.epoch = epoch_;
  module.expected = true;
  modules_by_file_.emplace(hash, &module);
  due_.push_back(&module);
}

// Up to that of `last`.
void Symbols::receive_due(const Module* last) {
  while (!due_.empty()) {
    Module& module = *due_.front();
    due_.pop_front();
    auto answer = server_->receive();
    if (!answer) {
      module.bad = true;
      return due_.clear();
    }
    learn(module, std::move(*answer));
    if (&module == last) return;
  }
}

std::string_view Symbols::keep(std::string_view text) {
  if (text.empty()) return {};
  if (const auto known = texts_.find(text); known != texts_.end()) return *known;
  if (text_bytes_ + text.size() > most_text) return {};
  text_bytes_ += text.size();
  return *texts_.insert(text_store_.emplace_back(text)).first;
}

// A name as it was written.
std::string_view Symbols::keep_readable(const char* name) {
  std::string text = name;
  if (!may_be_mangled(text)) {
    escape(text);
    return keep(text);
  }
  if (const auto known = readable_.find(text); known != readable_.end()) return known->second;
  const std::string_view mangled = keep(text);
  Question question;
  question.want = Question::Want::name;
  question.mangled = text;
  if (auto answer = ask(question)) text = std::move(answer->symbol);
  escape(text);
  const std::string_view kept = keep(text);
  if (!mangled.empty()) readable_.emplace(mangled, kept);
  return kept;
}

// What the file is now.
void Symbols::look_at(Module& module, Tid tid, const Mapping& mapping, bool with_table) {
  module.epoch = epoch_;
  if (module.bad) return;
  std::vector<uint8_t> image;
  if (is_vdso(mapping)) image = read_image(tid, mapping);
  const auto want = with_table ? Question::Want::table : Question::Want::file;
  auto answer = ask({.want = want, .tid = tid, .mapping = mapping, .image = image});
  if (!answer) {
    module.bad = true;
    return;
  }
  learn(module, std::move(*answer));
}

void Symbols::learn(Module& module, Answer&& answer) {
  module.identity = answer.identity;
  module.build_id = std::move(answer.build_id);
  escape(module.build_id);
  if (answer.table_size == 0) return;
  module.table = SymbolTable::unpack(answer.table);
  module.big = !module.table;
  if (!module.table) return;
  with_table_.push_front(&module);
  table_bytes_ += module.table->bytes();
  drop_tables(module);
}

// A program may use any number of files: the tables got first go first, and are asked for again if need be.
void Symbols::drop_tables(const Module& but) {
  while (table_bytes_ > most_table_bytes_ && with_table_.back() != &but) {
    table_bytes_ -= with_table_.back()->table->bytes();
    with_table_.back()->table.reset();
    with_table_.pop_back();
  }
}

const SymbolTable* Symbols::table_of(Module& module, Tid tid, const Mapping& mapping) {
  if (!module.table && !module.big) look_at(module, tid, mapping, true);
  return module.table ? &*module.table : nullptr;
}

Symbols::Module* Symbols::find_module(const Mapping& mapping, uint64_t hash) {
  const auto [first, last] = modules_by_file_.equal_range(hash);
  const auto found = std::find_if(first, last, [&](const auto& one) { return one.second->path == mapping.path; });
  return found == last ? nullptr : found->second;
}

Symbols::Module& Symbols::module_of(Tid tid, const Mapping& mapping) {
  const uint64_t hash = file_hash(mapping.device, inode_of(mapping));
  Module* const known = find_module(mapping, hash);
  if (known != nullptr && std::exchange(known->expected, false)) {
    receive_due(known);
    // The process it was asked of may have gone meanwhile.
    if (known->identity == 0) look_at(*known, tid, mapping, true);
  }
  if (known != nullptr && known->epoch == epoch_) return *known;
  if (known != nullptr) {
    Module now{.path = {}, .build_id = {}, .bad = known->bad, .table = {}, .rows = {}};
    look_at(now, tid, mapping, false);
    if (now.identity == known->identity) {
      known->epoch = epoch_;
      return *known;
    }
    // It is another file: what was kept of it is not asked for again.
    std::erase_if(modules_by_file_, [known](const auto& one) { return one.second == known; });
  }
  Module& module = modules_.emplace_back(Module{.path = mapping.path, .build_id = {}, .table = {}, .rows = {}});
  look_at(module, tid, mapping, lines_ == Lines::skip);
  modules_by_file_.emplace(hash, &module);
  return module;
}

void Symbols::ask_place(Frame& frame, Tid tid, const Mapping& mapping, Address at) {
  std::vector<uint8_t> image;
  if (is_vdso(mapping)) image = read_image(tid, mapping);
  auto answer = ask({.want = Question::Want::place, .tid = tid, .mapping = mapping, .at = at, .image = image});
  if (!answer) {
    frame.module->bad = true;
    return;
  }
  escape(answer->symbol);
  frame.location.symbol = keep(answer->symbol);
  frame.location.symbol_offset = answer->symbol_offset;
  if (lines_ == Lines::skip) return;
  escape(answer->file);
  frame.location.file = keep(answer->file);
  frame.location.line = frame.location.file.empty() ? 0 : answer->line;
}

void Symbols::look_up(Frame& frame, Tid tid, const Mapping& mapping, Address ip, Ip kind) {
  Module& module = *frame.module;
  Location& location = frame.location;
  const uint64_t back = kind == Ip::returns ? 1 : 0;
  const uint64_t within = ip.value - mapping.begin.value;
  location.module = module.path;
  location.build_id = module.build_id;
  location.module_address = within + mapping.offset;
  if (module.bad || module.identity == 0 || within < back) return;
  if (lines_ == Lines::look_up || module.big) {
    ask_place(frame, tid, mapping, {ip.value - back});
  } else if (const SymbolTable* table = table_of(module, tid, mapping)) {
    const auto address = table->address_of(within - back + mapping.offset);
    const auto found = address ? table->find(*address) : std::nullopt;
    if (found) location.symbol = keep_readable(found->name), location.symbol_offset = found->offset;
  }
  location.symbol_offset = location.symbol.empty() ? 0 : location.symbol_offset + back;
}

const FrameRow* Symbols::find_row(Tid tid, const Mapping& mapping, Address at) {
  if ((mapping.inode == 0 && !is_vdso(mapping)) || modules_.size() >= most_modules) return nullptr;
  Module& module = module_of(tid, mapping);
  if (module.bad || module.identity == 0) return nullptr;
  const uint64_t offset = at.value - mapping.begin.value + mapping.offset;
  const auto behind = module.rows.upper_bound(offset);
  if (behind != module.rows.begin()) {
    const Row& known = std::prev(behind)->second;
    if (offset < known.end) return known.row ? &*known.row : nullptr;
  }
  std::vector<uint8_t> image;
  if (is_vdso(mapping)) image = read_image(tid, mapping);
  auto answer = ask({.want = Question::Want::row, .tid = tid, .mapping = mapping, .at = at, .image = image});
  if (!answer) {
    module.bad = true;
    return nullptr;
  }
  if (module.rows.size() >= most_rows) module.rows.clear();
  uint64_t begin = offset;
  uint64_t end = offset + 1;
  if (const auto& row = answer->row) {
    begin -= std::min(row->before, offset);
    end = offset + std::min(row->behind, ~offset);
  }
  module.rows.erase(begin);
  const Row& kept = module.rows.try_emplace(begin, Row{.end = end, .row = std::move(answer->row)}).first->second;
  return kept.row ? &*kept.row : nullptr;
}

Location Symbols::locate(Tid tid, const Mapping& mapping, Address ip, Ip kind) {
  const uint64_t offset = ip.value - mapping.begin.value + mapping.offset;
  if (mapping.inode == 0 && !is_vdso(mapping)) return {.module = keep(mapping.path), .module_address = offset};
  const Key key{.device = mapping.device,
                .inode = inode_of(mapping),
                .offset = kind == Ip::returns ? offset | return_bit : offset};
  const auto known = frames_.find(key);
  if (known != frames_.end()) {
    for (Frame* frame = &known->second; frame; frame = frame->next.get()) {
      if (frame->module->epoch == epoch_ && frame->module->path == mapping.path) return frame->location;
    }
  }
  if (frames_.size() >= most_frames || modules_.size() >= most_modules) {
    return {.module = keep(mapping.path), .module_address = offset};
  }
  Module& module = module_of(tid, mapping);
  Frame* frame = nullptr;
  if (known != frames_.end()) {
    for (Frame* one = &known->second; one; one = one->next.get()) {
      if (one->module == &module) return one->location;
    }
    frame = &known->second;
    auto after = std::make_unique<Frame>();
    after->next = std::move(frame->next);
    frame->next = std::move(after);
    frame = frame->next.get();
  } else {
    frame = &frames_[key];
  }
  frame->module = &module;
  look_up(*frame, tid, mapping, ip, kind);
  return frame->location;
}

}  // namespace ktrace::stack
