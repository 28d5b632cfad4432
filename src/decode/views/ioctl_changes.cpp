// Requests of ioctl(2) that change the structure they got. What it is before and after the call, the descriptions say
// (ioctl_before, ioctl_after): `{a=1} => {b=2}`, or one member alone: `{a=1, b=2 => 3, c=4}`.
#include <algorithm>
#include <array>
#include <optional>

#include "decode/symbols.h"
#include "decode/view_buffer.h"
#include "decode/views/helpers.h"
#include "decode/walker.h"
#include "spec/ids.h"
#include "spec/tables.h"

namespace ktrace::decode::views {
namespace {

// The structure of one of the two lists, read from where the argument points.
class Form {
 public:
  Form(ViewContext& context, uint32_t select, Address from) : context_(context) {
    const spec::Case* found = Walker::find_case(spec::selects[select], context.argument(1), 0, context.abi);
    if (found == nullptr || !context.options.dereference || !from) return;
    type_ = found->type;
    const uint64_t size = context.structure(type_, {}).size;
    if (size == 0) return;
    buffer_.emplace(context, size);
    if (context.memory.read_all(from, buffer_->bytes())) bytes_ = buffer_->bytes();
  }

  [[nodiscard]] bool known() const { return !bytes_.empty(); }
  [[nodiscard]] std::span<const uint8_t> bytes() const { return bytes_; }
  [[nodiscard]] uint64_t head() const { return bytes_.size() < 4 ? 0 : load(bytes_.data(), 4); }

  void show() const { context_.show_type(type_, bytes_); }
  void show_members(Part part) const { context_.show_members(type_, bytes_, {}, part); }

  // The last member that shows at entry.
  [[nodiscard]] const spec::Field* changing() const {
    const spec::Record& record = spec::records[spec::types[type_].ref];
    const spec::Field* last = nullptr;
    for (const spec::Field& field : std::span(spec::fields + record.first, record.count)) {
      if ((field.flags & (spec::field_exit | spec::field_hidden)) == 0) last = &field;
    }
    return last;
  }

  // The bytes of that member.
  [[nodiscard]] std::span<const uint8_t> of(const spec::Field& field) const {
    const std::size_t offset = field.offset[index(context_.abi)];
    const std::size_t width = spec::types[field.type].width;
    return bytes_.subspan(std::min(offset, bytes_.size()), std::min(width, bytes_.size() - offset));
  }

 private:
  ViewContext& context_;
  uint32_t type_ = 0;
  std::optional<ViewBuffer> buffer_;
  std::span<const uint8_t> bytes_;
};

// The call remembers the member as it was.
void show_before(ViewContext& context, Address from) {
  const Form form(context, spec::ids::select_ioctl_before, from);
  if (!form.known()) return context.sink.address(from);
  context.sink.begin(Shape::structure);
  form.show_members(Part::entry);
  auto& memo = context.call.decoding.bytes;
  memo.clear();
  if (const spec::Field* field = form.changing()) {
    const auto old = form.of(*field);
    memo.assign(old.begin(), old.end());
  }
  context.left_open = true;
}

enum class Named : bool { no, yes };

void show_after(ViewContext& context, const ViewValue& value, Named named) {
  const bool always = value.params[0] != 0;
  const Form form(context, spec::ids::select_ioctl_before, {value.number});
  if (form.known() && (always || !context.failed)) {
    const spec::Field* field = form.changing();
    if (field != nullptr && !std::ranges::equal(form.of(*field), context.call.decoding.bytes)) {
      context.sink.changed();
      if (named == Named::yes) context.sink.field(text(field->name));
      context.show_type(field->type, form.of(*field));
    }
    form.show_members(Part::exit);
  }
  context.sink.end();
}

void show_change(ViewContext& context, const ViewValue& value, Named named) {
  if (context.phase == Phase::entry) return show_before(context, {value.number});
  show_after(context, value, named);
}

}  // namespace

void ioctl_changed(ViewContext& context, const ViewValue& value) {
  show_change(context, value, Named::no);
}

void ioctl_changed_named(ViewContext& context, const ViewValue& value) {
  show_change(context, value, Named::yes);
}

void ioctl_replaced(ViewContext& context, const ViewValue& value) {
  const Address from{value.number};
  if (context.phase == Phase::entry) {
    const Form form(context, spec::ids::select_ioctl_before, from);
    if (!form.known()) return context.sink.address(from);
    form.show();
    const uint64_t kept = value.params[0];
    context.left_open = form.head() >= 64 || (kept >> form.head() & 1) == 0;
    return;
  }
  if (context.failed) return;
  context.sink.changed();
  const Form form(context, spec::ids::select_ioctl_after, from);
  if (!form.known()) return context.sink.address(from);
  form.show();
}

// What the kernel wants to have all zeros shows at entry only if it is not.
void seccomp_received(ViewContext& context, const ViewValue& value) {
  constexpr std::size_t size = 80;
  const Address from{value.number};
  std::array<uint8_t, size> bytes{};
  const bool readable = from && context.options.dereference && context.memory.read_all(from, bytes);
  const auto show = [&] { context.show_record(spec::ids::record_seccomp_notif, bytes); };
  auto& shown_before = context.call.decoding.bytes;
  if (context.phase == Phase::entry) {
    shown_before.clear();
    context.left_open = true;
    if (!readable || std::ranges::all_of(bytes, [](uint8_t byte) { return byte == 0; })) return;
    shown_before.push_back(1);
    return show();
  }
  if (!shown_before.empty()) context.sink.changed();
  if (context.failed || !readable) return context.sink.address(from);
  show();
}

}  // namespace ktrace::decode::views
