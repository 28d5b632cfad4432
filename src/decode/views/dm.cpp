// The device mapper: a header, in which each request uses other members, and data whose place and size the header
// tells. Shown as a list before the call, and as another one after it if the kernel wrote anything.
#include <algorithm>
#include <array>
#include <cstring>

#include "decode/views/helpers.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
namespace ids = spec::ids;
namespace {

enum Uses : uint32_t { data_start = 1, target_count = 2, open_count = 4, event_nr = 8, device = 16 };
constexpr uint32_t counts = target_count | open_count | event_nr;

enum class Data : uint8_t { none, text, targets, message, names, status, dependencies, versions };

struct Request {
  uint32_t asked;     // Uses
  uint32_t answered;  // if the call succeeds, besides
  Data sent = Data::none;
  Data found = Data::none;
};
constexpr std::array<Request, 17> requests = {{
    {device, 0},                                                         // DM_VERSION
    {0, 0},                                                              // DM_REMOVE_ALL
    {data_start, 0, Data::none, Data::names},                            // DM_LIST_DEVICES
    {device, counts},                                                    // DM_DEV_CREATE
    {device | event_nr, 0},                                              // DM_DEV_REMOVE
    {device | data_start | event_nr, counts, Data::text},                // DM_DEV_RENAME
    {device, counts},                                                    // DM_DEV_SUSPEND
    {device, counts},                                                    // DM_DEV_STATUS
    {device | data_start | event_nr, counts, Data::none, Data::status},  // DM_DEV_WAIT
    {device | data_start | target_count, counts, Data::targets},         // DM_TABLE_LOAD
    {device, counts},                                                    // DM_TABLE_CLEAR
    {device | data_start, counts, Data::none, Data::dependencies},       // DM_TABLE_DEPS
    {device | data_start, counts, Data::none, Data::status},             // DM_TABLE_STATUS
    {data_start, 0, Data::none, Data::versions},                         // DM_LIST_VERSIONS
    {device | data_start, counts, Data::message},                        // DM_TARGET_MSG
    {device | data_start, 0, Data::text},                                // DM_DEV_SET_GEOMETRY
    {device, 0},                                                         // DM_DEV_ARM_POLL
}};

constexpr std::size_t header_size = 312;
constexpr uint64_t smallest = 305;  // the offset of `data`
constexpr uint64_t major_version = 4;
using Header = std::array<uint8_t, header_size>;

// What follows the header: where it is, and how far it goes.
struct Area {
  uint64_t address;
  uint64_t start;
  uint64_t end;
  uint64_t targets;

