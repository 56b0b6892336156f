#!/bin/sh
# belay: the server's side of a deploy. It alone changes the deploy path; the runner and people call it.
# Runs under dash, busybox ash and bash. Functions whose body is ( … ) keep their variables to themselves.
set -u

BELAY_UMASK=${BELAY_UMASK:-$(umask)}
export BELAY_UMASK
umask 077
LC_ALL=C
export LC_ALL

# Exit codes, the same for every call.
DONE=0 FAILED=1 USAGE=2 LOCKED=3 NOTHING=4 UNDONE=5 UNDO_FAILED=6

TAB=$(printf '\t')
CR=$(printf '\r')
NEWLINE='
'

porcelain=false

# encode TEXT: sets `encoded` to TEXT without tabs and line ends, percent-encoded.
encode() {
  case $1 in
    *[%"$TAB$CR$NEWLINE"]*)
      encoded=$(printf '%s\n' "$1" | sed -e 's/%/%25/g' -e "s/$TAB/%09/g" -e "s/$CR/%0D/g" |
        awk 'NR > 1 { printf "%%0A" } { printf "%s", $0 }')
      ;;
    *) encoded=$1 ;;
  esac
}

# emit KEY [VALUE…]: one record of the answer; to a person, the sentence that `tell` has for it.
emit() {
  if ! $porcelain; then
    tell "$@"
    return
  fi
  emit_line=$1
  shift
  for emit_value; do
    encode "$emit_value"
    emit_line=$emit_line$TAB$encoded
  done
  printf '%s\n' "$emit_line"
}

# tell KEY [VALUE…]: what a person reads for a record.
tell() {
  case $1 in
    finding) printf '%s: %s\n  %s\n' "$2" "$4" "$5" ;;
    waiting) printf 'waiting for the lock, held by %s\n' "$2" ;;
    held) printf 'deploys are held: %s\n' "$2" ;;
    locked) printf 'locked by %s\n' "$2" ;;
    late) printf 'too late, the operation has ended as %s: %s\n' "$2" "$3" ;;
    recovered) printf 'operation %s was left by its owner; it ended as %s\n' "$2" "$3" ;;
    outcome) printf '%s: %s\n' "$2" "$3" ;;
    code | begun | previous* | fact | beat | confirmed) ;;
    *)
      tell_key=$1
      shift
      printf '%s: %s\n' "$tell_key" "$*"
      ;;
  esac
}

# fail CODE TEXT: says TEXT to a person (standard error) and ends with CODE.
fail() {
  printf 'belay: %s\n' "$2" >&2
  exit "$1"
}

utc() { date -u +%Y-%m-%dT%H:%M:%SZ; }

# pause SECONDS: sleeps, and leaves no descriptor of a lock to the sleeper.
pause() { sleep "$1" 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; }

# flush FILE…: has the bytes on disk; `sync FILE` is missing in old coreutils, where all is flushed.
flush() { sync "$@" 2>/dev/null || sync; }

# put FILE: standard input becomes FILE, at once and flushed.
put() { cat >"$1.new" && flush "$1.new" && mv -f "$1.new" "$1"; }

# field FILE: sets `value` to the text of FILE without its last line end; empty when there is none.
field() {
  value='' field_gap=''
  [ -f "$1" ] || return 0
  # As $(cat) would have it, line ends at the end left out, but without a process: a call reads dozens of fields.
  while IFS= read -r field_line || [ -n "$field_line" ]; do
    if [ -n "$field_line" ]; then value=$value$field_gap$field_line field_gap=; fi
    field_gap=$field_gap$NEWLINE
  done <"$1"
}

# plain WORD: true when WORD is safe as a file name and as a word of a command.
plain() {
  case $1 in
    '' | .* | -* | *[!A-Za-z0-9._:-]*) return 1 ;;
  esac
}
# The phase record of the open operation: lines `key value`, changed only under phase.lock.

# record_get KEY [FILE]: sets `value`; fails when the record has no such line.
record_get() {
  value=
  [ -f "${2:-$dot/phase}" ] || return 1
  while IFS= read -r record_line; do
    case $record_line in
      "$1 "*)
        value=${record_line#* }
        return 0
        ;;
    esac
  done <"${2:-$dot/phase}"
  return 1
}

# record_put KEY VALUE: replaces the line of KEY. The caller holds phase.lock.
record_put() {
  {
    grep -v "^$1 " "$dot/phase"
    printf '%s %s\n' "$1" "$(printf '%s' "$2" | tr '\n' ' ')"
  } | put "$dot/phase"
}

# record_append LINE: adds a line that may be there several times (`step …`).
record_append() {
  {
    cat "$dot/phase"
    printf '%s\n' "$1"
  } | put "$dot/phase"
}

# record_inherit GUARDIAN: the record is another guardian's from now on. Where it is of another boot, the process ids in
# it mean nothing and go: those written from now on are of this one. The caller holds phase.lock.
record_inherit() {
  record_get boot
  {
    if [ "$value" = "$(boot_id)" ]; then cat "$dot/phase"; else sed -e 's/^\(step [^ ]*\) .*/\1 0 0/' "$dot/phase"; fi |
      grep -v -e '^guardian ' -e '^boot '
    printf '%s\n' "boot $(boot_id)" "guardian $1"
  } | put "$dot/phase"
}

# record_is TOKEN [PHASE]: true when the open record is that of TOKEN (and in PHASE).
record_is() {
  record_get token && [ "$value" = "$1" ] || return 1
  [ $# -lt 2 ] || { record_get phase && [ "$value" = "$2" ]; }
}

# record_readable: false for the record of a newer version, which is never guessed at.
record_readable() {
  [ -f "$dot/phase" ] || return 0
  IFS= read -r record_format <"$dot/phase"
  [ "$record_format" = "belay-phase 1" ]
}

# phase_lock, phase_unlock: around each look-and-change of the record; held for milliseconds.
phase_lock() { exec 8>"$dot/phase.lock" && flock 8; }
phase_unlock() { exec 8>&-; }

# record_change KEY VALUE TOKEN PHASE: record_put, when the record is still TOKEN's and in PHASE.
record_change() {
  phase_lock
  if record_is "$3" "$4" && record_put "$1" "$2"; then
    phase_unlock
  else
    phase_unlock
    return 1
  fi
}

# record_close OUTCOME TEXT: the one rename that ends an operation. The caller holds phase.lock.
record_close() {
  record_put text "$2" && record_put ended "$(utc)" || return 1
  record_get seq && close_seq=$value
  record_get token
  mv -f "$dot/phase" "$dot/history/$close_seq.$value.$1" && flush "$dot/history"
}
# Processes: who lives, who is ours, and ending them so that they are seen to have ended.

# boot_id: prints what tells this boot from others. BELAY_BOOT_ID stands for another boot.
boot_id() { echo "${BELAY_BOOT_ID:-$(cat /proc/sys/kernel/random/boot_id 2>/dev/null || echo unknown)}"; }

# process_start PID: sets `started` (clock ticks since boot); fails for the dead, zombies included.
process_start() {
  started=''
  IFS= read -r process_stat 2>/dev/null <"/proc/$1/stat" || return 1
  # shellcheck disable=SC2086 # the fields after the command's name are plain words
  set -- ${process_stat##*) }
  case ${1:-X} in Z | X) return 1 ;; esac
  started=${20:-}
  [ -n "$started" ]
}

# process_is PID START: true when that very process lives; a recycled id is another process.
process_is() { [ -n "${1:-}" ] && process_start "$1" && [ "$started" = "$2" ]; }

# use_scope: where systemd ends a user's processes at logout, a user scope keeps what we start alive.
use_scope() {
  if record_get scope; then BELAY_SCOPE=$value; else BELAY_SCOPE=; fi
}

# in_session WORD…: runs the program in a session of its own and does not wait for it. What `&` starts ignores SIGINT
# and SIGQUIT for ever, and so would every daemon of the app; only a setsid that forks by itself (util-linux) avoids it.
in_session() {
  if setsid -f true 2>/dev/null; then
    # shellcheck disable=SC2086 # BELAY_SCOPE is words
    setsid -f ${BELAY_SCOPE:-} "$@"
  else
    # A list in the background would read nothing.
    exec 3<&0
    # shellcheck disable=SC2086
    setsid ${BELAY_SCOPE:-} "$@" <&3 3<&- &
    exec 3<&-
  fi
}

# detach WORD…: in_session, reading our standard input and holding none of our other descriptors.
detach() { in_session "$@" >/dev/null 2>&1 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; }

# belay_again WORD…: sets nothing, runs this very program again in the foreground.
belay_again() {
  # shellcheck disable=SC2086
  ${BELAY_SH:-sh} "$program" "$@"
}

# step_mark STEP: what the environment of all that TOKEN.NAME of this path has started holds.
step_mark() { printf '%s:%s;' "$root" "$1"; }

# marked STEP: prints `PID START` of the live processes that carry its mark (setsid hides none).
marked() {
  with_mark "$1" |
    while IFS=/ read -r _ _ marked_pid _; do
      process_start "$marked_pid" && echo "$marked_pid $started"
    done
}

# with_mark STEP: prints the environ files that have it. busybox's grep sees no further than the first NUL.
with_mark() {
  if printf 'a\0b' | grep -qF b; then
    grep -lF "BELAY_STEP=$(step_mark "$1")" /proc/[0-9]*/environ 2>/dev/null
  else
    for with_mark_file in /proc/[0-9]*/environ; do
      if tr '\0' '\n' 2>/dev/null <"$with_mark_file" | grep -qxF "BELAY_STEP=$(step_mark "$1")"; then echo "$with_mark_file"; fi
    done
  fi 2>/dev/null
}

# group_members PGID: prints `PID START` of its live processes.
group_members() {
  cat /proc/[0-9]*/stat 2>/dev/null |
    awk -v g="$1" '{ pid = $1; sub(/^.*\) /, ""); if ($3 == g && $1 != "Z" && $1 != "X") print pid, $20 }'
}

# step_processes STEP PID START: prints all that a step left running: its group and whoever carries its mark.
step_processes() {
  {
    marked "$1"
    # The leader's group is ours while the leader is the one recorded; a stranger's group is left alone.
    if process_is "$2" "$3"; then group_members "$2"; fi
  } | sort -un
}

# signal_all SIGNAL <LIST: LIST has `PID START`. Who has ended since is passed over: a busy server gives the id away again.
signal_all() {
  while read -r signal_pid signal_start; do
    if process_is "$signal_pid" "$signal_start"; then kill -"$1" "$signal_pid" 2>/dev/null; fi
  done
}

# end_processes STEP PID START: TERM, after 5 s KILL, until none is left; fails when one survives 15 s.
end_processes() (
  signal=TERM tries=0
  while [ $tries -lt 150 ]; do
    left=$(step_processes "$@")
    [ -n "$left" ] || return 0
    if [ $tries -eq 50 ]; then signal=KILL; fi
    if [ $((tries % 50)) -eq 0 ]; then printf '%s\n' "$left" | signal_all "$signal"; fi
    tries=$((tries + 1))
    pause 0.1
  done
  return 1
)

# in_folder FOLDER: prints `PID COMMAND` of the processes whose working directory lies in it.
in_folder() {
  for in_folder_cwd in /proc/[0-9]*/cwd; do
    in_folder_at=$(readlink "$in_folder_cwd" 2>/dev/null) || continue
    case $in_folder_at/ in
      "$1"/*)
        in_folder_pid=${in_folder_cwd#/proc/}
        in_folder_pid=${in_folder_pid%/cwd}
        process_start "$in_folder_pid" &&
          printf '%s %s\n' "$in_folder_pid" "$(cat "/proc/$in_folder_pid/comm" 2>/dev/null)"
        ;;
    esac
  done
}
# The lock of the path: a flock on descriptor 9 that the kernel frees at its holder's death.
# The file is never deleted, and no child but a guardian inherits the descriptor.

# lock_try: takes the lock or fails at once.
lock_try() { exec 9>>"$dot/lock" && flock -n 9; }
lock_free() { exec 4>&- 5>&- 6>&- 7>&- 9>&-; }

# lock_owner: prints who holds the lock, for people.
lock_owner() {
  if record_get owner; then
    owner=$value
    record_get began
    printf '%s, since %s\n' "$owner" "$value"
  else
    field "$dot/owner"
    printf '%s\n' "${value:-a belay process that is just starting or ending}"
  fi
}

# lock_or_tell: takes the lock, or tells whose it is and ends.
lock_or_tell() {
  lock_try && return
  emit locked "$(lock_owner)"
  exit $LOCKED
}

# lock_wait SECONDS OWNER TRY…: takes a lock by the command TRY, saying every 10 s, and when that changes, whose it is,
# as the command OWNER prints; fails after SECONDS.
lock_wait() {
  lock_seconds=$1 lock_whose=$2 lock_waited=0 lock_told=
  shift 2
  until "$@"; do
    if [ "$lock_waited" -ge $((lock_seconds * 5)) ]; then
      emit locked "$($lock_whose)"
      return 1
    fi
    if [ $((lock_waited % 5)) -eq 0 ]; then
      lock_holder=$($lock_whose)
      # The line also ends us when nobody reads any more.
      if [ "$lock_holder" != "$lock_told" ] || [ $((lock_waited % 50)) -eq 0 ]; then emit waiting "$lock_holder"; fi
      lock_told=$lock_holder
    fi
    lock_waited=$((lock_waited + 1))
    pause 0.2
  done
}

# database_identity: prints what the environment's database is called, however it is reached.
database_identity() {
  sql "select system_identifier || '-' || oid from pg_control_system(), pg_database where datname = current_database()" 2>/dev/null ||
    printf '%s:%s/%s\n' "${PGHOST:-}" "${PGPORT:-}" "$PGDATABASE" | sha256sum | cut -c 1-32
}

# lock_shared PLAN SECONDS: takes the locks of the plan's databases and compose project (descriptors 4 to 7, in sorted
# order), which deploys of other paths may use too. They are held and handed on with the lock of the path.
lock_shared() {
  lock_places=$HOME/.belay/locks lock_fd=4
  lock_names=$(lock_names "$1" | sort -u)
  for lock_name in $lock_names; do
    mkdir -p "$lock_places" || return 1
    lock_file=$lock_places/$lock_name
    case $lock_fd in
      4) exec 4>>"$lock_file" ;;
      5) exec 5>>"$lock_file" ;;
      6) exec 6>>"$lock_file" ;;
      7) exec 7>>"$lock_file" ;;
    esac
    lock_wait "$2" lock_shared_owner flock -n "$lock_fd" || return 1
    printf 'a deploy of %s\n' "$root" >"$lock_file"
    lock_fd=$((lock_fd + 1))
  done
}

# lock_names PLAN: prints what is locked.
lock_names() {
  for lock_number in $(databases "$1"); do
    printf 'database-%s\n' "$(with_database "$1" "$lock_number" database_identity)"
  done
  strategy_of "$1"
  if [ "$strategy" = compose ]; then printf 'project-%s\n' "$(project_of "$1")"; fi
}

# lock_shared_owner: prints whose the lock in lock_file is.
lock_shared_owner() {
  case $lock_name in
    database-*) printf '%s, which uses the same database\n' "$(cat "$lock_file")" ;;
    *) printf '%s, which uses the same compose project\n' "$(cat "$lock_file")" ;;
  esac
}

# lock_excludes: true when flock on this file system really keeps a second taker out.
lock_excludes() (
  probe=$dot/tmp/flock.$$
  exec 7>"$probe" && flock -n 7 || return 1
  if flock -n "$probe" true 7>&-; then
    rm -f "$probe"
    return 1
  fi
  rm -f "$probe"
)

# hold_reason: sets `value`; true when deploys are held.
hold_reason() {
  field "$dot/hold"
  [ -f "$dot/hold" ]
}

# hold REASON: refuses deploys from now on.
hold() { printf '%s\n' "$1" | put "$dot/hold"; }
# Closed operations, history/<seq>.<token>.<outcome>: the only source of order; times and names decide nothing.

# history_keep: reads the table once for all that follows in this process, which must not close a record.
history_keep() { history_kept=$(history_table); }

# history_table: prints `seq token outcome operation new previous backup began ended` of each, oldest first, - for none.
history_table() (
  if [ -n "${history_kept:-}" ]; then
    printf '%s\n' "$history_kept"
    return
  fi
  cd "$dot/history" || return 1
  set -- ./*.new
  [ ! -f "$1" ] || rm -f "$@"
  set -- [0-9]*.*.*
  [ -f "$1" ] || return 0
  awk '
    function flush() {
      if (name == "") return
      split(name, part, ".")
      print part[1], part[2], part[3], v["operation"], v["new"], v["previous"], v["backup"], v["began"], v["ended"]
    }
    FNR == 1 {
      flush(); name = FILENAME
      n = split("operation new previous backup began ended", keys, " ")
      for (i = 1; i <= n; i++) v[keys[i]] = "-"
    }
    $1 in v && $2 != "" { v[$1] = $2 }
    END { flush() }' "$@"
)

# next_seq: prints the number of the next operation (from 10000001, so that names sort and no shell reads octal).
next_seq() { history_table | awk 'END { print (NR ? $1 + 1 : 10000001) }'; }

# closed_as TOKEN: sets `closed` to the record's file and `outcome`; fails when TOKEN is not closed.
closed_as() {
  for closed in "$dot"/history/[0-9]*."$1".*; do
    case $closed in *.new) continue ;; esac
    [ -f "$closed" ] || return 1
    outcome=${closed##*.}
    return 0
  done
  return 1
}

# rollback_candidates CURRENT: prints the releases to go back to, the best first: confirmed before
# CURRENT's last confirmation, not rolled back from, still there.
rollback_candidates() {
  history_table | awk -v current="$1" '
    ($4 == "deploy" || $4 == "rollback" || $4 == "adopt") && ($3 == "confirmed" || $3 == "unconfirmed") {
      id[++n] = $5; delete left[$5]
      if ($4 == "rollback") left[$6] = 1
      if ($5 == current) last = n
    }
    END {
      if (!last) last = n + 1
      for (i = last - 1; i > 0; i--) if (id[i] != current && !(id[i] in left) && !seen[id[i]]++) print id[i]
    }' | while IFS= read -r candidate; do
    if [ -d "$root/releases/$candidate" ] && [ -d "$dot/releases/$candidate" ]; then echo "$candidate"; fi
  done
}

# served_table: prints `id when` of the releases that were ever in service by their last confirmation, newest first.
served_table() {
  history_table | awk '
    ($4 == "deploy" || $4 == "rollback" || $4 == "adopt") && ($3 == "confirmed" || $3 == "unconfirmed") { id[++n] = $5; w[$5] = $9 }
    END { for (i = n; i > 0; i--) if (!seen[id[i]]++) print id[i], w[id[i]] }'
}

# confirmed_releases: prints their ids alone.
confirmed_releases() { served_table | cut -d ' ' -f 1; }

# last_backup_before_confirmed: prints the backup that the last confirmed deploy took.
last_backup_before_confirmed() {
  history_table | awk '$4 == "deploy" && $3 == "confirmed" && $7 != "-" { b = $7 } END { if (b) print b }'
}
# Running the user's shell lines with what was recorded: environment, shell, search path.

# lines_shell RECORD: prints the words of the shell that runs the lines of RECORD.
lines_shell() {
  field "$1/shell"
  if [ -n "$value" ]; then
    echo "$value"
  elif command -v bash >/dev/null 2>&1; then
    echo "bash -euo pipefail"
  else
    echo "sh -eu"
  fi
}

# run_lines RECORD NAME FOLDER: runs the shell lines of the file NAME of RECORD in FOLDER with the
# release's environment; its exit code is that of the lines. No lines: done.
run_lines() (
  record=$1 name=$2
  [ -s "$record/$name" ] || return 0
  cd "$3" || return 1
  umask "$BELAY_UMASK"
  unset LC_ALL
  field "$record/search-path"
  [ -z "$value" ] || PATH=$value
  shell=$(lines_shell "$record")
  if [ -f "$record/env" ]; then
    # shellcheck disable=SC1091 # written by the runner: export statements only
    . "$record/env"
  fi
  BELAY_RELEASE=${BELAY_RELEASE-} BELAY_PREVIOUS=${BELAY_PREVIOUS-}
  BELAY_SHA=${BELAY_SHA-} BELAY_BACKUP=${BELAY_BACKUP-} BELAY_PATH=$root
  if [ -x "$dot/releases/${BELAY_RELEASE:-none}/compose" ]; then
    BELAY_COMPOSE=$dot/releases/$BELAY_RELEASE/compose
    export BELAY_COMPOSE
  fi
  export BELAY_RELEASE BELAY_PREVIOUS BELAY_SHA BELAY_BACKUP BELAY_PATH
  unset BELAY_SH BELAY_UMASK BELAY_SCOPE
  # shellcheck disable=SC2086 # the shell is words
  exec $shell "$record/$name" </dev/null 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
)

# release_variables ID PREVIOUS: sets what the lines of release ID are told.
release_variables() {
  BELAY_RELEASE=$1 BELAY_PREVIOUS=$2
  field "$dot/releases/$1/sha"
  BELAY_SHA=$value
  BELAY_BACKUP=
  if record_get backup; then BELAY_BACKUP=$backups/$value; fi
}
# The strategy of a release: how it becomes the running one, goes back and is cleaned up. Each strategy has the
# functions that are called here, by its name: symlink_activate, compose_activate and so on.

# strategy_of RECORD: sets `strategy`; a record without the word is of the first version.
strategy_of() {
  field "$1/strategy"
  strategy=${value:-symlink}
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
# The strategy `symlink`: the link `current` is switched, then the recorded restart lines run.

symlink_activate() {
  point_current "$1" "$2" || return 1
  if [ -s "$dot/releases/$1/restart" ]; then echo "running the restart lines of $1"; fi
  run_lines "$dot/releases/$1" restart "$root/releases/$1"
}

symlink_stop_first() { end_processes "$1.activate" '' ''; }

# symlink_left_behind PREVIOUS: the processes that a restart has left there: its code, and soon a folder that is gone.
symlink_left_behind() {
  in_folder "$(readlink -f "$root/releases/$1")" | while read -r left_pid left_command; do
    emit old-process "$left_pid" "$left_command"
  done
}

# The restart's exit code was all that this strategy knows, and that was judged.
symlink_running() { :; }
symlink_retire() { :; }
symlink_end_strays() { :; }
symlink_forget() { :; }

symlink_check() {
  if grep -qs '\(^\|[^[:alnum:]_]\)sudo ' "$1/restart" && ! grep -qs 'sudo .*-S' "$1/restart" && ! sudo -n -l >/dev/null 2>&1; then
    finding error auth-refused "the restart lines use sudo, which asks $(id -un) for a password" \
      "allow just those commands in /etc/sudoers.d: $(id -un) ALL=(root) NOPASSWD: /usr/bin/systemctl restart APP"
  fi
}
# The docker engine, as this user reaches it, and its containers.

# engine WORD…: the docker command; it gets none of our descriptors, and nothing to read.
engine() { docker "$@" </dev/null 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; }

# keep_engine: remembers the engine of this login, for whoever acts without one (a timer, a guardian after a reboot).
keep_engine() {
  if [ -n "${DOCKER_HOST:-}" ]; then printf '%s\n' "$DOCKER_HOST" | put "$dot/docker-host"; else rm -f "$dot/docker-host"; fi
}

use_kept_engine() {
  [ -z "${DOCKER_HOST:-}" ] && [ -f "$dot/docker-host" ] || return 0
  field "$dot/docker-host"
  DOCKER_HOST=$value
  export DOCKER_HOST
}

# compose_kind: sets `compose_is` to v2, v1 (docker-compose 1.x), or nothing.
compose_kind() {
  if [ -n "${compose_is:-}" ]; then return; fi
  compose_is=
  if engine compose version >/dev/null 2>&1; then
    compose_is=v2
  elif command -v docker-compose >/dev/null 2>&1; then
    # The second generation has been installed under the old name, too.
    case $(docker-compose version --short 2>/dev/null) in
      1.*) compose_is=v1 ;;
      *) compose_is=v2-alone ;;
    esac
  fi
}

# containers_of PROJECT [SERVICE]: prints `ID STATE HEALTH RESTARTS OOM EXIT POLICY SERVICE NAME` of each container,
# running or not, the oldest first; fails when the engine cannot be asked.
containers_of() (
  ids=$(engine ps -aq --no-trunc --filter "label=com.docker.compose.project=$1" \
    --filter label=com.docker.compose.oneoff=False ${2:+--filter "label=com.docker.compose.service=$2"}) || return 1
  # shellcheck disable=SC2086 # ids
  inspect_containers $ids
)

# inspect_containers ID…: the lines of these; one that is gone by now has none. A container without a health check has
# no field of that name, hence `index`.
inspect_containers() {
  [ $# -gt 0 ] || return 0
  engine inspect --type container -f '{{.Id}} {{.State.Status}} {{with index .State "Health"}}{{.Status}}{{else}}none{{end}} {{.RestartCount}} {{.State.OOMKilled}} {{.State.ExitCode}} {{or .HostConfig.RestartPolicy.Name "no"}} {{index .Config.Labels "com.docker.compose.service"}} {{.Name}} {{.Created}}' "$@" 2>/dev/null |
    sed -e 's| /| |' | sort -k 10 | cut -d ' ' -f 1-9
}

# remove_containers ID…: ends them with their own signal and grace, and removes them; no volume of a name goes with them.
remove_containers() {
  [ $# -gt 0 ] || return 0
  engine stop "$@" >/dev/null 2>&1
  engine rm -f "$@" >/dev/null 2>&1
  # Gone is gone, whoever did it.
  [ -z "$(inspect_containers "$@")" ]
}

# await_containers SECONDS KIND ID…: until all of them serve: healthy as their own check says, or running where they
# have none. Fails, saying why, as soon as one has exited or is unhealthy. KIND `new`: also when one has restarted or was
# out of memory, and without a check it must be seen running for 3 s; `once`: the same, but it may have ended well;
# `kept`: what it went through before is no matter.
await_containers() (
  left=$(($1 * 5)) kind=$2 steady=0
  case $kind in kept) looks=1 ;; *) looks=15 ;; esac
  shift 2
  while :; do
    lines=$(inspect_containers "$@")
    verdict=$(printf '%s\n' "$lines" | judge_containers $# "$kind")
    case $verdict in
      bad*)
        echo "${verdict#bad }"
        return 1
        ;;
      good) return 0 ;;
      steady) steady=$((steady + 1)) ;;
      *) steady=0 ;;
    esac
    if [ $steady -gt 0 ] && [ $steady -ge "$looks" ]; then return 0; fi
    left=$((left - 1))
    if [ $left -le 0 ]; then
      printf '%s\n' "$lines" | awk '$3 != "healthy" { print $9 " is not healthy after all its time (" $2 ", " $3 ")" }'
      return 1
    fi
    pause 0.2
  done
)

# judge_containers COUNT KIND: reads lines of inspect_containers; prints `good`, `steady` (running, without a check of
# their own), `wait`, or `bad WHY`.
judge_containers() {
  awk -v count="$1" -v kind="$2" '
    function bad(why) { if (!said) { said = 1; print "bad " $9 " " why } }
    NF { n++ }
    $5 == "true" && kind != "kept" { bad("was killed for want of memory"); next }
    ($4 > 0 && kind != "kept") || $2 == "restarting" { bad("has restarted (exit code " $6 ")"); next }
    $2 == "exited" && $6 == 0 && $7 == "no" && kind != "new" { next }
    $2 == "exited" || $2 == "dead" { bad("has ended with exit code " $6); next }
    $3 == "unhealthy" { bad("is unhealthy, as its health check says"); next }
    $2 != "running" || $3 == "starting" { wait = 1; next }
    $3 == "none" { steady = 1 }
    END {
      if (said) exit
      if (n < count) print "bad a container is gone"
      else if (wait) print "wait"
      else print steady ? "steady" : "good"
    }'
}
# The compose command of a release, with its recorded files, environment and override, and what it makes of them.

# write_compose ID: writes releases/<id>/compose, the whole command as a program: hooks get it as BELAY_COMPOSE,
# `belay compose` runs it, and so does everything here. The folder is always `current`, so that no configuration
# changes by the name of a release.
write_compose() (
  record=$dot/releases/$1
  compose_kind
  {
    printf '#!/bin/sh\n# The compose command of release %s.\n' "$1"
    printf 'unset COMPOSE_FILE COMPOSE_PROJECT_NAME COMPOSE_PROFILES COMPOSE_REMOVE_ORPHANS\n'
    if [ -f "$record/env" ]; then printf '. %s\n' "$(quoted "$record/env")"; fi
    printf 'COMPOSE_IGNORE_ORPHANS=true\nexport COMPOSE_IGNORE_ORPHANS\n'
    case $compose_is in v2) words='docker compose' ;; *) words=docker-compose ;; esac
    # shellcheck disable=SC2016 # the program's own variables
    printf 'exec %s --project-name %s --project-directory "${BELAY_FOLDER:-%s}" %s "$@"\n' \
      "$words" "$(project_of "$record")" "$(in_quotes "$root/current")" "$(compose_files "$1")"
  } >"$record/compose.new" && chmod 700 "$record/compose.new" && mv -f "$record/compose.new" "$record/compose"
)

# quoted TEXT: prints TEXT as one word of sh. in_quotes TEXT: as the inside of double quotes.
quoted() { printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"; }
in_quotes() { printf '%s' "$1" | sed 's/[\\"$`]/\\&/g'; }

# compose_files ID: prints the -f options: the recorded files, then what belay adds.
compose_files() (
  record=$dot/releases/$1
  given_files "$1" | while IFS= read -r file; do printf '%s %s ' -f "$(quoted "$root/releases/$1/$file")"; done
  if [ -s "$record/compose-override.yaml" ]; then printf '%s %s' -f "$(quoted "$record/compose-override.yaml")"; fi
)

# given_files ID: prints the compose files of the release, relative to it: those named, else what compose would find.
given_files() (
  if [ -s "$dot/releases/$1/compose-files" ]; then
    cat "$dot/releases/$1/compose-files"
    return
  fi
  cd "$root/releases/$1" 2>/dev/null || return 1
  for found in compose.yaml compose.yml docker-compose.yaml docker-compose.yml; do
    [ -f "$found" ] || continue
    echo "$found"
    for beside in "${found%.*}.override.yml" "${found%.*}.override.yaml"; do
      if [ -f "$beside" ]; then
        echo "$beside"
        break
      fi
    done
    return 0
  done
  return 1
)

# compose ID WORD…: runs the compose command of release ID.
compose() (
  id=$1
  shift
  cd "$root" || return 1
  umask "$BELAY_UMASK"
  field "$dot/releases/$id/search-path"
  [ -z "$value" ] || PATH=$value
  exec sh "$dot/releases/$id/compose" "$@" </dev/null 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
)

# project_of RECORD: prints the name of the project: the given one, else the name of the path, as compose allows it.
project_of() {
  field "$1/project"
  if [ -z "$value" ]; then
    value=$(printf '%s' "${root##*/}" | tr '[:upper:]' '[:lower:]' | sed -e 's/[^a-z0-9_-]//g' -e 's/^[_-]*//')
  fi
  printf '%s\n' "${value:-app}"
}

