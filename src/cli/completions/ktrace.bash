# bash completion for ktrace(1). The test cli_documents compares the options with src/cli/option_table.cpp.

_ktrace_values() { # WORDS: completes the last one of a list with commas
  local list=$1 prefix=
  [[ $cur == *,* ]] && prefix=${cur%,*},
  mapfile -t COMPREPLY < <(compgen -P "$prefix" -W "$list" -- "${cur##*,}")
}

_ktrace() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} i word
  local columns='time-percent total-time min-time max-time avg-time wall-total wall-min wall-max wall-avg calls errors name'
  local classes='%clock %creds %desc %file %fstat %fstatfs %ipc %lstat %memory %net %network %process %pure %signal %stat %%stat %statfs %%statfs all none'
  local long='--columns= --output-append-mode --detach-on=execve --summary-only --summary --daemonize
    --daemonised --daemonized --env= --follow-forks --help --instruction-pointer --interruptible= --kill-on-exit
    --stack-trace --stack-traces --stack-trace-frame-limit= --stack-ids --syscall-limit= --syscall-number --arg-names --output= --output-separately --summary-syscall-overhead= --attach=
    --trace-path= --relative-timestamps --string-limit= --summary-sort-by= --absolute-timestamps --timestamps
    --syscall-times --user= --summary-columns= --no-abbrev --version --summary-wall-clock --strings-in-hex
    --const-print-style= --successful-only --failed-only --failing-only --argv0= --always-show-pid --color= --json --debug
    --seccomp-bpf --no-seccomp-bpf --tips
    --trace= --trace-fds= --abbrev= --verbose= --raw= --signals= --status= --quiet --silent --silence --decode-fds
    --decode-pids= --pidns-translation --namespace --read= --write= --inject= --fault= --kvm= --attach-name= --attach-tree= --for=
    --max-output= --rotate='
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
      -[abeEIoOpPsSuUX]) ((i++)) ;;
      -*|=) ;;
      *) if [[ ${COMP_WORDS[i-1]} != = && ${COMP_WORDS[i-1]} != --*= ]]; then
           declare -F _command_offset >/dev/null && _command_offset "$i"
           return
         fi ;;
    esac
  done

  case $prev in
    -b|--detach-on) mapfile -t COMPREPLY < <(compgen -W execve -- "$cur") ;;
    -e) compopt -o nospace
        mapfile -t COMPREPLY < <(compgen -W 'trace= abbrev= verbose= raw= signal= status= quiet= trace-fds= decode-fds= decode-pids= read= write= inject= fault= kvm=vcpu namespace=new' -- "$cur") ;;
    -I|--interruptible) mapfile -t COMPREPLY < <(compgen -W 'anywhere waiting never never_tstp' -- "$cur") ;;
    -o|--output|-P|--trace-path) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    --attach-name) mapfile -t COMPREPLY < <(compgen -W "$(sort -u /proc/[0-9]*/comm 2>/dev/null)" -- "$cur") ;;
    -p|--attach|--attach-tree) mapfile -t COMPREPLY < <(compgen -W "$(cd /proc && echo [0-9]*)" -- "$cur") ;;
    -S|--summary-sort-by) mapfile -t COMPREPLY < <(compgen -W "$columns nothing" -- "$cur") ;;
    -U|--summary-columns) _ktrace_values "$columns" ;;
    -u|--user) mapfile -t COMPREPLY < <(compgen -u -- "$cur") ;;
    -X|--const-print-style) mapfile -t COMPREPLY < <(compgen -W 'raw abbrev verbose' -- "$cur") ;;
    --color) mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$cur") ;;
    --stack-trace|--stack-traces) mapfile -t COMPREPLY < <(compgen -W 'symbol source' -- "$cur") ;;
    --tips) _ktrace_values 'random none compact full' ;;
    trace|abbrev|verbose|raw|--trace|--abbrev|--verbose|--raw) _ktrace_values "$classes" ;;
    signal|--signals) _ktrace_values "$(kill -l | grep -oE 'SIG[A-Z0-9]+') all none" ;;
    --daemonize|--daemonised|--daemonized) mapfile -t COMPREPLY < <(compgen -W 'grandchild pgroup session' -- "$cur") ;;
    decode-pids|--decode-pids) _ktrace_values 'comm pidns' ;;
    decode-fds|--decode-fds) _ktrace_values 'path socket dev eventfd pidfd signalfd all' ;;
    quiet|--quiet|--silent|--silence) _ktrace_values 'attach exit path-resolution personality thread-execve all' ;;
    --relative-timestamps|--syscall-times) mapfile -t COMPREPLY < <(compgen -W 's ms us ns' -- "$cur") ;;
    --absolute-timestamps|--timestamps) _ktrace_values 'none time unix s ms us ns' ;;
    status|--status) _ktrace_values 'successful failed unfinished unavailable detached' ;;
    --strings-in-hex) mapfile -t COMPREPLY < <(compgen -W 'all non-ascii non-ascii-chars none' -- "$cur") ;;
    -[aEOs]|--columns|--env|--string-limit|--summary-syscall-overhead|--syscall-limit|--stack-trace-frame-limit|--for|--max-output|--rotate|--argv0) ;;
    *)
      if [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$long $letters" -- "$cur")
        [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
      else
        mapfile -t COMPREPLY < <(compgen -c -- "$cur")
      fi ;;
  esac
}

complete -F _ktrace ktrace
