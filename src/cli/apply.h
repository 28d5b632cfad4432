// What each option does with a Request, by the file it stands in. The table names them; nobody else calls them.
#pragma once

#include "cli/request.h"

namespace ktrace::cli {

// apply_startup.cpp
Result<void> add_environment(Request&, const Given&);
Result<void> attach(Request&, const Given&);
Result<void> set_user(Request&, const Given&);
Result<void> set_argv0(Request&, const Given&);
Result<void> detach_on(Request&, const Given&);
Result<void> daemonize_letter(Request&, const Given&);
Result<void> daemonize_name(Request&, const Given&);
Result<void> follow_letter(Request&, const Given&);
Result<void> follow_name(Request&, const Given&);
Result<void> follow_old(Request&, const Given&);
Result<void> set_interruptible(Request&, const Given&);
Result<void> kill_on_exit(Request&, const Given&);
Result<void> no_seccomp_filter(Request&, const Given&);
Result<void> show_help(Request&, const Given&);
Result<void> show_version(Request&, const Given&);
Result<void> limit_syscalls(Request&, const Given&);
Result<void> show_tip(Request&, const Given&);
Result<void> debug(Request&, const Given&);
Result<void> seccomp_filter(Request&, const Given&);
Result<void> show_kvm(Request&, const Given&);
Result<void> not_supported(Request&, const Given&);
Result<void> no_security_contexts(Request&, const Given&);

// apply_filters.cpp
Result<void> qualify(Request&, const Given&);  // -e
Result<void> set_trace(Request&, const Given&);
Result<void> set_signals(Request&, const Given&);
Result<void> set_status(Request&, const Given&);
Result<void> set_trace_fds(Request&, const Given&);
Result<void> set_abbrev(Request&, const Given&);
Result<void> set_verbose(Request&, const Given&);
Result<void> set_raw(Request&, const Given&);
Result<void> no_abbrev(Request&, const Given&);
Result<void> set_quiet(Request&, const Given&);
Result<void> quiet_letter(Request&, const Given&);
Result<void> set_decode_fds(Request&, const Given&);
Result<void> decode_fds_letter(Request&, const Given&);
Result<void> set_decode_pids(Request&, const Given&);
Result<void> decode_comm(Request&, const Given&);
Result<void> decode_pid_namespaces(Request&, const Given&);
Result<void> set_read(Request&, const Given&);
Result<void> set_write(Request&, const Given&);
Result<void> set_namespace(Request&, const Given&);
Result<void> add_path(Request&, const Given&);
Result<void> successful_only(Request&, const Given&);
Result<void> failed_only(Request&, const Given&);

// apply_output.cpp
Result<void> set_output(Request&, const Given&);
Result<void> append_output(Request&, const Given&);
Result<void> separate_output(Request&, const Given&);
Result<void> set_columns(Request&, const Given&);
Result<void> set_color(Request&, const Given&);
Result<void> show_instruction_pointer(Request&, const Given&);
Result<void> show_syscall_number(Request&, const Given&);
Result<void> show_argument_names(Request&, const Given&);
Result<void> show_pid_always(Request&, const Given&);
Result<void> json(Request&, const Given&);
Result<void> relative_timestamps(Request&, const Given&);
Result<void> clock_letter(Request&, const Given&);
Result<void> clock_name(Request&, const Given&);
Result<void> syscall_times(Request&, const Given&);
Result<void> string_limit(Request&, const Given&);
Result<void> hex_letter(Request&, const Given&);
Result<void> hex_name(Request&, const Given&);
Result<void> const_print_style(Request&, const Given&);

// apply_stacks.cpp
Result<void> stack_trace_letter(Request&, const Given&);
Result<void> stack_trace_name(Request&, const Given&);
Result<void> stack_frame_limit(Request&, const Given&);
Result<void> stack_ids(Request&, const Given&);

// apply_tampering.cpp
Result<void> inject(Request&, const Given&);  // -e inject=
Result<void> fault(Request&, const Given&);   // -e fault=

// apply_summary.cpp
Result<void> summary_only(Request&, const Given&);
Result<void> summary_too(Request&, const Given&);
Result<void> summary_overhead(Request&, const Given&);
Result<void> summary_sort(Request&, const Given&);
Result<void> summary_columns(Request&, const Given&);
Result<void> summary_wall_clock(Request&, const Given&);

// apply_stats.cpp
Result<void> statistics_of(Request&, const Given&);  // --stats
Result<void> stats_format(Request&, const Given&);
Result<void> stats_every(Request&, const Given&);
Result<void> stats_anew(Request&, const Given&);
Result<void> stats_top(Request&, const Given&);
Result<void> flame_file(Request&, const Given&);
Result<void> flame_by(Request&, const Given&);

// apply_bounds.cpp
Result<void> run_for(Request&, const Given&);
Result<void> max_output(Request&, const Given&);
Result<void> rotate_output(Request&, const Given&);
Result<void> attach_name(Request&, const Given&);
Result<void> attach_tree(Request&, const Given&);

}  // namespace ktrace::cli
