// siginfo_t of a signal-delivery-stop (sigaction(2)); the same view shows the siginfo_t arguments of calls.
#include "decode/decoder.h"
#include "decode/scratch.h"

namespace ktrace::decode {
namespace views {
void siginfo(ViewContext& context, const ViewValue& value);
}

void Decoder::siginfo(std::span<const uint8_t> bytes, Abi abi, Tracee tracee, ValueSink& sink, const Options& options) {
  CallState none;
  none.abi = tracee.abi;
  ViewContext context{.abi = abi,
                      .phase = Phase::exit,
                      .failed = false,
                      .options = options,
                      .call = none,
                      .memory = tracee.memory,
                      .descriptors = tracee.descriptors,
                      .sink = sink,
                      .scratch = scratch_.get()};
  views::siginfo(context, {.bytes = bytes, .address = {}, .params = {}});
}

}  // namespace ktrace::decode
