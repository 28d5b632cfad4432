// Decodes every case of the files named on the command line with the real decoder and sinks, on fake memory. Prints
// what differs; exits with 1 if anything does.
#include <cstdio>
#include <memory>

#include "base/log.h"
#include "case_file.h"
#include "decode/decoder.h"
#include "fakes/fake_descriptors.h"
#include "fakes/fake_memory.h"
#include "output/json_sink.h"
#include "output/text_sink.h"

namespace ktrace::tests {
namespace {

struct Shown {
  std::string entry;
  std::string line;
};

// What a sink has made of the call before and after it: `made` says where it keeps that.
Shown decode_case(const Case& c, Sink& sink, CallState::Rendering CallState::*made) {
  fakes::FakeMemory memory;
  fakes::FakeDescriptors descriptors;
  for (const Piece& piece : c.memory) memory.put({piece.address}, std::span<const uint8_t>(piece.bytes));
  descriptors.targets = c.targets;
  descriptors.paths = c.targets;
  for (const auto& [fd, socket] : c.sockets) descriptors.sockets[fd] = {socket.first, socket.second};

  decode::Decoder decoder;
  Subject who;
  who.tid = Tid{1};
  CallState call;
  call.tid = who.tid;
  call.abi = c.abi;
  call.number = c.number;
  call.sp = {c.sp};
  std::copy(c.args.begin(), c.args.end(), call.args.begin());
  decode::Decoder::identify(call, memory);

  Shown shown;
  sink.call_begin(who, call);
  decoder.entry(call, {memory, descriptors}, sink, c.options);
  shown.entry = (call.*made).text;
  sink.call_suspend(call);
  for (const Piece& piece : c.written) memory.put({piece.address}, std::span<const uint8_t>(piece.bytes));
  call.outcome = c.outcome;
  sink.call_resume(who, call);
  decoder.exit(call, {memory, descriptors}, sink, c.options);
  shown.line = (call.*made).text;
  return shown;
}

Shown decode_as_text(const Case& c, output::Destination& destination) {
  output::TextOptions text_options = c.text_options;
  text_options.staged = true;  // the text stays in the call
  output::TextSink sink(destination, text_options);
  return decode_case(c, sink, &CallState::as_text);
}

// The arguments and the result: `{"fd":...},"ret":...`. What comes before is the same for every call.
std::string decode_as_json(const Case& c, output::Destination& destination) {
  output::JsonSink sink(destination, {});
  const std::string object = decode_case(c, sink, &CallState::as_json).line;
  constexpr std::string_view key = "\"args\":";
  const auto at = object.find(key);
  return at == std::string::npos ? object : object.substr(at + key.size());
}

// Cases do not care where strace puts the `=`.
std::string without_padding(std::string text) {
  const auto equals = text.rfind(") ");
  if (equals == std::string::npos) return text;
  for (auto end = text.find(")  "); end != std::string::npos; end = text.find(")  ")) text.erase(end + 1, 1);
  return text;
}

bool check(const char* path, const Case& c, const char* what, const std::string& wanted, const std::string& got) {
  if (wanted == got) return true;
  std::printf("%s:%d: %s\n  %s wanted  %s\n  %s got     %s\n", path, c.line, c.title.c_str(), what, wanted.c_str(),
              what, got.c_str());
  return false;
}

}  // namespace
}  // namespace ktrace::tests

int main(int argc, char** argv) {
  using namespace ktrace;
  base::Log log{"decode_cases"};
  auto destination = output::Destination::open({.kind = output::Target::Kind::file, .name = "/dev/null"}, log);
  if (!destination) return 2;
  unsigned total = 0;
  unsigned failed = 0;
  for (int k = 1; k < argc; ++k) {
    for (const tests::Case& c : tests::read_cases(argv[k])) {
      const tests::Shown shown = tests::decode_as_text(c, **destination);
      bool good = tests::check(argv[k], c, "text ", c.text, tests::without_padding(shown.line));
      if (c.at_entry) good = tests::check(argv[k], c, "entry", c.entry, shown.entry) && good;
      if (!c.json.empty())
        good = tests::check(argv[k], c, "json ", c.json, tests::decode_as_json(c, **destination)) && good;
      ++total;
      failed += good ? 0 : 1;
    }
  }
  std::printf("%u cases, %u failed\n", total, failed);
  return failed == 0 ? 0 : 1;
}
