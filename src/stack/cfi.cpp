#include "stack/cfi.h"

#include <algorithm>
#include <array>

#include "stack/bytes.h"

namespace ktrace::stack {
namespace {

// More than any compiler writes; what is longer is not looked at.
constexpr std::size_t most_record_bytes = std::size_t{64} << 10;
constexpr std::size_t most_table_entries = std::size_t{1} << 20;
constexpr std::size_t most_scanned = std::size_t{1} << 18;
constexpr std::size_t most_rows = std::size_t{1} << 16;

// Pointer encodings (LSB, "DWARF Exception Header Encoding").
constexpr uint8_t encoding_omit = 0xff;
constexpr uint8_t table_encoding = 0x3b;  // DW_EH_PE_datarel | DW_EH_PE_sdata4: the only one that linkers write
constexpr uint8_t relative_mask = 0x70, relative_pc = 0x10;

uint64_t read_encoded(ByteReader& reader, uint8_t encoding, uint64_t base, unsigned word_bytes) {
  const uint64_t at = base + reader.position();
  uint64_t value = 0;
  switch (encoding & 0x0f) {
    case 0x0: value = reader.word(word_bytes); break;
    case 0x1: value = reader.uleb(); break;
    case 0x2: value = reader.fixed<uint16_t>(); break;
    case 0x3: value = reader.fixed<uint32_t>(); break;
    case 0x4:
    case 0xc: value = reader.fixed<uint64_t>(); break;
    case 0x9: value = static_cast<uint64_t>(reader.sleb()); break;
    case 0xa: value = static_cast<uint64_t>(int64_t{reader.fixed<int16_t>()}); break;
    case 0xb: value = static_cast<uint64_t>(int64_t{reader.fixed<int32_t>()}); break;
    default: reader.skip(-1 - static_cast<int64_t>(reader.position())); break;  // unknown: fails
  }
  if ((encoding & relative_mask) == relative_pc) value += at;
  return word_bytes == 4 ? value & 0xffff'ffff : value;
}

// The bytes of a CIE or FDE behind its length, and where they are. Empty: there is none.
struct Record {
  std::vector<uint8_t> bytes;
  uint64_t at = 0;
};
Record read_record(Memory& memory, uint64_t at) {
  Record record;
  std::array<uint8_t, 12> head{};
  const std::size_t got = memory.read({at}, head);
  ByteReader reader{std::span{head}.first(got)};
  uint64_t length = reader.fixed<uint32_t>();
  if (length == 0xffff'ffff) length = reader.fixed<uint64_t>();
  if (reader.failed() || length == 0 || length > most_record_bytes) return record;
  record.at = at + reader.position();
  record.bytes.resize(static_cast<std::size_t>(length));
  if (!memory.read_all({record.at}, record.bytes)) record.bytes.clear();
  return record;
}

}  // namespace

struct CallFrames::Cie {
  Record record;
  std::span<const uint8_t> program;
  RowProgram::Scales scales;
  uint8_t return_column = 0;
  uint8_t encoding = 0;
  bool has_augmentation = false;
  bool is_signal_frame = false;
};

struct CallFrames::Fde {
  Record record;
  Cie cie;
  std::span<const uint8_t> program;
  uint64_t begin = 0;
  uint64_t size = 0;
};

void CallFrames::read_table(Memory& memory, uint64_t bias) {
  table_read_ = true;
  if (what_ == At::frames) return scan(memory, bias);
  std::array<uint8_t, 32> head{};
  const std::size_t got = memory.read({bias + header_}, std::span{head}.first(std::min<uint64_t>(32, header_size_)));
  ByteReader reader{std::span{head}.first(got)};
  const auto version = reader.fixed<uint8_t>();
  const auto pointer = reader.fixed<uint8_t>();
  const auto number = reader.fixed<uint8_t>();
  const auto entries = reader.fixed<uint8_t>();
  if (version != 1 || number == encoding_omit || entries != table_encoding) return;
  read_encoded(reader, pointer, bias + header_, word_bytes_);
  uint64_t count = read_encoded(reader, number, bias + header_, word_bytes_);
  if (reader.failed()) return;
  count = std::min({count, (header_size_ - reader.position()) / sizeof(Entry), uint64_t{most_table_entries}});
  table_.resize(static_cast<std::size_t>(count));
  const std::span bytes{reinterpret_cast<uint8_t*>(table_.data()), table_.size() * sizeof(Entry)};
  table_.resize(memory.read({bias + header_ + reader.position()}, bytes) / sizeof(Entry));
}

void CallFrames::scan(Memory& memory, uint64_t bias) {
  uint64_t at = header_;
  for (std::size_t records = 0; records < most_scanned && at - header_ < header_size_; ++records) {
    std::array<uint8_t, 12> head{};
    const std::size_t got = memory.read({bias + at}, head);
    ByteReader reader{std::span{head}.first(got)};
    uint64_t length = reader.fixed<uint32_t>();
    if (length == 0xffff'ffff) length = reader.fixed<uint64_t>();
    if (reader.failed() || length == 0 || length > header_size_) break;
    if (const auto fde = read_fde(memory, bias, at); fde && at - header_ < INT32_MAX)
      table_.push_back({static_cast<int32_t>(fde->begin - header_), static_cast<int32_t>(at - header_)});
    at += reader.position() + length;
  }
  std::ranges::sort(table_, {}, &Entry::begin);
}

std::optional<CallFrames::Cie> CallFrames::read_cie(Memory& memory, uint64_t at) const {
  Cie cie;
  cie.record = read_record(memory, at);
  ByteReader reader{cie.record.bytes};
  const auto id = reader.fixed<uint32_t>();
  const auto version = reader.fixed<uint8_t>();
  std::string_view augmentation = reader.text();
  if (reader.failed() || id != 0 || (version != 1 && version != 3)) return std::nullopt;
  cie.scales.code = reader.uleb();
  cie.scales.data = reader.sleb();
  const uint64_t column = version == 1 ? reader.fixed<uint8_t>() : reader.uleb();
  if (column >= UnwindRegisters::most) return std::nullopt;
  cie.return_column = static_cast<uint8_t>(column);
  if (augmentation.starts_with('z')) {
    cie.has_augmentation = true;
    augmentation.remove_prefix(1);
    ByteReader data{reader.block(reader.uleb())};
    for (const char letter : augmentation) {
      switch (letter) {
        case 'R': cie.encoding = data.fixed<uint8_t>(); break;
        case 'L': data.fixed<uint8_t>(); break;
        case 'P': read_encoded(data, data.fixed<uint8_t>(), 0, word_bytes_); break;
        case 'S': cie.is_signal_frame = true; break;
        case 'B':  // aarch64: the return address is signed with the other key
        case 'G': break;
        default: return std::nullopt;
      }
    }
  } else if (!augmentation.empty()) {
    return std::nullopt;
  }
  if (reader.failed()) return std::nullopt;
  cie.program = std::span{cie.record.bytes}.subspan(reader.position());
  return cie;
}

std::optional<CallFrames::Fde> CallFrames::read_fde(Memory& memory, uint64_t bias, uint64_t at) const {
  Fde fde;
  fde.record = read_record(memory, bias + at);
  ByteReader reader{fde.record.bytes};
  const auto distance = reader.fixed<uint32_t>();
  if (reader.failed() || distance == 0) return std::nullopt;
  auto cie = read_cie(memory, fde.record.at - distance);
  if (!cie) return std::nullopt;
  fde.cie = std::move(*cie);
  fde.begin = read_encoded(reader, fde.cie.encoding, fde.record.at, word_bytes_) - bias;
  if (word_bytes_ == 4) fde.begin &= 0xffff'ffff;
  fde.size = read_encoded(reader, fde.cie.encoding & 0x0f, 0, word_bytes_);
  if (fde.cie.has_augmentation) reader.block(reader.uleb());
  if (reader.failed()) return std::nullopt;
  fde.program = std::span{fde.record.bytes}.subspan(reader.position());
  return fde;
}

const Row* CallFrames::find(Memory& memory, uint64_t bias, uint64_t address) {
  if (const auto known = rows_.find(address); known != rows_.end()) return known->second ? &*known->second : nullptr;
  if (rows_.size() >= most_rows) {
    rows_.clear();
    rules_.clear();
    expressions_.clear();
  }
  const auto& row = rows_.emplace(address, make_row(memory, bias, address)).first->second;
  return row ? &*row : nullptr;
}

std::optional<Row> CallFrames::make_row(Memory& memory, uint64_t bias, uint64_t address) {
  if (!table_read_) read_table(memory, bias);
  const auto distance = static_cast<int64_t>(address - header_);
  const auto after =
      std::ranges::upper_bound(table_, distance, {}, [](const Entry& entry) { return int64_t{entry.begin}; });
  if (after == table_.begin()) return std::nullopt;
  const auto fde = read_fde(memory, bias, header_ + static_cast<uint64_t>(int64_t{(after - 1)->fde}));
  if (!fde || address < fde->begin || address - fde->begin >= fde->size) return std::nullopt;
  const Cie& cie = fde->cie;
  // What the CIE sets up is what DW_CFA_restore goes back to: it has its own run.
  RowProgram common{cie.scales, {}, expressions_};
  if (!common.run(cie.program, 0, ~uint64_t{0})) return std::nullopt;
  RowProgram own{cie.scales, common.state(), expressions_};
  if (!own.run(fde->program, fde->begin, address)) return std::nullopt;
  return pack(cie, own.state());
}

Row CallFrames::pack(const Cie& cie, const RowState& state) {
  Row row{.cfa = state.cfa,
          .return_column = cie.return_column,
          .is_signal_frame = cie.is_signal_frame,
          .first = static_cast<uint32_t>(rules_.size())};
  for (std::size_t number = 0; number < state.rules.size(); ++number) {
    Rule rule = state.rules[number];
    if (rule.kind == Rule::Kind::same) continue;
    rule.target = static_cast<uint8_t>(number);
    rules_.push_back(rule);
  }
  row.count = static_cast<uint16_t>(rules_.size() - row.first);
  return row;
}

}  // namespace ktrace::stack
