// What stands between `---` and `---`: a siginfo of any bytes, of every ABI, as text and as JSON. Input: options, ABI,
// signal, then the bytes.
#include "capture.h"
#include "check.h"
#include "decode/decoder.h"
#include "output/json_sink.h"
#include "output/tee_sink.h"
#include "output/text_sink.h"
#include "tracee.h"

namespace ktrace::fuzz {
namespace {

void run(Input input) {
  static Capture text;
  static Capture json;
  static output::JsonSink* const json_sink = new output::JsonSink(json.destination(), {});

  FuzzMemory memory(FuzzMemory::Nature::pieces);
  const uint8_t modes = input.byte();
  FuzzDescriptors descriptors((modes & 1) != 0);
  decode::Options options;
  options.abbreviate = (modes & 2) == 0;
  options.dereference = (modes & 4) == 0;
  output::TextOptions text_options;
  text_options.constants = static_cast<output::TextOptions::Constants>((modes >> 4 & 3) % 3);
  const uint8_t abis = input.byte();
  const Abi tracee_abi = static_cast<Abi>(abis >> 2 & 3);
  const int signal = input.number<int>();

  output::TextSink text_sink(text.destination(), text_options);
  output::TeeSink sink({&text_sink, json_sink});
  const Subject who{.tid = Tid{1}, .tgid = Tgid{1}, .comm = {}, .abi = tracee_abi};
  decode::Decoder decoder;
  sink.signal_begin(who, signal, {});
  decoder.siginfo(input.rest(), static_cast<Abi>(abis & 3), {memory, descriptors, tracee_abi}, sink, options);
  sink.signal_end();
  text.take(check_text);
  json.take(check_json_lines);
}

}  // namespace
}  // namespace ktrace::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ktrace::fuzz::run({data, size});
  return 0;
}