# compose_facts <CONFIG: reads the output of `compose config` of either generation and prints, a line each:
# service NAME | image NAME REF | build NAME | depends NAME OTHER | bind NAME ro|rw SOURCE TARGET (tabs between) |
# volume NAME SOURCE | port NAME PUBLISHED | exposes NAME | container_name NAME X | address NAME NETWORK |
# host NAME | replicas NAME N | secret NAME | file PATH (of a secret or a config)
compose_facts() {
  awk '
    function plain(s) {
      sub(/^[ \t]+/, "", s)
      if (s ~ /^".*"$/ || s ~ /^\047.*\047$/) s = substr(s, 2, length(s) - 2)
      return s
    }
    function out(kind, rest) { print kind "\t" service (rest == "" ? "" : "\t" rest) }
    function mount_done() {
      if (type == "bind") out("bind", (ro ? "ro" : "rw") "\t" source "\t" target)
      if (type == "volume") out("volume", source == "" ? "an unnamed volume" : source)
      type = source = target = ""; ro = 0
    }
    function short_mount(s, n, p) {
      s = plain(s); n = split(s, p, ":")
      if (n == 1) { type = "volume"; source = "" }
      else { type = p[1] ~ /^\// ? "bind" : "volume"; source = p[1]; target = p[2]; ro = (p[3] ~ /(^|,)ro(,|$)/) }
      mount_done()
    }
    function short_port(s, n, p) {
      s = plain(s); sub(/\/[a-z]+$/, "", s); n = split(s, p, ":")
      if (n > 1) out("port", p[n - 1]); else out("port", "any")
    }
    function port_done() { if (port) out("port", published == "" ? "any" : published); port = 0; published = "" }
    function done() { mount_done(); port_done() }
    /^[^ #]/ { done(); top = $1; service = section = ""; next }
    top != "services:" {
      if ((top == "secrets:" || top == "configs:") && /^    file: /) { s = $0; sub(/^    file: /, "", s); print "file\t" plain(s) }
      next
    }
    /^  [^ ]/ { done(); service = plain($1); sub(/:$/, "", service); service = plain(service); section = ""; print "service\t" service; next }
    /^    [^ -]/ {
      done(); section = $1; s = $0; sub(/^    [^ ]+:/, "", s); s = plain(s)
      if (section == "image:") out("image", s)
      if (section == "build:") out("build")
      if (section == "container_name:") out("container_name", s)
      if (section == "network_mode:" && s == "host") out("host")
      if (section == "scale:") out("replicas", s)
      if (section == "secrets:" || section == "configs:") out("secret")
      if (section == "expose:") out("exposes")
      next
    }
    section == "deploy:" && /^      replicas: / { out("replicas", $2); next }
    section == "depends_on:" && /^      [^ -]/ { s = $1; sub(/:$/, "", s); out("depends", plain(s)); next }
    section == "depends_on:" && /^ *- / { out("depends", plain($2)); next }
    section == "networks:" && /^      [^ ]/ { network = $1; sub(/:$/, "", network); next }
    section == "networks:" && /ipv[46]_address: / { out("address", network); next }
    section == "volumes:" && /^ *- (type|source|target|read_only): ?/ { mount_done(); sub(/- /, "  ") }
    section == "volumes:" && /^ *- / { mount_done(); s = $0; sub(/^ *- /, "", s); short_mount(s); next }
    section == "volumes:" && /^ +(type|source|target|read_only): / {
      key = $1; s = $0; sub(/^ *[a-z_]+: /, "", s); s = plain(s)
      if (key == "type:") type = s
      if (key == "source:") source = s
      if (key == "target:") target = s
      if (key == "read_only:") ro = (s == "true")
      next
    }
    section == "ports:" && /^ *- (mode|target|published|protocol|host_ip|name): ?/ { port_done(); port = 1; sub(/- /, "  ") }
    section == "ports:" && /^ *- / { port_done(); s = $0; sub(/^ *- /, "", s); short_port(s); next }
    section == "ports:" && /^ +published: / { published = plain($2); next }
    END { done() }'
}

# service_text NAME <CONFIG: prints the part of a service that makes its containers what they are: without its image
# (which is known better), what only build and order, and the name of the release.
service_text() {
  awk -v name="$1" '
    /^[^ #]/ { top = $1; own = 0; next }
    top != "services:" { next }
    /^  [^ ]/ { s = $1; sub(/:$/, "", s); own = (s == name); next }
    !own { next }
    /^    [^ -]/ { skip = ($1 ~ /^(image|build|depends_on|pull_policy|profiles|scale|container_name):$/) }
    !skip { print }'
}
# The proxy in front of the services: one file per service that says which containers serve, written beside and
# renamed, then a reload that waits until no worker of before is left.

proxy_folder() { echo "$root/shared/belay-proxy"; }

# proxy_of ID: sets `proxy` to nginx:<service>, nginx:host, lines (own switch lines), or none.
proxy_of() {
  field "$dot/releases/$1/proxy"
  proxy=${value:-none}
  if [ -s "$dot/releases/$1/switch" ]; then proxy=lines; fi
}

# proxy_service ID: prints the service that is the proxy, when it is one of the project.
proxy_service() {
  proxy_of "$1"
  case $proxy in
    nginx:host) ;;
    nginx:*) echo "${proxy#nginx:}" ;;
  esac
}

# proxy_name SERVICE: prints the word that stands for SERVICE in nginx's configuration.
proxy_name() { printf 'belay_%s\n' "$1" | tr -c 'A-Za-z0-9_\n' _; }

# is_proxied ID SERVICE: with lines of the user's own, whoever has a port; else whom the proxy's configuration names.
is_proxied() {
  proxy_of "$1"
  case $proxy in
    none) return 1 ;;
    lines) has_fact exposes "$2" || has_fact port "$2" ;;
    *) printf '%s\n' "$proxy_words" | grep -qx -e "$(proxy_name "$2")" ;;
  esac
}

# read_proxy ID: sets `proxy_words` to the names of ours that the proxy's configuration uses: in the files that it
# mounts from the release, or as it runs.
read_proxy() {
  proxy_of "$1"
  case $proxy in
    nginx:host) proxy_words=$(host_nginx -T 2>/dev/null) ;;
    nginx:*)
      proxy_words=$(
        mounted_files "$1" "${proxy#nginx:}" | cut -f 1 | while IFS= read -r proxy_path; do
          grep -rhI belay_ "$proxy_path" 2>/dev/null
        done
        if mounts_path "${proxy#nginx:}"; then grep -rhI belay_ "$root/releases/$1" 2>/dev/null; fi
        proxy_container "$1" && the_proxy -T 2>/dev/null
      )
      ;;
    *) proxy_words= ;;
  esac
  # Our own files name every service.
  proxy_words=$(printf '%s\n' "$proxy_words" | grep -v -e '^split_clients ' -e '^upstream belay_' | grep -o 'belay_[A-Za-z0-9_]*' | sort -u)
}

# check_proxy ID: findings, with the lines to write, when the proxy does not use what we write.
check_proxy() {
  proxy_of "$1"
  case $proxy in
    none | lines) return 0 ;;
    nginx:host)
      [ -z "$proxy_words" ] || return 0
      result finding error config "the nginx of this server (nginx -T) does not use what Belay writes for it" \
        "in its configuration, inside http: \"include $(proxy_folder)/*.conf;\" and where requests are passed on: \"proxy_pass http://belay_<service>;\"; if $(id -un) is not root, in /etc/sudoers.d: $(id -un) ALL=(root) NOPASSWD: /usr/sbin/nginx"
      return 1
      ;;
  esac
  check_name=${proxy#nginx:}
  has_fact service "$check_name" || {
    result finding error config "proxy names the service $check_name, which the compose files do not have" \
      "name one of: $(all_facts service | tr '\n' ' '), or nginx:host"
    return 1
  }
  if fact bind "$check_name" | cut -f 2 | grep -qxF -e "$(proxy_folder)" -e "$root" && [ -n "$proxy_words" ]; then return 0; fi
  result finding error config "the service $check_name does not use what Belay writes for it" \
    "in the compose file, under its volumes: \"$(proxy_folder):/etc/nginx/belay:ro\"; in its nginx.conf, inside http: \"resolver 127.0.0.11 valid=1s ipv6=off; resolver_timeout 1s;\" and \"include /etc/nginx/belay/*.conf;\", and where requests are passed on: \"proxy_pass http://\$belay_<service>:<port>; proxy_connect_timeout 2s;\""
  return 1
}

# proxy_container ID: sets `proxy_id` to the running container of the proxy, and `proxy_options` to where its nginx was
# told to find its configuration; fails when there is none.
proxy_container() {
  proxy_id=$(containers_of "$(project_of "$dot/releases/$1")" "$(proxy_service "$1")" | awk '$2 == "running" { print $1; exit }')
  [ -n "$proxy_id" ] || return 1
  proxy_options=$(engine inspect -f '{{range .Args}}{{.}} {{end}}' "$proxy_id" 2>/dev/null |
    awk '{ for (i = 1; i < NF; i++) if ($i == "-c" || $i == "-p") printf "%s %s ", $i, $(i + 1) }')
}

# host_nginx WORD…: the nginx of the host; BELAY_NGINX are the words of another one.
host_nginx() {
  if [ "$(id -u)" = 0 ] || [ -n "${BELAY_NGINX:-}" ]; then
    ${BELAY_NGINX:-nginx} "$@" </dev/null 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
  else
    sudo -n nginx "$@" </dev/null 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
  fi
}

# the_proxy WORD…: nginx WORD… where the proxy runs.
the_proxy() {
  case $proxy in
    nginx:host) host_nginx "$@" ;;
    *)
      # shellcheck disable=SC2086 # words
      engine exec "$proxy_id" nginx $proxy_options "$@"
      ;;
  esac
}

# proxy_workers: prints the process ids of the proxy's workers, also of those that are shutting down.
proxy_workers() {
  case $proxy in
    nginx:host)
      proxy_pidfile=$(host_nginx -T 2>/dev/null | awk '$1 == "pid" { sub(/;$/, "", $2); print $2; exit }')
      field "${proxy_pidfile:-/run/nginx.pid}"
      cat /proc/[0-9]*/stat 2>/dev/null | awk -v m="${value:-0}" '{ pid = $1; sub(/^.*\) /, ""); if ($2 == m && $1 != "Z") print pid }'
      ;;
    *) engine top "$proxy_id" -eo pid,args 2>/dev/null | awk '/nginx: worker process/ { print $1 }' ;;
  esac
}

# write_proxy ID SERVICE CONTAINER…: which containers serve; true when that is another text than before.
write_proxy() {
  proxy_file=$(proxy_folder)/$2.conf
  (umask 022 && mkdir -p "$(proxy_folder)") || return 1
  proxy_text=$(shift && proxy_text "$@")
  field "$proxy_file"
  [ "$value" != "$proxy_text" ] || return 1
  printf '%s\n' "$proxy_text" | (umask 022 && put "$proxy_file")
}

# proxy_text SERVICE CONTAINER…: names, which docker resolves anew as containers come back in another order; on the
# host ports, with the range's other ones as a last resort, because a restart may swap them.
proxy_text() {
  text_name=$(proxy_name "$1")
  printf '# belay writes this file: which containers of %s serve.\n' "$1"
  shift
  case $proxy in
    nginx:host)
      printf 'upstream %s {\n' "$text_name"
      text_ports=$(for text_id; do engine port "$text_id" 2>/dev/null; done | sed -n 's/.* -> //p' | grep -v '^\[' | sort -u)
      # Before anything runs there is one that refuses at once.
      printf '%s\n' "${text_ports:-127.0.0.1:1}" | sed -e 's/^0\.0\.0\.0:/127.0.0.1:/' -e 's/.*/  server &;/'
      text_others "$1" "$text_ports" | sed -e 's/.*/  server & backup;/'
      echo '}'
      ;;
    *)
      # shellcheck disable=SC2016 # a variable of nginx
      printf 'split_clients $request_id $%s {\n' "$text_name"
      text_left=$#
      for text_id; do
        text_left=$((text_left - 1))
        text_share='*'
        if [ $text_left -gt 0 ]; then text_share=$(awk -v n=$# 'BEGIN { printf "%.2f%%", 100 / n }'); fi
        printf '  %s "%s";\n' "$text_share" "$(container_name "$text_id")"
      done
      echo '}'
      ;;
  esac
}

# text_others CONTAINER PORTS: prints the other addresses of the range that the container was given.
text_others() {
  # shellcheck disable=SC2016 # the template's own variables
  engine inspect -f '{{range $p, $b := .HostConfig.PortBindings}}{{range $b}}{{.HostIp}}:{{.HostPort}}{{"\n"}}{{end}}{{end}}' "$1" 2>/dev/null |
    awk -F '[:-]' 'NF == 3 { for (p = $2; p <= $3; p++) print ($1 == "" ? "127.0.0.1" : $1) ":" p }' |
    while IFS= read -r text_other; do printf '%s\n' "$2" | grep -qxF -e "$text_other" || printf '%s\n' "$text_other"; done
}

# container_name ID|NAME: prints the name of a container; a word that is no id stands for itself.
container_name() {
  case $1 in
    *[!0-9a-f]*) printf '%s\n' "$1" ;;
    *) engine inspect -f '{{.Name}}' "$1" 2>/dev/null | sed 's|^/||' ;;
  esac
}

# prepare_proxy ID SERVICE…: each has a file, so that nginx takes a configuration that names it: with whoever runs,
# else with the name that the first container will have.
prepare_proxy() {
  proxy_of "$1"
  case $proxy in none | lines) return 0 ;; esac
  prepare_id=$1
  prepare_project=$(project_of "$dot/releases/$1")
  shift
  for prepare_name; do
    if [ "nginx:$prepare_name" = "$proxy" ] || [ -f "$(proxy_folder)/$prepare_name.conf" ]; then continue; fi
    prepare_ids=$(containers_of "$prepare_project" "$prepare_name" | awk '$2 == "running" { print $1 }')
    # shellcheck disable=SC2086 # ids
    write_proxy "$prepare_id" "$prepare_name" ${prepare_ids:-"$prepare_project-$prepare_name-1"}
  done
  return 0
}

# switch_to ID SERVICE CONTAINER…: from now on these serve, and nobody works on requests of before.
switch_to() {
  proxy_of "$1"
  case $proxy in
    none) return 0 ;;
    lines)
      switch_lines "$@"
      return
      ;;
    nginx:host) ;;
    *) proxy_container "$1" || {
      write_proxy "$@" || :
      return 0
    } ;;
  esac
  switch_old=$(cat "$(proxy_folder)/$2.conf" 2>/dev/null)
  # The mark says that a reload of these very texts has ended.
  if ! write_proxy "$@" && [ "$(proxy_mark)" = "$(cat "$dot/proxy-loaded" 2>/dev/null)" ]; then return 0; fi
  rm -f "$dot/proxy-loaded"
  reload_proxy "$1" || {
    printf '%s\n' "$switch_old" | (umask 022 && put "$(proxy_folder)/$2.conf")
    return 1
  }
  proxy_mark >"$dot/proxy-loaded"
}

