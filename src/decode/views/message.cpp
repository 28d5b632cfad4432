// struct msghdr and struct mmsghdr (sendmsg(2), recvmmsg(2)). What was received fills the buffers one after the other,
// so how much of a buffer is shown depends on those before it; and the kernel overwrites msg_namelen, whose old value
// says how much of the address was stored. Old lengths are kept in call.decoding.bytes from entry to exit, behind the
// timeout of recvmmsg.
#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <vector>

#include "decode/scalar.h"
#include "decode/view.h"
#include "decode/view_buffer.h"
#include "decode/views/cmsg.h"
#include "decode/views/waiting.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
namespace {

namespace ids = spec::ids;

constexpr uint64_t all = ~uint64_t{0};
constexpr uint64_t most_messages = 1024;     // UIO_MAXIOV, which is also the most that recvmmsg takes
constexpr uint64_t most_buffers = 1024;      // of a message, for the same reason
constexpr uint64_t most_control = 1u << 20;  // bytes of control messages of all messages, for the same reason
constexpr uint64_t most_in_all = 16384;      // buffers of all messages: a call may name the same ones again and again

// struct msghdr in the tracee's layout.
struct Header {
  Address name;
  int32_t name_length = 0;
  Address iov;
  uint64_t iov_count = 0;
  Address control;
  uint64_t control_length = 0;
  uint64_t flags = 0;
  uint64_t received = 0;  // msg_len of struct mmsghdr
};

struct Layout {
  std::size_t size;        // of struct msghdr
  std::size_t multi_size;  // of struct mmsghdr
};

Layout layout_of(const ViewContext& context) {
  return context.long_bytes() == 8 ? Layout{.size = 56, .multi_size = 64} : Layout{.size = 28, .multi_size = 32};
}

std::optional<Header> read_header(ViewContext& context, Address from, bool multi) {
  const Layout layout = layout_of(context);
  std::array<uint8_t, 64> bytes{};
  const std::size_t size = multi ? layout.multi_size : layout.size;
  if (!from || !context.memory.read_all(from, std::span(bytes).first(size))) return std::nullopt;
  const std::size_t unit = context.long_bytes();
  const auto word = [&](std::size_t k) { return load(bytes.data() + k * unit, context.long_bytes()); };
  return Header{.name = {word(0)},
                .name_length = static_cast<int32_t>(load(bytes.data() + unit, 4)),
                .iov = {word(2)},
                .iov_count = word(3),
                .control = {word(4)},
                .control_length = word(5),
                .flags = load(bytes.data() + 6 * unit, 4),
                .received = load(bytes.data() + layout.size, 4)};
}

// What to show of a message, apart from its header.
struct Scope {
  uint64_t data = all;                      // bytes that the buffers hold
  std::optional<int32_t> offered_length{};  // msg_namelen before the call
  std::array<uint64_t, 2> socket{};         // its family and protocol
  uint64_t* room = nullptr;                 // how many buffers may still be shown of all messages
  uint64_t* control_room = nullptr;         // the same of bytes of control messages
};

void show_payload(ViewContext& context, Address from, uint64_t length, const Scope& scope) {
  constexpr uint64_t netlink = 16;
  constexpr uint64_t netlink_page = 1u << 16;
  if (scope.socket[0] != netlink || !from || length == 0 || !context.options.dereference) {
    return context.show_bytes(from, std::min<uint64_t>(length, INT64_MAX), Bytes::Kind::data);  // -1 is no exception
  }
  const ViewBuffer buffer(context, std::min(length, netlink_page));
  if (!context.memory.read_all(from, buffer.bytes())) return context.sink.address(from);
  context.show_type(ids::type_payload, buffer.bytes(), scope.socket);
}

void show_buffer(ViewContext& context, std::span<const uint8_t> iovec, uint64_t& left, const Scope& scope) {
  const Address base{load(iovec.data(), context.long_bytes())};
  const uint64_t length = load(iovec.data() + context.long_bytes(), context.long_bytes());
  const uint64_t shown = std::min(length, left);
  if (left != all) left -= shown;
  context.sink.begin(Shape::structure);
  context.sink.field("iov_base");
  show_payload(context, base, shown, scope);
  context.sink.field("iov_len");
  context.sink.number({.value = length, .width = static_cast<uint8_t>(context.long_bytes())});
  context.sink.end();
}

void show_buffers(ViewContext& context, const Header& header, const Scope& scope) {
  ValueSink& sink = context.sink;
  const std::size_t size = 2 * context.long_bytes();
  const bool wraps = header.iov_count > (all - header.iov.value) / size;
  if (!header.iov || wraps) return sink.address(header.iov);
  const uint64_t room = scope.room != nullptr ? std::min(most_buffers, *scope.room) : most_buffers;
  const uint64_t most = context.options.abbreviate ? context.options.string_limit : room;
  uint64_t left = scope.data;
  std::array<uint8_t, 16> iovec{};
  for (uint64_t k = 0; k < header.iov_count; ++k) {
    const Address at{header.iov.value + k * size};
    const bool readable = context.memory.read_all(at, std::span(iovec).first(size));
    if (k == 0 && !readable) return sink.address(header.iov);
    if (k == 0) sink.begin(Shape::array);
    if (!readable) {
      sink.unreadable(at);
      break;
    }
    if (k == most) {
      sink.elided();
      break;
    }
    show_buffer(context, std::span(iovec).first(size), left, scope);
    if (scope.room != nullptr && *scope.room != 0) --*scope.room;
  }
  if (header.iov_count == 0) sink.begin(Shape::array);
  sink.end();
}

void show_name(ViewContext& context, const Header& header, const Scope& scope) {
  int32_t length = header.name_length;
  if (scope.offered_length) length = std::min(length, *scope.offered_length);
  std::array<uint8_t, 128> bytes{};
  const auto wanted = static_cast<std::size_t>(std::clamp(length, 0, 128));
  if (!header.name || !context.memory.read_all(header.name, std::span(bytes).first(wanted))) {
    return context.sink.address(header.name);
  }
  if (wanted < 2) return context.sink.address(header.name);
  const uint64_t params[] = {wanted};
  context.show_type(ids::type_sockaddr, std::span(bytes).first(wanted), params);
}

void show_number(ViewContext& context, uint64_t value, std::size_t width, bool is_signed = false) {
  context.sink.number({.value = value, .width = static_cast<uint8_t>(width), .is_signed = is_signed});
}

void show_name_length(ViewContext& context, const Header& header, const Scope& scope) {
  const auto show = [&](int32_t n) { show_number(context, static_cast<uint64_t>(int64_t{n}), 4, true); };
  if (scope.offered_length && *scope.offered_length != header.name_length) {
    show(*scope.offered_length);
    context.sink.changed();
  }
  show(header.name_length);
}

void show_header(ViewContext& context, const Header& header, const Scope& scope) {
  ValueSink& sink = context.sink;
  sink.begin(Shape::structure);
  sink.field("msg_name");
  show_name(context, header, scope);
  sink.field("msg_namelen");
  show_name_length(context, header, scope);
  sink.field("msg_iov");
  show_buffers(context, header, scope);
  sink.field("msg_iovlen");
  show_number(context, header.iov_count, context.long_bytes());
  if (header.control_length != 0) {
    sink.field("msg_control");
    const uint64_t room = scope.control_room != nullptr ? *scope.control_room : all;
    const uint64_t shown = show_control(context, header.control, std::min(header.control_length, room));
    if (scope.control_room != nullptr) *scope.control_room -= shown;
  }
  sink.field("msg_controllen");
  show_number(context, header.control_length, context.long_bytes());
  sink.field("msg_flags");
  context.show_set(ids::set_msg_flags, header.flags, 4);
  sink.end();
}

constexpr std::size_t longest_timeout = 16;                // struct timespec64
constexpr std::size_t timeout_room = longest_timeout + 1;  // and whether it is known

// Old name lengths, one for each message.
void remember_lengths(ViewContext& context, Address first, uint64_t count, bool multi) {
  std::vector<uint8_t>& kept = context.call.decoding.bytes;
  kept.assign(timeout_room, 0);
  const std::size_t step = layout_of(context).multi_size;
  for (uint64_t k = 0; k < std::min(count, most_messages); ++k) {
    const auto header = read_header(context, {first.value + k * step}, multi);
    if (!header) break;
    const auto* bytes = reinterpret_cast<const uint8_t*>(&header->name_length);
    kept.insert(kept.end(), bytes, bytes + 4);
  }
}

std::optional<int32_t> remembered_length(const ViewContext& context, uint64_t k) {
  const std::vector<uint8_t>& kept = context.call.decoding.bytes;
  const std::size_t at = timeout_room + k * 4;
  if (at + 4 > kept.size()) return std::nullopt;
  return static_cast<int32_t>(load(kept.data() + at, 4));
}

std::array<uint64_t, 2> socket_of(const ViewValue& value) {
  return value.params.size() < 2 ? std::array<uint64_t, 2>{}
                                 : std::array<uint64_t, 2>{value.params[0], value.params[1]};
}

// Messages of sendmmsg and recvmmsg. Only the first `done` of them have lengths; behind the first `most` nothing shows.
struct Messages {
  Address first;
  uint64_t count;
  uint64_t done;
  uint64_t most = all;
  bool receiving = false;
};

void show_messages(ViewContext& context, const Messages& messages, std::array<uint64_t, 2> socket) {
  const auto& [first, count, done, limit, receiving] = messages;
  ValueSink& sink = context.sink;
  const std::size_t step = layout_of(context).multi_size;
  const uint64_t most =
      std::min<uint64_t>(limit, context.options.abbreviate ? context.options.string_limit : most_messages);
  uint64_t room = most_in_all, control_room = most_control;
  for (uint64_t k = 0; k < count; ++k) {
    const Address at{first.value + k * step};
    const auto header = read_header(context, at, true);
    if (k == 0 && !header) return sink.address(first);
    if (k == 0) sink.begin(Shape::array);
    if (!header) {
      sink.unreadable(at);
      break;
    }
    if (k == most) {
      sink.elided();
      break;
    }
    Scope scope{.socket = socket, .room = &room, .control_room = &control_room};
    if (receiving) {
      scope.data = header->received;
      scope.offered_length = remembered_length(context, k);
    }
    sink.begin(Shape::structure);
    sink.field("msg_hdr");
    show_header(context, *header, scope);
    if (k < done) {
      sink.field("msg_len");
      show_number(context, header->received, 4);
    }
    sink.end();
  }
  if (count == 0) sink.begin(Shape::array);
  sink.end();
}

void show_rest_of_timeout(ViewContext& context, const ViewValue& value, uint32_t record) {
  constexpr unsigned timeout_argument = 4;
  const Address timeout{context.argument(timeout_argument)};
  if (value.number == 0) return show_timeout(context.sink);
  if (!timeout || !context.options.dereference) return;
  context.sink.begin(Shape::aux);
  show_time_left(context, timeout, record);
  context.sink.end();
}

}  // namespace

