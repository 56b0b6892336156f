# The calls. The program lies in <path>/.belay/bin/belay-<hash>; <path> follows from that.

# next_call: sets `next_call` to the call that the first line of standard input names. Where none comes, whoever
# opened the channel had no use for it.
next_call() {
  # A login may end shells that nobody types in; this one waits for as long as a step takes.
  unset TMOUT
  IFS= read -r next_call || {
    emit unheard
    exit $NOTHING
  }
  case $next_call in *[!A-Za-z0-9._:\ -]*) fail $USAGE "not a call of this protocol: $next_call" ;; esac
}

# find_program: sets `program` to the file that this is, without any link on its way. What the runner calls is known by
# its name, and takes no process to find.
find_program() {
  case ${0##*/} in
    belay-*) program=$(CDPATH='' cd -P -- "${0%/*}" 2>/dev/null && printf '%s/%s' "$PWD" "${0##*/}") && return ;;
  esac
  program=$(readlink -f "$0")
}

main() {
  find_program
  program_hash=${program##*/belay-}
  dot=${program%/bin/*}
  root=${dot%/*}
  case $dot in */.belay) ;; *) fail $USAGE "belay runs as <path>/.belay/bin/belay-<hash>, this is $program" ;; esac
  # The last of them is there: so are the others.
  [ -d "$dot/operations" ] || mkdir -p "$dot/tmp" "$dot/history" "$dot/releases" "$dot/operations" 2>/dev/null
  cd "$dot" || fail $FAILED "cannot enter $dot"
  use_kept_engine
  if [ "${1:-}" = --porcelain ]; then
    porcelain=true
    shift
    echo "belay 1"
  fi
  if [ "${1:-}" = next ]; then
    next_call
    # shellcheck disable=SC2086 # the words of a call
    set -- $next_call
  fi
  call=${1:-help}
  [ $# -eq 0 ] || shift
  case $call in
    begin | attend | step | receive | confirm | undo | abandon | settle | guard | take-over | run-step)
      for word; do plain "$word" || fail $USAGE "not a word of this protocol: $word"; done
      ;;
  esac
  case $call in
    check) call_check "$1" ;;
    begin) call_begin "$1" "$2" ;;
    attend) call_attend "$1" ;;
    step) call_step "$1" "$2" "$3" ;;
    receive) call_step "$1" "$2" 0 "$3" ;;
    confirm) call_confirm "$1" ;;
    undo) call_undo "$1" ;;
    abandon) call_abandon "$1" "$2" ;;
    settle) call_settle "$1" "$2" ;;
    status) call_status ;;
    guard) guard "$1" ;;
    take-over) take_over "$1" ;;
    run-step) run_step "$@" ;;
    history) call_history ;;
    rollback) call_rollback "$@" ;;
    backup) call_backup "$@" ;;
    restore) call_restore "$@" ;;
    daily) call_daily "$@" ;;
    backups) call_backups ;;
    logs) call_logs "$@" ;;
    compose) call_compose "$@" ;;
    hold) call_hold "$@" ;;
    release-hold) call_release_hold ;;
    tick) call_tick ;;
    help | --help | -h) usage ;;
    *)
      usage >&2
      exit $USAGE
      ;;
  esac
}

main "$@"
# What follows is read only by those who need it.
exit
