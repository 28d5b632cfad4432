// -e and the options that are short for it: which calls, signals and messages are shown, and what is shown of
// descriptors.
#include <algorithm>

#include "cli/apply.h"
#include "cli/option_table.h"
#include "filter/expression.h"

namespace ktrace::cli {

// `QUAL=SET`; without a known QUAL the whole is a set of system calls.
Result<void> qualify(Request& request, const Given& given) {
  const std::size_t equals = given.value.find('=');
  if (equals == std::string_view::npos) return set_trace(request, given);
  const std::string_view name = given.value.substr(0, equals);
  for (const Qualifier& qualifier : qualifiers()) {
    if (qualifier.name != name) continue;
    const std::string spelling = "-e " + std::string(name);
    return qualifier.apply(request, {spelling, given.value.substr(equals + 1)});
  }
  return set_trace(request, given);
}

Result<void> set_trace(Request& request, const Given& given) {
  request.options.filters.trace = KT_TRY(filter::parse_syscalls(given.value));
  request.options.filters.trace.add_unknown();
  return {};
}

Result<void> set_signals(Request& request, const Given& given) {
  request.options.filters.signals = KT_TRY(filter::parse_signals(given.value));
  return {};
}

Result<void> set_status(Request& request, const Given& given) {
  request.options.filters.status = KT_TRY(filter::parse_statuses(given.value));
  return {};
}

Result<void> set_trace_fds(Request& request, const Given& given) {
  request.options.filters.trace_fds = KT_TRY(filter::parse_descriptors(given.value));
  return {};
}

Result<void> set_abbrev(Request& request, const Given& given) {
  request.options.filters.abbrev = KT_TRY(filter::parse_syscalls(given.value));
  return {};
}

Result<void> set_verbose(Request& request, const Given& given) {
  request.options.filters.verbose = KT_TRY(filter::parse_syscalls(given.value));
  return {};
}

Result<void> set_raw(Request& request, const Given& given) {
  request.options.filters.raw = KT_TRY(filter::parse_syscalls(given.value));
  return {};
}

Result<void> no_abbrev(Request& request, const Given&) {
  request.options.filters.abbrev = filter::SyscallSet::none();
  return {};
}

Result<void> set_quiet(Request& request, const Given& given) {
  request.options.filters.quiet = KT_TRY(filter::parse_messages(given.value));
  request.quiet.by_name = true;
  return {};
}

Result<void> quiet_letter(Request& request, const Given&) {
  request.quiet.letters++;
  return {};
}

Result<void> set_decode_fds(Request& request, const Given& given) {
  enum : uint8_t { path = 1, socket = 2, device = 4, eventfd = 8, pidfd = 16, signalfd = 32 };
  static constexpr filter::Word words[] = {{"path", path},       {"socket", socket}, {"dev", device},
                                           {"eventfd", eventfd}, {"pidfd", pidfd},   {"signalfd", signalfd}};
  const uint8_t bits = KT_TRY(filter::parse_words(given.value, words, "decode-fds"));
  auto& decode = request.options.decode_fds;
  decode.path = (bits & path) != 0;
  decode.socket = (bits & socket) != 0;
  decode.device = (bits & device) != 0;
  decode.eventfd = (bits & eventfd) != 0;
  decode.pidfd = (bits & pidfd) != 0;
  decode.signalfd = (bits & signalfd) != 0;
  request.fds.by_name = true;
  return {};
}

Result<void> decode_fds_letter(Request& request, const Given&) {
  request.fds.letters++;
  return {};
}

Result<void> set_decode_pids(Request& request, const Given& given) {
  enum : uint8_t { comm = 1, pidns = 2 };
  static constexpr filter::Word words[] = {{"comm", comm}, {"pidns", pidns}};
  const uint8_t bits = KT_TRY(filter::parse_words(given.value, words, "decode-pids"));
  request.options.decode_pids.comm = (bits & comm) != 0;
  request.options.decode_pids.pid_namespace = (bits & pidns) != 0;
  return {};
}

Result<void> decode_pid_namespaces(Request& request, const Given&) {
  request.options.decode_pids.pid_namespace = true;
  return {};
}

Result<void> set_read(Request& request, const Given& given) {
  request.options.filters.read = KT_TRY(filter::parse_descriptors(given.value));
  return {};
}

Result<void> set_write(Request& request, const Given& given) {
  request.options.filters.write = KT_TRY(filter::parse_descriptors(given.value));
  return {};
}

Result<void> set_namespace(Request& request, const Given& given) {
  if (given.value != "new") {
    return Error{0, std::string("invalid -e namespace= argument: '").append(given.value).append("'")};
  }
  request.options.new_namespaces = true;
  return {};
}

Result<void> decode_comm(Request& request, const Given&) {
  request.options.decode_pids.comm = true;
  return {};
}

Result<void> add_path(Request& request, const Given& given) {
  request.paths.emplace_back(given.value);
  return {};
}

Result<void> successful_only(Request& request, const Given&) {
  request.options.filters.status = {};
  request.options.filters.status.add(filter::Status::successful);
  request.successful_only = true;
  return {};
}

Result<void> failed_only(Request& request, const Given&) {
  request.options.filters.status = {};
  request.options.filters.status.add(filter::Status::failed);
  request.failed_only = true;
  return {};
}

}  // namespace ktrace::cli