# proxy_mark: prints what tells one load from another: who runs, and with what.
proxy_mark() {
  printf '%s ' "${proxy_id:-host}"
  cat "$(proxy_folder)"/*.conf 2>/dev/null | sha256sum | cut -c 1-24
}

# reload_proxy ID: checks, reloads, and waits until every worker of before has ended, or for the time of `drain`.
reload_proxy() {
  reload_said=$(the_proxy -t 2>&1) || {
    printf '%s\n' "$reload_said"
    echo "nginx does not take the configuration; what served goes on serving"
    return 1
  }
  reload_before=$(proxy_workers)
  reload_said=$(the_proxy -s reload 2>&1) || {
    printf '%s\n' "$reload_said"
    return 1
  }
  field "$dot/releases/$1/drain"
  reload_left=$((${value:-30} * 10))
  while :; do
    reload_now=$(proxy_workers)
    reload_same=$(printf '%s\n' "$reload_before" | while read -r reload_pid; do
      if [ -n "$reload_pid" ] && printf '%s\n' "$reload_now" | grep -qx "$reload_pid"; then echo "$reload_pid"; fi
    done)
    if [ -z "$reload_same" ]; then return 0; fi
    reload_left=$((reload_left - 1))
    [ $reload_left -gt 0 ] || break
    pause 0.1
  done
  if [ "$reload_now" = "$reload_before" ]; then
    echo "nginx has not reloaded; its error log says why"
    return 1
  fi
  echo "some connections are still open after the time of drain; they are cut when their container ends"
}

# switch_lines ID SERVICE CONTAINER…: the user's own lines.
switch_lines() {
  switch_id=$1
  BELAY_SERVICE=$2
  shift 2
  BELAY_CONTAINERS=$(for switch_one; do container_name "$switch_one"; done | tr '\n' ' ')
  BELAY_CONTAINERS=${BELAY_CONTAINERS% }
  export BELAY_SERVICE BELAY_CONTAINERS
  run_lines "$dot/releases/$switch_id" switch "$root/releases/$switch_id"
  switch_code=$?
  unset BELAY_SERVICE BELAY_CONTAINERS
  read -r switched _ </proc/uptime
  printf '%s\n' "${switched%.*}" >"$dot/switched"
  return $switch_code
}

# drained ID: what the proxy cannot tell, time must: waits until `drain` has passed since the last switch.
drained() {
  [ -f "$dot/switched" ] || return 0
  field "$dot/releases/$1/drain"
  drain_left=${value:-30}
  field "$dot/switched"
  read -r drain_now _ </proc/uptime
  drain_left=$((value + drain_left - ${drain_now%.*}))
  # After a reboot nothing is left of that time.
  if [ $drain_left -gt 0 ] && [ "$value" -le "${drain_now%.*}" ]; then pause $drain_left; fi
  rm -f "$dot/switched"
}
# The images of a release: pulled by digest or built, and tagged so that a prune of images leaves them.
# .belay/releases/<id>/image-ids: `service reference id` of each.

# image_given RECORD SERVICE: prints the reference of the `images` line of SERVICE.
image_given() {
  [ ! -s "$1/images" ] || awk -v n="$2=" 'index($0, n) == 1 { given = substr($0, length(n) + 1) } END { print given }' "$1/images"
}

image_id() { engine image inspect -f '{{.Id}}' "$1" 2>/dev/null; }

image_tag() { printf 'belay/%s-%s:%s\n' "$(project_of "$dot/releases/$1")" "$2" "$1" | tr '[:upper:]' '[:lower:]' | sed "s|:[^:]*$|:$1|"; }

# pull_images ID: standard input is the login, `registry user password` a line each and the line `end`, or `end` alone.
# It is used for this pull and kept nowhere.
pull_images() (
  login=$dot/tmp/login.$$
  trap 'rm -rf "$login"' EXIT
  mkdir -m 700 "$login" || return 1
  IFS= read -r registry
  if [ "$registry" != end ]; then
    IFS= read -r user && IFS= read -r password && IFS= read -r end && [ "$end" = end ] || {
      echo "the login did not arrive whole"
      return 1
    }
    registry_login "$registry" "$user" "$password" || return 1
  fi
  pull_failed=false
  for service in $(managed "$1"); do pull_image "$1" "$service" || pull_failed=true; done
  ! $pull_failed
)

# registry_login REGISTRY USER PASSWORD
registry_login() {
  if said=$(printf '%s\n' "$3" | docker --config "$login" login --username "$2" --password-stdin "$1" 2>&1 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-); then return 0; fi
  printf '%s\n' "$said"
  result finding error registry-denied "the registry $1 refused the login of $2" \
    "check registry, registry-username and registry-password (a token needs the scope read:packages); try on the server: docker login $1"
  return 1
}

# pull_image ID SERVICE: what is there by its digest is not asked for again, so that a way back needs no registry.
pull_image() {
  pull_ref=$(image_given "$dot/releases/$1" "$2")
  if [ -z "$pull_ref" ]; then
    if has_fact build "$2"; then return 0; fi
    pull_ref=$(fact image "$2")
  fi
  if [ -n "$(image_id "$pull_ref")" ]; then
    echo "$2: $pull_ref is there"
    return 0
  fi
  echo "$2: pulling $pull_ref"
  if said=$(docker --config "$login" pull --quiet "$pull_ref" </dev/null 2>&1 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-); then return 0; fi
  printf '%s\n' "$said"
  pull_finding "$pull_ref" "$2" "$said"
  return 1
}

# pull_finding REF SERVICE SAID: docker has one exit code for all; only its words tell a login from a name.
pull_finding() {
  case $3 in
    *'no space left'*)
      result finding error disk-full "the image of $2 did not fit on the disk: $1" \
        "free some space where docker keeps its images (docker system df; docker image prune)"
      ;;
    *unauthorized* | *denied* | *'authentication required'* | *'no basic auth'*)
      result finding error registry-denied "the registry did not give the image of $2: $1" \
        "set registry, registry-username and registry-password to a login that may pull it"
      ;;
    *'not found'* | *'manifest unknown'*)
      result finding error config "the image of $2 is not in its registry: $1" \
        "check name and digest; push the image before the deploy"
      ;;
    *)
      result finding error command-failed "the image of $2 could not be pulled: $1" \
        "what docker said stands above; is the registry reachable from the server?"
      ;;
  esac
}

# look_for_images ID: a plan pulls nothing, but asks whether it could.
look_for_images() {
  IFS= read -r _
  for look_service in $(managed "$1"); do
    look_ref=$(image_given "$dot/releases/$1" "$look_service")
    [ -z "$look_ref" ] || [ -n "$(image_id "$look_ref")" ] || echo "$look_service: $look_ref will be pulled"
  done
}

# build_images ID: `compose build` of what has something to build, in the new release's own folder.
build_images() {
  build_list=$(for build_service in $(managed "$1"); do
    if has_fact build "$build_service" && [ -z "$(image_given "$dot/releases/$1" "$build_service")" ]; then echo "$build_service"; fi
  done)
  [ -n "$build_list" ] || {
    echo "no service has anything to build"
    return 0
  }
  # shellcheck disable=SC2086 # names of services
  BELAY_FOLDER=$root/releases/$1 compose "$1" build $build_list
}

# local_image ID SERVICE: prints the name under which the image of SERVICE lies in the engine.
local_image() {
  local_ref=$(image_given "$dot/releases/$1" "$2")
  [ -n "$local_ref" ] || local_ref=$(fact image "$2")
  if [ -z "$local_ref" ]; then
    case $compose_is in v1) local_mark=_ ;; *) local_mark=- ;; esac
    local_ref=$(project_of "$dot/releases/$1")$local_mark$2
  fi
  printf '%s\n' "$local_ref"
}

# keep_images ID: records which image each service has, and tags it for as long as the release is kept.
keep_images() {
  for keep_service in $(managed "$1"); do
    keep_ref=$(local_image "$1" "$keep_service")
    keep_id=$(image_id "$keep_ref")
    [ -n "$keep_id" ] || {
      result finding error config "the image of $keep_service is not there: $keep_ref" \
        "name it in images by its digest, or let build make it (build: true)"
      return 1
    }
    engine tag "$keep_id" "$(image_tag "$1" "$keep_service")" || return 1
    printf '%s %s %s\n' "$keep_service" "$keep_ref" "$keep_id"
  done >"$dot/releases/$1/image-ids.new" && mv -f "$dot/releases/$1/image-ids.new" "$dot/releases/$1/image-ids"
}

# image_identity ID SERVICE: prints what tells this image from another: the digest asked for, else the engine's id.
image_identity() {
  identity=$(image_given "$dot/releases/$1" "$2")
  if [ -z "$identity" ]; then identity=$(awk -v n="$2" '$1 == n { print $3 }' "$dot/releases/$1/image-ids" 2>/dev/null); fi
  printf '%s\n' "${identity:-not there yet}"
}

# compose_forget ID: the tags of a release that goes.
compose_forget() {
  [ -f "$dot/releases/$1/image-ids" ] || return 0
  while read -r forget_service _; do
    engine rmi "$(image_tag "$1" "$forget_service")" >/dev/null 2>&1
  done <"$dot/releases/$1/image-ids"
  return 0
}
# What the services of a release are, read once from its compose files and recorded; a way back needs no reading.
# .belay/releases/<id>/service-table: `name print class scale way why`, tabs between, dependencies first.
#   print  what its containers are made of, CONFIG.FILES: two hashes
#   class  proxied (a proxy sends requests to it), proxy, data (writes to a volume), plain
#   way    roll (a new one beside the old one), or recreate, and why not roll

# managed ID: prints the services that this path deploys: the named ones, else all.
managed() {
  if [ -s "$dot/releases/$1/services" ]; then cat "$dot/releases/$1/services"; else all_facts service; fi
}

# fact KIND NAME: prints the values of that kind. has_fact KIND NAME. all_facts KIND: prints all first values.
fact() { printf '%s\n' "$facts" | awk -F '\t' -v k="$1" -v n="$2" '$1 == k && $2 == n { print substr($0, length($1 $2) + 3) }'; }
has_fact() { printf '%s\n' "$facts" | awk -F '\t' -v k="$1" -v n="$2" '$1 == k && $2 == n { found = 1 } END { exit !found }'; }
all_facts() { printf '%s\n' "$facts" | awk -F '\t' -v k="$1" '$1 == k { print $2 }'; }

# read_config ID: sets `config` and `facts` to what the compose files of release ID say, as seen from its own folder.
read_config() {
  write_compose "$1" || return 1
  config_said=$dot/tmp/config.$$
  config=$(BELAY_FOLDER=$root/releases/$1 compose "$1" config 2>"$config_said")
  config_code=$?
  if [ $config_code -ne 0 ]; then
    result finding error config \
      "the compose files are not valid with this release's environment: $(masked "$1" <"$config_said" | grep -v '^$' | tail -n 3 | tr '\n' ' ')" \
      "set what is missing in env (or in the shared .env); try on the server: $dot/releases/$1/compose config"
  fi
  rm -f "$config_said"
  facts=$(printf '%s\n' "$config" | compose_facts)
  return $config_code
}

# masked ID: standard input without the values of the release's environment.
masked() (
  record=$dot/releases/$1
  if [ -f "$record/env" ]; then
    names=$(sed -n 's/^export \([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p' "$record/env")
    # shellcheck disable=SC1091 # written by the runner: export statements only
    . "$record/env"
  else
    names=
  fi
  awk -v names="$names" '
    BEGIN { n = split(names, name, "\n") }
    {
      line = $0
      for (i = 1; i <= n; i++) {
        secret = ENVIRON[name[i]]
        if (length(secret) < 3) continue
        while ((at = index(line, secret)) > 0) line = substr(line, 1, at - 1) "***" substr(line, at + length(secret))
      }
      print line
    }'
)

# in_release ID SOURCE: true when a mount's source lies in the release itself, not in what it links to.
in_release() {
  in_release_real=$(readlink -f "$2" 2>/dev/null) || in_release_real=$2
  in_release_root=$(readlink -f "$root/releases/$1")
  case $in_release_real/ in "$in_release_root"/*) return 0 ;; *) return 1 ;; esac
}

# refuse_services ID: findings for what a deploy of these services would break.
refuse_services() {
  refused=false
  for refuse_name in $(managed "$1"); do
    has_fact service "$refuse_name" ||
      refuse "services names $refuse_name, which the compose files do not have" "name one of: $(all_facts service | tr '\n' ' ')"
  done
  if [ -s "$dot/releases/$1/images" ]; then
    while IFS='=' read -r refuse_name _; do
      has_fact service "$refuse_name" ||
        refuse "images names $refuse_name, which the compose files do not have" "name one of: $(all_facts service | tr '\n' ' ')"
    done <"$dot/releases/$1/images"
  fi
  refuse_mounts "$1"
  refuse_shared_project "$1"
  ! $refused
}

refuse() {
  refused=true
  result finding error config "$1" "$2"
}

# refuse_mounts ID: each deploy would start with that folder empty.
refuse_mounts() {
  for refuse_name in $(managed "$1"); do
    while IFS=$TAB read -r refuse_mode refuse_source refuse_target; do
      [ "$refuse_mode" = rw ] || continue
      if in_release "$1" "$refuse_source"; then
        refuse_path=${refuse_source#"$root/releases/$1/"}
        refuse "service $refuse_name writes to $refuse_target, which is ./$refuse_path of the release: the next deploy would start with another one" \
          "put it into shared-paths ($refuse_path/), or use a volume of a name, or an absolute path such as $root/shared/$refuse_path; if it is only read, mount it :ro"
      fi
    done <<EOF
$(fact bind "$refuse_name")
EOF
  done
}

# refuse_shared_project ID: one service of a project is deployed from one path only.
refuse_shared_project() {
  refuse_project=$(project_of "$dot/releases/$1")
  for refuse_file in "$HOME/.belay/projects/$refuse_project"/*; do
    [ -f "$refuse_file" ] || continue
    refuse_other=$(cat "$refuse_file")
    [ "$refuse_other" != "$root" ] || continue
    refuse_release=$(readlink "$refuse_other/current" 2>/dev/null) || continue
    refuse_table=$refuse_other/.belay/releases/${refuse_release##*/}/service-table
    [ -f "$refuse_table" ] || continue
    for refuse_name in $(managed "$1"); do
      if cut -f 1 "$refuse_table" | grep -qxF -e "$refuse_name"; then
        refuse "service $refuse_name of the project $refuse_project is deployed from $refuse_other" \
          "name in services which services this path deploys, or give it a project of its own"
      fi
    done
  done
}

# claim_project ID: later deploys from other paths find this one.
claim_project() (
  claims=$HOME/.belay/projects/$(project_of "$dot/releases/$1")
  mkdir -p "$claims" && printf '%s\n' "$root" >"$claims/$(printf '%s' "$root" | sha256sum | cut -c 1-16)"
)

# in_order ID: prints the services so that each comes after those it depends on, and workers come after what is
# proxied; a circle is printed as it stands.
in_order() {
  order_first=$(for order_name in $(all_facts service); do
    if is_proxied "$1" "$order_name"; then echo "$order_name"; fi
  done)
  printf '%s\n' "$facts" | BELAY_FIRST=$order_first awk -F '\t' '
    function visit(name, i) {
      if (name in seen) return
      seen[name] = 1
      for (i = 1; i <= count[name]; i++) visit(needs[name, i])
      if (name in known) print name
    }
    $1 == "service" { known[$2] = 1; order[++n] = $2 }
    $1 == "depends" { needs[$2, ++count[$2]] = $3 }
    END {
      m = split(ENVIRON["BELAY_FIRST"], first, "\n")
      for (i = 1; i <= m; i++) visit(first[i])
      for (i = 1; i <= n; i++) visit(order[i])
    }'
}

# config_print ID SERVICE: a hash of configuration and image.
config_print() {
  {
    printf '%s\n' "$config" | service_text "$2" | BELAY_FROM=$root/releases/$1 BELAY_TO=$root/current awk '
      BEGIN { from = ENVIRON["BELAY_FROM"]; to = ENVIRON["BELAY_TO"] }
      { while ((at = index($0, from)) > 0) $0 = substr($0, 1, at - 1) to substr($0, at + length(from)); print }'
    image_identity "$1" "$2"
  } | sha256sum | cut -c 1-24
}

# mounted_files ID SERVICE: prints the paths of the release that the service's containers see.
mounted_files() {
  fact bind "$2" | while IFS=$TAB read -r _ mounted_source mounted_target; do
    if in_release "$1" "$mounted_source"; then printf '%s\t%s\n' "$mounted_source" "$mounted_target"; fi
  done
  if has_fact secret "$2"; then
    all_facts file | while IFS= read -r mounted_source; do
      if in_release "$1" "$mounted_source"; then printf '%s\t\n' "$mounted_source"; fi
    done
  fi
}

# mounts_path SERVICE: true when it mounts the whole path, and so sees whatever `current` is.
mounts_path() { fact bind "$1" | cut -f 2 | grep -qxF -e "$root"; }

# files_print ID SERVICE: a hash of the content of what it mounts from the release. A service that mounts the whole
# path sees every file.
files_print() {
  {
    mounted_files "$1" "$2" | cut -f 1 | while IFS= read -r print_path; do
      echo "${print_path#"$root/releases/$1"}"
      if [ -d "$print_path" ]; then
        (cd "$print_path" && find . -type f -print0 | sort -z | xargs -0 sha256sum --)
      else
        sha256sum <"$print_path"
      fi
    done
    if mounts_path "$2"; then sha256sum <"$dot/releases/$1/files"; fi
  } 2>/dev/null | sha256sum | cut -c 1-24
}

# class_of ID SERVICE
class_of() {
  if [ "$2" = "$(proxy_service "$1")" ]; then
    echo proxy
  elif is_proxied "$1" "$2"; then
    echo proxied
  elif [ -n "$(written "$1" "$2")" ]; then
    echo data
  else
    echo plain
  fi
}

# written ID SERVICE: prints the first place outside of its containers that the service writes to.
written() {
  {
    fact volume "$2"
    fact bind "$2" | awk -F '\t' '$1 == "rw" { print $2 }' | grep -v '\.sock$'
  } | head -n 1
}

# way_of ID SERVICE CLASS: prints `roll`, or `recreate WHY`.
way_of() {
  field "$dot/releases/$1/rollout"
  way_rollout=${value:-auto} way_why=
  compose_kind
  if [ "$3" != proxied ]; then
    way_why="no proxy sends requests to it"
  elif [ "$way_rollout" = recreate ]; then
    way_why="rollout is recreate"
  elif [ "$compose_is" = v1 ]; then
    way_why="docker-compose 1.x cannot start a second container beside it"
  elif has_fact host "$2"; then
    way_why="it uses the network of the host"
  elif way_port=$(fixed_port "$1" "$2") && [ -n "$way_port" ]; then
    way_why="it publishes port $way_port, which one container alone can have"
  elif [ "$way_rollout" = auto ] && [ -n "$(written "$1" "$2")" ]; then
    way_why="it writes to $(written "$1" "$2"); rollout: rolling lets two of it do so for a while"
  fi
  if [ -n "$way_why" ]; then printf 'recreate\t%s\n' "$way_why"; else printf 'roll\t\n'; fi
}

# fixed_port ID SERVICE: prints a published port, or a range, that has no room for twice the containers.
fixed_port() (
  scale=$(fact replicas "$2" | head -n 1)
  fact port "$2" | while IFS= read -r port; do
    case $port in
      any | 0) ;;
      *-*) [ $((${port#*-} - ${port%-*} + 1)) -ge $((${scale:-1} * 2)) ] || echo "$port" ;;
      *) echo "$port" ;;
    esac
  done | head -n 1
)

# print_wanted ID SERVICE CLASS: prints what its containers shall be; * for one that holds data, runs, and was not named:
# that stays whatever it is.
print_wanted() {
  if [ "$3" = data ] && [ ! -s "$dot/releases/$1/services" ] &&
    [ -n "$(containers_of "$(project_of "$dot/releases/$1")" "$2")" ]; then
    echo '*'
  else
    printf '%s.%s\n' "$(config_print "$1" "$2")" "$(files_print "$1" "$2")"
  fi
}

# write_table ID: what was read becomes the record; findings when the way asked for cannot be gone.
write_table() {
  : >"$dot/releases/$1/mounted"
  for table_name in $(in_order "$1"); do
    managed "$1" | grep -qxF -e "$table_name" || continue
    table_class=$(class_of "$1" "$table_name")
    table_way=$(way_of "$1" "$table_name" "$table_class")
    table_scale=$(fact replicas "$table_name" | head -n 1)
    mounted_files "$1" "$table_name" | sed "s/^/$table_name$TAB/" >>"$dot/releases/$1/mounted"
    printf '%s\t%s\t%s\t%s\t%s\n' "$table_name" "$(print_wanted "$1" "$table_name" "$table_class")" \
      "$table_class" "${table_scale:-1}" "$table_way"
  done | put "$dot/releases/$1/service-table"
}

# refuse_rolling ID: `rolling` was asked for, and one of the services cannot.
refuse_rolling() {
  field "$dot/releases/$1/rollout"
  [ "$value" = rolling ] || return 0
  compose_kind
  if [ "$compose_is" = v1 ]; then
    result finding error tool-too-old "rollout: rolling needs docker compose 2; this server has docker-compose $(docker-compose version --short)" \
      "install it: sudo apt-get install docker-compose-plugin (from docker's own repository); or set rollout: recreate"
    return 1
  fi
  cut -f 3 "$dot/releases/$1/service-table" | grep -qx proxied || {
    result finding error config "rollout: rolling, but no proxy sends requests to any of these services" \
      "set proxy to nginx:<its service> (or nginx:host) and let it use \$belay_<service>; or give switch lines"
    return 1
  }
  rolling_why=$(awk -F '\t' '$3 == "proxied" && $5 == "recreate" { print "service " $1 " cannot be rolled: " $6; exit }' "$dot/releases/$1/service-table")
  [ -n "$rolling_why" ] || return 0
  result finding error config "$rolling_why" "take that away (a range of ports such as 8001-8002:8000), or set rollout: auto"
  return 1
}

# write_override ID: what belay adds to the user's files: images by digest, never pulled by chance, and no fixed
# name or address where two containers of a service shall run.
write_override() {
  compose_kind
  {
    echo 'services:'
    while IFS=$TAB read -r over_name _ _ _ over_way _; do
      printf '  %s:\n' "$over_name"
      over_image=$(image_given "$dot/releases/$1" "$over_name")
      if [ -z "$over_image" ] && has_fact build "$over_name"; then over_image=$(image_identity "$1" "$over_name"); fi
      [ -z "$over_image" ] || printf '    image: "%s"\n' "$over_image"
      if [ "$compose_is" = v1 ]; then
        [ -n "$over_image" ] || printf '    labels: {}\n'
        continue
      fi
      printf '    pull_policy: never\n'
      [ "$over_way" = roll ] || continue
      printf '    container_name: !reset null\n'
      over_networks=$(fact address "$over_name" | sort -u)
      [ -z "$over_networks" ] || printf '    networks:\n'
      for over_network in $over_networks; do
        printf '      %s:\n        ipv4_address: !reset null\n        ipv6_address: !reset null\n' "$over_network"
      done
    done <"$dot/releases/$1/service-table"
  } | put "$dot/releases/$1/compose-override.yaml"
}
# Memory: whether a second container has room beside the first.

# memory_of CONTAINER: prints the bytes that it uses, as its control group says; nothing when that cannot be read.
memory_of() (
  pid=$(engine inspect -f '{{.State.Pid}}' "$1" 2>/dev/null)
  [ "${pid:-0}" != 0 ] || return 0
  while IFS=: read -r _ controllers path; do
    case $controllers in
      '') cat "/sys/fs/cgroup$path/memory.current" 2>/dev/null && return ;;
      memory) cat "/sys/fs/cgroup/memory$path/memory.usage_in_bytes" 2>/dev/null && return ;;
    esac
  done <"/proc/$pid/cgroup" 2>/dev/null
  awk '/^VmRSS:/ { print $2 * 1024 }' "/proc/$pid/status" 2>/dev/null
)

# memory_available: prints the MiB that the server can give. BELAY_MEMINFO is another file than /proc/meminfo.
memory_available() { awk '/^MemAvailable:/ { print int($2 / 1024) }' "${BELAY_MEMINFO:-/proc/meminfo}"; }

# room_beside CONTAINER…: true when as much as these use, and 32 MiB, is free; sets `room_why` otherwise.
room_beside() {
  room_used=$(for room_one; do memory_of "$room_one"; done | awk '{ s += $1 } END { print int(s / 1048576) + 32 }')
  room_free=$(memory_available)
  [ "${room_free:-0}" -lt "$room_used" ] || return 0
  room_why="a second one needs about $room_used MiB of memory, and $room_free MiB are available; make-room names what may stop meanwhile"
  return 1
}

# make_room ID: stops what `make-room` names, and remembers it first. give_room_back starts it again, whoever calls.
make_room() {
  [ -s "$dot/releases/$1/make-room" ] || return 1
  room_project=$(project_of "$dot/releases/$1")
  room_ids=$(while IFS= read -r room_name || [ -n "$room_name" ]; do
    containers_of "$room_project" "$room_name" | awk '$2 == "running" { print $1 }'
  done <"$dot/releases/$1/make-room")
  [ -n "$room_ids" ] || return 1
  printf '%s\n' "$room_ids" | put "$dot/room" || return 1
  echo "stopping $(tr '\n' ' ' <"$dot/releases/$1/make-room")to make room"
  # shellcheck disable=SC2086 # ids
  engine stop $room_ids >/dev/null
}

