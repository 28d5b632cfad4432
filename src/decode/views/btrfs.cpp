// Ioctls of btrfs: what is shown twice (see answers.cpp), and lists whose elements lie behind a header of their own, at
// offsets the kernel chose.
#include <fmt/core.h>

#include <algorithm>
#include <cstring>

#include "decode/views/answers.h"
#include "decode/views/calendar.h"
#include "decode/views/helpers.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
namespace ids = spec::ids;
namespace {

uint64_t number_at(ViewContext& context, uint64_t address, unsigned width) {
  return read_integer(context, address, width).value_or(0);
}

// What btrfs_ioctl_ino_paths and its kin fill: how much there was room for, and the elements.
template <class Elements>
void show_container(ViewContext& context, uint64_t address, Elements elements) {
  constexpr std::array<std::string_view, 4> names = {"bytes_left", "bytes_missing", "elem_cnt", "elem_missed"};
  std::array<uint8_t, 16> head;
  if (address == 0 || !context.memory.read_all(Address{address}, head)) return context.sink.address({address});
  context.sink.begin(Shape::structure);
  for (std::size_t k = 0; k < names.size(); ++k) {
    context.sink.field(names[k]);
    show_unsigned(context.sink, load(head.data() + 4 * k, 4));
  }
  if (context.options.abbreviate) {
    context.sink.elided();
  } else {
    context.sink.field("val");
    elements(address + head.size(), load(head.data() + 8, 4));
  }
  context.sink.end();
}

// The one member that the kernel fills through a pointer.
template <class Elements>
void show_filled(ViewContext& context, const ViewValue& value, uint32_t asked, std::string_view name,
                 Elements elements) {
  constexpr uint64_t pointer_offset = 48;
  if (!begins_answer(context, value, asked)) return;
  context.sink.begin(Shape::structure);
  context.sink.field(name);
  show_container(context, number_at(context, value.number + pointer_offset, 8), elements);
  context.sink.end();
}

struct Items {
  uint64_t address;
  uint64_t size;
  uint64_t count;
};

void show_items(ViewContext& context, const Items& items) {
  constexpr std::size_t header_size = 32;
  uint64_t offset = 0;
  std::array<uint8_t, header_size> header;
  for (uint64_t k = 0; k < items.count; ++k) {
    const bool room = offset <= items.size && items.size - offset >= header_size;
    const Address from{items.address + offset};
    const bool readable = room && context.memory.read_all(from, header);
    if (k == 0 && room && !readable) return context.sink.address(from);
    if (k == 0) context.sink.begin(Shape::array);
    if (!readable) {
      room ? context.sink.unreadable(from) : context.sink.elided();
      return context.sink.end();
    }
    context.show_record(ids::record_btrfs_ioctl_search_header, header);
    offset += header_size + load(header.data() + 28, 4);
  }
  if (items.count == 0) context.sink.begin(Shape::array);
  context.sink.end();
}

void show_found(ViewContext& context, const ViewValue& value, bool sized) {
  constexpr std::size_t key_size = 104;
  constexpr uint64_t fixed_room = 4096 - key_size;
  std::array<uint8_t, key_size + 8> head{};
  const std::size_t head_size = sized ? head.size() : key_size;
  if (!context.memory.read_all(Address{value.number}, std::span(head).first(head_size)))
    return context.sink.address({value.number});
  context.sink.begin(Shape::structure);
  context.sink.field("key");
  context.show_record(ids::record_btrfs_search_found_key, head);
  const uint64_t room = sized ? load(head.data() + key_size, 8) : fixed_room;
  if (sized) {
    context.sink.field("buf_size");
    show_unsigned(context.sink, room);
  }
  if (context.options.abbreviate) {
    context.sink.elided();
  } else {
    context.sink.field("buf");
    show_items(context, {value.number + head_size, room, load(head.data() + 64, 4)});
  }
  context.sink.end();
}

// One set of features for each meaning, which stands behind it in a comment.
void show_features(ViewContext& context, const ViewValue& value, std::span<const std::string_view> meanings) {
  constexpr std::size_t size = 24;
  if (value.bytes.size() < size * meanings.size()) return context.sink.address(value.address);
  context.sink.begin(Shape::array);
  for (std::size_t k = 0; k < meanings.size(); ++k) {
    context.show_record(ids::record_btrfs_ioctl_feature_flags, value.bytes.subspan(k * size, size));
    if (!meanings[k].empty()) context.sink.comment(meanings[k]);
  }
  context.sink.end();
}

void show_date(ViewContext& context, int64_t seconds, uint64_t nanoseconds) {
  const Calendar date{seconds, nanoseconds, 9};
  if (!date.text().empty()) context.sink.comment(date.text());
}

}  // namespace

