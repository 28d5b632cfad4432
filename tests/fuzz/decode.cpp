// The decoder and both of its sinks, over any registers and any memory, for every ABI and in all modes. The input, in
// this order: what kind of memory, options, the call, its registers and outcome, then pieces of memory. make_seeds.cpp
// writes inputs of this form.
#include "capture.h"
#include "check.h"
#include "decode/decoder.h"
#include "output/json_sink.h"
#include "output/tee_sink.h"
#include "output/text_sink.h"
#include "spec/lookup.h"
#include "tracee.h"

namespace ktrace::fuzz {
namespace {

struct Modes {
  decode::Options decoding;
  output::TextOptions text;
  bool describes = false;  // -y, -Y
  bool watches = false;    // -P, --stats=files, -e read=, -e write=
};

Modes read_modes(Input& input) {
  Modes modes;
  const uint8_t first = input.byte();
  modes.decoding.abbreviate = (first & 1) == 0;
  modes.decoding.dereference = (first & 2) == 0;
  modes.decoding.raw = (first & 4) != 0;
  modes.decoding.namespaces = (first & 8) != 0;
  constexpr uint32_t limits[] = {32, 0, 3, 100000};
  modes.decoding.string_limit = limits[first >> 4 & 3];
  modes.describes = (first & 64) != 0;
  modes.watches = (first & 128) != 0;
  const uint8_t second = input.byte();
  modes.text.constants = static_cast<output::TextOptions::Constants>((second & 3) % 3);
  modes.text.hex = static_cast<base::HexStrings>(second >> 2 & 3);
  modes.text.argument_names = (second & 16) != 0;
  modes.text.syscall_number = modes.text.instruction_pointer = (second & 32) != 0;
  modes.text.staged = (second & 64) != 0;
  return modes;
}

void read_call(Input& input, CallState& call) {
  const uint8_t which = input.byte();
  call.abi = static_cast<Abi>(which & 3);
  call.tid = Tid{1};
  call.tgid = Tgid{1};
  const auto number = input.number<uint64_t>();
  const auto rows = spec::rows_of(call.abi);
  call.number = (which & 4) != 0 ? number : rows[number % rows.size()].number;
  for (uint64_t& arg : call.args) {
    arg = input.number<uint64_t>();
    if (is_32_bit(call.abi)) arg &= 0xffffffff;
  }
  call.sp = {input.number<uint16_t>()};
}

// The pieces that are there at entry; those that the kernel writes are put there later.
std::vector<FuzzMemory::Piece> read_memory(Input& input, FuzzMemory& memory) {
  std::vector<FuzzMemory::Piece> written;
  while (!input.at_end()) {
    const bool at_exit = input.flag();
    const auto at = input.number<uint16_t>();
    const FuzzMemory::Piece piece{at, input.bytes(input.number<uint16_t>())};
    at_exit ? written.push_back(piece) : memory.put(piece);
  }
  return written;
}

void watch(decode::Decoder& decoder, CallState& call, decode::Tracee tracee) {
  decoder.touches(call, tracee, {.path = [](std::string_view) { return false; }, .fd = [](int) { return false; }});
  decoder.files(call, tracee, {.fd = [](int, decode::Decoder::Role) {}, .path = [](std::string_view, int) {}});
}

Outcome read_outcome(Input& input) {
  Outcome outcome;
  outcome.available = !input.flag();
  outcome.value = input.number<int64_t>();
  outcome.is_error = outcome.value < 0 && outcome.value >= -4095;
  return outcome;
}

void run(Input input) {
  static Capture text;
  static Capture json;
  static output::JsonSink* const json_sink = new output::JsonSink(json.destination(), {});

  const auto nature = static_cast<FuzzMemory::Nature>(input.byte() % 3);
  FuzzMemory memory(nature);
  const Modes modes = read_modes(input);
  FuzzDescriptors descriptors(modes.describes);
  CallState call;
  read_call(input, call);
  const Outcome outcome = read_outcome(input);
  const auto written = read_memory(input, memory);

  output::TextSink text_sink(text.destination(), modes.text);
  output::TeeSink sink({&text_sink, json_sink});
  decode::Decoder decoder;
  const decode::Tracee tracee{memory, descriptors, call.abi};
  const Subject who{.tid = call.tid, .tgid = call.tgid};
  decode::Decoder::identify(call, memory);
  if (call.name.empty()) fail("a call without a name", {});
  if (modes.watches) watch(decoder, call, tracee);
  sink.call_begin(who, call);
  decoder.entry(call, tracee, sink, modes.decoding);
  sink.call_suspend(call);
  for (const auto& piece : written) memory.put(piece);
  call.outcome = outcome;
  sink.call_resume(who, call);
  decoder.exit(call, tracee, sink, modes.decoding);
  const auto any = [](int) { return true; };
  if (modes.watches) decode::Decoder::dump(who, call, memory, sink, {.read = any, .write = any});
  if (modes.watches) static_cast<void>(decode::Decoder::moved(call, memory));
  sink.call_end(who, call);
  text.take(check_text);
  json.take(check_json_lines);
}

}  // namespace
}  // namespace ktrace::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ktrace::fuzz::run({data, size});
  return 0;
}
