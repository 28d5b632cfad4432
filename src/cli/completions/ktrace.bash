# bash completion for ktrace(1), made from src/cli/option_table.cpp by `ninja completions`.

_ktrace_words() { # WORDS
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

_ktrace_list() { # WORDS: completes the last one of a list with commas
  local prefix=
  [[ $cur == *,* ]] && prefix=${cur%,*},
  mapfile -t COMPREPLY < <(compgen -P "$prefix" -W "$1" -- "${cur##*,}")
}

_ktrace() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} i word
  local long='--columns= --output-append-mode --detach-on= --summary-only --summary --debug --daemonize --daemonised
    --daemonized --env= --follow-forks --help --instruction-pointer --interruptible= --kill-on-exit --stack-trace
    --stack-traces --stack-trace-frame-limit= --syscall-limit= --syscall-number --arg-names --output=
    --output-separately --summary-syscall-overhead= --attach= --trace-path= --relative-timestamps --string-limit=
    --summary-sort-by= --absolute-timestamps --timestamps --syscall-times --user= --summary-columns= --no-abbrev
    --version --summary-wall-clock --strings-in-hex --const-print-style= --pidns-translation --successful-only
    --failed-only --failing-only --seccomp-bpf --no-seccomp-bpf --argv0= --always-show-pid --tips --color= --json
    --stack-ids --stats --stats-format= --every= --reset --top= --flame= --flame-by= --attach-name= --attach-tree=
    --for= --max-output= --rotate= --trace= --trace-fds= --abbrev= --verbose= --raw= --signals= --status= --read=
    --write= --inject= --fault= --kvm= --namespace --quiet --silent --silence --decode-fds --decode-pids='
  local letters='-a -A -b -c -C -d -D -e -E -f -F -h -i -I -k -n -N -o -O -p -P -q -r -s -S -t -T -u -U -v -V -w -x -X
    -y -Y -z -Z'
  COMPREPLY=()

  # `--name=value` comes as three words
  [[ $cur == = ]] && cur=
  [[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD-2]}

  # behind PROG its own completion goes on
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case $word in
      -[EIOPSUXabeopsu]) ((i++)) ;;
      -*|=) ;;
      *) if [[ ${COMP_WORDS[i-1]} != = && ${COMP_WORDS[i-1]} != --*= ]]; then
           declare -F _command_offset >/dev/null && _command_offset "$i"
           return
         fi ;;
    esac
  done

  case $prev in
    -a|--columns) ;;
    -b|--detach-on) _ktrace_words 'execve' ;;
    --daemonize|--daemonised|--daemonized) _ktrace_words 'grandchild pgroup session' ;;
    -e) compopt -o nospace; _ktrace_words 'trace= abbrev= verbose= raw= signal= status= quiet= trace-fds= decode-fds= decode-pids= read= write= fault= inject= kvm= namespace=' ;;
    -E|--env) compopt -o nospace; mapfile -t COMPREPLY < <(compgen -e -S = -- "$cur") ;;
    -I|--interruptible) _ktrace_words 'anywhere waiting never never_tstp' ;;
    --stack-trace|--stack-traces) _ktrace_words 'symbol source' ;;
    --stack-trace-frame-limit) ;;
    --syscall-limit) ;;
    -o|--output) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    -O|--summary-syscall-overhead) ;;
    -p|--attach) _ktrace_words "$(cd /proc && echo [0-9]*)" ;;
    -P|--trace-path) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    --relative-timestamps) _ktrace_words 's ms us ns' ;;
    -s|--string-limit) ;;
    -S|--summary-sort-by) _ktrace_words 'time-percent total-time min-time max-time avg-time wall-total wall-min wall-max wall-avg calls errors name nothing' ;;
    --absolute-timestamps|--timestamps) _ktrace_list 'none time unix s ms us ns' ;;
    --syscall-times) _ktrace_words 's ms us ns' ;;
    -u|--user) mapfile -t COMPREPLY < <(compgen -u -- "$cur") ;;
    -U|--summary-columns) _ktrace_list 'time-percent total-time min-time max-time avg-time wall-total wall-min wall-max wall-avg calls errors name' ;;
    --strings-in-hex) _ktrace_words 'all non-ascii non-ascii-chars none' ;;
    -X|--const-print-style) _ktrace_words 'raw abbrev verbose' ;;
    --argv0) ;;
    --tips) _ktrace_list 'random none compact full' ;;
    --color) _ktrace_words 'auto always never' ;;
    --stats) _ktrace_list 'syscalls errors processes threads files stacks blocked histogram' ;;
    --stats-format) _ktrace_words 'text markdown csv json' ;;
    --every) ;;
    --top) ;;
    --flame) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    --flame-by) _ktrace_words 'calls time bytes' ;;
    --attach-name) _ktrace_words "$(sort -u /proc/[0-9]*/comm 2>/dev/null)" ;;
    --attach-tree) _ktrace_words "$(cd /proc && echo [0-9]*)" ;;
    --for) ;;
    --max-output) ;;
    --rotate) ;;
    --trace|trace|t) _ktrace_list '%clock %creds %desc %file %fstat %fstatfs %ipc %lstat %memory %net %network %process %pure %signal %stat %%stat %statfs %%statfs all none' ;;
    --trace-fds|trace-fds|trace-fd|fd|fds) ;;
    --abbrev|abbrev|a) _ktrace_list '%clock %creds %desc %file %fstat %fstatfs %ipc %lstat %memory %net %network %process %pure %signal %stat %%stat %statfs %%statfs all none' ;;
    --verbose|verbose|v) _ktrace_list '%clock %creds %desc %file %fstat %fstatfs %ipc %lstat %memory %net %network %process %pure %signal %stat %%stat %statfs %%statfs all none' ;;
    --raw|raw|x) _ktrace_list '%clock %creds %desc %file %fstat %fstatfs %ipc %lstat %memory %net %network %process %pure %signal %stat %%stat %statfs %%statfs all none' ;;
    --signals|signal|signals|s) _ktrace_list "$(kill -l | grep -oE 'SIG[A-Z0-9]+') all none" ;;
    --status|status) _ktrace_list 'successful failed unfinished unavailable detached all none' ;;
    --read|read|reads|r) ;;
    --write|write|writes|w) ;;
    --inject|inject) ;;
    --fault|fault) ;;
    --kvm|kvm) _ktrace_words 'vcpu vcpu+' ;;
    --namespace|namespace) _ktrace_words 'new' ;;
    --quiet|--silent|--silence|quiet|silent|silence|q) _ktrace_list 'attach exit path-resolution personality thread-execve all none' ;;
    --decode-fds|decode-fds|decode-fd) _ktrace_list 'path socket dev eventfd pidfd signalfd all none' ;;
    --decode-pids|decode-pids|decode-pid) _ktrace_list 'comm pidns all none' ;;
    *)
      if [[ $cur == -* ]]; then
        _ktrace_words "$long $letters"
        [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
      else
        mapfile -t COMPREPLY < <(compgen -c -- "$cur")
      fi ;;
  esac
}

complete -F _ktrace ktrace