void uuid(ViewContext& context, const ViewValue& value) {
  char text[40];
  char* p = text;
  for (std::size_t k = 0; k < std::min<std::size_t>(value.bytes.size(), 16); ++k)
    p = fmt::format_to(p, "{}{:02x}", k == 4 || k == 6 || k == 8 || k == 10 ? "-" : "", value.bytes[k]);
  const std::string_view shown{text, static_cast<std::size_t>(p - text)};
  context.sink.expression(Expression{.text = shown, .fixed = true, .plain = shown});
}

void btrfs_subvol_word(ViewContext& context, const ViewValue& value) {
  if (value.bytes.size() < 8) return context.sink.address(value.address);
  context.show_set(ids::set_btrfs_subvol_flags, load(value.bytes.data(), 8), 8);
}

void btrfs_objects(ViewContext& context, const ViewValue& value) {
  if (value.number == 0 || context.options.abbreviate) return context.sink.address({value.number});
  show_integers(context, value.number, value.params[0], 8,
                [&](uint64_t object) { context.show_set(ids::set_btrfs_object, object, 8); });
}

void btrfs_time(ViewContext& context, const ViewValue& value) {
  if (value.bytes.size() < 12) return context.sink.address(value.address);
  context.show_record(ids::record_btrfs_timespec, value.bytes);
  show_date(context, static_cast<int64_t>(load(value.bytes.data(), 8)), load(value.bytes.data() + 8, 4));
}

void btrfs_moment(ViewContext& context, const ViewValue& value) {
  show_unsigned(context.sink, value.number);
  show_date(context, static_cast<int64_t>(value.number), 0);
}

void btrfs_thousandth(ViewContext& context, const ViewValue& value) {
  char text[32];
  const auto end = fmt::format_to_n(text, sizeof text, "{}.{}%", value.number / 10, value.number % 10);
  show_unsigned(context.sink, value.number);
  context.sink.comment({text, end.size});
}

// The only one whose answer follows even if what was asked could not be read.
void btrfs_balance(ViewContext& context, const ViewValue& value) {
  if (context.phase == Phase::entry) {
    show_whole(context, value.number, ids::record_btrfs_balance_asked);
    context.left_open = true;
  } else if (!context.failed) {
    context.sink.changed();
    show_whole(context, value.number, ids::record_btrfs_ioctl_balance_args);
  }
}

void btrfs_device_stats(ViewContext& context, const ViewValue& value) {
  constexpr std::array<std::string_view, 5> labels = {"[BTRFS_DEV_STAT_WRITE_ERRS]", "[BTRFS_DEV_STAT_READ_ERRS]",
                                                      "[BTRFS_DEV_STAT_FLUSH_ERRS]", "[BTRFS_DEV_STAT_CORRUPTION_ERRS]",
                                                      "[BTRFS_DEV_STAT_GENERATION_ERRS]"};
  if (!begins_answer(context, value, ids::record_btrfs_stats_asked)) return;
  std::array<uint8_t, 24 + 8 * labels.size()> bytes;
  if (!context.memory.read_all(Address{value.number}, bytes)) return context.sink.address({value.number});
  const uint64_t count = load(bytes.data() + 8, 8);
  context.sink.begin(Shape::structure);
  context.sink.field("nr_items");
  show_unsigned(context.sink, count);
  context.sink.field("flags");
  context.show_set(ids::set_btrfs_stats_flags, load(bytes.data() + 16, 8), 8);
  context.sink.field("");
  context.sink.begin(Shape::array);
  for (std::size_t k = 0; k < std::min<uint64_t>(count, labels.size()); ++k) {
    context.sink.field(labels[k]);
    show_unsigned(context.sink, load(bytes.data() + 24 + 8 * k, 8));
  }
  if (count > labels.size()) context.sink.elided();
  context.sink.end();
  context.sink.end();
}