void sent_message(ViewContext& context, const ViewValue& value) {
  const auto header = read_header(context, value.address, false);
  if (!header) return context.sink.address(value.address);
  show_header(context, *header, Scope{.socket = socket_of(value)});
}

// After a failure only the length that was offered is of interest.
void received_message(ViewContext& context, const ViewValue& value) {
  if (context.phase == Phase::entry) return remember_lengths(context, value.address, 1, false);
  const auto header = read_header(context, value.address, false);
  if (!header) return context.sink.address(value.address);
  const auto offered = remembered_length(context, 0);
  if (context.failed) {
    context.sink.begin(Shape::structure);
    context.sink.field("msg_namelen");
    show_number(context, static_cast<uint64_t>(int64_t{offered.value_or(header->name_length)}), 4, true);
    return context.sink.end();
  }
  show_header(context, *header,
              Scope{.data = static_cast<uint64_t>(context.call.outcome.value),
                    .offered_length = offered,
                    .socket = socket_of(value)});
}

void sent_messages(ViewContext& context, const ViewValue& value) {
  const uint64_t done = context.failed ? 0 : static_cast<uint64_t>(context.call.outcome.value);
  const std::array<uint64_t, 2> socket{value.params[1], value.params[2]};
  show_messages(context, {.first = value.address, .count = value.params[0], .done = done}, socket);
}