give_room_back() {
  [ -f "$dot/room" ] || return 0
  # One that was replaced meanwhile is gone.
  # shellcheck disable=SC2046 # ids
  set -- $(inspect_containers $(cat "$dot/room") | cut -d ' ' -f 1)
  if [ $# -gt 0 ]; then engine start "$@" >/dev/null || return 1; fi
  rm -f "$dot/room"
}
# Bringing a service's containers to what a release wants. Each part looks first whether it is done, so all of it may
# be repeated after a crash at any point.
# .belay/containers/<id>: `PRINT RELEASE SERVICE` of each container of ours; .belay/before/<service>: those that were there
# before belay makes new ones.

# print_of CONTAINER: sets `value` to its print; empty for one that belay has not made.
print_of() {
  field "$dot/containers/$1"
  value=${value%% *}
}

# sort_containers PRINT CLASS: reads sort_lines; sets right_up, right_down, wrong_up, wrong_down to ids. With the print *
# whatever is there is right. A plain one that ended well and is not to be restarted has done its work: it counts as up.
sort_containers() {
  right_up='' right_down='' wrong_up='' wrong_down=''
  while read -r sort_id sort_state sort_health _ _ sort_exit sort_policy _; do
    [ -n "$sort_id" ] || continue
    print_of "$sort_id"
    case $sort_state/$sort_health/$sort_exit/$sort_policy/${2:-} in
      running/unhealthy/*) sort_up=false ;;
      running/* | exited/none/0/no/plain) sort_up=true ;;
      *) sort_up=false ;;
    esac
    if [ "$value" = "$1" ] || [ "$1" = '*' ]; then
      if $sort_up; then right_up="$right_up $sort_id"; else right_down="$right_down $sort_id"; fi
    elif [ "$sort_state" = running ] || [ "$sort_state" = restarting ]; then
      wrong_up="$wrong_up $sort_id"
    else
      wrong_down="$wrong_down $sort_id"
    fi
  done <<EOF
$sort_lines
EOF
}

# look_at ID NAME PRINT CLASS: sorts the service's containers; fails when docker does not answer.
look_at() {
  sort_lines=$(containers_of "$(project_of "$dot/releases/$1")" "$2") || return 1
  sort_containers "$3" "${4:-}"
}

words() { echo $#; }

# first COUNT WORD…: prints the first of them. after COUNT WORD…: prints the others.
first() (
  first_count=$1
  shift
  while [ "$first_count" -gt 0 ] && [ $# -gt 0 ]; do
    printf '%s ' "$1"
    first_count=$((first_count - 1))
    shift
  done
)
after() (
  after_count=$1
  shift
  while [ "$after_count" -gt 0 ] && [ $# -gt 0 ]; do
    after_count=$((after_count - 1))
    shift
  done
  printf '%s ' "$@"
)

# converge ID NAME PRINT CLASS SCALE WAY WHY: afterwards the containers of the service are those of release ID, healthy,
# and the proxy sends to them. What was there before may run on; when it fails, it does.
converge() {
  clean_before "$1" "$2"
  look_at "$1" "$2" "$3" "$4" || {
    echo "docker does not answer"
    return 1
  }
  # shellcheck disable=SC2046,SC2086 # ids
  if [ "$(words $right_up)" -ge "$5" ] || { [ "$3" = '*' ] && [ -n "$right_up" ]; }; then
    settle "$1" "$2" "$4" kept $(if [ "$3" = '*' ]; then echo $right_up; else first "$5" $right_up; fi)
  elif [ "$(words $right_up $right_down)" -ge "$5" ] && start_again "$1" "$2" "$4" $right_down $right_up; then
    return 0
  elif [ -n "$wrong_up" ] && reload_mounts "$1" "$2" "$3" $wrong_up; then
    return 0
  elif [ -z "$wrong_up" ] && [ -z "$wrong_down" ]; then
    echo "$2: starting"
    start_beside "$1" "$2" "$3" "$4" "$5"
  elif [ "$6" = roll ] && { [ -z "$wrong_up" ] || has_room "$1" $wrong_up; }; then
    echo "$2: starting the new container beside the old one"
    start_beside "$1" "$2" "$3" "$4" "$5" $wrong_up
  elif field "$dot/releases/$1/rollout" && [ "$value" = rolling ] && [ "$4" = proxied ]; then
    result finding error config "service $2 cannot be rolled: ${room_why:-$7}" "free some memory, name services in make-room, or set rollout: auto"
    return 1
  else
    recreate "$1" "$2" "$3" "$4" "$5" "${room_why:-$7}"
  fi
}

# kind_of CLASS: prints what is asked of new containers: a worker may be one that does its work and ends.
kind_of() { case $1 in plain) echo once ;; *) echo new ;; esac; }

# settle ID NAME CLASS KIND CONTAINER…: they are there; healthy, and the proxy knows them.
settle() {
  settle_id=$1 settle_name=$2 settle_class=$3 settle_kind=$4
  shift 4
  await_containers "$(health_seconds "$settle_id")" "$settle_kind" "$@" || return 1
  if [ "$settle_class" = proxied ]; then switch_to "$settle_id" "$settle_name" "$@"; fi
}

health_seconds() {
  field "$dot/releases/$1/health-timeout"
  printf '%s\n' "${value:-300}"
}

# start_again ID NAME CLASS CONTAINER…: they were stopped, not removed; when they do not come, new ones are made.
start_again() {
  again_id=$1 again_name=$2 again_class=$3
  shift 3
  echo "$again_name: starting its containers again"
  # They may come back with other addresses.
  rm -f "$dot/proxy-loaded"
  if engine start "$@" >/dev/null && settle "$again_id" "$again_name" "$again_class" "$(kind_of "$again_class")" "$@"; then return 0; fi
  remove_containers "$@"
  forget_containers "$@"
  look_at "$again_id" "$again_name" "$(row_print "$again_id" "$again_name")" "$again_class"
  return 1
}

row_print() { awk -F '\t' -v n="$2" '$1 == n { print $2 }' "$dot/releases/$1/service-table"; }

# has_room ID CONTAINER…: memory for a second set, perhaps after `make-room` has stopped something.
has_room() {
  room_id=$1 room_why=
  shift
  room_beside "$@" || { make_room "$room_id" && room_beside "$@"; }
}

# start_beside ID NAME PRINT CLASS SCALE [OLD…]: new containers, recorded before they start; when they do not get
# healthy they go, and nothing else is touched.
start_beside() {
  beside_id=$1 beside_name=$2 beside_print=$3 beside_class=$4 beside_scale=$5
  shift 5
  # Those that are right already stay and count.
  beside_right=$right_up
  # shellcheck disable=SC2086 # ids
  beside_scale=$((beside_scale - $(words $beside_right)))
  make_containers up --no-start --no-deps --no-recreate --no-build || return 1
  # shellcheck disable=SC2086 # ids
  if ! engine start $made >/dev/null || ! await_containers "$(health_seconds "$beside_id")" "$(kind_of "$beside_class")" $made; then
    say_last_words $made
    remove_containers $made
    forget_containers $made
    echo "$beside_name: the new container was removed; what served before goes on"
    return 1
  fi
  [ "$beside_class" = proxied ] || return 0
  # shellcheck disable=SC2086
  switch_to "$beside_id" "$beside_name" $beside_right $made || {
    remove_containers $made
    forget_containers $made
    return 1
  }
  if [ $# -gt 0 ] && ! memory_to_spare; then
    echo "$beside_name: memory is short, so the old container does not wait for the confirmation"
    drained "$beside_id"
    engine stop "$@" >/dev/null
  fi
}

# memory_to_spare: true when the old containers may run on until the release is confirmed.
memory_to_spare() { spare=$(memory_available); [ "${spare:-1000}" -ge 64 ]; }

# make_containers WORD…: has compose make beside_scale containers more of beside_name; sets `made` to their ids.
make_containers() {
  mkdir -p "$dot/before" "$dot/containers" || return 1
  make_project=$(project_of "$dot/releases/$beside_id")
  make_there=$(containers_of "$make_project" "$beside_name") || return 1
  printf '%s\n' "$make_there" | cut -d ' ' -f 1 | put "$dot/before/$beside_name" || return 1
  make_total=$(printf '%s\n' "$make_there" | grep -c .)
  compose "$beside_id" "$@" --scale "$beside_name=$((make_total + beside_scale))" "$beside_name" >"$dot/tmp/make.$$" 2>&1 || {
    cat "$dot/tmp/make.$$"
    rm -f "$dot/tmp/make.$$"
    clean_before "$beside_id" "$beside_name"
    return 1
  }
  rm -f "$dot/tmp/make.$$"
  own_new
}

# own_new: containers that were not there before are ours from now on. Sets `made`.
own_new() {
  made=$(containers_of "$make_project" "$beside_name" | cut -d ' ' -f 1 | grep -vxF -f "$dot/before/$beside_name")
  [ -n "$made" ] || {
    echo "$beside_name: compose made no container"
    return 1
  }
  for own_one in $made; do
    printf '%s %s %s\n' "$beside_print" "$beside_id" "$beside_name" | put "$dot/containers/$own_one" || return 1
  done
  rm -f "$dot/before/$beside_name"
}

# clean_before ID NAME: containers that a step made and died before it owned them.
clean_before() {
  [ -f "$dot/before/$2" ] || return 0
  clean_made=$(containers_of "$(project_of "$dot/releases/$1")" "$2" | cut -d ' ' -f 1 | grep -vxF -f "$dot/before/$2")
  for clean_one in $clean_made; do
    # `before` that lists nothing has an empty line, which matches nothing.
    if [ ! -f "$dot/containers/$clean_one" ]; then remove_containers "$clean_one"; fi
  done
  rm -f "$dot/before/$2"
}

forget_containers() { for forget_one; do rm -f "$dot/containers/$forget_one"; done; }

# say_last_words CONTAINER…: what they printed before they failed.
say_last_words() {
  for last_one; do
    printf -- '-- the last lines of %s:\n' "$(container_name "$last_one")"
    engine logs --tail 20 "$last_one" 2>&1
  done
}

# recreate ID NAME PRINT CLASS SCALE WHY: stops the old, starts the new, and measures how long nobody was there.
recreate() {
  echo "$2: replacing its container: $6"
  beside_id=$1 beside_name=$2 beside_print=$3 beside_scale=$5 make_project=$(project_of "$dot/releases/$1")
  mkdir -p "$dot/before" "$dot/containers" || return 1
  recreate_there=$(containers_of "$make_project" "$2" | cut -d ' ' -f 1)
  printf '%s\n' "$recreate_there" | put "$dot/before/$2" || return 1
  read -r recreate_from _ </proc/uptime
  compose "$1" up -d --no-deps --force-recreate --no-build --scale "$2=$5" "$2" 2>&1 || {
    clean_before "$1" "$2"
    return 1
  }
  own_new || return 1
  # shellcheck disable=SC2086 # ids
  await_containers "$(health_seconds "$1")" "$(kind_of "$4")" $made || {
    say_last_words $made
    return 1
  }
  # The name may be the same and the address another: workers that know the old one must go.
  rm -f "$dot/proxy-loaded"
  # shellcheck disable=SC2086
  if [ "$4" = proxied ]; then switch_to "$1" "$2" $made || return 1; fi
  read -r recreate_to _ </proc/uptime
  # shellcheck disable=SC2086
  forget_containers $recreate_there
  [ -n "$recreate_there" ] || return 0
  recreate_ms=$(awk -v a="$recreate_from" -v b="$recreate_to" 'BEGIN { printf "%d", (b - a) * 1000 }')
  echo "$2: stopped, replaced and well again within $recreate_ms ms"
  result recreated "$2" "$recreate_ms" "$6"
}

# reload_mounts ID NAME PRINT CONTAINER…: only mounted files changed and the service has a reload line: runs it. True
# when the containers see the files of release ID then; a mount of a single file never does.
reload_mounts() {
  reload_id=$1 reload_name=$2 reload_print=$3
  shift 3
  reload_line=$(awk -v n="$reload_name=" 'index($0, n) == 1 { print substr($0, length(n) + 1) }' "$dot/releases/$reload_id/reload" 2>/dev/null)
  [ -n "$reload_line" ] || return 1
  for reload_one; do
    print_of "$reload_one"
    [ "${value%.*}" = "${reload_print%.*}" ] || return 1
  done
  sees_release "$reload_id" "$reload_name" "$1" || {
    echo "$reload_name: its container still sees the old files, so a reload would not help; mount $root itself and read from $root/current"
    return 1
  }
  echo "$reload_name: only mounted files have changed: reloading it"
  printf '%s\n' "$reload_line" | put "$dot/tmp/reload" || return 1
  cp "$dot/tmp/reload" "$dot/releases/$reload_id/reload-line" || return 1
  BELAY_SERVICE=$reload_name
  export BELAY_SERVICE
  run_lines "$dot/releases/$reload_id" reload-line "$root/releases/$reload_id" || return 1
  unset BELAY_SERVICE
  for reload_one; do printf '%s %s %s\n' "$reload_print" "$reload_id" "$reload_name" | put "$dot/containers/$reload_one" || return 1; done
}

# sees_release ID NAME CONTAINER: true when the container mounts nothing from the release but by the whole path.
sees_release() { ! grep -q "^$2$TAB" "$dot/releases/$1/mounted" 2>/dev/null; }
# The strategy `compose`: a release's services, each brought to what was recorded with it.

# compose_activate ID [back]
compose_activate() {
  [ -s "$dot/releases/$1/service-table" ] || {
    echo "release $1 has no record of its services"
    return 1
  }
  compose_kind
  point_current "$1" "$2" || return 1
  write_compose "$1" && claim_project "$1" || return 1
  : >"$dot/unretired"
  # shellcheck disable=SC2046 # names
  prepare_proxy "$1" $(cut -f 1 "$dot/releases/$1/service-table")
  stack_code=0
  # The proxy first: what it is told about the others must reach the one that stays.
  each_row "$1" proxy converge && each_row "$1" other converge || stack_code=1
  give_room_back || stack_code=1
  [ $stack_code -eq 0 ] || return 1
  if [ "$2" = back ]; then
    compose_retire "$1" && remove_failed "$1"
  fi
}

# each_row ID proxy|other FUNCTION: calls it with ID and the columns of each row, until one fails.
each_row() {
  while IFS=$TAB read -r row_name row_print row_class row_scale row_way row_why <&3; do
    case $2/$row_class in proxy/proxy) ;; proxy/* | other/proxy) continue ;; esac
    "$3" "$1" "$row_name" "$row_print" "$row_class" "$row_scale" "$row_way" "$row_why" || return 1
  done 3<"$dot/releases/$1/service-table"
}

# compose_retire ID: what runs beside the containers of release ID goes; never where none of those serves.
compose_retire() {
  drained "$1"
  each_row "$1" proxy retire_service && each_row "$1" other retire_service || return 1
  for retire_file in "$dot"/containers/*; do
    [ -f "$retire_file" ] || continue
    [ -n "$(inspect_containers "${retire_file##*/}")" ] || rm -f "$retire_file"
  done
  rm -f "$dot/unretired"
}

retire_service() {
  look_at "$1" "$2" "$3" "$4" || return 1
  [ "$3" != '*' ] && [ -n "$right_up" ] || return 0
  # shellcheck disable=SC2086 # ids
  retire_these=$(printf '%s ' $wrong_up $wrong_down && after "$5" $right_up)
  # shellcheck disable=SC2086
  remove_containers $retire_these || return 1
  # shellcheck disable=SC2086
  forget_containers $retire_these
}

# remove_failed ID: services that only the failed release has, where it was made by this operation.
remove_failed() {
  record_get operation && [ "$value" = deploy ] && record_get new || return 0
  remove_made "$value"
}

# remove_made ID: every container that was made for release ID.
remove_made() {
  made_for=$1
  for made_file in "$dot"/containers/*; do
    [ -f "$made_file" ] || continue
    read -r _ made_release _ <"$made_file"
    [ "$made_release" = "$made_for" ] || continue
    remove_containers "${made_file##*/}" && rm -f "$made_file" || return 1
  done
}

# compose_stop_first TOKEN NEW: what it started goes; volumes and networks stay.
compose_stop_first() {
  if [ -f "$dot/releases/$2/service-table" ]; then each_row "$2" other clean_before; fi
  remove_made "$2" && rm -f "$dot/unretired"
}

# What serves is known by container, not by folder.
compose_left_behind() { :; }

# compose_running ID: each service has a container of this release that is well.
compose_running() { each_row "$1" proxy row_running && each_row "$1" other row_running; }

row_running() {
  look_at "$1" "$2" "$3" "$4" && [ -n "$right_up" ]
}

# compose_uses ID: true when a container that is there mounts files of release ID.
compose_uses() {
  [ -s "$dot/releases/$1/mounted" ] || return 1
  uses_id=$1
  for uses_file in "$dot"/containers/*; do
    [ -f "$uses_file" ] || continue
    read -r _ uses_release uses_service <"$uses_file"
    [ "$uses_release" = "$uses_id" ] || continue
    if grep -q "^$uses_service$TAB" "$dot/releases/$uses_id/mounted" && [ -n "$(inspect_containers "${uses_file##*/}")" ]; then return 0; fi
  done
  return 1
}

# finish_retiring: a confirmed release whose guardian died before it was tidied. The lock is held.
finish_retiring() {
  [ -f "$dot/unretired" ] && [ ! -f "$dot/phase" ] || return 0
  [ "$(history_table | awk 'END { print $3 }')" = confirmed ] || return 0
  finish_id=$(current_release)
  if [ -n "$finish_id" ]; then retire "$finish_id"; fi
}

# compose_status ID: a warning for each service that does not run as it was recorded.
compose_status() { each_row "$1" proxy row_status && each_row "$1" other row_status; }

row_status() {
  look_at "$1" "$2" "$3" "$4" || {
    finding warning tool-missing "docker does not answer on the server" "see: docker info"
    return 1
  }
  if [ -n "$wrong_up" ] && [ ! -f "$dot/phase" ]; then
    # shellcheck disable=SC2086 # ids
    finding warning config "service $2 does not run as it was recorded: $(for status_one in $wrong_up; do container_name "$status_one"; done | tr '\n' ' ')was made by somebody else" \
      "the next deploy or rollback replaces it; use $dot/belay compose instead of docker compose"
  elif [ -z "$right_up" ]; then
    finding warning command-failed "service $2 does not run" "see: $dot/belay compose logs $2"
  fi
}

# foresee ID: a `service NAME ACTION WHY` record for each: what a deploy will do to it.
foresee() { each_row "$1" proxy foresee_service && each_row "$1" other foresee_service; }

foresee_service() {
  look_at "$1" "$2" "$3" "$4" || return 1
  if [ "$3" = '*' ]; then
    foreseen=keep foreseen_why="it writes to a volume and is not named in services, so it stays as it is"
  elif [ -n "$right_up" ]; then
    foreseen=keep foreseen_why="nothing of it has changed"
  elif [ -z "$wrong_up$wrong_down$right_down" ]; then
    foreseen=start foreseen_why="it is not there yet"
  else
    foreseen=$6
    # shellcheck disable=SC2086 # ids
    foreseen_why=$(changed_part "$3" $wrong_up $wrong_down)${7:+; $7}
    if [ -z "$wrong_up" ]; then foreseen=start; fi
  fi
  echo "service $2: $foreseen ($foreseen_why)"
  result service "$2" "$foreseen" "$foreseen_why"
}

# changed_part PRINT CONTAINER…: prints what is another thing than in the first of them.
changed_part() {
  part_new=$1
  shift
  [ $# -gt 0 ] || {
    printf 'it is stopped'
    return
  }
  print_of "$1"
  if [ -z "$value" ]; then
    printf 'it was not started by Belay'
  elif [ "${value%.*}" = "${part_new%.*}" ]; then
    printf 'files that it mounts have changed'
  else
    printf 'its image or configuration has changed'
  fi
}

