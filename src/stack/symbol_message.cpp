// See symbol_message.h.
#include "stack/symbol_message.h"

#include <cstring>
#include <string_view>
#include <type_traits>

namespace ktrace::stack {
namespace {

class Packer {
 public:
  template <class T>
  requires std::is_trivially_copyable_v<T>
  void put(const T& value) { append(&value, sizeof value); }
  void put_text(const void* data, std::size_t size) {
    put(size);
    append(data, size);
  }
  std::vector<uint8_t> take() { return std::move(bytes_); }

 private:
  void append(const void* data, std::size_t size) {
    const auto* from = static_cast<const uint8_t*>(data);
    bytes_.insert(bytes_.end(), from, from + size);
  }
  std::vector<uint8_t> bytes_;
};

class Unpacker {
 public:
  explicit Unpacker(std::span<const uint8_t> bytes) : rest_(bytes) {}

  template <class T>
  requires std::is_trivially_copyable_v<T>
  void get(T& value) {
    const auto bytes = next(sizeof value);
    if (bytes.size() == sizeof value) std::memcpy(&value, bytes.data(), sizeof value);
  }
  std::span<const uint8_t> get_bytes() {
    std::size_t size = 0;
    get(size);
    return next(size);
  }
  void get_text(std::string& text) {
    const auto bytes = get_bytes();
    text.assign(bytes.begin(), bytes.end());
  }
  [[nodiscard]] bool complete() const { return good_ && rest_.empty(); }

 private:
  std::span<const uint8_t> next(std::size_t size) {
    if (!good_ || size > rest_.size()) {
      good_ = false;
      return {};
    }
    const auto bytes = rest_.first(size);
    rest_ = rest_.subspan(size);
    return bytes;
  }
  std::span<const uint8_t> rest_;
  bool good_ = true;
};

void put_short(Packer& to, std::string_view text) {
  to.put_text(text.data(), text.size() <= longest_text ? text.size() : 0);
}

void put_row(Packer& to, const FrameRow& row) {
  to.put(row.before);
  to.put(row.behind);
  to.put(row.cfa);
  to.put(row.return_column);
  to.put(row.is_signal_frame);
  to.put_text(row.rules.data(), row.rules.size() * sizeof row.rules[0]);
  to.put_text(row.operations.data(), row.operations.size() * sizeof row.operations[0]);
}

template <class Element>
void get_list(Unpacker& from, std::vector<Element>& list) {
  const auto bytes = from.get_bytes();
  list.resize(bytes.size() / sizeof(Element));
  if (!list.empty()) std::memcpy(list.data(), bytes.data(), list.size() * sizeof(Element));
}

FrameRow get_row(Unpacker& from) {
  FrameRow row;
  from.get(row.before);
  from.get(row.behind);
  from.get(row.cfa);
  from.get(row.return_column);
  uint8_t is_signal_frame = 0;
  from.get(is_signal_frame);
  row.is_signal_frame = is_signal_frame != 0;
  get_list(from, row.rules);
  get_list(from, row.operations);
  return row;
}

}  // namespace

std::vector<uint8_t> pack(const Question& question) {
  Packer to;
  to.put(question.want);
  to.put(question.tid);
  to.put(question.mapping.begin);
  to.put(question.mapping.end);
  to.put(question.mapping.offset);
  to.put(question.mapping.device);
  to.put(question.mapping.inode);
  to.put(question.mapping.deleted);
  put_short(to, question.mapping.path);
  to.put(question.at);
  put_short(to, question.mangled);
  to.put_text(question.image.data(), question.image.size() <= largest_image ? question.image.size() : 0);
  return to.take();
}

std::vector<uint8_t> pack(const Answer& answer) {
  Packer to;
  to.put(answer.identity);
  put_short(to, answer.build_id);
  put_short(to, answer.symbol);
  to.put(answer.symbol_offset);
  put_short(to, answer.file);
  to.put(answer.line);
  to.put(answer.row.has_value());
  if (answer.row) put_row(to, *answer.row);
  to.put(answer.table.size());
  return to.take();
}

std::optional<Question> unpack_question(std::span<const uint8_t> bytes) {
  Unpacker from(bytes);
  Question question;
  from.get(question.want);
  from.get(question.tid);
  from.get(question.mapping.begin);
  from.get(question.mapping.end);
  from.get(question.mapping.offset);
  from.get(question.mapping.device);
  from.get(question.mapping.inode);
  from.get(question.mapping.deleted);
  from.get_text(question.mapping.path);
  from.get(question.at);
  from.get_text(question.mangled);
  question.image = from.get_bytes();
  return from.complete() ? std::optional(std::move(question)) : std::nullopt;
}

std::optional<Answer> unpack_answer(std::span<const uint8_t> bytes) {
  Unpacker from(bytes);
  Answer answer;
  from.get(answer.identity);
  from.get_text(answer.build_id);
  from.get_text(answer.symbol);
  from.get(answer.symbol_offset);
  from.get_text(answer.file);
  from.get(answer.line);
  uint8_t has_row = 0;
  from.get(has_row);
  if (has_row != 0) answer.row = get_row(from);
  if (answer.row && !answer.row->is_sound()) answer.row.reset();
  from.get(answer.table_size);
  return from.complete() ? std::optional(std::move(answer)) : std::nullopt;
}

}  // namespace ktrace::stack