  [[nodiscard]] bool holds(uint64_t offset, uint64_t size) const { return offset <= end && end - offset >= size; }
};

void show_misplaced(ViewContext& context, std::string_view what) {
  context.sink.word("???");
  context.sink.comment(what);
}

// Up to a NUL, the end of the area or -s.
void show_text_in(ViewContext& context, const Area& area, uint64_t offset) {
  const uint64_t room = area.end - std::min(area.end, offset);
  std::array<uint8_t, 4096> bytes;
  const auto most =
      static_cast<std::size_t>(std::min<uint64_t>({room, uint64_t{context.options.string_limit} + 1, bytes.size()}));
  const auto wanted = std::span(bytes).first(most);
  const std::size_t valid = context.memory.read(Address{area.address + offset}, wanted);
  if (valid == 0 && most != 0) return context.sink.address({area.address + offset});
  const auto text = wanted.first(valid);
  const auto length = static_cast<std::size_t>(std::find(text.begin(), text.end(), uint8_t{0}) - text.begin());
  const std::size_t shown = std::min<std::size_t>(length, context.options.string_limit);
  const bool cut = room != 0 && length == valid;
  context.sink.string({.bytes = {reinterpret_cast<const char*>(bytes.data()), shown},
                       .kind = Bytes::Kind::text,
                       .cut = cut,
                       .length = length});
}

void show_member(ViewContext& context, std::string_view name, const Area& area, uint64_t offset) {
  context.sink.field(name);
  show_text_in(context, area, offset);
}

// Where the next target is, a target tells: from itself on what is loaded, from the first one on what is found.
void show_targets(ViewContext& context, const Area& area, bool after) {
  constexpr std::size_t size = 40;
  const uint64_t flag = after ? 1 : 0;
  uint64_t offset = area.start;
  uint64_t least = 0;
  for (uint64_t k = 0; k < area.targets; ++k) {
    std::array<uint8_t, size> bytes;
    if (offset < least || !area.holds(offset, size)) return show_misplaced(context, "misplaced struct dm_target_spec");
    if (!context.memory.read_all(Address{area.address + offset}, bytes))
      return context.sink.address({area.address + offset});
    context.sink.begin(Shape::structure);
    const std::array<uint64_t, 1> params = {flag};
    context.show_members(ids::type_dm_target, bytes, params, Part::all);
    show_member(context, "string", area, offset + size);
    context.sink.end();
    least = offset + size;
    offset = (after ? area.start : offset) + load(bytes.data() + 20, 4);
  }
}

void show_message(ViewContext& context, const Area& area) {
  constexpr uint64_t size = 8;
  if (!area.holds(area.start, size)) return show_misplaced(context, "misplaced struct dm_target_msg");
  const auto sector = read_integer(context, area.address + area.start, size);
  if (!sector) return context.sink.address({area.address + area.start});
  context.sink.begin(Shape::structure);
  context.sink.field("sector");
  show_unsigned(context.sink, *sector);
  show_member(context, "message", area, area.start + size);
  context.sink.end();
}

void show_string(ViewContext& context, const Area& area) {
  if (!area.holds(area.start, 0)) return show_misplaced(context, "misplaced string");
  context.sink.begin(Shape::structure);
  show_member(context, "string", area, area.start);
  context.sink.end();
}

void show_device(ViewContext& context, uint64_t number) {
  context.show_type(ids::type_dev, std::span(reinterpret_cast<const uint8_t*>(&number), sizeof number));
}

void show_dependencies(ViewContext& context, const Area& area) {
  constexpr uint64_t size = 8;
  const auto count = area.holds(area.start, size) ? read_integer(context, area.address + area.start, 4) : std::nullopt;
  if (!count || (area.end - area.start - size) / 8 < *count)
    return show_misplaced(context, "misplaced struct dm_target_deps");
  context.sink.begin(Shape::structure);
  context.sink.field("count");
  show_unsigned(context.sink, *count);
  context.sink.field("deps");
  show_integers(context, area.address + area.start + size, *count, 8,
                [&](uint64_t number) { show_device(context, number); });
  context.sink.end();
}

// Lists whose elements end in a name: devices (number, next, name) and versions (next, three numbers, name).
void show_list(ViewContext& context, const Area& area, bool versions) {
  const uint64_t size = versions ? 16 : 12;
  uint64_t offset = area.start;
  uint64_t least = 0;
  for (;;) {
    std::array<uint8_t, 16> bytes{};
    if (offset < least || !area.holds(offset, size) ||
        !context.memory.read_all(Address{area.address + offset}, std::span(bytes).first(size))) {
      return show_misplaced(context,
                            versions ? "misplaced struct dm_target_versions" : "misplaced struct dm_name_list");
    }
    context.sink.begin(Shape::structure);
    if (!versions) {
      context.sink.field("dev");
      show_device(context, load(bytes.data(), 8));
    }
    show_member(context, "name", area, offset + size);
    if (versions) {
      context.sink.field("version");
      context.sink.begin(Shape::array);
      for (std::size_t k = 1; k <= 3; ++k) show_unsigned(context.sink, load(bytes.data() + 4 * k, 4));
      context.sink.end();
    }
    context.sink.end();
    const uint64_t next = load(bytes.data() + (versions ? 0 : 8), 4);
    if (next == 0) return;
    least = offset + size;
    offset += next;
  }
}

void show_data(ViewContext& context, Data data, const Area& area) {
  const bool targets = data == Data::targets || data == Data::status;
  const bool nothing = (targets && area.targets == 0) || (data == Data::message && area.start == area.end);
  if (data == Data::none || nothing) return;
  if (context.options.abbreviate) return context.sink.elided();
  switch (data) {
    case Data::none: break;
    case Data::text: show_string(context, area); break;
    case Data::targets: show_targets(context, area, false); break;
    case Data::status: show_targets(context, area, true); break;
    case Data::message: show_message(context, area); break;
    case Data::names: show_list(context, area, false); break;
    case Data::versions: show_list(context, area, true); break;
    case Data::dependencies: show_dependencies(context, area); break;
  }
}

void show_version(ViewContext& context, const Header& header) {
  context.sink.field("version");
  context.sink.begin(Shape::array);
  for (std::size_t k = 0; k < 3; ++k) show_unsigned(context.sink, load(header.data() + 4 * k, 4));
  context.sink.end();
}

void show_list_of(ViewContext& context, const Header& header, uint64_t address, uint32_t uses, Data data) {
  const uint64_t size = load(header.data() + 12, 4);
  const bool known = load(header.data(), 4) == major_version;
  context.sink.begin(Shape::array);
  if (known && size >= smallest) {
    const std::array<uint64_t, 1> params = {uses};
    context.show_record(ids::record_dm_header, header, params);
    show_data(context, data, {address, load(header.data() + 16, 4), size, load(header.data() + 20, 4)});
  } else {
    context.sink.begin(Shape::structure);
    show_version(context, header);
    if (known) {
      context.sink.field("data_size");
      show_unsigned(context.sink, size);
    }
    context.sink.comment(known ? "data_size too small" : "unsupported device mapper ABI version");
    context.sink.end();
  }
  context.sink.end();
}

}  // namespace

void dm(ViewContext& context, const ViewValue& value) {
  const uint64_t number = context.argument(1) & 0xff;
  const Request& request = requests[std::min<uint64_t>(number, requests.size() - 1)];
  auto& memo = context.call.decoding.bytes;
  const bool asks = context.phase == Phase::entry;
  Header header{};
  const bool valid = value.number != 0 && context.options.dereference &&
                     context.memory.read_all(Address{value.number}, std::span(header).first(smallest)) &&
                     load(header.data(), 4) != 0 && load(header.data() + 12, 4) != 0;
  if (asks) {
    memo.clear();
    if (valid) {
      memo.assign(header.begin(), header.end());
      show_list_of(context, header, value.number, request.asked, request.sent);
    }
    context.left_open = true;
    return;
  }
  if (!valid) {
    if (memo.empty()) context.sink.number({value.number, static_cast<uint8_t>(context.long_bytes()), false, Base::hex});
    return;
  }
  const bool same = std::equal(header.begin(), header.end(), memo.begin(), memo.end());
  if (context.failed && same) return;
  context.sink.changed();
  const uint32_t kept = request.asked & (data_start | device);
  show_list_of(context, header, value.number, context.failed ? kept : kept | request.answered,
               context.failed ? Data::none : request.found);
}

}  // namespace ktrace::decode::views