# compose_check PLAN: docker, and compose, are there, new enough, and this user's to use.
compose_check() {
  command -v docker >/dev/null 2>&1 || {
    finding error tool-missing "docker is missing on the server" "install it: https://docs.docker.com/engine/install/"
    return
  }
  if ! docker_said=$(engine version --format '{{.Server.Version}}' 2>&1); then
    case $docker_said in
      *'permission denied'*)
        finding error auth-refused "docker does not let $(id -un) in" "on the server: sudo usermod -aG docker $(id -un); it counts from the next login"
        ;;
      *) finding error tool-missing "docker does not answer on the server" "on the server: sudo systemctl start docker; see: docker info" ;;
    esac
    return
  fi
  emit fact "docker" "$docker_said"
  compose_kind
  field "$1/rollout"
  case $compose_is/$value in
    /*) finding error tool-missing "docker compose is missing on the server" "install it: sudo apt-get install docker-compose-plugin" ;;
    v1/rolling)
      finding error tool-too-old "rollout: rolling needs docker compose 2; this server has docker-compose $(docker-compose version --short)" \
        "install it: sudo apt-get install docker-compose-plugin (from docker's own repository); or set rollout: recreate"
      ;;
  esac
  check_docker_disk
}

# check_docker_disk: room where the images go, as far as this user can see it.
check_docker_disk() {
  docker_folder=$(engine info --format '{{.DockerRootDir}}' 2>/dev/null)
  [ -d "${docker_folder:-/nowhere}" ] || return 0
  docker_free=$(($(free_kib "$docker_folder") / 1024))
  emit fact "disk free for images" "$docker_free MiB"
  [ "$docker_free" -ge 256 ] ||
    finding error disk-full "$docker_folder has only $docker_free MiB free for images" "free some space: docker system df; docker image prune"
}

# one_offs PROJECT: prints the containers that `compose run` has made.
one_offs() {
  engine ps -aq --no-trunc --filter "label=com.docker.compose.project=$1" --filter label=com.docker.compose.oneoff=True
}

# note_one_offs TOKEN: those that are there before the lines of this deploy run any.
note_one_offs() { one_offs "$(project_of "$record")" | put "$dot/operations/$1/one-offs"; }

# compose_end_strays TOKEN: what `compose run` in a killed step has left: a container outlives its client.
compose_end_strays() {
  [ -f "$dot/operations/$1/one-offs" ] || return 0
  strays=$(one_offs "$(project_of "$record")" | grep -vxF -f "$dot/operations/$1/one-offs")
  # shellcheck disable=SC2086 # ids
  remove_containers $strays
}

# step_pull TOKEN: standard input is the login. Reads the services, refuses what cannot be, pulls, and says what will happen.
step_pull() {
  keep_engine
  # Once for all subshells.
  compose_kind
  read_config "$new" || return 1
  # shellcheck disable=SC2046 # names
  only_looks || prepare_proxy "$new" $(managed "$new")
  read_proxy "$new"
  note_one_offs "$1"
  pull_bad=false
  refuse_services "$new" || pull_bad=true
  check_proxy "$new" || pull_bad=true
  ! $pull_bad || return 1
  if only_looks; then look_for_images "$new"; else pull_images "$new" || return 1; fi
  [ -s "$record/build" ] || know_services "$new"
}

# only_looks: true for a plan whose own lines need no image: it leaves the engine as it is.
only_looks() { record_get operation && [ "$value" = plan ] && [ ! -s "$record/migrate-plan" ]; }

# know_services ID: images are there: which they are, what the services are, and what will happen to them.
know_services() {
  only_looks || keep_images "$1" || return 1
  write_table "$1" && write_override "$1" && write_compose "$1" && refuse_rolling "$1" || return 1
  compose "$1" config --quiet 2>"$dot/tmp/config.$$" || {
    result finding error config "the compose files with Belay's own are not valid: $(masked "$1" <"$dot/tmp/config.$$" | tail -n 3 | tr '\n' ' ')" \
      "see $dot/releases/$1/compose config"
    rm -f "$dot/tmp/config.$$"
    return 1
  }
  rm -f "$dot/tmp/config.$$"
  foresee "$1"
}

# step_build_compose: `true` is compose's own build; lines are lines, which may make the images that the files name.
step_build_compose() {
  compose_kind
  read_config "$new" || return 1
  read_proxy "$new"
  field "$record/build"
  stack_build=$value
  if only_looks; then
    echo "a plan builds nothing: services that are built count as changed"
  elif [ "$stack_build" = true ]; then
    build_images "$new" || return 1
  else
    run_lines "$record" build "$root/releases/$new" || return 1
  fi
  know_services "$new"
}
# Releases: <path>/releases/<id> is the tree, .belay/releases/<id> the record; `current` points to one.

# current_release: prints the id that `current` points to; nothing when there is none.
current_release() (
  target=$(readlink "$root/current" 2>/dev/null) || return 0
  case $target in
    releases/*) target=${target#releases/} ;;
    "$root"/releases/*) target=${target#"$root"/releases/} ;;
    *) return 0 ;;
  esac
  plain "$target" && echo "$target"
)

# new_release_id SHA: prints <UTC>-<short sha or nosha>, unique on this server. The lock is held.
new_release_id() (
  short=$(printf '%.7s' "$1")
  while :; do
    id=$(date -u +%Y%m%dT%H%M%SZ)-${short:-nosha}
    if [ ! -e "$root/releases/$id" ] && [ ! -e "$dot/releases/$id" ] &&
      ! grep -qsF "new $id" "$dot"/history/*; then
      echo "$id"
      return 0
    fi
    pause 1
  done
)

# link_to ID LINK: LINK becomes a link to release ID's tree, ready to be renamed to `current`.
link_to() { rm -f "$2" && ln -s "releases/$1" "$2"; }

# point_current ID: `current` is release ID from now on, by one rename. Uses the ready-made link where
# it is the one: so that a way back needs no free block.
point_current() {
  if [ "$(readlink "$dot/back" 2>/dev/null)" = "releases/$1" ] && [ "${2:-}" = back ]; then
    mv -fT "$dot/back" "$root/current"
  else
    link_to "$1" "$dot/next" && mv -fT "$dot/next" "$root/current"
  fi
}

# remove_release ID: the tree and then the record; the tree goes under another name first, so that no
# half tree stands under the name of a release.
remove_release() {
  plain "$1" || return 1
  forget "$1"
  if [ -e "$root/releases/$1" ]; then
    mkdir -p "$dot/trash" && mv -fT "$root/releases/$1" "$dot/trash/$1" || return 1
  fi
  rm -rf "$dot/incoming/$1" "$dot/releases/$1"
  # An app may have made folders that cannot be written.
  rm -rf "$dot/trash/$1" 2>/dev/null || {
    chmod -R u+rwX "$dot/trash/$1" 2>/dev/null
    rm -rf "$dot/trash/$1"
  }
}
# Files of a new release: made in .belay/incoming/<id>, verified against the manifest, renamed into releases/.
# Manifest lines: type, mode, size, sha256, path, target. In incoming/: `<id>.sent` lists the lines that are sent,
# `<id>.need` those of them that have not arrived whole.

# lists in NUL form for xargs; paths begin with ./ so that none is taken for an option.
each_path() { tr '\n' '\0' | xargs -0 "$@"; }

# plan_copies OLD-MANIFEST NEW-MANIFEST WORK: writes WORK/dirs, WORK/links (shell), WORK/copy, WORK/modes.
plan_copies() {
  # By the environment: awk would resolve the backslashes of a -v value.
  BELAY_WORK=$3 awk -F '\t' '
    BEGIN { work = ENVIRON["BELAY_WORK"] }
    function quoted(s) { gsub(/\047/, "\047\\\047\047", s); return "\047" s "\047" }
    FILENAME == ARGV[1] { if ($1 == "f") old[$5] = $3 " " $4; next }
    $1 == "d" { print "./" $5 > (work "/dirs"); print $2 "\t./" $5 > (work "/dirmodes"); next }
    $1 == "l" { print "ln -s " quoted($6) " " quoted("./" $5) > (work "/links"); next }
    $1 == "f" && ($5 in old) && old[$5] == $3 " " $4 {
      print "./" $5 > (work "/copy"); print FNR "\t" $2 "\t" $4 "\t./" $5 > (work "/copied"); next
    }
    $1 == "f" { print FNR > (work "/need") }' "$1" "$2"
}

# copy_files FROM TO LIST: copies the listed files into folders that are there, sharing blocks where the
# file system can. What cannot be copied is simply not there afterwards.
copy_files() (
  cd "$1" || return 1
  if cp --help 2>&1 | grep -q -e --parents; then
    # Modes come from the manifest; asking for them here as well costs half as much again.
    each_path cp -PR --preserve=timestamps --reflink=auto --parents -t "$2" -- <"$3" 2>/dev/null
  else
    # busybox: without -R a pipe would be read, so only what is a file.
    while IFS= read -r copy_path; do
      if [ -f "$copy_path" ] && [ ! -L "$copy_path" ]; then cp -p "$copy_path" "$2/$copy_path"; fi
    done <"$3" 2>/dev/null
  fi
  return 0
)

# hashes FOLDER PROGRAM… <LIST: prints `sha256 path` of each listed regular file as PROGRAM tells it (sha256sum
# escapes odd names with a leading backslash: taken off).
hashes() (
  cd "$1" || return 1
  shift
  each_path "$@" 2>/dev/null |
    awk '{
      line = $0
      if (substr(line, 1, 1) == "\\") { line = substr(line, 2); gsub(/\\\\/, "\\", line) }
      print substr(line, 1, 64) "\t" substr(line, 67)
    }'
)

# differing WANTED FOLDER PROGRAM…: prints the lines of WANTED (line, mode, sha256, path) whose content in FOLDER is
# not that.
differing() (
  wanted=$1
  shift
  cut -f 4- "$wanted" | hashes "$@" >"$wanted.have"
  awk -F '\t' '
    FILENAME == ARGV[1] { have[$2] = $1; next }
    have[$4] != $3' "$wanted.have" "$wanted"
)

# unverified WANTED FOLDER: prints the line numbers of those that differ, and removes these files. openssl takes a
# quarter of the time where the processor knows sha256; whatever it finds otherwise, or not at all, is asked again.
unverified() (
  doubted=$1 bad=$(dirname "$1")/bad
  if command -v openssl >/dev/null 2>&1; then
    doubted=$1.doubted
    differing "$1" "$2" openssl dgst -sha256 -r >"$doubted"
  fi
  : >"$bad"
  if [ -s "$doubted" ]; then differing "$doubted" "$2" sha256sum -- >"$bad"; fi
  if [ -s "$bad" ]; then (cd "$2" && cut -f 4- "$bad" | each_path rm -rf --); fi
  cut -f 1 "$bad"
)

# verified_modes WANTED BAD: prints `mode path` of the lines of WANTED whose number is none of the first column of BAD.
verified_modes() {
  awk -F '\t' '
    FILENAME == ARGV[1] { bad[$1] = 1; next }
    !($1 in bad) { print $2 "\t" $4 }' "$2" "$1"
}

# give_modes FOLDER <LIST: LIST has `mode path`; one chmod per mode.
give_modes() (
  cd "$1" || return 1
  list=$(cat)
  for mode in $(printf '%s\n' "$list" | cut -f 1 | sort -u); do
    printf '%s\n' "$list" | awk -F '\t' -v m="$mode" '$1 == m { print $2 }' | each_path chmod "$mode" -- || return 1
  done
)

# prepare_files NEW PREVIOUS: makes folders and links, copies what did not change, verifies the copies and
# reports what is still needed. Nothing needed: the release is whole.
prepare_files() (
  new=$1 record=$dot/releases/$1 tree=$dot/incoming/$1 work=$dot/incoming/$1.work
  rm -rf "$tree" "$work"
  mkdir -p "$dot/incoming" "$work" || return 1
  (umask "$BELAY_UMASK" && mkdir "$tree") || return 1
  old=/dev/null
  if [ -n "$2" ] && [ -f "$dot/releases/$2/files" ] && [ -d "$root/releases/$2" ]; then old=$dot/releases/$2/files; fi
  touch "$record/files" "$work/need" "$work/copy" "$work/copied" "$work/modes"
  plan_copies "$old" "$record/files" "$work" || return 1
  (
    cd "$tree" || exit 1
    umask "$BELAY_UMASK"
    if [ -f "$work/dirs" ]; then each_path mkdir -p -- <"$work/dirs" || exit 1; fi
  ) || return 1
  if [ -s "$work/copy" ]; then
    copy_files "$root/releases/$2" "$tree" "$work/copy"
    # Whatever an app made of a file (a link, a pipe) is not that file.
    find "$tree" ! -type f ! -type d -exec rm -f {} +
    unverified "$work/copied" "$tree" >>"$work/need"
    verified_modes "$work/copied" "$work/bad" >"$work/modes"
    if [ -s "$work/modes" ]; then give_modes "$tree" <"$work/modes" || return 1; fi
  fi
  result copied "$(wc -l <"$work/modes")"
  if [ -f "$work/links" ]; then (cd "$tree" && sh "$work/links") || return 1; fi
  sort -n "$work/need" | put "$dot/incoming/$new.sent" && cp "$dot/incoming/$new.sent" "$dot/incoming/$new.need" || return 1
  still_needed "$new" all
)

# still_needed NEW [all|cut]: reports the lines of the manifest that are missing, or finishes the release.
still_needed() {
  if [ -s "$dot/incoming/$1.need" ]; then
    if [ "${2:-}" = all ] &&
      [ "$(wc -l <"$dot/incoming/$1.need")" -eq "$(grep -c '^f' "$dot/releases/$1/files")" ]; then
      result need all
    else
      while IFS= read -r still_line; do result need "$still_line"; done <"$dot/incoming/$1.need"
    fi
  else
    finish_files "$1"
  fi
}

# decode CODING: standard input as the tar that was meant. `switch`: the first MiB is plain, then a line names
# the coding of the rest (the runner has measured the line by then); dd reads no byte too many.
decode() {
  case $1 in
    gzip) gzip -dc ;;
    switch)
      dd bs=65536 count=16 iflag=fullblock 2>/dev/null
      if IFS= read -r rest_coding; then decode "$rest_coding"; fi
      ;;
    plain) cat ;;
  esac
}

# receive_files NEW CODING: unpacks the tar on standard input and verifies what it brought.
receive_files() (
  new=$1 tree=$dot/incoming/$1 work=$dot/incoming/$1.work
  mkdir -p "$work" || return 1
  decode "$2" | (umask "$BELAY_UMASK" && cd "$tree" && tar -xopf -)
  code=$?
  awk -F '\t' '
    FILENAME == ARGV[1] { need[$1] = 1; next }
    FNR in need { print FNR "\t" $2 "\t" $4 "\t./" $5 }' "$dot/incoming/$new.sent" "$dot/releases/$new/files" >"$work/wanted"
  unverified "$work/wanted" "$tree" | put "$dot/incoming/$new.need" || return 1
  verified_modes "$work/wanted" "$dot/incoming/$new.need" >"$work/modes"
  result received "$(wc -l <"$work/modes")"
  if [ -s "$work/modes" ]; then give_modes "$tree" <"$work/modes" || return 1; fi
  if [ $code -ne 0 ]; then
    echo "the upload ended early or could not be unpacked (tar exit $code)"
    full_disk_finding "$dot" "the upload" || still_needed "$new" cut
    return 1
  fi
  still_needed "$new"
)

# share NEW: links the shared paths into the new tree; what a release ships there seeds an empty shared/.
share() (
  tree=$1 record=$2
  [ -s "$record/shared-paths" ] || return 0
  umask "$BELAY_UMASK"
  while IFS= read -r item || [ -n "$item" ]; do
    path=${item%/}
    [ -n "$path" ] || continue
    shared=$root/shared/$path
    mkdir -p "$(dirname "$shared")" "$(dirname "$tree/$path")" || return 1
    if [ ! -e "$shared" ] && [ ! -L "$shared" ]; then
      if [ -e "$tree/$path" ]; then
        mv -fT "$tree/$path" "$shared" || return 1
      elif [ "$path" != "$item" ]; then
        mkdir -p "$shared" || return 1
      else
        echo "shared-paths: $path is not in $root/shared yet; the link waits for it"
      fi
    fi
    rm -rf "${tree:?}/$path"
    up=$(printf '%s\n' "$path" | sed -e 's|[^/][^/]*|..|g')
    ln -s "../$up/shared/$path" "$tree/$path" || return 1
  done <"$record/shared-paths"
)

# finish_files NEW: modes of folders, shared paths, everything on disk, then the rename that makes it a release.
finish_files() {
  finish_tree=$dot/incoming/$1
  if [ -f "$finish_tree.work/dirmodes" ]; then
    # Deepest first: a folder without write permission closes last.
    sort -r "$finish_tree.work/dirmodes" >"$finish_tree.work/dirmodes.sorted"
    share "$finish_tree" "$dot/releases/$1" || return 1
    (cd "$finish_tree" && while IFS= read -r finish_line; do
      finish_path=${finish_line#*"$TAB"}
      if [ -d "$finish_path" ] && [ ! -L "$finish_path" ]; then printf '%s\n' "$finish_line"; fi
    done <"$finish_tree.work/dirmodes.sorted") >"$finish_tree.work/modes"
    if [ -s "$finish_tree.work/modes" ]; then give_modes "$finish_tree" <"$finish_tree.work/modes" || return 1; fi
  else
    share "$finish_tree" "$dot/releases/$1" || return 1
  fi
  sync -f "$finish_tree" 2>/dev/null || sync
  (umask "$BELAY_UMASK" && mkdir -p "$root/releases") || return 1
  mv -fT "$finish_tree" "$root/releases/$1" || return 1
  rm -rf "$finish_tree.work" "$finish_tree.need" "$finish_tree.sent"
}
# PostgreSQL: programs that fit the server's version, the schema's fingerprint, sessions of steps.
# Credentials come from databases/<n>/env of a record into the environment of one subshell; never into words.

# databases RECORD: prints the numbers of the databases that RECORD knows.
databases() {
  for database_env in "$1"/databases/[0-9]*/env; do
    [ -f "$database_env" ] || continue
    database_env=${database_env%/env}
    echo "${database_env##*/}"
  done
}

# with_database RECORD N COMMAND…: runs a function or program with the PG* variables of database N.
with_database() (
  # shellcheck disable=SC1090 # written by the runner: export statements only
  . "$1/databases/$2/env"
  PGCONNECT_TIMEOUT=${PGCONNECT_TIMEOUT:-10} PGAPPNAME=${BELAY_APPNAME:-belay}
  export PGCONNECT_TIMEOUT PGAPPNAME
  shift 2
  "$@" 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
)

# postgres_programs NAME: prints the folders that may hold PostgreSQL's NAME, PATH first.
postgres_programs() {
  command -v "$1" 2>/dev/null
  for postgres_program in /usr/lib/postgresql/*/bin/"$1" /usr/pgsql-*/bin/"$1" /usr/local/pgsql/bin/"$1"; do
    if [ -x "$postgres_program" ]; then echo "$postgres_program"; fi
  done
}

# major_of PROGRAM: prints its major version.
major_of() { "$1" --version 2>/dev/null | sed -n 's/^[^0-9]*\([0-9][0-9]*\).*/\1/p'; }

# postgres_program NAME SERVER-MAJOR: prints the oldest NAME that is at least as new as the server.
# (pg_dump refuses a server newer than itself.)
postgres_program() (
  postgres_programs "$1" | sort -u | while IFS= read -r candidate; do
    major=$(major_of "$candidate")
    if [ -n "$major" ] && [ "$major" -ge "$2" ]; then printf '%s %s\n' "$major" "$candidate"; fi
  done | sort -n | head -n 1 | cut -d ' ' -f 2-
)

# query ARG…: psql, the first one that is there, also outside PATH; bare rows, stopping at the first error.
query() {
  query_program=${query_program:-$(postgres_programs psql | head -n 1)}
  "${query_program:-psql}" -XAtq -v ON_ERROR_STOP=1 "$@"
}

# sql TEXT: runs a query on the database of the environment; bare rows.
sql() { query -c "$1"; }

# server_major: prints the major version of the database server.
server_major() (
  number=$(sql 'show server_version_num' 2>/dev/null) || return 1
  echo $((number / 10000))
)

# database_missing: true when the server is there and has no such database. Asked of the databases that
# every server has, for a refused connection has no machine-readable reason.
database_missing() (
  wanted=$PGDATABASE
  for PGDATABASE in postgres template1; do
    export PGDATABASE
    found=$(printf '%s\n' "select count(*) from pg_database where datname = :'wanted'" |
      query -v wanted="$wanted" 2>/dev/null) || continue
    [ "$found" = 0 ]
    return
  done
  return 1
)

# dump_schema SCRATCH TABLES: prints what the fingerprint of the environment's database is made of. Fails where a
# stranger's lock keeps it from reading for 10 s.
dump_schema() (
  major=$(server_major) || return 1
  dump=$(postgres_program pg_dump "$major")
  [ -n "$dump" ] || return 1
  "$dump" -s --no-comments --lock-wait-timeout=10000 >"$1" || return 1
  # Comments name versions, \restrict lines are random.
  grep -v -e '^--' -e '^$' -e '^\\restrict' -e '^\\unrestrict' "$1"
  {
    printf '%s\n' django_migrations _prisma_migrations
    if [ -f "$2" ]; then cat "$2"; fi
  } | while IFS= read -r table; do
    printf '%s\n' "set lock_timeout = '10s';" "select format('copy %s to stdout', to_regclass(:'t')) where to_regclass(:'t') is not null \\gexec" |
      query -v t="$table" >"$1" || exit 1
    sort "$1"
  done || return 1
  rm -f "$1"
)

# schema_fingerprint RECORD: prints a hash over the schemas and applied migrations of all databases of
# RECORD; fails when one cannot be read, prints `none` when there is none.
schema_fingerprint() (
  record=$1 numbers=$(databases "$1")
  if [ -z "$numbers" ]; then
    echo none
    return 0
  fi
  scratch=$dot/tmp/schema.$$
  for number in $numbers; do
    with_database "$record" "$number" dump_schema "$scratch.sql" "$record/migrations-table" >"$scratch.$number" || {
      rm -f "$scratch".*
      return 1
    }
  done
  # shellcheck disable=SC2086
  (cd "$dot/tmp" && cat schema.$$.[0-9]*) | sha256sum | cut -d ' ' -f 1
  rm -f "$scratch".*
)

# application_name TOKEN STEP: what sessions of a step are called (at most 63 bytes in PostgreSQL).
application_name() { printf 'belay-%.20s-%.20s' "$1" "$2"; }

# end_session NAME: asks the database to end the sessions of that name, until none is left (15 s).
end_sessions() (
  tries=0
  while [ $tries -lt 30 ]; do
    left=$(printf '%s\n' "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = :'name' and pid <> pg_backend_pid()" |
      query -v name="$1" 2>/dev/null) || return 1
    [ "$left" != 0 ] || return 0
    tries=$((tries + 1))
    pause 0.5
  done
  return 1
)

# end_step_sessions RECORD TOKEN STEP: ends what a killed step still runs in the databases; a statement
# outlives its client.
end_step_sessions() (
  for number in $(databases "$1"); do
    with_database "$1" "$number" end_sessions "$(application_name "$2" "$3")" || return 1
  done
)
# Dumping the databases of a backup, with the checksum of what was written.

# compression RECORD DUMP: prints the option of pg_dump. `auto` is the fastest good one: zstd level 1 where
# this pg_dump was built with it (from 16 on), else gzip level 1.
compression() (
  field "$1/backup-compression"
  case ${value:-auto} in
    none) echo -Z0 ;;
    gzip:*) echo "-Z${value#gzip:}" ;;
    zstd:*) echo "--compress=$value" ;;
    *)
      # Whether it was built with zstd only a dump tells: one of nothing.
      if [ "$(major_of "$2")" -ge 16 ] && "$2" -Fc -s -N '*' --compress=zstd:1 -f /dev/null 2>/dev/null; then
        echo --compress=zstd:1
      else
        echo -Z1
      fi
      ;;
  esac
)

# shell_word TEXT: prints TEXT as one word of a shell, for commands that people paste.
shell_word() { printf '%s\n' "$1" | sed -e "s/'/'\\\\''/g" -e "1s/^/'/" -e "\$s/\$/'/"; }

# conninfo: prints the environment's database as a connection string: a name with `=` would be taken for one.
conninfo() { printf "dbname='%s'\n" "$(printf '%s\n' "$PGDATABASE" | sed -e "s/[\\\\']/\\\\&/g")"; }

# dump_database FILE RECORD: dumps the environment's database to FILE, the checksum of what was written to
# FILE.sha256, and the cluster's roles beside it. Fails with a finding.
dump_database() (
  major=$(server_major) || {
    if [ -z "$(current_release)" ] && database_missing; then
      return $NOTHING
    fi
    unreachable_finding
    return 1
  }
  dump=$(postgres_program pg_dump "$major")
  [ -n "$dump" ] || {
    too_old_finding "$major"
    return 1
  }
  # Both first: whoever opens the pipe waits for the other end, and tee does not start without its file.
  : >"$1" && mkfifo "$1.pipe" || return 1
  sha256sum <"$1.pipe" >"$1.sum" &
  {
    "$dump" -Fc "$(compression "$2" "$dump")"
    echo $? >"$1.code"
  } | tee "$1.pipe" >"$1"
  written=$?
  wait
  code=$(cat "$1.code" 2>/dev/null)
  rm -f "$1.pipe" "$1.code"
  if [ "$code" != 0 ] || [ $written -ne 0 ]; then
    full_disk_finding "$1" "the backup" ||
      result finding error backup-failed "pg_dump failed (exit ${code:-none}) on database $PGDATABASE" \
        "see its message above; nothing was changed"
    return 1
  fi
  cut -d ' ' -f 1 "$1.sum" >"$1.sha256" && rm -f "$1.sum"
  "$(dirname "$dump")/pg_dumpall" --globals-only --no-role-passwords -l "$(conninfo)" >"$3" || {
    result finding error backup-failed "pg_dumpall --globals-only failed on the server of $PGDATABASE" \
      "let the role read pg_roles, see its message above; nothing was changed"
    return 1
  }
  printf '%s\n' "database: $PGDATABASE on ${PGHOST:-local socket}:${PGPORT:-5432} as ${PGUSER:-the default role}" \
    "server: PostgreSQL $(sql 'show server_version')" "dumped-by: $("$dump" --version)" \
    "globals: ${3##*/}" >"$1.about"
  printf '  createdb -O %s -- %s && pg_restore --exit-on-error -d %s %s\n' "$(shell_word "${PGUSER:-OWNER}")" \
    "$(shell_word "$PGDATABASE")" "$(shell_word "$(conninfo)")" "${1##*/}" >"$1.restore"
)

# dump_all RECORD PART NUMBERS: `database.dump` and `globals.sql`, numbered where there are several.
dump_all() (
  several=
  case $3 in *"$NEWLINE"*) several=true ;; esac
  for number in $3; do
    suffix=${several:+-$number}
    echo "dumping database $number"
    with_database "$1" "$number" dump_database "$2/database$suffix.dump" "$1" "$2/globals$suffix.sql" || return
  done
  # shellcheck disable=SC2046 # our own names
  (cd "$2" && flush $(ls))
)
# Reading a backup back: every byte, against the checksum taken while it was written.

# read_back FILE SHA256: every byte through pg_restore to nowhere, and the checksum taken while writing.
read_back() (
  archiver=$(postgres_programs pg_restore | sort -u | while IFS= read -r candidate; do
    printf '%s %s\n' "$(major_of "$candidate")" "$candidate"
  done | sort -rn | head -n 1 | cut -d ' ' -f 2-)
  [ -n "$archiver" ] || {
    result finding error tool-missing "pg_restore is missing" "install it: apt-get install postgresql-client"
    return 1
  }
  sum=$1.check
  sha256sum <"$1" >"$sum" &
  "$archiver" -f /dev/null "$1"
  code=$?
  wait
  have=$(cut -d ' ' -f 1 "$sum")
  rm -f "$sum"
  if [ "$have" != "$2" ]; then
    result finding error backup-damaged "${1##*/} reads back with sha256 $have, written was $2" \
      "look at the disk of the server (dmesg, smartctl), then take a new backup"
    return 1
  fi
  if [ $code -ne 0 ]; then
    result finding error backup-damaged "pg_restore cannot read ${1##*/} (exit $code)" \
      "look at the disk of the server, then take a new backup"
    return 1
  fi
)

# verify_part RECORD FOLDER: reads back as `backup-verify` says, then flushes.
verify_part() (
  field "$1/backup-verify"
  if [ "${value:-read}" != off ]; then verify_backup "$2" || return 1; fi
  (cd "$2" && flush MANIFEST.txt)
)

# verify_backup FOLDER: every file of its manifest is there, whole and readable.
verify_backup() (
  [ -f "$1/MANIFEST.txt" ] || {
    result finding error backup-damaged "${1##*/} has no MANIFEST.txt" "take a new backup"
    return 1
  }
  files=$(sed -n 's/^file: \([^ ]*\) bytes \([0-9]*\) sha256 \([0-9a-f]*\)$/\1 \2 \3/p' "$1/MANIFEST.txt")
  [ -n "$files" ] || {
    result finding error backup-damaged "the MANIFEST.txt of ${1##*/} lists no file" "take a new backup"
    return 1
  }
  printf '%s\n' "$files" | while read -r name bytes sum; do
    if [ ! -f "$1/$name" ] || [ "$(wc -c <"$1/$name")" -ne "$bytes" ]; then
      result finding error backup-damaged "$name of ${1##*/} is missing or has not its $bytes bytes" \
        "do not rely on this backup; take a new one"
      return 1
    fi
    case $name in
      *.dump) read_back "$1/$name" "$sum" || return 1 ;;
      *)
        [ "$(sha256sum <"$1/$name" | cut -d ' ' -f 1)" = "$sum" ] || {
          result finding error backup-damaged "$name of ${1##*/} has another sha256 than its manifest says" \
            "do not rely on this backup; take a new one"
          return 1
        }
        ;;
    esac
    echo "$name: read back, sha256 as written"
  done
)
# Backups: written under a temporary name, flushed, read back, then renamed: a name without `.partial` is
# always a whole, verified backup.

# backup_folder RECORD: sets `backups`.
backup_folder() {
  field "$1/backup-dir"
  # shellcheck disable=SC2088 # a tilde that was given as text
  case $value in
    '') backups=$root/backups ;;
    '~/'*) backups=$HOME/${value#'~/'} ;;
    *) backups=$value ;;
  esac
}