// The tree is told if it was not: what was asked is kept until then.
void btrfs_lookup(ViewContext& context, const ViewValue& value) {
  auto& memo = context.call.decoding.bytes;
  if (!begins_answer(context, value, ids::record_btrfs_lookup_asked)) {
    const uint64_t tree = number_at(context, value.number, 8);
    if (context.phase == Phase::entry)
      memo.assign(reinterpret_cast<const uint8_t*>(&tree), reinterpret_cast<const uint8_t*>(&tree) + sizeof tree);
    return;
  }
  uint64_t tree = 0;
  if (memo.size() == sizeof tree) std::memcpy(&tree, memo.data(), sizeof tree);
  std::array<uint8_t, 4096> bytes;
  if (!context.memory.read_all(Address{value.number}, bytes)) return context.sink.address({value.number});
  context.show_record(ids::record_btrfs_lookup_found, bytes, std::span(&tree, 1));
}

void btrfs_paths(ViewContext& context, const ViewValue& value) {
  show_filled(context, value, ids::record_btrfs_paths_asked, "fspath", [&](uint64_t values, uint64_t count) {
    show_integers(context, values, count, 8,
                  [&](uint64_t offset) { context.show_text(Address{values + offset}, Bytes::Kind::path); });
  });
}

// Elements are counted in numbers, of which three make an inode.
void btrfs_logical(ViewContext& context, const ViewValue& value) {
  constexpr std::size_t inode_size = 24;
  show_filled(context, value, ids::record_btrfs_logical_asked, "inodes", [&](uint64_t values, uint64_t count) {
    show_elements<inode_size>(context, values, count / 3, count / 3, [&](Address, std::span<const uint8_t> inode) {
      context.show_record(ids::record_btrfs_inode, inode);
    });
  });
}

void btrfs_space(ViewContext& context, const ViewValue& value) {
  constexpr std::size_t head_size = 16;
  constexpr std::size_t space_size = 24;
  if (!begins_answer(context, value, ids::record_btrfs_space_asked)) return;
  const uint64_t count = number_at(context, value.number + 8, 8);
  context.sink.begin(Shape::structure);
  context.sink.field("total_spaces");
  show_unsigned(context.sink, count);
  if (context.options.abbreviate) {
    context.sink.elided();
  } else {
    context.sink.field("spaces");
    show_elements<space_size>(context, value.number + head_size, count, count,
                              [&](Address, std::span<const uint8_t> space) {
                                context.show_record(ids::record_btrfs_ioctl_space_info, space);
                              });
  }
  context.sink.end();
}

void btrfs_search(ViewContext& context, const ViewValue& value) {
  if (begins_answer(context, value, ids::record_btrfs_search_asked)) show_found(context, value, false);
}

void btrfs_search_v2(ViewContext& context, const ViewValue& value) {
  if (begins_answer(context, value, ids::record_btrfs_search_v2_asked)) show_found(context, value, true);
}

void btrfs_features_found(ViewContext& context, const ViewValue& value) {
  constexpr std::array<std::string_view, 3> meanings = {"supported", "safe to set", "safe to clear"};
  show_features(context, value, meanings);
}

void btrfs_features_wanted(ViewContext& context, const ViewValue& value) {
  constexpr std::array<std::string_view, 2> meanings = {"", ""};  // what shall be so, and which bits that is about
  show_features(context, value, meanings);
}

// FIDEDUPERANGE: what each destination is, and what became of it. Without -v the first two.
void dedupe_range(ViewContext& context, const ViewValue& value) {
  constexpr std::size_t head_size = 24;
  constexpr std::size_t entry_size = 32;
  const bool asks = context.phase == Phase::entry;
  std::array<uint8_t, head_size> head;
  const bool readable =
      value.number != 0 && context.options.dereference && context.memory.read_all(Address{value.number}, head);
  const uint64_t count = readable ? load(head.data() + 16, 2) : 0;
  if (asks && !readable) return context.sink.address({value.number});
  if (!asks && (context.failed || count == 0)) return;
  if (!asks) context.sink.changed();
  context.sink.begin(Shape::structure);
  if (asks) {
    context.sink.field("src_offset");
    show_unsigned(context.sink, load(head.data(), 8));
    context.sink.field("src_length");
    show_unsigned(context.sink, load(head.data() + 8, 8));
    context.sink.field("dest_count");
    show_unsigned(context.sink, count);
  }
  context.sink.field("info");
  const uint64_t shown = context.options.abbreviate ? std::min<uint64_t>(count, 2) : count;
  show_elements<entry_size>(context, value.number + head_size, shown, count,
                            [&](Address, std::span<const uint8_t> entry) {
                              const auto part = asks ? entry : entry.subspan(16);
                              context.show_record(asks ? ids::record_dedupe_asked : ids::record_dedupe_found, part);
                            });
  context.sink.end();
  context.left_open = asks;
}

}  // namespace ktrace::decode::views
