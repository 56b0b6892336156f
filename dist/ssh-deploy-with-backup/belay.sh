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

# marked MARK: prints `PID START` of the live processes whose environment has BELAY_STEP=MARK; (setsid hides none).
marked() {
  with_mark "$1" |
    while IFS=/ read -r _ _ marked_pid _; do
      process_start "$marked_pid" && echo "$marked_pid $started"
    done
}

# with_mark MARK: prints the environ files that have it. busybox's grep sees no further than the first NUL.
with_mark() {
  if printf 'a\0b' | grep -qF b; then
    grep -lF "BELAY_STEP=$1;" /proc/[0-9]*/environ 2>/dev/null
  else
    for with_mark_file in /proc/[0-9]*/environ; do
      if tr '\0' '\n' 2>/dev/null <"$with_mark_file" | grep -qxF "BELAY_STEP=$1;"; then echo "$with_mark_file"; fi
    done
  fi 2>/dev/null
}

# group_members PGID: prints `PID START` of its live processes.
group_members() {
  cat /proc/[0-9]*/stat 2>/dev/null |
    awk -v g="$1" '{ pid = $1; sub(/^.*\) /, ""); if ($3 == g && $1 != "Z" && $1 != "X") print pid, $20 }'
}

# step_processes MARK PID START: prints all that a step left running: its group and whoever carries its mark.
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

# end_processes MARK PID START: TERM, after 5 s KILL, until none is left; fails when one survives 15 s.
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
      lock_name=$($lock_whose)
      # The line also ends us when nobody reads any more.
      if [ "$lock_name" != "$lock_told" ] || [ $((lock_waited % 50)) -eq 0 ]; then emit waiting "$lock_name"; fi
      lock_told=$lock_name
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

# lock_databases PLAN SECONDS: takes the locks of the plan's databases (descriptors 4 to 7, in sorted order), which
# deploys of other paths may use too. They are held and handed on with the lock of the path.
lock_databases() {
  lock_places=$HOME/.belay/locks lock_fd=4
  lock_names=$(for lock_number in $(databases "$1"); do with_database "$1" "$lock_number" database_identity; done | sort -u)
  for lock_name in $lock_names; do
    mkdir -p "$lock_places" || return 1
    lock_file=$lock_places/database-$lock_name
    case $lock_fd in
      4) exec 4>>"$lock_file" ;;
      5) exec 5>>"$lock_file" ;;
      6) exec 6>>"$lock_file" ;;
      7) exec 7>>"$lock_file" ;;
    esac
    lock_wait "$2" lock_database_owner flock -n "$lock_fd" || return 1
    printf 'a deploy of %s\n' "$root" >"$lock_file"
    lock_fd=$((lock_fd + 1))
  done
}

# lock_database_owner: prints whose the lock in lock_file is.
lock_database_owner() { printf '%s, which uses the same database\n' "$(cat "$lock_file")"; }

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

# activate ID [back]: makes release ID the running one: the link, then the recorded restart lines.
# Deploy, rollback, undo and a person's command all go through here.
activate() {
  [ -d "$root/releases/$1" ] || {
    echo "release $1 is gone from $root/releases"
    return 1
  }
  point_current "$1" "${2:-}" || return 1
  if [ -s "$dot/releases/$1/restart" ]; then echo "running the restart lines of $1"; fi
  run_lines "$dot/releases/$1" restart "$root/releases/$1"
}

# remove_release ID: the tree and then the record; the tree goes under another name first, so that no
# half tree stands under the name of a release.
remove_release() {
  plain "$1" || return 1
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

# healthy ID: true when release ID answers as recorded, three times in a row within its time. With nothing
# to ask, the restart's exit code was all there is, and that is what this believes.
healthy() (
  record=$dot/releases/$1
  field "$record/health-url"
  url=$value
  [ -n "$url" ] || return 0
  field "$record/health-expect"
  expect=$value
  field "$record/health-timeout"
  left=$((${value:-60} * 2)) row=0 body=$dot/tmp/health.$$
  while [ $left -gt 0 ]; do
    if ask_app "$url" "$body" && { [ -z "$expect" ] || grep -qF -e "$expect" "$body"; }; then
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
  if [ "$(databases "$1" | wc -l)" -gt 4 ]; then
    finding error config "database-url has more than 4 lines" "deploy apps that use so many databases from several paths"
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

# check_habits PLAN: what bites later: sudo that asks, sessions ended at logout, no timer, no way to ask the app.
check_habits() {
  if grep -qs '\(^\|[^[:alnum:]_]\)sudo ' "$1/restart" && ! grep -qs 'sudo .*-S' "$1/restart" && ! sudo -n -l >/dev/null 2>&1; then
    finding error auth-refused "the restart lines use sudo, which asks $(id -un) for a password" \
      "allow just those commands in /etc/sudoers.d: $(id -un) ALL=(root) NOPASSWD: /usr/bin/systemctl restart APP"
  fi
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
    backup) step_backup "$1" ;;
    verify-backup) step_verify_backup ;;
    activate) step_activate "$1" ;;
    undo-*) step_reactivate ;;
    build | before | migrate | migrate-plan | after) step_lines "$1" "$2" ;;
    on-recovery) run_lines "$record" on-recovery "$root/current" ;;
    *)
      echo "no such step: $2"
      return $USAGE
      ;;
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
  BELAY_STEP="$1.$2;"
  export BELAY_STEP
  # shellcheck disable=SC2086 # BELAY_SH is words
  case $2 in
    # The upload reads what we were given.
    receive-*) detach ${BELAY_SH:-sh} "$program" run-step "$@" ;;
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

# stop_first TOKEN NEW: nothing to go back to: what the first deploy started is ended, its link removed.
stop_first() {
  if [ "$(current_release)" = "$2" ]; then rm -f "$root/current"; fi
  end_processes "$1.activate" '' ''
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
      lock_databases "$plan" "${value:-600}" || {
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
      case $2 in receive-*) end_uploads "$1" ;; esac
      start_step "$1" "$2" ${4:+"$4"}
    fi
  fi
  follow "$1" "$2" "$3"
  # A step that was ended by an undo has more to tell than its code.
  record_is "$1" open || late_soon "$1"
}

# end_uploads TOKEN: an upload whose connection was cut may hang; a new one replaces it.
end_uploads() {
  grep '^step receive-' "$dot/phase" | while read -r _ upload_name upload_pid upload_start; do
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

# left_behind: the processes that a restart has left in the old release: its code, and soon a folder that is gone.
left_behind() {
  record_get new && left_new=$value || return 0
  record_get previous && [ "$value" != "$left_new" ] || return 0
  in_folder "$(readlink -f "$root/releases/$value")" | while read -r left_pid left_command; do
    emit old-process "$left_pid" "$left_command"
  done
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
  rm -rf "$dot"/tmp/schema.* "$dot"/tmp/health.* "$dot"/tmp/flock.* "$dot/next" "$dot/incoming"
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

# release_used ID: true when a process has its working directory in the release.
release_used() { [ -n "$(in_folder "$(readlink -f "$root/releases/$1")")" ]; }

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
  [ -f "$dot/phase" ] || exit $NOTHING
  record_readable || fail $FAILED "$dot/phase was written by a newer version of Belay"
  lock_try || exit $NOTHING
  if [ ! -f "$dot/phase" ]; then exit $NOTHING; fi
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