# make_backup RECORD LABEL SEQ NEW: takes and verifies one; results name it. Nothing to back up is a result too.
make_backup() (
  record=$1 label=$2
  numbers=$(databases "$record")
  if [ -z "$numbers" ]; then
    result nothing "no database is configured: nothing to back up"
    return 0
  fi
  backup_folder "$record"
  mkdir -p "$backups" && chmod 700 "$backups" || return 1
  stamp=$(date -u +%Y%m%dT%H%M%SZ)
  id=$stamp-$label count=1
  while [ -e "$backups/$id" ]; do
    count=$((count + 1))
    id=$stamp-$count-$label
  done
  sweep_backups "$backups"
  part=$backups/$id.partial
  mkdir "$part" || return 1
  dump_all "$record" "$part" "$numbers"
  code=$?
  if [ $code -eq $NOTHING ]; then
    rm -rf "$part"
    result nothing "nothing to back up yet: the database does not exist"
    return 0
  fi
  if [ $code -ne 0 ] || ! write_manifest "$@" "$part" "$id" >"$part/MANIFEST.txt" || ! verify_part "$record" "$part"; then
    rm -rf "$part"
    return 1
  fi
  mv -fT "$part" "$backups/$id" && flush "$backups" || return 1
  backup_results "$id"
  echo "backup $id: $(folder_bytes "$backups/$id") bytes, read back and whole"
)

