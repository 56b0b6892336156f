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
  # One that does not know -f has started nothing.
  # shellcheck disable=SC2086 # BELAY_SCOPE is words
  setsid -f ${BELAY_SCOPE:-} "$@" && return
  # A list in the background would read nothing.
  exec 3<&0
  # shellcheck disable=SC2086
  setsid ${BELAY_SCOPE:-} "$@" <&3 3<&- &
  exec 3<&-
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
    with_mark_line="BELAY_STEP=$(step_mark "$1")"
    # Mostly none has it: one look at all of them says so.
    cat /proc/[0-9]*/environ | tr '\0' '\n' | grep -qxF -e "$with_mark_line" || return 0
    for with_mark_file in /proc/[0-9]*/environ; do
      if tr '\0' '\n' <"$with_mark_file" | grep -qxF -e "$with_mark_line"; then echo "$with_mark_file"; fi
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

# seconds_up: sets `up` to the whole seconds since boot.
seconds_up() {
  read -r up _ </proc/uptime
  up=${up%.*}
}

# end_processes STEP PID START: TERM, after 5 s KILL, until none is left; fails when one survives 15 s. By the clock: on a
# busy server a look takes long.
end_processes() (
  seconds_up
  begun=$up due=$up
  while
    left=$(step_processes "$@")
    [ -n "$left" ]
  do
    seconds_up
    [ $((up - begun)) -lt 15 ] || return 1
    if [ "$up" -ge "$due" ]; then
      if [ $((up - begun)) -lt 5 ]; then signal=TERM; else signal=KILL; fi
      printf '%s\n' "$left" | signal_all "$signal"
      due=$((up + 5))
    fi
    pause 0.1
  done
)

# in_folder FOLDER: prints `PID COMMAND` of the processes whose working directory lies in it. One look at all links: a
# readlink for each would be most of what a deploy starts.
in_folder() {
  # shellcheck disable=SC2012 # the names are numbers, and where they point to is read as it stands
  ls -l /proc/[0-9]*/cwd 2>/dev/null | sed -n 's|^.* /proc/\([0-9]*\)/cwd -> |\1 |p' |
    while read -r in_folder_pid in_folder_at; do
      case $in_folder_at/ in
        "$1"/*)
          process_start "$in_folder_pid" &&
            printf '%s %s\n' "$in_folder_pid" "$(cat "/proc/$in_folder_pid/comm" 2>/dev/null)"
          ;;
      esac
    done
}
