// The table of options; see option_table.h. Rows without a section are other spellings of the row before them, or
// letters whose help stands at the long name.
#include "cli/option_table.h"

#include "cli/apply.h"

namespace ktrace::cli {
namespace {

using enum Argument;
using enum Section;

// clang-format off
constexpr Option table[] = {
  {'a', "columns", required, {}, set_columns, output, "-a COLUMN, --columns=COLUMN",
   "put results into this COLUMN (default 40)"},
  {'A', "output-append-mode", none, {}, append_output, output, "-A, --output-append-mode",
   "append to the -o file instead of overwriting it"},
  {'b', "detach-on", required, {}, detach_on, tracing, "-b execve, --detach-on=execve",
   "let a process go when it calls execve"},
  {'c', "summary-only", none, {}, summary_only, statistics, "-c, --summary-only",
   "count calls, errors and time for each system call and print\na table at the end, nothing else"},
  {'C', "summary", none, {}, summary_too, statistics, "-C, --summary",
   "the table of -c, and the trace as well"},
  {'d', "debug", none, {}, debug, miscellaneous, "-d, --debug",
   "tell on standard error what ktrace sees and decides"},
  {'D', {}, none, {}, daemonize_letter},
  {0, "daemonize", optional, "grandchild", daemonize_name, tracing, "-D, --daemonize[=grandchild]",
   "run the tracer as a grandchild, so that PROG stays the\nchild of the caller\n"
   "-DD, --daemonize=pgroup: in a process group of its own\n-DDD, --daemonize=session: in a session of its own"},
  {0, "daemonised", optional, "grandchild", daemonize_name},
  {0, "daemonized", optional, "grandchild", daemonize_name},
  {'e', {}, required, {}, qualify, general, "-e QUAL=SET",
   "SET is [!]all, none, or [!]VALUE[,VALUE]...; QUAL is one of\n"
   "trace, abbrev, verbose, raw, signal, status, quiet, trace-fds,\n"
   "decode-fds, decode-pids, read, write, kvm, namespace; trace if\nleft out"},
  {'E', "env", required, {}, add_environment, startup, "-E VAR[=VALUE], --env=VAR[=VALUE]",
   "set VAR in the environment of PROG, or remove it"},
  {'f', {}, none, {}, follow_letter},
  {0, "follow-forks", none, {}, follow_name, tracing, "-f, --follow-forks",
   "follow children and threads; -ff: into separate files, see\n--output-separately"},
  {'F', {}, none, {}, follow_old, hidden, {}, "deprecated, as -f"},
  {'h', "help", none, {}, show_help, miscellaneous, "-h, --help", "print this"},
  {'i', "instruction-pointer", none, {}, show_instruction_pointer, output, "-i, --instruction-pointer",
   "print the instruction pointer at each call"},
  {'I', "interruptible", required, {}, set_interruptible, tracing, "-I WHEN, --interruptible=WHEN",
   "when fatal signals reach ktrace\n"
   "1, anywhere:   always\n"
   "2, waiting:    while it waits for a tracee (default)\n"
   "3, never:      never (default for '-o FILE PROG')\n"
   "4, never_tstp: never, and neither does SIGTSTP (default for -D)"},
  {0, "kill-on-exit", none, {}, kill_on_exit, tracing, "--kill-on-exit",
   "kill all tracees when ktrace ends"},
  {'k', {}, none, {}, stack_trace_letter},
  {0, "stack-trace", optional, "symbol", stack_trace_name, output, "-k, --stack-trace[=symbol]",
   "print where each call comes from; -kk, --stack-trace=source: also\nthe lines of source files"},
  {0, "stack-traces", optional, "symbol", stack_trace_name},
  {0, "stack-trace-frame-limit", required, {}, stack_frame_limit, output, "--stack-trace-frame-limit=LIMIT",
   "print no more than LIMIT frames of a stack (default 256)"},
  {0, "syscall-limit", required, {}, limit_syscalls, stop_condition, "--syscall-limit=LIMIT",
   "let all tracees go after LIMIT calls were printed"},
  {'n', "syscall-number", none, {}, show_syscall_number, output, "-n, --syscall-number",
   "print the number of each call"},
  {'N', "arg-names", none, {}, show_argument_names, output, "-N, --arg-names",
   "print the names of arguments"},
  {'o', "output", required, {}, set_output, output, "-o FILE, --output=FILE",
   "write the trace to FILE; '|COMMAND' or '!COMMAND': to a command"},
  {0, "output-separately", none, {}, separate_output, output, "--output-separately",
   "write the trace of each process to FILE.PID"},
  {'O', "summary-syscall-overhead", required, {}, summary_overhead, statistics,
   "-O TIME[UNIT], --summary-syscall-overhead=TIME[UNIT]",
   "subtract TIME from each call; UNIT is s, ms, us (default), ns"},
  {'p', "attach", required, {}, attach, startup, "-p PID, --attach=PID",
   "trace the process PID; may be a list, and be repeated"},
  {'P', "trace-path", required, {}, add_path, filtering, "-P PATH, --trace-path=PATH",
   "trace only calls that touch PATH; may be repeated"},
  {'q', {}, none, {}, quiet_letter},
  {'r', "relative-timestamps", optional, "us", relative_timestamps, output,
   "-r, --relative-timestamps[=PRECISION]",
   "print the time since the previous call; PRECISION is s, ms,\nus (default), ns"},
  {'s', "string-limit", required, {}, string_limit, output, "-s SIZE, --string-limit=SIZE",
   "print at most SIZE bytes of a string (default 32)"},
  {'S', "summary-sort-by", required, {}, summary_sort, statistics, "-S KEY, --summary-sort-by=KEY",
   "sort the table by a column of -U, or by nothing\n(default time-percent)"},
  {'t', {}, none, {}, clock_letter},
  {0, "absolute-timestamps", optional, "", clock_name, output,
   "-t, --absolute-timestamps[=[FORMAT][,PRECISION]]",
   "print the time of day; FORMAT is none, time (default), unix;\nPRECISION is s (default), ms, us, ns\n"
   "-tt: with microseconds; -ttt: seconds since the epoch with\nmicroseconds"},
  {0, "timestamps", optional, "", clock_name},
  {'T', "syscall-times", optional, "us", syscall_times, output, "-T, --syscall-times[=PRECISION]",
   "print the time spent in each call"},
  {'u', "user", required, {}, set_user, startup, "-u USER, --user=USER",
   "run PROG as USER, a name or UID:GID; needs root"},
  {'U', "summary-columns", required, {}, summary_columns, statistics, "-U COLUMNS, --summary-columns=COLUMNS",
   "columns of the table: time-percent, total-time, min-time,\nmax-time, avg-time, wall-total, wall-min, wall-max, wall-avg,\n"
   "calls, errors, name"},
  {'v', "no-abbrev", none, {}, no_abbrev, output, "-v, --no-abbrev", "print structures in full"},
  {'V', "version", none, {}, show_version, miscellaneous, "-V, --version", "print the version and what is built in"},
  {'w', "summary-wall-clock", none, {}, summary_wall_clock, statistics, "-w, --summary-wall-clock",
   "the table shows the time from start to end of calls instead of\nthe system's CPU time"},
  {'x', {}, none, {}, hex_letter},
  {0, "strings-in-hex", optional, "all", hex_name, output, "-x, -xx, --strings-in-hex[=WHICH]",
   "print strings in hexadecimal; WHICH is all (default, -xx),\nnon-ascii (-x), non-ascii-chars, none"},
  {'X', "const-print-style", required, {}, const_print_style, output, "-X STYLE, --const-print-style=STYLE",
   "print constants raw, abbrev (default) or verbose"},
  {'y', {}, none, {}, decode_fds_letter},
  {0, "pidns-translation", none, {}, decode_pid_namespaces, output, "--pidns-translation",
   "short for --decode-pids=pidns"},
  {'Y', {}, none, {}, decode_comm},
  {'z', "successful-only", none, {}, successful_only, filtering, "-z, --successful-only",
   "print only calls that succeeded"},
  {'Z', "failed-only", none, {}, failed_only, filtering, "-Z, --failed-only", "print only calls that failed"},
  {0, "failing-only", none, {}, failed_only},
  {0, "seccomp-bpf", none, {}, seccomp_filter, miscellaneous, "--seccomp-bpf",
   "accepted for strace's sake: where a filter can be used it is used\nwithout being asked; see --no-seccomp-bpf"},
  {0, "no-seccomp-bpf", none, {}, no_seccomp_filter, tracing, "--no-seccomp-bpf",
   "stop at every call of PROG, also at those that are not traced"},
  {0, "argv0", required, {}, set_argv0, startup, "--argv0=NAME", "tell PROG that it is called NAME"},
  {0, "always-show-pid", none, {}, show_pid_always, output, "--always-show-pid",
   "print the PID also for the first process"},
  {0, "tips", optional, "", show_tip, miscellaneous, "--tips[=[[id:]ID][,[format:]FORMAT]]",
   "print a tip at the end; ID is a number or random (default),\nFORMAT is none, compact (default) or full"},
  {0, "color", required, {}, set_color, output, "--color=WHEN",
   "colours: always, never, or auto (default: on a terminal); they are\nin KTRACE_COLORS or STRACE_COLORS, key=SGR:...; keys: syscall,\n"
   "argname, argval, call, const, comment, punct, retval, error"},
  {0, "json", none, {}, json, output, "--json",
   "write JSON, one object in each line; see ktrace-json(5)", true},
  {0, "stack-ids", none, {}, stack_ids, output, "--stack-ids",
   "with -k: number the stacks, print each of them once", true},
  {0, "stats", optional, "syscalls", statistics_of, statistics, "--stats[=WHAT[,WHAT]...]",
   "print tables of syscalls (default), errors, processes, threads,\nfiles, stacks, blocked, histogram; without -C or --json nothing\nelse", true},
  {0, "stats-format", required, {}, stats_format, statistics, "--stats-format=FORMAT",
   "print tables as text (default), markdown, csv or json", true},
  {0, "every", required, {}, stats_every, statistics, "--every=TIME[UNIT]",
   "print tables and write stacks each TIME as well; UNIT is h, m,\ns (default), ms, us, ns", true},
  {0, "reset", none, {}, stats_anew, statistics, "--reset",
   "with --every: count anew after each time", true},
  {0, "top", required, {}, stats_top, statistics, "--top=N",
   "print the first N rows of each table, and one for the others", true},
  {0, "flame", required, {}, flame_file, statistics, "--flame=FILE",
   "write the stacks of calls to FILE, folded as flame graph tools\nread them; to FILE.svg: a picture; '|COMMAND': to a command;\nwithout -c, -C, --stats, -o, -k or --json print nothing else", true},
  {0, "flame-by", required, {}, flame_by, statistics, "--flame-by=WHAT",
   "weigh them by their calls (default), time or bytes", true},
  {0, "attach-name", required, {}, attach_name, startup, "--attach-name=PATTERN",
   "trace all processes of this name; with a blank or a slash in\nPATTERN: of this command line; * ? [] as in the shell", true},
  {0, "attach-tree", required, {}, attach_tree, startup, "--attach-tree=PID",
   "trace the process PID and all its descendants; implies -f", true},
  {0, "for", required, {}, run_for, stop_condition, "--for=TIME[UNIT]",
   "let all tracees go after TIME; UNIT is h, m, s (default), ms,\nus, ns", true},
  {0, "max-output", required, {}, max_output, stop_condition, "--max-output=SIZE[UNIT]",
   "let all tracees go after SIZE bytes of output; UNIT is K, M, G", true},
  {0, "rotate", required, {}, rotate_output, stop_condition, "--rotate=N",
   "instead go on in a new -o FILE; old ones are FILE.1 to FILE.N", true},
  {0, "trace", required, {}, set_trace, filtering, "-e trace=SET, --trace=SET",
   "trace only these system calls: names, numbers, /REGEX or\nclasses, with ? before them if they need not exist, with @64,\n"
   "@32 or @x32 behind them for one ABI; the classes are %clock,\n%creds, %desc, %file, %fstat, %fstatfs, %ipc, %lstat, %memory,\n"
   "%network (%net), %process, %pure, %signal, %stat, %%stat,\n%statfs, %%statfs"},
  {0, "trace-fds", required, {}, set_trace_fds, filtering, "-e trace-fds=SET, --trace-fds=SET",
   "trace only calls on these file descriptors"},
  {0, "abbrev", required, {}, set_abbrev, output, "-e abbrev=SET, --abbrev=SET",
   "shorten structures of these calls (default all)"},
  {0, "verbose", required, {}, set_verbose, output, "-e verbose=SET, --verbose=SET",
   "print structures of these calls (default all)"},
  {0, "raw", required, {}, set_raw, output, "-e raw=SET, --raw=SET",
   "print plain hexadecimal arguments for these calls"},
  {0, "signals", required, {}, set_signals, filtering, "-e signal=SET, --signal=SET",
   "print only these signals"},
  {0, "status", required, {}, set_status, filtering, "-e status=SET, --status=SET",
   "print only calls that ended so: successful, failed, unfinished,\nunavailable, detached"},
  {0, "read", required, {}, set_read, output, "-e read=SET, --read=SET",
   "dump all data that is read from these file descriptors"},
  {0, "write", required, {}, set_write, output, "-e write=SET, --write=SET",
   "dump all data that is written to these file descriptors"},
  {0, "inject", required, {}, inject, tampering, "-e inject=SET:ACTION[:ACTION]..., --inject=SET:ACTION[:ACTION]...",
   "tamper with these calls; an ACTION is one of\n"
   "error=ERRNO:    fail with ERRNO, a name or 1..4095\n"
   "retval=VALUE:   return VALUE\n"
   "syscall=NAME:   call NAME, of class %pure, instead of nothing\n"
   "signal=SIGNAL:  send SIGNAL, a name or 1..64, at entry\n"
   "delay_enter=TIME[UNIT], delay_exit=TIME[UNIT]: wait before or\nafter the call; UNIT is s, ms, us (default), ns\n"
   "poke_enter=@argN=HEX[,@argM=HEX]..., poke_exit=...: write to\nwhere an argument points\n"
   "when=FIRST[..LAST][+[STEP]]: only at these invocations"},
  {0, "fault", required, {}, fault, tampering, "-e fault=SET[:error=ERRNO][:when=WHEN], --fault=SET[:...]",
   "let these calls fail with ERRNO (default ENOSYS)"},
  {0, "kvm", required, {}, show_kvm, output, "-e kvm=vcpu[+], --kvm=vcpu[+]",
   "print why ioctl(KVM_RUN) came back; vcpu+: and the state of the\nvirtual CPU before and after"},
  {0, "namespace", optional, "new", set_namespace, output, "-e namespace=new, --namespace[=new]",
   "print the namespaces that clone, clone3, setns and unshare enter"},
  {0, "quiet", optional, "attach,personality", set_quiet, output, "-q, -qq, -qqq, -e quiet=SET, --quiet[=SET]",
   "leave out messages: attach, personality (-q), exit (-qq),\npath-resolution, thread-execve (-qqq: all)"},
  {0, "silent", optional, "attach,personality", set_quiet},
  {0, "silence", optional, "attach,personality", set_quiet},
  {0, "decode-fds", optional, "path", set_decode_fds, output, "-y, -yy, -e decode-fds=SET, --decode-fds[=SET]",
   "print what file descriptors are: path (-y), socket, dev,\neventfd, pidfd, signalfd (-yy: all)"},
  {0, "decode-pids", required, {}, set_decode_pids, output, "-Y, -e decode-pids=SET, --decode-pids=SET",
   "print what process ids are: comm (names, -Y), pidns (numbers in\nktrace's own PID namespace)"},
  {0, "secontext", optional, "", no_security_contexts, not_yet, "-e secontext=FORMAT, --secontext[=FORMAT]", {}},
};

constexpr Qualifier qualifier_table[] = {
  {"trace", set_trace},           {"t", set_trace},
  {"abbrev", set_abbrev},         {"a", set_abbrev},
  {"verbose", set_verbose},       {"v", set_verbose},
  {"raw", set_raw},               {"x", set_raw},
  {"signal", set_signals},        {"signals", set_signals},     {"s", set_signals},
  {"status", set_status},
  {"quiet", set_quiet},           {"silent", set_quiet},        {"silence", set_quiet},  {"q", set_quiet},
  {"trace-fds", set_trace_fds},   {"trace-fd", set_trace_fds},  {"fd", set_trace_fds},   {"fds", set_trace_fds},
  {"decode-fds", set_decode_fds}, {"decode-fd", set_decode_fds},
  {"decode-pids", set_decode_pids}, {"decode-pid", set_decode_pids},
  {"read", set_read},             {"reads", set_read},          {"r", set_read},
  {"write", set_write},           {"writes", set_write},        {"w", set_write},
  {"fault", fault},               {"inject", inject},           {"kvm", show_kvm},
  {"namespace", set_namespace},   {"secontext", no_security_contexts},
};

constexpr std::string_view classes =
  "%clock %creds %desc %file %fstat %fstatfs %ipc %lstat %memory %net %network %process %pure %signal %stat %%stat "
  "%statfs %%statfs all none";
constexpr std::string_view columns =
  "time-percent total-time min-time max-time avg-time wall-total wall-min wall-max wall-avg calls errors name";
constexpr std::string_view sort_keys =
  "time-percent total-time min-time max-time avg-time wall-total wall-min wall-max wall-avg calls errors name nothing";

using Kind = Values::Kind;
constexpr Values value_table[] = {
  {qualify, Kind::qualifier, {}, true},
  {attach, Kind::process, {}, true},
  {attach_tree, Kind::process, {}, true},
  {attach_name, Kind::process_name, {}, true},
  {add_environment, Kind::variable, {}, true},
  {add_path, Kind::file, {}, true},
  {set_output, Kind::file},
  {set_user, Kind::user},
  {set_signals, Kind::signals},
  {inject, Kind::free, {}, true},
  {fault, Kind::free, {}, true},
  {set_trace, Kind::list_of, classes},
  {set_abbrev, Kind::list_of, classes},
  {set_verbose, Kind::list_of, classes},
  {set_raw, Kind::list_of, classes},
  {set_status, Kind::list_of, "successful failed unfinished unavailable detached all none"},
  {set_quiet, Kind::list_of, "attach exit path-resolution personality thread-execve all none"},
  {set_decode_fds, Kind::list_of, "path socket dev eventfd pidfd signalfd all none"},
  {set_decode_pids, Kind::list_of, "comm pidns all none"},
  {summary_columns, Kind::list_of, columns},
  {summary_sort, Kind::one_of, sort_keys},
  {clock_name, Kind::list_of, "none time unix s ms us ns"},
  {relative_timestamps, Kind::one_of, "s ms us ns"},
  {syscall_times, Kind::one_of, "s ms us ns"},
  {detach_on, Kind::one_of, "execve"},
  {daemonize_name, Kind::one_of, "grandchild pgroup session"},
  {set_interruptible, Kind::one_of, "anywhere waiting never never_tstp"},
  {hex_name, Kind::one_of, "all non-ascii non-ascii-chars none"},
  {const_print_style, Kind::one_of, "raw abbrev verbose"},
  {set_color, Kind::one_of, "auto always never"},
  {statistics_of, Kind::list_of, "syscalls errors processes threads files stacks blocked histogram"},
  {flame_file, Kind::file, {}, true},
  {flame_by, Kind::one_of, "calls time bytes"},
  {stats_format, Kind::one_of, "text markdown csv json"},
  {show_kvm, Kind::one_of, "vcpu vcpu+"},
  {set_namespace, Kind::one_of, "new"},
  {stack_trace_name, Kind::one_of, "symbol source"},
  {show_tip, Kind::list_of, "random none compact full"},
};
// clang-format on

}  // namespace

std::span<const Option> options() {
  return table;
}
std::span<const Qualifier> qualifiers() {
  return qualifier_table;
}
std::span<const Values> values() {
  return value_table;
}

Values values_of(Apply apply) {
  for (const Values& row : value_table)
    if (row.apply == apply) return row;
  return {.apply = apply};
}

}  // namespace ktrace::cli