# sweep_backups FOLDER: removes what a killed backup left. The lock is held: none is being written.
sweep_backups() {
  for sweep_part in "$1"/*.partial; do
    if [ -d "$sweep_part" ]; then rm -rf "$sweep_part"; fi
  done
}

# write_manifest RECORD LABEL SEQ NEW PART ID: prints what, when, release, sizes, sums, versions, and the
# commands that restore it by hand.
write_manifest() (
  cd "$5" || return 1
  printf '%s\n' "Belay backup 1" "id: $6" "made: $(utc)" "label: $2" "sequence: $3" \
    "path: $root on $(uname -n)" "release: $(current_release)" "before: $4"
  for dump in *.dump; do
    cat "$dump.about"
    printf 'file: %s bytes %s sha256 %s\n' "$dump" "$(wc -c <"$dump")" "$(cat "$dump.sha256")"
    rm -f "$dump.about" "$dump.sha256"
  done
  for globals in globals*.sql; do
    printf 'file: %s bytes %s sha256 %s\n' "$globals" "$(wc -c <"$globals")" "$(sha256sum <"$globals" | cut -d ' ' -f 1)"
  done
  printf '%s\n' "" "To restore by hand, in this folder, as a role that may create databases:" \
    "  psql -d postgres -f globals.sql        # roles that are missing; they have no passwords here"
  cat ./*.restore
  rm -f ./*.restore
)
# The backups that are there, and which of them go.

folder_bytes() { cat "$1"/* | wc -c; }

# backup_results ID: leaves what there is to know of a whole backup as results of the step.
backup_results() {
  result backup-id "$1"
  result backup-path "$backups/$1"
  result backup-bytes "$(folder_bytes "$backups/$1")"
  result backup-sha256 "$(sed -n 's/^file: [^ ]*\.dump .* sha256 //p' "$backups/$1/MANIFEST.txt" | head -n 1)"
}

# backup_table FOLDER: prints `sequence id label bytes before` of the whole backups, newest first.
backup_table() (
  cd "$1" 2>/dev/null || return 0
  set --
  for id in *; do
    case $id in *.partial) continue ;; esac
    # With a folder in front, awk takes no name for an assignment.
    if [ -f "$id/MANIFEST.txt" ]; then set -- "$@" "./$id/MANIFEST.txt"; fi
  done
  [ $# -gt 0 ] || return 0
  awk '
    function flush() { if (id != "") print s, id, l, n, (b == "" ? "-" : b) }
    FNR == 1 { flush(); split(FILENAME, part, "/"); id = part[2]; s = l = b = n = "" }
    /^sequence: / { s = $2 } /^label: / { l = $2 } /^before: / { b = $2 } /^file: / { n += $4 }
    END { flush() }' "$@" | sort -k 1,1nr -k 2,2r
)

# prune_backups RECORD LABEL: keeps the newest of LABEL as `backup-keep` says, and always the one taken
# before the last confirmed release.
prune_backups() (
  backup_folder "$1"
  keep=$(sed -n "s/^$2=\([0-9][0-9]*\)\$/\1/p" "$1/backup-keep" 2>/dev/null | head -n 1)
  case $2 in daily) default=7 ;; *) default=3 ;; esac
  protected=$(last_backup_before_confirmed)
  backup_table "$backups" | awk -v label="$2" -v keep="${keep:-$default}" -v p="$protected" '
    $3 == label && ++n > keep && $2 != p { print $2 }' | while IFS= read -r id; do
    plain "$id" || continue
    # Under the temporary mark first: no half backup under a whole one'"'"'s name.
    mv -fT "$backups/$id" "$backups/$id.partial" && rm -rf "$backups/$id.partial" && emit pruned-backup "$id"
  done
)
# The server's own check of the app, recorded with the release, for when no runner is there.

# ask_app URL FILE: true for a 2xx answer; its body goes to FILE.
ask_app() {
  if command -v curl >/dev/null 2>&1; then
    app_status=$(curl -sS -m 5 -o "$2" -w '%{http_code}' -- "$1" 2>/dev/null 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-) || return 1
    case $app_status in 2??) ;; *) return 1 ;; esac
  else
    wget -q -T 5 -O "$2" "$1" 2>/dev/null 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
  fi
}

# answers URL TEXT FILE: true when the app answers well, with TEXT in it; without URL, too.
answers() {
  [ -n "$1" ] || return 0
  ask_app "$1" "$3" && { [ -z "$2" ] || grep -qF -e "$2" "$3"; }
}

# checked ID: true when the checks that were recorded with release ID pass; without any, too.
checked() {
  [ -s "$dot/releases/$1/health-checks" ] || return 0
  sh "$dot/releases/$1/health-checks" </dev/null >/dev/null 2>&1 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
}

# healthy ID: true when its strategy finds nothing wrong with release ID, and it answers as recorded and its recorded
# checks pass, three times in a row within its time. With nothing to ask, what the strategy knows was all there is, and
# that is what this believes.
healthy() (
  running "$1" || return 1
  record=$dot/releases/$1
  field "$record/health-url"
  url=$value
  [ -n "$url" ] || [ -s "$record/health-checks" ] || return 0
  field "$record/health-expect"
  expect=$value
  field "$record/health-timeout"
  left=$((${value:-60} * 2)) row=0 body=$dot/tmp/health.$$
  while [ $left -gt 0 ]; do
    if answers "$url" "$expect" "$body" && checked "$1"; then
      row=$((row + 1))
      [ $row -lt 3 ] || break
    else
      row=0
    fi
    left=$((left - 1))
    pause 0.5
  done
  rm -f "$body"
  [ $row -ge 3 ]
)
# The look before anything is touched: each finding names what is missing and how to mend it.

# finding SEVERITY CODE MESSAGE REMEDY: reports it; an error stops the operation once all were looked at.
finding() {
  if [ "$1" = error ]; then findings_bad=true; fi
  emit finding "$@"
}

# full_disk_finding FOLDER WHAT: true, with a result, when the file system of FOLDER is full.
full_disk_finding() {
  disk_folder=$1
  [ -d "$disk_folder" ] || disk_folder=$(dirname "$disk_folder")
  [ "$(free_kib "$disk_folder")" -lt 1024 ] || [ "$(free_inodes "$disk_folder")" -lt 16 ] || return 1
  result finding error disk-full "the disk of $disk_folder is full: $2 could not be written" \
    "free some space there (df -h $disk_folder), or lower keep-releases and backup-keep"
}

unreachable_finding() {
  result finding error backup-failed \
    "database $PGDATABASE does not answer at ${PGHOST:-its local socket}:${PGPORT:-5432} as ${PGUSER:-the default role}" \
    "check database-url as it is reached from the server: name, port, role and password; try: psql -h ${PGHOST:-/var/run/postgresql} -p ${PGPORT:-5432} -U ${PGUSER:-ROLE} $PGDATABASE"
}

too_old_finding() {
  result finding error tool-too-old "pg_dump on the server is older than its PostgreSQL $1" \
    "install it: apt-get install postgresql-client-$1"
}

free_kib() { df -Pk "$1" | awk 'NR == 2 { print $4 }'; }
# File systems without inodes of a fixed number say 0 or -: that is no lack.
free_inodes() { df -Pi "$1" 2>/dev/null | awk 'NR == 2 { n = ($2 ~ /^[1-9]/) ? $4 : 1000000 } END { print (n == "" ? 1000000 : n) }'; }

# check_tools: the programs that belay itself needs.
check_tools() {
  for tool in flock:util-linux setsid:util-linux tar:tar gzip:gzip awk:mawk sed:sed grep:grep \
    sha256sum:coreutils df:coreutils readlink:coreutils find:findutils xargs:findutils; do
    command -v "${tool%:*}" >/dev/null 2>&1 ||
      finding error tool-missing "${tool%:*} is missing on the server" "install it: apt-get install ${tool#*:}"
  done
}

# check_place: the path belongs to this user, can be written, locks exclude, `current` is ours to switch.
check_place() {
  if [ -e "$root/current" ] && [ ! -L "$root/current" ]; then
    finding error config "$root/current is not a link: belay would have to replace what stands there" \
      "move it away, or name another path"
  fi
  if [ -L "$root/current" ] && [ -z "$(current_release)" ]; then
    finding error config "$root/current points to $(readlink "$root/current"), which is no release of ours" \
      "move it away, or name another path"
  fi
  for place in "$root" "$root/releases" "$root/shared"; do
    if [ -d "$place" ] && [ ! -w "$place" ]; then
      finding error not-writable "$place cannot be written by $(id -un)" \
        "on the server: sudo chown $(id -un) $place"
    fi
  done
  mkdir -p "$dot/tmp" "$dot/history" "$dot/releases" "$dot/operations" 2>/dev/null && [ -w "$dot/tmp" ] || {
    finding error not-writable "$dot cannot be written by $(id -un)" "on the server: sudo chown -R $(id -un) $dot"
    return
  }
  ! command -v flock >/dev/null 2>&1 || lock_excludes ||
    finding error config "flock on the file system of $dot does not keep a second process out" \
      "put path on a local disk; some network file systems cannot lock"
}

# check_formats: what a newer version has written is refused, never guessed.
check_formats() {
  formats_serving=$(current_release)
  field "$dot/releases/${formats_serving:-none}/format"
  if [ "${value:-1}" != 1 ] || ! record_readable; then
    finding error config "$dot was written by a newer version of Belay" \
      "use that version of the action (or a newer one) for all workflows that deploy to this path"
  fi
}

# check_room PLAN: disk for the release, its copy, and the backup.
check_room() {
  field "$1/upload-bytes"
  room_need=$((${value:-0} / 1024 + 32768))
  room_have=$(free_kib "$root")
  emit fact "disk free" "$((room_have / 1024)) MiB"
  for room_number in $(databases "$1"); do
    room_bytes=$(with_database "$1" "$room_number" sql 'select pg_database_size(current_database())' 2>/dev/null) || continue
    emit fact "database size" "$((room_bytes / 1048576)) MiB"
    room_need=$((room_need + room_bytes / 1024))
  done
  if [ "$room_have" -lt "$room_need" ]; then
    finding error disk-full "$root has $((room_have / 1024)) MiB free; the release and its backup may need $((room_need / 1024)) MiB" \
      "free some space there, or lower keep-releases and backup-keep"
  fi
  room_files=1000
  if [ -f "$1/files" ]; then room_files=$(($(wc -l <"$1/files") + 1000)); fi
  if [ "$(free_inodes "$root")" -lt $room_files ]; then
    finding error disk-full "the file system of $root has too few inodes left" "remove old files there (df -i $root)"
  fi
  room_memory=$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo 2>/dev/null)
  if [ "${room_memory:-1000}" -lt 48 ]; then
    finding warning disk-full "the server has only $room_memory MiB of memory available" "stop what is not needed, or add swap"
  fi
}

# check_databases PLAN: each answers, and a pg_dump that is new enough is there.
check_databases() {
  # A lock each, and one for a compose project, and there are four.
  strategy_of "$1"
  case $strategy in compose) check_most=3 ;; *) check_most=4 ;; esac
  if [ "$(databases "$1" | wc -l)" -gt $check_most ]; then
    finding error config "database-url has more than $check_most lines" "deploy apps that use so many databases from several paths"
  fi
  for check_number in $(databases "$1"); do
    for check_tool in psql pg_dump pg_restore pg_dumpall; do
      [ -n "$(postgres_programs "$check_tool")" ] || {
        finding error tool-missing "$check_tool is missing on the server" "install it: apt-get install postgresql-client"
        return
      }
    done
    with_database "$1" "$check_number" check_database
    case $? in "$DONE") ;; *) findings_bad=true ;; esac
  done
}

# check_database: looks at the environment's one.
check_database() {
  if ! check_major=$(server_major); then
    if [ -z "$(current_release)" ] && database_missing; then
      emit fact "database" "$PGDATABASE does not exist yet"
      return 0
    fi
    unreachable_finding
    return 1
  fi
  emit fact "database" "$PGDATABASE, PostgreSQL $check_major"
  if [ "$(sql 'select rolcreatedb or rolsuper from pg_roles where rolname = current_user')" = t ]; then
    emit fact "restore into a new database" "allowed"
  else
    emit fact "restore into a new database" "not allowed to this role (CREATEDB)"
  fi
  [ -n "$(postgres_program pg_dump "$check_major")" ] || {
    too_old_finding "$check_major"
    return 1
  }
}

# check_habits PLAN: what bites later: sessions ended at logout, no timer, no way to ask the app.
check_habits() {
  field "$1/health-url"
  if [ -n "$value" ] && ! command -v curl >/dev/null 2>&1 && ! command -v wget >/dev/null 2>&1; then
    finding warning tool-missing "neither curl nor wget is on the server: it cannot ask the app by itself" \
      "install it: apt-get install curl"
  fi
  check_logout
  check_daily "$1"
}

# logout_kills: true where systemd ends this user's processes when the last session closes.
logout_kills() {
  command -v loginctl >/dev/null 2>&1 && [ "$(id -u)" != 0 ] || return 1
  [ "$(busctl get-property org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager KillUserProcesses 2>/dev/null)" = 'b true' ]
}

check_logout() {
  logout_kills || return 0
  if [ "$(loginctl show-user "$(id -un)" -p Linger --value 2>/dev/null)" = yes ]; then
    BELAY_SCOPE='systemd-run --user --scope --quiet --collect'
  else
    finding error config "systemd ends the processes of $(id -un) at logout (KillUserProcesses=yes)" \
      "on the server: sudo loginctl enable-linger $(id -un)"
  fi
}

# check_daily RECORD: warns when there are daily backups and the newest is older than 26 h.
check_daily() {
  backup_folder "$1"
  set -- "$backups"/*-daily
  [ -d "$1" ] || return 0
  daily_id=$(backup_table "$backups" | awk '$3 == "daily" { print $2; exit }')
  [ -n "$daily_id" ] || return 0
  if [ -n "$(find "$backups/$daily_id/MANIFEST.txt" -mmin +1560 2>/dev/null)" ]; then
    finding warning backup-failed "the newest daily backup, $daily_id, is older than 26 h" \
      "look at the server's timer: crontab -l; a line for it: 15 3 * * * $dot/belay backup daily"
  fi
}

# check_all OPERATION PLAN: looks at everything; fails when anything stands in the way.
check_all() {
  findings_bad=false
  check_tools
  check_place
  check_formats
  if ! $findings_bad; then
    check_databases "$2"
    case $1 in deploy | plan | backup) check_room "$2" ;; esac
    check_habits "$2"
    check_strategy "$2"
  fi
  ! $findings_bad
}
# Steps: run in a session of their own, output and exit code in files, followed by whoever asks. A step
# registers itself in the record before it runs, so that an undo finds it; none runs twice.
# .belay/operations/<token>/steps/<name>/: out, results, code, mark

step_folder() { echo "$dot/operations/$1/steps/$2"; }

# result KEY VALUE…: a record that the running step leaves for its followers.
result() {
  if [ -n "${step_results:-}" ]; then
    (porcelain=true && emit "$@") >>"$step_results"
    if [ "$1" = finding ]; then printf '%s\n' "$4" "$5"; fi
  else
    emit "$@"
  fi
}

# run_step TOKEN NAME [CODING]: the detached process of a step. Exits at once when the step is registered
# already or the operation does not take steps any more.
run_step() {
  folder=$(step_folder "$1" "$2")
  mkdir -p "$folder" || exit $FAILED
  process_start $$ || exit $FAILED
  phase_lock || exit $FAILED
  case $2 in undo-* | on-recovery) wanted=undoing ;; *) wanted=open ;; esac
  if ! record_is "$1" "$wanted" || grep -q "^step $2 " "$dot/phase"; then
    exit $FAILED
  fi
  # An earlier try of the undo that comes late is not wanted any more.
  case $2 in
    undo-*) record_get tries && [ "undo-$value" = "$2" ] || exit $FAILED ;;
  esac
  record_append "step $2 $$ $started" || exit $FAILED
  phase_unlock
  step_results=$folder/results
  : >"$step_results"
  do_step "$@" >"$folder/out" 2>&1
  step_code=$?
  printf '%s\n' "$step_code" >"$folder/code.new" && mv -f "$folder/code.new" "$folder/code"
}

# operation_record TOKEN: sets `record` to the settings of the operation: of a deploy the new release's own,
# else those given over those of the running release.
operation_record() {
  record_get operation
  case $value in
    deploy | plan) record_get new && record=$dot/releases/$value ;;
    *) record=$dot/operations/$1/record ;;
  esac
}

# do_step TOKEN NAME [CODING]: what each step is.
do_step() {
  record_get new && new=$value || new=
  record_get previous && previous=$value || previous=
  operation_record "$1"
  backup_folder "$record"
  release_variables "$new" "$previous"
  case $2 in
    prepare) prepare_files "$new" "$previous" ;;
    receive-*) receive_files "$new" "$3" ;;
    pull-*) step_pull "$1" ;;
    backup) step_backup "$1" ;;
    verify-backup) step_verify_backup ;;
    activate) step_activate "$1" ;;
    undo-*) step_reactivate ;;
    build) step_build "$1" ;;
    before | migrate | migrate-plan | after) step_lines "$1" "$2" ;;
    on-recovery) run_lines "$record" on-recovery "$root/current" ;;
    *)
      echo "no such step: $2"
      return $USAGE
      ;;
  esac
}

step_build() {
  strategy_of "$record"
  case $strategy in
    compose) step_build_compose ;;
    *) step_lines "$1" build ;;
  esac
}

# step_lines TOKEN NAME: the user's lines in the new release.
step_lines() {
  PGAPPNAME=$(application_name "$1" "$2")
  export PGAPPNAME
  run_lines "$record" "$2" "$root/releases/$new"
  step_code=$?
  unset PGAPPNAME
  if [ "$2" = migrate ]; then schema_result; fi
  return $step_code
}

# schema_result: after a migration, whether the schema is another than before it; kept with the release.
schema_result() {
  record_get schema && schema_before=$value || schema_before=unknown
  if schema_now=$(schema_fingerprint "$record") && [ "$schema_now" != none ] && [ "$schema_before" != unknown ]; then
    printf '%s\n' "$schema_now" | put "$record/schema"
    if [ "$schema_now" = "$schema_before" ]; then result schema unchanged; else result schema changed; fi
  else
    rm -f "$record/schema"
    result schema unknown
  fi
}

# step_backup TOKEN: the verified backup; the record learns its name and the schema as it is before any change.
step_backup() {
  BELAY_APPNAME=$(application_name "$1" backup)
  record_get seq
  step_seq=$value
  field "$record/backup-label"
  make_backup "$record" "${value:-deploy}" "$step_seq" "${new:--}" || return 1
  taken=$(sed -n "s/^backup-id$TAB//p" "$step_results")
  if [ -n "$taken" ]; then record_change backup "$taken" "$1" open || return 1; fi
  if schema_now=$(schema_fingerprint "$record"); then
    record_change schema "$schema_now" "$1" open || return 1
    if [ "$schema_now" != none ]; then printf '%s\n' "$schema_now" | put "$record/schema"; fi
  fi
}

step_verify_backup() {
  record_get backup
  echo "verifying $value"
  verify_backup "$backups/$value" || return 1
  backup_results "$value"
}

# step_activate TOKEN: from the recorded word on, an undo has something to put back.
step_activate() {
  record_change activated yes "$1" open || return 1
  activate "$new"
}

step_reactivate() {
  BELAY_RELEASE=$previous BELAY_PREVIOUS=$new
  field "$dot/releases/$previous/sha"
  BELAY_SHA=$value
  activate "$previous" back
}

# start_step TOKEN NAME [CODING]: starts the step's process; a second one of the same name ends by itself.
start_step() {
  use_scope
  BELAY_STEP=$(step_mark "$1.$2")
  export BELAY_STEP
  # shellcheck disable=SC2086 # BELAY_SH is words
  case $2 in
    # These read what we were given.
    receive-* | pull-*) detach ${BELAY_SH:-sh} "$program" run-step "$@" ;;
    *) detach ${BELAY_SH:-sh} "$program" run-step "$@" </dev/null ;;
  esac
  unset BELAY_STEP
}

# step_of TOKEN NAME: sets `step_pid` and `step_start` as recorded, also when the operation is closed.
step_of() {
  step_pid='' step_start='' step_record=$dot/phase
  record_is "$1" || { closed_as "$1" && step_record=$closed; } || return 1
  step_found=$(sed -n "s/^step $2 //p" "$step_record" | tail -n 1)
  step_pid=${step_found% *} step_start=${step_found#* }
  [ -n "$step_found" ]
}

# How long to wait between two looks, before it is 0.1 s: what is short ends soon after it was done.
short_waits='0.005 0.005 0.01 0.01 0.01 0.01 0.02 0.02 0.02 0.04 0.04 0.04 0.08'

# follow TOKEN NAME OFFSET: emits the output from OFFSET until the step's end, then results and code.
follow() {
  folder=$(step_folder "$1" "$2")
  offset=$3 waits=$short_waits idle=0
  while :; do
    ended=false
    if [ -f "$folder/code" ]; then ended=true; fi
    follow_output "$folder/out"
    if $ended; then break; fi
    follow_lost "$1" "$2" || break
    follow_pause
  done
  if [ -f "$folder/results" ]; then
    # Results are records already.
    cat "$folder/results"
  fi
  field "$folder/code"
  # A full disk has no room for a step's results either.
  if [ "$value" != 0 ] && ! grep -qs "^finding${TAB}error" "$folder/results"; then full_disk_finding "$dot" "step $2" || :; fi
  emit code "${value:-137}"
}

# follow_output FILE: emits what has come since `offset`.
follow_output() {
  [ -s "$1" ] || return 0
  have=$(wc -c <"$1")
  if [ "$have" -gt "$offset" ]; then
    if $porcelain; then printf 'output\t%s\n' $((have - offset)); fi
    tail -c +$((offset + 1)) "$1" | head -c $((have - offset))
    offset=$have waits=$short_waits
  fi
}

# follow_lost TOKEN NAME: fails when the step will never write its code: killed, or never registered.
follow_lost() {
  idle=$((idle + 1))
  [ $((idle % 8)) -eq 0 ] || return 0
  if step_of "$1" "$2"; then
    if process_is "$step_pid" "$step_start" || [ -f "$folder/code" ]; then return 0; fi
    # Its last act may lie between our two looks.
    pause 0.1
    [ -f "$folder/code" ]
  else
    # A busy server takes its time to start a process; one that comes later than this finds itself unwanted.
    record_is "$1" && [ $idle -lt 300 ]
  fi
}

follow_pause() {
  # shellcheck disable=SC2086
  set -- $waits
  pause "${1:-0.1}"
  shift $(($# > 0 ? 1 : 0))
  waits=$*
}
# The one undo. It may be repeated after a crash at any point: each part looks first whether it is done.

# end_steps TOKEN: ends every step that has no exit code, an earlier undo's too, and sees it ended: its
# processes, and its sessions in the databases. When it fails, `end_problem` says why.
end_steps() {
  end_problem=
  operation_record "$1"
  grep '^step ' "$dot/phase" >"$dot/operations/$1/steps.list"
  while read -r _ end_name end_pid end_start; do
    if [ -f "$(step_folder "$1" "$end_name")/code" ]; then continue; fi
    end_processes "$1.$end_name" "$end_pid" "$end_start" || {
      end_problem="step $end_name could not be ended: processes $(step_processes "$1.$end_name" "$end_pid" "$end_start" | awk '{ printf "%s ", $1 }')"
      echo "$end_problem"
      return 1
    }
    case $end_name in
      before | migrate | migrate-plan | after | backup)
        end_step_sessions "$record" "$1" "$end_name" || {
          end_problem="the database sessions of step $end_name could not be ended"
          echo "$end_problem"
          return 1
        }
        ;;
    esac
  done <"$dot/operations/$1/steps.list"
  end_strays "$1" || {
    echo "a container that a step has started could not be ended"
    return 1
  }
}

# schema_moved TOKEN: true when the schema is another than before this operation, or that cannot be known. Ends what
# could have changed it and still runs.
schema_moved() {
  # No step that could change it was started: it is as it was, whoever else changed it.
  grep -q -e '^step before ' -e '^step migrate ' -e '^step activate ' -e '^step after ' "$dot/phase" || return 1
  # It may yet change the schema, and it holds locks that reading it would wait for.
  end_steps "$1" || return 0
  operation_record "$1"
  if [ -z "$(databases "$record")" ]; then
    grep -q '^step migrate ' "$dot/phase"
    return
  fi
  record_get schema || return 0
  schema_was=$value
  schema_is=$(schema_fingerprint "$record") || return 0
  [ "$schema_is" != "$schema_was" ]
}

step_succeeded() {
  field "$(step_folder "$1" "$2")/code"
  [ "$value" = 0 ]
}

# run_undo_step TOKEN NAME: runs a step of the undo and waits for it; its exit code is the step's.
run_undo_step() {
  start_step "$1" "$2"
  follow "$1" "$2" 0 >/dev/null
  cat "$(step_folder "$1" "$2")/out" 2>/dev/null
  step_succeeded "$1" "$2"
}

# put_back TOKEN TRY: makes `previous` the active release again, or stops what a first deploy started.
put_back() {
  record_get previous && back=$value || back=
  record_get new && put_new=$value || put_new=
  if [ -z "$put_new" ]; then return 0; fi
  if ! record_get activated && [ "$(current_release)" != "$put_new" ]; then return 0; fi
  if [ -z "$back" ]; then
    stop_first "$1" "$put_new"
    return
  fi
  echo "putting $back back (try $2 of 3)"
  run_undo_step "$1" "undo-$2"
}

# remove_new TOKEN: what this operation made, and what a cut upload or backup left.
remove_new() {
  operation_record "$1"
  backup_folder "$record"
  sweep_backups "$backups"
  record_get operation
  case $value in deploy | plan) ;; *) return 0 ;; esac
  record_get new || return 0
  [ "$(current_release)" != "$value" ] || return 1
  rm -rf "$dot/incoming/$value".*
  remove_release "$value"
}

# restore_env TOKEN: a rollback with today's environment had put the recorded one aside.
restore_env() {
  record_get new || return 0
  if [ -f "$dot/releases/$value/env.recorded" ]; then
    mv -f "$dot/releases/$value/env.recorded" "$dot/releases/$value/env"
  fi
}

# undo TOKEN REASON: the record is `undoing`, the lock is held. Ends with the record closed; a record that cannot be
# written (a full disk) stays open, and whoever owns it tries again.
undo() {
  echo "undoing: $2"
  while :; do
    record_get tries && tries=$value || tries=0
    [ "$tries" -lt 3 ] || break
    tries=$((tries + 1))
    record_change tries "$tries" "$1" undoing || return 1
    if end_steps "$1" && restore_env && put_back "$1" "$tries"; then
      undone "$1" "$2"
      return
    fi
    pause 1
  done
  record_get previous
  undo_failed "$1" undoing "$2; the undo failed: ${end_problem:-release ${value:-none} could not be put back}" \
    "see what its steps said: $dot/belay logs"
}

# undone TOKEN REASON: removes what was made and closes.
undone() {
  remove_new "$1" || echo "the new release could not be removed whole; the next deploy does it"
  if record_get previous && [ -n "$value" ]; then
    close_operation "$1" undoing undone "$2; $value serves"
  else
    close_operation "$1" undoing undone "$2; nothing to go back to"
  fi
}

# undo_failed TOKEN PHASE TEXT REMEDY: closed, deploys held; nothing tries again by itself.
undo_failed() {
  echo "$3"
  drop_ballast
  hold "$3. $4; then: $dot/belay release-hold" && close_operation "$1" "$2" undo-failed "$3"
}

# close_operation TOKEN PHASE OUTCOME TEXT: the rename, if the record is still in PHASE.
close_operation() {
  phase_lock
  if record_is "$1" "$2"; then
    record_close "$3" "$4"
    close_code=$?
  else
    close_code=1
  fi
  phase_unlock
  return $close_code
}

# enter PHASE TOKEN REASON FROM…: the record moves on from one of these phases, with why; also true when it had before.
# From here on blocks are needed, and there may be none.
enter() {
  enter_phase=$1 enter_token=$2 enter_reason=$3 enter_code=1
  shift 3
  drop_ballast
  phase_lock
  if record_is "$enter_token" "$enter_phase"; then enter_code=0; fi
  for enter_from; do
    if record_is "$enter_token" "$enter_from"; then
      record_put reason "$enter_reason" && record_put phase "$enter_phase"
      enter_code=$?
      break
    fi
  done
  phase_unlock
  return $enter_code
}

# begin_undo TOKEN REASON: from here on confirm and steps come too late.
begin_undo() { enter undoing "$1" "$2" open deciding; }

# begin_deciding TOKEN REASON: from here on a runner that comes back is told to wait: it neither starts what the guardian
# does not know of, nor takes the end of its step for a failure of its own.
begin_deciding() { enter deciding "$1" "$2" open; }
# Back or on: what the schema allows decides, with the runner asking or nobody there.

# act_alone TOKEN REASON: the runner is gone. What the schema allows decides: back, or on with the new one.
act_alone() {
  alone_reason=$2
  # Why it was begun the first time is what people want to know.
  if ! record_is "$1" open && record_get reason && [ "$value" != "$2" ]; then alone_reason="$value; then $2"; fi
  set -- "$1" "$alone_reason"
  if record_is "$1" undoing; then
    undo "$1" "$2"
    return
  fi
  begin_deciding "$1" "$2" || return 1
  record_get new && alone_new=$value || alone_new=
  operation_record "$1"
  backup_folder "$record"
  field "$record/migrations"
  alone_mode=$value
  field "$record/rollback-on-failure"
  if [ "$value" = false ] && step_succeeded "$1" activate; then
    end_steps "$1"
    close_operation "$1" deciding failed "$2; rollback-on-failure is false: $alone_new stays, not confirmed"
    return
  fi
  if record_get operation && [ "$value" = deploy ] && schema_moved "$1"; then
    case $alone_mode in
      forward-only)
        go_forward "$1" "$2"
        return
        ;;
      *)
        if record_get activated && step_succeeded "$1" activate && end_steps "$1" && healthy "$alone_new"; then
          close_operation "$1" deciding unconfirmed "$2; the schema has changed and $alone_new is healthy: it stays, unconfirmed"
          return
        fi
        ;;
    esac
  fi
  if begin_undo "$1" "$2"; then undo "$1" "$2"; fi
  recovery_lines "$1"
}

# recovery_lines TOKEN: the on-recovery hook of the release that serves now.
recovery_lines() {
  recovery_id=$(current_release)
  [ -n "$recovery_id" ] && [ -s "$dot/releases/$recovery_id/on-recovery" ] || return 0
  release_variables "$recovery_id" ''
  run_lines "$dot/releases/$recovery_id" on-recovery "$root/releases/$recovery_id" >>"$dot/operations/$1/recovery.out" 2>&1
}

# go_forward TOKEN REASON: old code may not meet the new schema: the new release it is, if it can be.
go_forward() {
  operation_record "$1"
  if ! step_succeeded "$1" migrate || ! end_steps "$1"; then
    end_unfinished "$1" "$2; ${end_problem:-the migration did not end well} and old code may not meet its schema"
    return
  fi
  if ! step_succeeded "$1" activate; then
    record_change activated yes "$1" deciding || return 1
    release_variables "$alone_new" ''
    activate "$alone_new" || {
      undo_failed "$1" deciding "$2; the schema has changed (forward-only) and $alone_new does not start" "$(restore_hint)"
      return
    }
  fi
  if healthy "$alone_new"; then
    close_operation "$1" deciding unconfirmed "$2; the schema has changed (forward-only) and $alone_new is healthy: it stays, unconfirmed"
  else
    undo_failed "$1" deciding "$2; the schema has changed (forward-only) and $alone_new is not healthy" "$(restore_hint)"
  fi
}

# end_unfinished TOKEN TEXT: neither back nor forward: what runs is ended, the active release stays.
end_unfinished() {
  end_steps "$1"
  record_get phase
  undo_failed "$1" "$value" "$2" "$(restore_hint)"
}

# asked_to_undo TOKEN REASON: the runner asks, and waits.
asked_to_undo() {
  operation_record "$1"
  backup_folder "$record"
  if forward_only "$1"; then
    end_unfinished "$1" "$2; the schema has changed and migrations are forward-only: release $(current_release) stays"
  elif begin_undo "$1" "$2"; then
    undo "$1" "$2"
  fi
}

# forward_only TOKEN: true when old code must not meet the schema that is there now.
forward_only() {
  operation_record "$1"
  field "$record/migrations"
  [ "$value" = forward-only ] && schema_moved "$1"
}

# restore_hint: how to get the data back by hand, where a backup was taken.
restore_hint() {
  if record_get backup; then
    printf 'the data as before is in %s, MANIFEST.txt there has the commands' "$backups/$value"
  else
    printf 'no backup was taken by this deploy'
  fi
}
# The guardian: one detached process per operation that holds the lock for as long as it lives, counts the
# runner's beats, and undoes when they stop or when it is asked. No wall clock decides anything.

# guard TOKEN: descriptor 9 holds the lock. Registers itself, then watches until the record is closed.
guard() {
  woken=false guard_sleeper=
  trap 'woken=true; [ -z "$guard_sleeper" ] || kill "$guard_sleeper" 2>/dev/null' USR1
  # Not ignored: what is ignored stays ignored in all that the undo starts.
  trap ':' HUP INT PIPE
  guard_folder=$dot/operations/$1
  exec >>"$guard_folder/undo.out" 2>&1
  process_start $$ || exit $FAILED
  record_change guardian "$$ $started" "$1" open || exit $FAILED
  record_get timeout
  guard_limit=$value guard_quiet=0 guard_beat=''
  # At rest this costs one sleeper at a time; it acts an eighth too late at most, never too early.
  guard_nap=$(((guard_limit + 7) / 8))
  while record_is "$1"; do
    guard_sleep
    if [ -f "$guard_folder/asked" ]; then
      answer_asked "$1"
      continue
    fi
    beat=
    IFS= read -r beat 2>/dev/null <"$guard_folder/beat"
    if [ "$beat" != "$guard_beat" ]; then
      guard_beat=$beat guard_quiet=0
    elif $woken; then
      woken=false
    else
      guard_quiet=$((guard_quiet + guard_nap))
    fi
    if [ "$guard_quiet" -ge "$guard_limit" ]; then
      act_alone "$1" "the runner sent no sign of life for $guard_limit s"
      # Whatever keeps the record open (a full disk, say) is tried again, not spun on.
      guard_quiet=0
    fi
  done
  tidy "$1" >"$guard_folder/tidied" 2>&1
}

# guard_sleep: until the nap is over or somebody wakes us. Whenever the signal comes, either we see `woken` before we
# wait, or its trap ends the sleeper that we wait for.
guard_sleep() {
  if $woken; then return; fi
  sleep "$guard_nap" 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
  guard_sleeper=$!
  if ! $woken; then wait "$guard_sleeper" 2>/dev/null; fi
  guard_napped=$guard_sleeper guard_sleeper=
  if $woken; then kill "$guard_napped" 2>/dev/null; fi
}

# answer_asked TOKEN: the request is its first word, the reason the rest.
answer_asked() {
  IFS= read -r asked <"$guard_folder/asked"
  case $asked in
    undo*) asked_to_undo "$1" "${asked#undo }" ;;
    *)
      if ! record_is "$1" open; then
        act_alone "$1" "the runner asked to end it"
        return
      fi
      asked_outcome=${asked%% *}
      abandon_now "$1" "$asked_outcome" "${asked#"$asked_outcome" }"
      ;;
  esac
  if record_is "$1"; then pause 1; fi
}

# abandon_now TOKEN OUTCOME TEXT: closes without putting anything back; an active new release stays.
abandon_now() {
  end_steps "$1"
  record_get new && abandon_new=$value || abandon_new=
  if [ "$(current_release)" != "$abandon_new" ] || [ -z "$abandon_new" ]; then
    remove_new "$1"
  fi
  close_operation "$1" open "$2" "$3"
}

# guardian_alive: true while the open record's guardian lives.
guardian_alive() {
  record_get guardian || return 1
  process_is "${value% *}" "${value#* }"
}

# wake_guardian: has it look now; fails when it is gone.
wake_guardian() { guardian_alive && kill -USR1 "${value% *}" 2>/dev/null; }

# start_guardian TOKEN CALL: a detached guardian that takes our descriptor 9 over.
start_guardian() {
  use_scope
  # shellcheck disable=SC2086
  in_session ${BELAY_SH:-sh} "$program" "$2" "$1" </dev/null >/dev/null 2>&1 8>&-
}

# take_over TOKEN: the guardian of a record without owner: the lock is held; undoes and ends. The program
# that wrote the record finishes it, where it is still there.
take_over() {
  record_get program
  if [ "$value" != "$program_hash" ] && plain "$value" && [ -f "$dot/bin/belay-$value" ]; then
    exec ${BELAY_SH:-sh} "$dot/bin/belay-$value" take-over "$1"
  fi
  # Whoever asks for an undo wakes the guardian by USR1: it is at work already.
  trap ':' HUP INT PIPE USR1
  guard_folder=$dot/operations/$1
  mkdir -p "$guard_folder"
  exec >>"$guard_folder/undo.out" 2>&1
  process_start $$
  take_over_reason='the process that watched over it on the server was killed'
  record_get boot
  if [ "$value" != "$(boot_id)" ]; then take_over_reason='the server was restarted in the middle of it'; fi
  phase_lock
  if record_is "$1"; then record_inherit "$$ $started"; fi
  phase_unlock
  if [ -f "$guard_folder/asked" ]; then
    answer_asked "$1"
  else
    act_alone "$1" "$take_over_reason"
  fi
  tidy "$1" >"$guard_folder/tidied" 2>&1
}

# recover: a record whose lock is free has no owner: takes it to its end. The lock is held by us, and is
# again afterwards. Sets `recovered` to its token and outcome.
recover() {
  recovered=
  record_get token || return 0
  recover_token=$value
  use_scope
  # Not in the background: this waits for its end, and it outlives us all the same.
  # shellcheck disable=SC2086
  setsid ${BELAY_SCOPE:-} ${BELAY_SH:-sh} "$program" take-over "$recover_token" </dev/null >/dev/null 2>&1 8>&-
  closed_as "$recover_token" || return 1
  recovered="$recover_token $outcome"
}

# adopt_orphan TOKEN: when the guardian of TOKEN is gone, somebody must finish: a new one, detached.
adopt_orphan() {
  if guardian_alive; then return 1; fi
  (
    lock_try || exit 1
    record_is "$1" || exit 1
    start_guardian "$1" take-over
  )
}
# What a call is told of its operation: what the runner needs to know of an open one, and what became of one that
# is not open any more.

# late TOKEN: tells what became of it and ends with its exit code.
late() {
  closed_as "$1" || {
    emit late unknown "there is no operation $1 here"
    exit $FAILED
  }
  record_get text "$closed"
  emit late "$outcome" "$value"
  outcome_code
  exit $late_code
}

outcome_code() {
  case $outcome in
    undone) late_code=$UNDONE ;;
    undo-failed) late_code=$UNDO_FAILED ;;
    *) late_code=$FAILED ;;
  esac
}

# late_soon TOKEN: the operation is being undone: waits for its end, then tells.
late_soon() {
  soon=0
  while record_is "$1" && [ $soon -lt 6000 ]; do
    pause 0.1
    soon=$((soon + 1))
    if [ $((soon % 50)) -eq 0 ]; then
      adopt_orphan "$1"
      emit waiting "the undo"
    fi
  done
  late "$1"
}

# require TOKEN: goes on only while the operation takes calls; else tells what became of it.
require() {
  if record_is "$1" open; then
    if guardian_alive; then return 0; fi
    # Just begun: it registers itself within milliseconds.
    pause 0.2
    if guardian_alive; then return 0; fi
    adopt_orphan "$1"
  fi
  late_soon "$1"
}

# known TOKEN: answers for an operation that was begun before; fails when it never was.
known() {
  if record_is "$1"; then
    adopt_orphan "$1" && late_soon "$1"
    record_get phase
    [ "$value" = open ] || late_soon "$1"
    describe
  elif closed_as "$1"; then
    late "$1"
  else
    return 1
  fi
}

# describe: what the runner needs to know of the open operation.
describe() {
  if record_get previous && [ -n "$value" ]; then
    describe_id=$value
    emit previous "$describe_id"
    describe_release "$describe_id"
  fi
  describe_unconfirmed
  record_get new || value=
  describe_new=$value
  if record_get operation && [ "$value" = rollback ]; then
    for describe_name in health-url health-expect; do
      field "$dot/releases/$describe_new/$describe_name"
      emit "$describe_name" "$value"
    done
  fi
  emit begun "$describe_new"
}

# describe_release ID: the running release; its digest only when it is confirmed, so that only then a
# deploy of the same counts as unchanged.
describe_release() {
  for describe_name in sha run-id; do
    field "$dot/releases/$1/$describe_name"
    [ -z "$value" ] || emit "previous-${describe_name%-id}" "$value"
  done
  field "$dot/releases/$1/digest"
  [ -n "$value" ] || return 0
  history_table | awk -v id="$1" '$3 == "confirmed" && $5 == id { c = 1 } END { exit !c }' || return 0
  emit previous-digest "$value"
}

# describe_unconfirmed: a release that the server activated by itself and nobody has gated.
describe_unconfirmed() {
  history_table | awk '$4 == "deploy" || $4 == "rollback" { o = $3; n = $5 } END { if (o == "unconfirmed") print n }' |
    while IFS= read -r describe_new; do emit unconfirmed "$describe_new"; done
}
# The plan that the runner (or a person's command) brings, and the look at what it would meet.

# read_plan: unpacks the plan from standard input; sets `plan` to its folder.
read_plan() {
  process_start $$
  plan=$dot/tmp/plan.$$.$started
  mkdir -p "$plan" || fail $FAILED "cannot write to $dot/tmp"
  (cd "$plan" && tar -xof -) || {
    rm -rf "$plan"
    fail $FAILED "the plan did not arrive whole"
  }
}

# overlay PLAN: completes the plan of another operation than a deploy with what the running release has recorded.
overlay() (
  serving=$(current_release)
  [ -n "$serving" ] && cd "$dot/releases/$serving" 2>/dev/null || return 0
  for name in *; do
    case $name in files | digest | backup-label | schema | env.recorded) continue ;; esac
    [ -e "$1/$name" ] || cp -pR "$name" "$1/$name" || return 1
  done
)

# call_check OPERATION: the look, and what is known without the lock. Changes nothing.
call_check() {
  read_plan
  [ "$1" = deploy ] || [ "$1" = plan ] || overlay "$plan"
  check_all "$1" "$plan"
  check_code=$?
  check_previous=$(current_release)
  if [ -n "$check_previous" ]; then
    emit previous "$check_previous"
    describe_release "$check_previous"
  fi
  if [ "$1" = rollback ]; then pick_target || check_code=1; fi
  describe_unconfirmed
  if [ -s "$plan/files" ]; then changed_files "$check_previous"; fi
  if record_get owner; then emit fact "locked by" "$value"; fi
  if hold_reason; then emit fact "held" "$value"; fi
  rm -rf "$plan"
  return $check_code
}

# changed_files PREVIOUS: how many files of the plan would be sent.
changed_files() {
  check_old=$dot/releases/$1/files
  [ -n "$1" ] && [ -f "$check_old" ] || check_old=/dev/null
  emit fact "files to send" "$({ cat "$check_old"; echo --; cat "$plan/files"; } | awk -F '\t' '
    $0 == "--" { second = 1; next }
    !second { old[$5] = $2 $3 $4; next }
    $1 == "f" { all++; if (old[$5] != $2 $3 $4) sent++ }
    END { print sent + 0 " of " all + 0 }')"
}
# Which release a rollback means, and which backup a verification.

# pick_target: sets `target` to the release to roll back to; fails with findings and the candidates.
pick_target() {
  findings_bad=false
  field "$plan/release"
  target=$value serving=$(current_release)
  candidates=$(rollback_candidates "$serving")
  named="name one of: $(printf '%s' "${candidates:-none is left}" | tr '\n' ' ')"
  if [ -z "$target" ]; then target=$(printf '%s\n' "$candidates" | head -n 1); fi
  if [ -z "$target" ]; then
    finding error config "there is no earlier release to go back to" "deploy instead; see: $dot/belay history"
  elif ! plain "$target" || [ ! -d "$root/releases/$target" ] || [ ! -d "$dot/releases/$target" ]; then
    finding error config "release $target is not on the server" "$named"
  elif [ "$target" = "$serving" ]; then
    finding error config "release $target is the one that serves" "$named"
  else
    across_migrations "$target"
    env_differences "$target"
  fi
  $findings_bad || return 0
  list_candidates "$candidates"
  return 1
}

list_candidates() {
  served=$NEWLINE$(served_table)
  for candidate in $1; do
    field "$dot/releases/$candidate/sha"
    served_when=${served#*"$NEWLINE$candidate "}
    emit candidate "$candidate" "$value" "${served_when%%"$NEWLINE"*}"
  done
}

# across_migrations TARGET: a release of another schema only when that was said to be wanted.
across_migrations() {
  field "$dot/releases/$1/schema"
  target_schema=$value
  [ -n "$(databases "$plan")" ] || return 0
  now_schema=$(schema_fingerprint "$plan") || now_schema=unknown
  [ "$target_schema" != "$now_schema" ] || return 0
  field "$plan/across-migrations"
  if [ "$value" != true ]; then
    finding error config "release $1 was made for another database schema than the one that is there now" \
      "if its code can work with the schema of today, set across-migrations: true"
  fi
}

# env_differences TARGET: names the variables that the target's environment has otherwise than the running one's.
env_differences() {
  [ -n "$serving" ] || return 0
  env_names=$(cat "$dot/releases/$serving/env" "$dot/releases/$1/env" 2>/dev/null |
    sed -n 's/^export \([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p' | sort -u)
  env_other=
  for env_name in $env_names; do
    if [ "$(env_value "$serving" "$env_name")" != "$(env_value "$1" "$env_name")" ]; then env_other="$env_other $env_name"; fi
  done
  emit fact "environment that differs" "${env_other# }"
}

# env_value RELEASE NAME: prints what NAME is in the release's environment, with a mark for not at all.
env_value() (
  unset "$2"
  # shellcheck disable=SC1090 # written by the runner: export statements only
  if [ -f "$dot/releases/$1/env" ]; then . "$dot/releases/$1/env"; fi
  eval "printf '%s.' \"\${$2-(unset)}\""
)

# pick_backup: sets begin_backup to the backup that verify-backup means.
pick_backup() {
  backup_folder "$plan"
  field "$plan/backup"
  begin_backup=$value
  if [ "${begin_backup:-latest}" = latest ]; then begin_backup=$(backup_table "$backups" | awk 'NR == 1 { print $2 }'); fi
  if [ -z "$begin_backup" ] || ! plain "$begin_backup" || [ ! -d "$backups/$begin_backup" ]; then
    findings_bad=false
    finding error config "there is no backup ${begin_backup:-at all} in $backups" \
      "name one of: $(backup_table "$backups" | awk '{ printf "%s ", $2 }')"
    rm -rf "$plan"
    return 1
  fi
}
# The start of an operation: under the lock, after whatever somebody left was ended.

# call_begin OPERATION TOKEN
call_begin() {
  known "$2" && return
  read_plan
  [ "$1" = deploy ] || [ "$1" = plan ] || overlay "$plan"
  if ! check_all "$1" "$plan"; then
    rm -rf "$plan"
    exit $FAILED
  fi
  refuse_held "$1"
  field "$plan/lock-timeout"
  lock_wait "${value:-600}" lock_owner lock_try || {
    rm -rf "$plan"
    exit $LOCKED
  }
  begin_locked "$1" "$2"
}

refuse_held() {
  case $1 in deploy | plan) ;; *) return 0 ;; esac
  hold_reason || return 0
  emit held "$value"
  rm -rf "$plan"
  exit $LOCKED
}

# begin_locked OPERATION TOKEN: the lock is held: ends what somebody left, then opens the record.
begin_locked() {
  if [ -f "$dot/phase" ]; then
    if ! recover; then
      rm -rf "$plan"
      emit finding error locked "an earlier operation was left open and could not be ended" "see: $dot/belay status"
      exit $FAILED
    fi
    # shellcheck disable=SC2086
    emit recovered $recovered
  fi
  # What we waited for, or recovered, may have ended as a hold.
  refuse_held "$1"
  # A repeated begin may have waited beside the first one.
  if closed_as "$2"; then late "$2"; fi
  case $1 in
    deploy | rollback)
      field "$plan/lock-timeout"
      lock_shared "$plan" "${value:-600}" || {
        rm -rf "$plan"
        exit $LOCKED
      }
      ;;
  esac
  sweep
  begin_previous=$(current_release) begin_new=
  case $1 in
    deploy | plan)
      field "$plan/sha"
      begin_new=$(new_release_id "$value")
      ;;
    rollback)
      pick_target || {
        rm -rf "$plan"
        exit $FAILED
      }
      begin_new=$target
      ;;
    verify-backup) pick_backup || exit $FAILED ;;
  esac
  open_record "$1" "$2" || {
    rm -rf "$plan" "$dot/operations/$2"
    fail $FAILED "could not write the record of the operation in $dot"
  }
  install_tick "$1"
  start_guardian "$2" guard
  lock_free
  begin_wait=0
  until guardian_alive; do
    begin_wait=$((begin_wait + 1))
    [ $begin_wait -lt 500 ] || fail $FAILED "the guardian did not start"
    pause 0.01
  done
  describe
}

# open_record OPERATION TOKEN: the folder of the operation, the record, the release's record: in this order, so
# that whatever is made after the record is named by it.
open_record() {
  open_folder=$dot/operations/$2
  mkdir -p "$open_folder/steps" || return 1
  printf '0000000000\n' >"$open_folder/beat"
  lay_ballast || return 1
  link_program || return 1
  if [ -n "$begin_previous" ]; then link_to "$begin_previous" "$dot/back" || return 1; fi
  printf '%s\n' "$PATH" >"$plan/search-path"
  open_seq=$(next_seq)
  field "$plan/run-url"
  open_run=$value
  field "$plan/actor"
  open_owner="${value:-$(id -un)}${open_run:+, $open_run}"
  field "$plan/confirm-timeout"
  open_timeout=${value:-120}
  {
    printf '%s\n' "belay-phase 1" "operation $1" "token $2" "seq $open_seq" "phase open" \
      "boot $(boot_id)" "program $program_hash" "timeout $open_timeout" "began $(utc)"
    printf 'owner %s\n' "$(printf '%s' "$open_owner" | tr '\n' ' ')"
    [ -z "$begin_previous" ] || echo "previous $begin_previous"
    [ -z "$begin_new" ] || echo "new $begin_new"
    [ -z "${BELAY_SCOPE:-}" ] || echo "scope $BELAY_SCOPE"
    [ -z "${begin_backup:-}" ] || echo "backup $begin_backup"
  } | put "$dot/phase" || return 1
  case $1 in
    deploy | plan) mv -fT "$plan" "$dot/releases/$begin_new" ;;
    *)
      mv -fT "$plan" "$open_folder/record" || return 1
      if [ "$1" = rollback ]; then take_env "$open_folder/record" "$begin_new"; fi
      ;;
  esac
}

# lay_ballast: blocks and inodes that an undo frees first, so that it needs none that it has not got.
lay_ballast() {
  drop_ballast
  mkdir "$dot/ballast" || return 1
  (cd "$dot/ballast" && touch 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16) || return 1
  dd if=/dev/urandom of="$dot/ballast/1" bs=65536 count=16 2>/dev/null
}

# drop_ballast: from here on blocks and inodes are needed, and there may be none.
drop_ballast() { rm -rf "$dot/ballast"; }

# link_program: .belay/belay is this version from now on, for people and timers.
link_program() {
  [ "$(readlink "$dot/belay")" = "bin/${program##*/}" ] && return 0
  rm -f "$dot/belay.new"
  ln -s "bin/${program##*/}" "$dot/belay.new" && mv -fT "$dot/belay.new" "$dot/belay"
}

