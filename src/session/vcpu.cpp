#include "session/vcpu.h"

#include <charconv>
#include <string>

#include "decode/scalar.h"
#include "decode/symbols.h"
#include "resolve/procfs.h"
#include "spec/ids.h"
#include "spec/tables.h"

namespace ktrace::session {
namespace {

constexpr uint32_t kvm_run = 0xae80;                             // the request, linux/kvm.h
constexpr uint64_t exit_reason_offset = 8;                       // in struct kvm_run
constexpr std::string_view vcpu_files = "anon_inode:kvm-vcpu:";  // since Linux 4.16; its number follows

bool runs_vcpu(const CallState& call) {
  return call.name == "ioctl" && static_cast<uint32_t>(call.args[1]) == kvm_run;
}

bool succeeded(const CallState& call) {
  return call.outcome.available && !call.outcome.is_error;
}

// Without `before`.
std::optional<Vcpu> locate(const CallState& call) {
  if (!runs_vcpu(call)) return {};
  std::string file;
  resolve::read_fd_link(call.tid, static_cast<int>(call.args[0]), file);
  if (!file.starts_with(vcpu_files)) return {};
  Vcpu found;
  std::from_chars(file.data() + vcpu_files.size(), file.data() + file.size(), found.number);
  const auto area = resolve::find_mapping(call.tid, file);
  if (!area) return {};
  found.area = *area;
  return found;
}

}  // namespace

std::optional<Vcpu> find_vcpu(const CallState& call, Memory& memory) {
  std::optional<Vcpu> found = locate(call);
  if (found && !memory.read_all(found->area, found->before)) return {};
  return found;
}

void show_vcpu_exit(const CallState& call, Memory& memory, Sink& sink) {
  if (!succeeded(call)) return;
  const std::optional<Vcpu> vcpu = locate(call);
  std::array<uint8_t, 4> bytes{};
  if (!vcpu || !memory.read_all({vcpu->area.value + exit_reason_offset}, bytes)) return;
  const spec::Set& reasons = spec::sets[spec::ids::set_kvm_exit_reason];
  const std::string_view name = decode::find_name(reasons, decode::load(bytes.data(), 4), call.abi);
  sink.begin(Shape::aux);
  sink.word(name.empty() ? decode::text(reasons.unknown) : name);
  sink.end();
}

void show_vcpu(const Vcpu& vcpu, CallState& call, decode::Decoder& decoder, decode::Tracee tracee, Sink& sink,
               const decode::Options& options) {
  const auto show = [&](VcpuState when, std::span<const uint8_t> bytes) {
    sink.vcpu_begin(call, vcpu.number, when);
    const std::array<uint64_t, 2> params{vcpu.area.value, when == VcpuState::exit};
    const decode::Decoder::Copy copy{.record = spec::ids::record_kvm_run, .bytes = bytes, .params = params};
    decoder.copied(call, copy, tracee, sink, options);
    sink.vcpu_end(call);
  };
  show(VcpuState::entry, vcpu.before);
  auto after = vcpu.before;
  if (succeeded(call) && tracee.memory.read_all(vcpu.area, after)) show(VcpuState::exit, after);
}

}  // namespace ktrace::session
