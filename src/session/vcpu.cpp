#include "session/vcpu.h"

#include <array>
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
constexpr std::string_view vcpu_files = "anon_inode:kvm-vcpu:";  // since Linux 4.16

}  // namespace

void show_vcpu_exit(const CallState& call, Memory& memory, Sink& sink) {
  if (call.name != "ioctl" || static_cast<uint32_t>(call.args[1]) != kvm_run || !call.outcome.available ||
      call.outcome.is_error) {
    return;
  }
  std::string file;
  resolve::read_fd_link(call.tid, static_cast<int>(call.args[0]), file);
  if (!file.starts_with(vcpu_files)) return;
  const auto area = resolve::find_mapping(call.tid, file);
  std::array<uint8_t, 4> bytes{};
  if (!area || !memory.read_all({area->value + exit_reason_offset}, bytes)) return;
  const spec::Set& reasons = spec::sets[spec::ids::set_kvm_exit_reason];
  const std::string_view name = decode::find_name(reasons, decode::load(bytes.data(), 4), call.abi);
  sink.begin(Shape::aux);
  sink.word(name.empty() ? decode::text(reasons.unknown) : name);
  sink.end();
}

}  // namespace ktrace::session