# take_env RECORD TARGET: a rollback with `rollback-env: current` runs the old code with the running release's env.
take_env() {
  field "$1/rollback-env"
  [ "$value" = current ] || return 0
  [ -f "$dot/releases/$2/env.recorded" ] || cp -p "$dot/releases/$2/env" "$dot/releases/$2/env.recorded" 2>/dev/null ||
    : >"$dot/releases/$2/env.recorded"
  if [ -f "$1/env" ]; then put "$dot/releases/$2/env" <"$1/env"; else rm -f "$dot/releases/$2/env"; fi
}
# The life of an operation, as the runner (or a person's command) leads it. Every call names the token and
# may be repeated: the answer to a lost answer is the same again.

# call_attend TOKEN: each line is a beat.
call_attend() {
  require "$1"
  beats=$$
  while IFS= read -r _; do
    record_is "$1" open || late_soon "$1"
    guardian_alive || require "$1"
    beats=$((beats + 1))
    # In place: a full disk has no other block for it.
    printf '%s\n' "$beats" 1<>"$dot/operations/$1/beat"
    emit beat open
  done
}

# call_step TOKEN NAME OFFSET [CODING]
call_step() {
  if ! [ -f "$(step_folder "$1" "$2")/code" ]; then
    require "$1"
    if ! step_of "$1" "$2"; then
      case $2 in receive-* | pull-*) end_uploads "$1" ;; esac
      start_step "$1" "$2" ${4:+"$4"}
    fi
  fi
  follow "$1" "$2" "$3"
  # A step that was ended by an undo has more to tell than its code.
  record_is "$1" open || late_soon "$1"
}

# end_uploads TOKEN: an upload whose connection was cut may hang; a new one replaces it.
end_uploads() {
  grep -e '^step receive-' -e '^step pull-' "$dot/phase" | while read -r _ upload_name upload_pid upload_start; do
    [ -f "$(step_folder "$1" "$upload_name")/code" ] ||
      end_processes "$1.$upload_name" "$upload_pid" "$upload_start"
  done
}

# call_confirm TOKEN: the first of confirm and undo wins.
call_confirm() {
  if ! record_is "$1" && closed_as "$1" && [ "$outcome" = confirmed ]; then
    told_confirmed "$1"
    return
  fi
  require "$1"
  record_get guardian && confirm_guardian=$value
  record_get operation
  case $value in
    deploy | rollback)
      step_succeeded "$1" activate || {
        emit finding error command-failed "operation $1 has not activated its release: there is nothing to confirm" "undo it"
        exit $FAILED
      }
      ;;
  esac
  left_behind
  if record_get new; then confirm_text="$value serves"; else confirm_text='done'; fi
  close_operation "$1" open confirmed "$confirm_text" || late_soon "$1"
  confirm_wait=0
  # shellcheck disable=SC2086
  while process_is ${confirm_guardian} && [ $confirm_wait -lt 600 ]; do
    # Again each second: an old shell may lose a signal that comes just before it waits.
    [ $((confirm_wait % 50)) -ne 0 ] || kill -USR1 "${confirm_guardian% *}" 2>/dev/null
    pause 0.02
    confirm_wait=$((confirm_wait + 1))
  done
  told_confirmed "$1"
}

told_confirmed() {
  closed_as "$1"
  record_get new "$closed"
  emit confirmed "$value"
  if [ -f "$dot/operations/$1/pruned" ]; then cat "$dot/operations/$1/pruned"; fi
}

# call_undo TOKEN: standard input is the reason, one line. Follows the undo to its end.
call_undo() { ask "$1" undo; }

# call_abandon TOKEN OUTCOME
call_abandon() {
  case $2 in unchanged | superseded | planned | failed) ask "$1" "$2" ;; *) fail $USAGE "no such outcome: $2" ;; esac
}

# ask TOKEN WORD: hands the request to the guardian; where it is gone, another takes over.
ask() {
  IFS= read -r ask_reason || ask_reason=${ask_reason:-asked}
  if record_is "$1"; then
    if [ ! -f "$dot/operations/$1/asked" ]; then
      printf '%s %s\n' "$2" "$ask_reason" | put "$dot/operations/$1/asked" || {
        drop_ballast
        printf '%s %s\n' "$2" "$ask_reason" | put "$dot/operations/$1/asked"
      }
    fi
    wake_guardian || adopt_orphan "$1"
  fi
  offset=0 folder=$dot/operations/$1 ask_turn=0
  while record_is "$1"; do
    follow_output "$folder/undo.out"
    pause 0.05
    ask_turn=$((ask_turn + 1))
    if [ $((ask_turn % 40)) -eq 0 ]; then
      wake_guardian || adopt_orphan "$1"
      # The line also ends us when nobody reads any more.
      emit beat undoing
    fi
  done
  follow_output "$folder/undo.out"
  closed_as "$1" || {
    emit late unknown "there is no operation $1 here"
    exit $FAILED
  }
  record_get text "$closed"
  emit outcome "$outcome" "$value"
  case $outcome in
    "$2" | undone) return $DONE ;;
    *)
      outcome_code
      exit $late_code
      ;;
  esac
}

# call_settle ID RESULT: an unconfirmed release was gated by a runner.
call_settle() {
  [ "$2" = healthy ] || fail $USAGE "settle takes: healthy"
  for settle_file in "$dot"/history/*.unconfirmed; do
    if [ -f "$settle_file" ] && record_get new "$settle_file" && [ "$value" = "$1" ]; then
      mv -f "$settle_file" "${settle_file%.unconfirmed}.confirmed"
    fi
  done
  emit outcome confirmed "$1 was gated and is confirmed"
}
# What goes when an operation is over: old releases, left-overs, old logs. Nothing in use goes.

# sweep: what killed calls left in the temporary folders. The lock is held.
sweep() {
  for sweep_item in "$dot"/tmp/plan.*; do
    [ -d "$sweep_item" ] || continue
    sweep_owner=${sweep_item##*/plan.}
    # A plan that waits for the lock belongs to a live process.
    process_is "${sweep_owner%.*}" "${sweep_owner#*.}" || rm -rf "$sweep_item"
  done
  finish_retiring
  rm -rf "$dot"/tmp/schema.* "$dot"/tmp/login.* "$dot"/tmp/config.* "$dot"/tmp/make.* "$dot"/tmp/health.* "$dot"/tmp/flock.* "$dot/next" "$dot/incoming"
  for sweep_item in "$dot"/trash/*; do
    if [ -e "$sweep_item" ]; then rm -rf "$sweep_item"; fi
  done
  sweep_releases
}

# sweep_releases: releases with a record of ours that no closed or open operation put into service.
sweep_releases() {
  sweep_kept=$(confirmed_releases)
  for sweep_item in "$dot"/releases/*; do
    sweep_id=${sweep_item##*/}
    if [ ! -d "$sweep_item" ] || ! plain "$sweep_id"; then continue; fi
    [ "$(current_release)" != "$sweep_id" ] || continue
    if record_get new && [ "$value" = "$sweep_id" ]; then continue; fi
    if record_get previous && [ "$value" = "$sweep_id" ]; then continue; fi
    printf '%s\n' "$sweep_kept" | grep -qxF -e "$sweep_id" || release_used "$sweep_id" || remove_release "$sweep_id"
  done
}

# release_used ID: true when a process has its working directory in the release, or a container mounts its files.
release_used() { [ -n "$(in_folder "$(readlink -f "$root/releases/$1")")" ] || compose_uses "$1"; }

# prune_releases RECORD: keeps the newest `keep-releases` in the order of the history, and always the one
# that a rollback would go to.
prune_releases() {
  field "$1/keep-releases"
  prune_keep=${value:-5} prune_count=0
  prune_serving=$(current_release)
  prune_back=$(rollback_candidates "$prune_serving" | head -n 1)
  for prune_id in $(confirmed_releases); do
    [ -d "$root/releases/$prune_id" ] || [ -d "$dot/releases/$prune_id" ] || continue
    prune_count=$((prune_count + 1))
    case $prune_id in "$prune_serving" | "$prune_back") continue ;; esac
    if [ $prune_count -le "$prune_keep" ]; then continue; fi
    if release_used "$prune_id"; then continue; fi
    remove_release "$prune_id" && emit pruned "$prune_id"
  done
}

# prune_programs: the newest three versions, and those named by kept records stay.
prune_programs() {
  # shellcheck disable=SC2012 # names are ours
  (cd "$dot/bin" && ls -t belay-*) | tail -n +4 | while IFS= read -r prune_program; do
    [ "$prune_program" = "belay-$program_hash" ] || rm -f "$dot/bin/$prune_program"
  done
  rm -f "$dot"/bin/*.tmp.*
}

# prune_logs: the outputs of the last 20 operations stay, and the records of the last 500.
prune_logs() {
  history_table | awk '{ t[NR] = $2 } END { for (i = 1; i <= NR - 20; i++) print t[i] }' |
    while IFS= read -r prune_token; do
      if plain "$prune_token"; then rm -rf "$dot/operations/$prune_token"; fi
    done
}

# tidy TOKEN: the guardian's last act, the record being closed: still under the lock.
tidy() {
  closed_as "$1" || return 0
  record_get operation "$closed"
  tidy_operation=$value
  record_get new "$closed"
  tidy_new=$value
  case $tidy_operation in
    deploy) tidy_record=$dot/releases/$tidy_new ;;
    *) tidy_record=$dot/operations/$1/record ;;
  esac
  if [ "$outcome" = confirmed ]; then
    case $tidy_operation in deploy | rollback) retire "$tidy_new" ;; esac
    porcelain=true
    {
      case $tidy_operation in deploy | rollback) prune_releases "$tidy_record" ;; esac
      case $tidy_operation in
        deploy | backup)
          field "$tidy_record/backup-label"
          prune_backups "$tidy_record" "${value:-deploy}"
          ;;
      esac
    } >"$dot/operations/$1/pruned"
    porcelain=false
  fi
  # The environment that a rollback took along is the recorded one from now on.
  if [ "$tidy_operation" = rollback ] && [ "$outcome" = confirmed ]; then rm -f "$dot/releases/$tidy_new/env.recorded"; fi
  rm -rf "$dot/operations/$1/record"
  drop_ballast
  rm -f "$dot/back"
  prune_programs
  prune_logs
}
# tick: what a timer does each minute and after a reboot: ends an operation that has no owner.

# call_tick: exit 4 when there is nothing to do, or the lock is taken.
call_tick() {
  [ -f "$dot/phase" ] || [ -f "$dot/unretired" ] || exit $NOTHING
  record_readable || fail $FAILED "$dot/phase was written by a newer version of Belay"
  lock_try || exit $NOTHING
  if [ ! -f "$dot/phase" ]; then
    finish_retiring
    exit $NOTHING
  fi
  recover || exit $FAILED
  # shellcheck disable=SC2086
  emit recovered $recovered
  case $outcome in
    undone) exit $UNDONE ;;
    undo-failed) exit $UNDO_FAILED ;;
  esac
}

# tick_mark: the comment that marks our lines. A % would end a crontab's command.
tick_mark() { printf '# belay %s' "$root" | sed -e 's/%/\\%/g'; }

# tick_lines: the lines of the crontab.
tick_lines() (
  command=$(printf '%s' "$dot/belay" | sed -e "s/'/'\\\\''/g" -e 's/%/\\%/g')
  printf '%s\n' "@reboot '$command' tick >/dev/null 2>&1 $(tick_mark)" \
    "* * * * * '$command' tick >/dev/null 2>&1 $(tick_mark)"
)

# install_tick OPERATION: the first deploy installs the lines where the user may have a crontab; else it
# names them as missing. BELAY_CRONTAB is another program than `crontab`.
install_tick() {
  [ "$1" = deploy ] || return 0
  tick_program=${BELAY_CRONTAB:-crontab}
  if ! command -v "$tick_program" >/dev/null 2>&1; then
    finding warning tool-missing "crontab is missing: after a reboot in mid-deploy nobody finishes it before the next deploy" \
      "install it: apt-get install cron; or have a timer run each minute: $dot/belay tick"
    return 0
  fi
  tick_table=$("$tick_program" -l 2>/dev/null)
  case $tick_table$NEWLINE in *"$(tick_mark)$NEWLINE"*) return 0 ;; esac
  { [ -z "$tick_table" ] || printf '%s\n' "$tick_table"; tick_lines; } | "$tick_program" - 2>/dev/null ||
    finding warning not-writable "$(id -un) may not have a crontab: after a reboot in mid-deploy nobody finishes it before the next deploy" \
      "allow it in /etc/cron.allow, or have a timer run each minute: $dot/belay tick"
}
# What a person calls on the server, and what `status` tells both.

# call_status
call_status() {
  history_keep
  status_current=$(current_release)
  emit current "${status_current:-none}"
  if [ -n "$status_current" ]; then
    field "$dot/releases/$status_current/sha"
    emit current-sha "$value"
  fi
  if record_get token; then
    status_token=$value
    record_get operation && status_operation=$value
    record_get phase && status_phase=$value
    record_get began
    emit phase "$status_operation" "$status_phase" "$status_token" "since $value" "$(lock_owner)"
    if ! guardian_alive; then
      emit fact "owner" "gone; $dot/belay tick ends it"
    fi
  else
    emit phase none
  fi
  if hold_reason; then emit hold "$value"; fi
  describe_unconfirmed
  served_table | while read -r status_id status_when; do
    [ -d "$root/releases/$status_id" ] || continue
    field "$dot/releases/$status_id/sha"
    emit release "$status_id" "$value" "$status_when"
  done
  if [ -n "$status_current" ]; then
    list_candidates "$(rollback_candidates "$status_current")"
    backup_folder "$dot/releases/$status_current"
  else
    backups=$root/backups
  fi
  backup_table "$backups" | while read -r _ status_id status_label status_bytes status_before; do
    emit backup "$status_id" "$status_label" "$status_bytes" "$status_before"
  done
  if [ -n "$status_current" ]; then
    strategy_of "$dot/releases/$status_current"
    case $strategy in compose) compose_status "$status_current" ;; esac
  fi
  emit fact "disk free" "$(($(free_kib "$root") / 1024)) MiB"
  if [ -n "$status_current" ]; then check_daily "$dot/releases/$status_current"; fi
}

# call_history: what happened here, a line each, the newest last: when, what, how it ended and why, how far it had
# come, whose it was.
call_history() {
  for history_file in "$dot"/history/[0-9]*.*.*; do
    [ -f "$history_file" ] || continue
    history_line=''
    for history_key in ended operation new; do
      record_get "$history_key" "$history_file" && history_line="$history_line$value "
    done
    record_get text "$history_file"
    history_line="$history_line${history_file##*.}: $value"
    case $history_file in
      *.confirmed) ;;
      *)
        history_step=$(sed -n -e '/^step undo-/d' -e 's/^step \([^ ]*\) .*/\1/p' "$history_file" | tail -n 1)
        history_line="$history_line; last step: ${history_step:-none}"
        ;;
    esac
    record_get owner "$history_file" && history_line="$history_line; by $value"
    printf '%s\n' "$history_line"
  done
}

call_backups() {
  field_serving=$(current_release)
  backup_folder "$dot/releases/${field_serving:-none}"
  backup_table "$backups" | while read -r _ id label bytes before; do
    printf '%s  %s  %s bytes  before %s\n' "$id" "$label" "$bytes" "$before"
  done
}

# call_logs [TOKEN]: the outputs of an operation's steps, of the last one by default.
call_logs() {
  logs_token=${1:-$(history_table | awk 'END { print $2 }')}
  if [ -z "${1:-}" ] && record_get token; then logs_token=$value; fi
  [ -n "$logs_token" ] && plain "$logs_token" && [ -d "$dot/operations/$logs_token" ] || fail $NOTHING "there are no logs of ${logs_token:-any operation}"
  for logs_file in "$dot/operations/$logs_token"/steps/*/out "$dot/operations/$logs_token"/*.out; do
    [ -s "$logs_file" ] || continue
    logs_name=${logs_file#"$dot/operations/$logs_token/"}
    printf '== %s\n' "${logs_name%/out}"
    cat "$logs_file"
  done
}

# call_compose ARG…: compose with the files, environment and images of the release that serves.
call_compose() {
  compose_current=$(current_release)
  compose_program=$dot/releases/${compose_current:-none}/compose
  [ -x "$compose_program" ] || fail $NOTHING "the release that serves is not one of compose"
  exec "$compose_program" "$@"
}

call_hold() {
  [ -n "$*" ] || fail $USAGE "say why: belay hold REASON"
  hold "$* (held by $(id -un), $(utc))"
  echo "deploys are held until: $dot/belay release-hold"
}

call_release_hold() {
  lock_or_tell
  [ -f "$dot/hold" ] || fail $NOTHING "deploys are not held"
  rm -f "$dot/hold"
  echo "deploys may go on"
}

# lead OPERATION FIELD…: a person's command is the runner: begins, beats while it lives, and follows.
# Each FIELD is NAME=VALUE of the plan. Sets `token`.
lead() {
  lead_operation=$1
  shift
  process_start $$
  lead_start=$started
  token=person-$(date -u +%Y%m%dT%H%M%SZ)-$$
  lead_plan=$dot/tmp/plan.$$.$started
  mkdir -p "$lead_plan"
  for lead_field; do printf '%s\n' "${lead_field#*=}" >"$lead_plan/${lead_field%%=*}"; done
  printf '%s at the server\n' "$(id -un)" >"$lead_plan/actor"
  : >"$lead_plan/run-url"
  printf '15\n' >"$lead_plan/confirm-timeout"
  (cd "$lead_plan" && tar -cf - .) | belay_again begin "$lead_operation" "$token"
  lead_code=$?
  rm -rf "$lead_plan"
  [ $lead_code -eq 0 ] || exit $lead_code
  trap 'undo_led "interrupted by $(id -un)"' INT TERM HUP
  while process_is $$ "$lead_start"; do
    echo beat
    pause 1
  done 2>/dev/null | belay_again attend "$token" >/dev/null 2>&1 &
}

# led_step NAME: fails when the step failed.
led_step() {
  belay_again step "$token" "$1" 0 || exit
  step_succeeded "$token" "$1"
}

undo_led() {
  printf '%s\n' "$1" | belay_again undo "$token"
  led_code=$?
  [ $led_code -ne 0 ] || led_code=$UNDONE
  exit $led_code
}

# call_rollback [ID] [--across-migrations]
call_rollback() {
  rollback_to='' rollback_across=false
  for rollback_word; do
    case $rollback_word in
      --across-migrations) rollback_across=true ;;
      *) rollback_to=$rollback_word ;;
    esac
  done
  lead rollback "release=$rollback_to" "across-migrations=$rollback_across"
  led_step activate || undo_led "the restart lines failed"
  record_get new
  rollback_new=$value
  healthy "$rollback_new" || undo_led "release $rollback_new is not healthy"
  belay_again confirm "$token" || exit
  echo "$rollback_new serves"
}

# call_backup [LABEL]: `daily` is what a timer should say.
call_backup() {
  plain "${1:-manual}" || fail $USAGE "a label is of letters, digits, . _ -: not ${1:-}"
  lead backup "backup-label=${1:-manual}"
  led_step backup || undo_led "the backup failed"
  belay_again confirm "$token" || exit
  if grep -qs '^nothing' "$(step_folder "$token" backup)/results"; then exit $NOTHING; fi
}

usage() {
  cat <<'EOF'
belay: releases and backups of this path

  belay status                       what serves, what runs, what there is to go back to
  belay history                      what happened here
  belay rollback [ID] [--across-migrations]
                                     make an earlier release the running one
  belay backup [LABEL]               take and verify a backup (default label: manual)
  belay backups                      the backups that are there
  belay compose ARG…                 docker compose with the files and environment of what serves
  belay logs [TOKEN]                 what the steps of an operation printed
  belay hold REASON                  refuse deploys
  belay release-hold                 allow them again
  belay tick                         finish what has no owner (a timer calls it)

exit: 0 done, 1 failed, 2 usage, 3 locked, 4 nothing to do, 5 undone, 6 undo failed
EOF
}
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

main() {
  program=$(readlink -f "$0")
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