void received_messages(ViewContext& context, const ViewValue& value) {
  if (context.phase == Phase::entry) return remember_lengths(context, value.address, value.params[0], true);
  if (context.failed) return context.sink.address(value.address);
  const auto done = static_cast<uint64_t>(context.call.outcome.value);
  const std::array<uint64_t, 2> socket{value.params[1], value.params[2]};
  const Messages messages{
      .first = value.address, .count = done, .done = done, .most = value.params[0], .receiving = true};
  show_messages(context, messages, socket);
}

// params[0]: struct timespec64. The call that fills the messages remembers first.
void messages_timeout(ViewContext& context, const ViewValue& value) {
  auto& kept = context.call.decoding.bytes;
  const bool wide = value.params[0] != 0;
  const std::size_t size = wide ? longest_timeout : 2 * context.long_bytes();
  if (context.phase == Phase::entry && value.bytes.size() >= size) {
    kept.resize(std::max(kept.size(), timeout_room));
    std::copy_n(value.bytes.begin(), size, kept.begin());
    kept[longest_timeout] = 1;
  }
  if (kept.size() < timeout_room || kept[longest_timeout] == 0) return context.sink.address(value.address);
  const uint32_t record = wide ? ids::record_timespec64 : ids::record_timespec;
  context.show_record(record, std::span(kept).first(size));
}

void messages_received(ViewContext& context, const ViewValue& value) {
  show_rest_of_timeout(context, value, ids::record_timespec);
}

void messages_received64(ViewContext& context, const ViewValue& value) {
  show_rest_of_timeout(context, value, ids::record_timespec64);
}

}  // namespace ktrace::decode::views
