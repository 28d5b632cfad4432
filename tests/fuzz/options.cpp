// The command line: any words, one a line of the input. Whatever they are, the answer is options that a session could
// work from, or a message; our code throws nothing. Nothing is run.
#include <exception>
#include <string>
#include <vector>

#include "check.h"
#include "cli/parse.h"
#include "session/wanted.h"

namespace ktrace::fuzz {
namespace {

constexpr std::size_t longest = 4096;  // who types more means to wait

void run(std::string_view text) {
  if (text.size() > longest) return;
  std::vector<std::string> words{"ktrace"};
  for (;;) {
    const std::size_t end = text.find('\n');
    words.emplace_back(text.substr(0, end)).append(1, '\0').pop_back();
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  try {
    const auto parsed = cli::parse(static_cast<int>(words.size()), argv.data());
    const auto* options = std::get_if<session::Options>(&parsed);
    if (options == nullptr) return;
    if (const auto wanted = session::wanted_calls(*options))
      static_cast<void>(tracer::seccomp_program(*wanted, options->tracing.traits));
  } catch (const std::bad_alloc&) {
    return;
  } catch (const std::exception& thrown) {
    fail("thrown", thrown.what());
  }
}

}  // namespace
}  // namespace ktrace::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ktrace::fuzz::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
