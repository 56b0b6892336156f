# The strategy of a release: how it becomes the running one, goes back and is cleaned up. Each strategy has the
# functions that are called here, by its name: symlink_activate, compose_activate and so on.

# strategy_of RECORD: sets `strategy`; a record without the word is of the first version.
strategy_of() {
  field "$1/strategy"
  strategy=${value:-symlink}
  case $strategy in compose) use_compose ;; esac
}

# use_compose: reads what the strategy `compose` is made of, which lies behind the calls: whoever has no use for it starts
# in less time and memory.
use_compose() {
  [ -z "${compose_read:-}" ] || return 0
  eval "$(sed -n '/^: part compose$/,$p' "$program")"
  compose_read=true
}

# activate ID [back]: makes release ID the running one. Deploy, rollback, undo and a person's command all go
# through here. `back`: on the way back, what the failed release started goes at once.
activate() {
  [ -d "$root/releases/$1" ] || {
    echo "release $1 is gone from $root/releases"
    return 1
  }
  strategy_of "$dot/releases/$1"
  "${strategy}_activate" "$1" "${2:-}"
}

# stop_first TOKEN NEW: nothing to go back to: what the first deploy started is ended, its link removed.
stop_first() {
  if [ "$(current_release)" = "$2" ]; then rm -f "$root/current"; fi
  strategy_of "$dot/releases/$2"
  "${strategy}_stop_first" "$1" "$2"
}

# end_strays TOKEN: what the steps of an operation have left where their processes were ended, but not all they began.
end_strays() {
  strategy_of "$record"
  "${strategy}_end_strays" "$1"
}

# left_behind: what an activation has left running in the previous release, as `old-process` records.
left_behind() {
  record_get new && left_new=$value || return 0
  strategy_of "$dot/releases/$left_new"
  record_get previous && [ "$value" != "$left_new" ] || return 0
  "${strategy}_left_behind" "$value"
}

# retire ID: ID is confirmed: what its activation kept of the release before goes.
retire() {
  strategy_of "$dot/releases/$1"
  "${strategy}_retire" "$1"
}

# running ID: true when what the strategy itself knows of release ID is well.
running() {
  strategy_of "$dot/releases/$1"
  "${strategy}_running" "$1"
}

# forget ID: release ID is about to be removed: what it has outside of its folders goes.
forget() {
  strategy_of "$dot/releases/$1"
  "${strategy}_forget" "$1"
}

# check_strategy PLAN: looks at what the strategy of PLAN needs on the server.
check_strategy() {
  strategy_of "$1"
  "${strategy}_check" "$1"
}

# finish_retiring: a confirmed release whose guardian died before it was tidied. The lock is held.
finish_retiring() {
  [ -f "$dot/unretired" ] && [ ! -f "$dot/phase" ] || return 0
  [ "$(history_table | awk 'END { print $3 }')" = confirmed ] || return 0
  finish_id=$(current_release)
  if [ -n "$finish_id" ]; then retire "$finish_id"; fi
}
