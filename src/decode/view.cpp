// What the interpreter offers to native views. A view under test may come without the interpreter's buffers; it then
// gets buffers of its own for the time of the call.
#include "decode/view.h"

#include "base/signals.h"
#include "decode/scalar.h"
#include "decode/symbols.h"
#include "decode/walker.h"

namespace ktrace::decode {
namespace {

template <class Use>
void with_walker(ViewContext& context, Use use) {
  if (context.scratch != nullptr) {
    Walker walker(context, *context.scratch);
    return use(walker);
  }
  Scratch own;
  context.scratch = &own;
  Walker walker(context, own);
  use(walker);
  context.scratch = nullptr;
}

Frame frame_of(std::span<const uint8_t> bytes, std::span<const uint64_t> params) {
  Frame frame{.record = bytes, .params = {}};
  for (std::size_t k = 0; k < params.size() && k < max_params; ++k) frame.params[k] = params[k];
  return frame;
}

}  // namespace

ViewContext make_context(CallState& call, Tracee tracee, ValueSink& sink, const Options& options, Phase phase,
                         Scratch& scratch) {
  return {.abi = call.abi,
          .phase = phase,
          .failed = phase == Phase::exit && (call.outcome.is_error || !call.outcome.available),
          .options = options,
          .call = call,
          .memory = tracee.memory,
          .descriptors = tracee.descriptors,
          .sink = sink,
          .scratch = &scratch};
}

void ViewContext::show_set(uint32_t set, uint64_t value, unsigned width) {
  with_walker(*this, [&](Walker& walker) { walker.set(spec::sets[set], value, width); });
}

void ViewContext::show_record(uint32_t record, std::span<const uint8_t> bytes, std::span<const uint64_t> params) {
  with_walker(
      *this, [&](Walker& walker) { walker.record(walker.variant(record), bytes, frame_of(bytes, params), Part::all); });
}

void ViewContext::show_type(uint32_t type, std::span<const uint8_t> bytes, std::span<const uint64_t> params) {
  with_walker(*this, [&](Walker& walker) { walker.value(spec::types[type], bytes, frame_of(bytes, params)); });
}

ViewContext::Structure ViewContext::structure(uint32_t type, std::span<const uint64_t> params) {
  Structure result;
  with_walker(*this, [&](Walker& walker) {
    const Resolved chosen = walker.resolve(spec::types[type], frame_of({}, params));
    if (chosen.type->kind != spec::Kind::record) return;
    const spec::Record& shape = walker.variant(chosen.type->ref);
    result = {.size = shape.size[index(abi)], .exits = (shape.flags & spec::record_exits) != 0};
  });
  return result;
}

void ViewContext::show_members(uint32_t type, std::span<const uint8_t> bytes, std::span<const uint64_t> params,
                               Part part) {
  with_walker(*this, [&](Walker& walker) {
    const Resolved chosen = walker.resolve(spec::types[type], frame_of(bytes, params));
    if (chosen.type->kind != spec::Kind::record) return;
    Frame inner = walker.parameters(*chosen.type, chosen.frame);
    inner.record = bytes;
    walker.show_despite_failure();
    walker.members(walker.variant(chosen.type->ref), bytes, inner, part);
  });
}

void ViewContext::show_bytes(Address from, uint64_t length, Bytes::Kind kind) {
  with_walker(*this, [&](Walker& walker) { walker.bytes_at(from, length, kind); });
}

void ViewContext::show_text(Address from, Bytes::Kind kind) {
  with_walker(*this, [&](Walker& walker) { walker.text_at(from, kind); });
}

void ViewContext::show_tail(Address structure, uint64_t from, uint64_t to) {
  with_walker(*this, [&](Walker& walker) { walker.tail(structure.value, from, to); });
}

void ViewContext::show_fd(int64_t fd) {
  with_walker(*this, [&](Walker& walker) { walker.fd(fd, false); });
}

void ViewContext::show_pid(int64_t pid, PidKind kind) {
  const bool plausible = pid > 0 && pid <= INT32_MAX;
  const auto names = plausible ? descriptors.describe_pid(static_cast<int>(pid), kind) : Descriptors::PidNames{};
  sink.pid({.value = pid, .comm = names.comm, .own = names.own});
}

void ViewContext::show_signal(uint64_t number) {
  const std::string_view name = number <= INT32_MAX ? base::signal_name(static_cast<int>(number)) : std::string_view{};
  const uint64_t shown = number <= UINT32_MAX ? sign_extend(number, 4) : number;
  sink.symbols({.value = shown,
                .width = 4,
                .is_signed = true,
                .base = Base::decimal,
                .names = {&name, name.empty() ? 0u : 1u},
                .rest = name.empty() ? shown : 0});
}

uint64_t ViewContext::load_long(const uint8_t* p) const {
  return load(p, long_bytes());
}

}  // namespace ktrace::decode
