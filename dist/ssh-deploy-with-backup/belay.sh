#!/bin/sh
# Joined from src/server of Belay, where its comments are.
set -u

BELAY_UMASK=${BELAY_UMASK:-$(umask)}
export BELAY_UMASK
umask 077
LC_ALL=C
export LC_ALL

DONE=0 FAILED=1 USAGE=2 LOCKED=3 NOTHING=4 UNDONE=5 UNDO_FAILED=6

TAB=$(printf '\t')
CR=$(printf '\r')
NEWLINE='
'

porcelain=false

encode() {
  case $1 in
    *[%"$TAB$CR$NEWLINE"]*)
      encoded=$(printf '%s\n' "$1" | sed -e 's/%/%25/g' -e "s/$TAB/%09/g" -e "s/$CR/%0D/g" |
        awk 'NR > 1 { printf "%%0A" } { printf "%s", $0 }')
      ;;
    *) encoded=$1 ;;
  esac
}

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

tell() {
  case $1 in
    finding) printf '%s: %s\n  %s\n' "$2" "$4" "$5" ;;
    waiting) printf 'waiting for the lock, held by %s\n' "$2" ;;
    held) printf 'deploys are held: %s\n' "$2" ;;
    locked) printf 'locked by %s\n' "$2" ;;
    late) printf 'too late, the operation has ended as %s: %s\n' "$2" "$3" ;;
    recovered) printf 'operation %s was left by its owner; it ended as %s\n' "$2" "$3" ;;
    outcome) printf '%s: %s\n' "$2" "$3" ;;
    code | begun | source | previous* | fact | beat | confirmed) ;;
    *)
      tell_key=$1
      shift
      printf '%s: %s\n' "$tell_key" "$*"
      ;;
  esac
}

fail() {
  printf 'belay: %s\n' "$2" >&2
  exit "$1"
}

utc() { date -u +%Y-%m-%dT%H:%M:%SZ; }

pause() { sleep "$1" 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; }

flush() { sync "$@" 2>/dev/null || sync; }

put() { cat >"$1.new" && flush "$1.new" && mv -f "$1.new" "$1"; }

field() {
  value='' field_gap=''
  [ -f "$1" ] || return 0
  while IFS= read -r field_line || [ -n "$field_line" ]; do
    if [ -n "$field_line" ]; then value=$value$field_gap$field_line field_gap=; fi
    field_gap=$field_gap$NEWLINE
  done <"$1"
}

plain() {
  case $1 in
    '' | .* | -* | *[!A-Za-z0-9._:-]*) return 1 ;;
  esac
}

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

record_put() {
  {
    grep -v "^$1 " "$dot/phase"
    printf '%s %s\n' "$1" "$(printf '%s' "$2" | tr '\n' ' ')"
  } | put "$dot/phase"
}

record_append() {
  cp "$dot/phase" "$dot/phase.new" && printf '%s\n' "$1" >>"$dot/phase.new" &&
    flush "$dot/phase.new" && mv -f "$dot/phase.new" "$dot/phase"
}

record_inherit() {
  record_get boot
  {
    if [ "$value" = "$(boot_id)" ]; then cat "$dot/phase"; else sed -e 's/^\(step [^ ]*\) .*/\1 0 0/' "$dot/phase"; fi |
      grep -v -e '^guardian ' -e '^boot '
    printf '%s\n' "boot $(boot_id)" "guardian $1"
  } | put "$dot/phase"
}

record_is() {
  record_get token && [ "$value" = "$1" ] || return 1
  [ $# -lt 2 ] || { record_get phase && [ "$value" = "$2" ]; }
}

record_readable() {
  [ -f "$dot/phase" ] || return 0
  IFS= read -r record_format <"$dot/phase"
  [ "$record_format" = "belay-phase 1" ]
}

phase_lock() { exec 8>"$dot/phase.lock" && flock 8; }
phase_unlock() { exec 8>&-; }

record_change() {
  phase_lock
  if record_is "$3" "$4" && record_put "$1" "$2"; then
    phase_unlock
  else
    phase_unlock
    return 1
  fi
}

record_close() {
  record_put text "$2" && record_put ended "$(utc)" || return 1
  record_get seq && close_seq=$value
  record_get token
  mv -f "$dot/phase" "$dot/history/$close_seq.$value.$1" && flush "$dot/history"
}

boot_id() { echo "${BELAY_BOOT_ID:-$(cat /proc/sys/kernel/random/boot_id 2>/dev/null || echo unknown)}"; }

process_start() {
  started=''
  IFS= read -r process_stat 2>/dev/null <"/proc/$1/stat" || return 1
  set -- ${process_stat##*) }
  case ${1:-X} in Z | X) return 1 ;; esac
  started=${20:-}
  [ -n "$started" ]
}

process_is() { [ -n "${1:-}" ] && process_start "$1" && [ "$started" = "$2" ]; }

use_scope() {
  if record_get scope; then BELAY_SCOPE=$value; else BELAY_SCOPE=; fi
}

in_session() {
  setsid -f ${BELAY_SCOPE:-} "$@" && return
  exec 3<&0
  setsid ${BELAY_SCOPE:-} "$@" <&3 3<&- &
  exec 3<&-
}

detach() { in_session "$@" >/dev/null 2>&1 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; }

belay_again() {
  ${BELAY_SH:-sh} "$program" "$@"
}

step_mark() { printf '%s:%s;' "$root" "$1"; }

marked() {
  with_mark "$1" |
    while IFS=/ read -r _ _ marked_pid _; do
      process_start "$marked_pid" && echo "$marked_pid $started"
    done
}

with_mark() {
  if printf 'a\0b' | grep -qF b; then
    grep -lF "BELAY_STEP=$(step_mark "$1")" /proc/[0-9]*/environ 2>/dev/null
  else
    with_mark_line="BELAY_STEP=$(step_mark "$1")"
    cat /proc/[0-9]*/environ | tr '\0' '\n' | grep -qxF -e "$with_mark_line" || return 0
    for with_mark_file in /proc/[0-9]*/environ; do
      if tr '\0' '\n' <"$with_mark_file" | grep -qxF -e "$with_mark_line"; then echo "$with_mark_file"; fi
    done
  fi 2>/dev/null
}

group_members() {
  cat /proc/[0-9]*/stat 2>/dev/null |
    awk -v g="$1" '{ pid = $1; sub(/^.*\) /, ""); if ($3 == g && $1 != "Z" && $1 != "X") print pid, $20 }'
}

step_processes() {
  {
    marked "$1"
    if process_is "$2" "$3"; then group_members "$2"; fi
  } | sort -un
}

signal_all() {
  while read -r signal_pid signal_start; do
    if process_is "$signal_pid" "$signal_start"; then kill -"$1" "$signal_pid" 2>/dev/null; fi
  done
}

seconds_up() {
  read -r up _ </proc/uptime
  up=${up%.*}
}

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

in_folder() {
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

lock_try() { exec 9>>"$dot/lock" && flock -n 9; }
lock_free() { exec 4>&- 5>&- 6>&- 7>&- 9>&-; }

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

lock_or_tell() {
  lock_try && return
  emit locked "$(lock_owner)"
  exit $LOCKED
}

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
      if [ "$lock_holder" != "$lock_told" ] || [ $((lock_waited % 50)) -eq 0 ]; then emit waiting "$lock_holder"; fi
      lock_told=$lock_holder
    fi
    lock_waited=$((lock_waited + 1))
    pause 0.2
  done
}

database_identity() {
  sql "select system_identifier || '-' || md5(current_database()) from pg_control_system()" 2>/dev/null ||
    printf '%s:%s/%s\n' "${PGHOST:-}" "${PGPORT:-}" "$PGDATABASE" | sha256sum | cut -c 1-32
}

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

lock_names() {
  for lock_number in $(databases "$1"); do
    printf 'database-%s\n' "$(with_database "$1" "$lock_number" database_identity)"
  done
  strategy_of "$1"
  if [ "$strategy" = compose ]; then printf 'project-%s\n' "$(project_of "$1")"; fi
}

lock_shared_owner() {
  case $lock_name in
    database-*) printf '%s, which uses the same database\n' "$(cat "$lock_file")" ;;
    *) printf '%s, which uses the same compose project\n' "$(cat "$lock_file")" ;;
  esac
}

lock_excludes() (
  probe=$dot/tmp/flock.$$
  exec 7>"$probe" && flock -n 7 || return 1
  if flock -n "$probe" true 7>&-; then
    rm -f "$probe"
    return 1
  fi
  rm -f "$probe"
)

hold_reason() {
  field "$dot/hold"
  [ -f "$dot/hold" ]
}

hold() { printf '%s\n' "$1" | put "$dot/hold"; }

history_keep() { history_kept=$(history_table); }

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

next_seq() { history_table | awk 'END { print (NR ? $1 + 1 : 10000001) }'; }

closed_as() {
  for closed in "$dot"/history/[0-9]*."$1".*; do
    case $closed in *.new) continue ;; esac
    [ -f "$closed" ] || return 1
    outcome=${closed##*.}
    return 0
  done
  return 1
}

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

served_table() {
  history_table | awk '
    ($4 == "deploy" || $4 == "rollback" || $4 == "adopt") && ($3 == "confirmed" || $3 == "unconfirmed") { id[++n] = $5; w[$5] = $9 }
    END { for (i = n; i > 0; i--) if (!seen[id[i]]++) print id[i], w[id[i]] }'
}

confirmed_releases() { served_table | cut -d ' ' -f 1; }

last_backup_before_confirmed() {
  history_table | awk '$4 == "deploy" && $3 == "confirmed" && $7 != "-" { b = $7 } END { if (b) print b }'
}

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
    . "$record/env"
  fi
  BELAY_RELEASE=${BELAY_RELEASE-} BELAY_PREVIOUS=${BELAY_PREVIOUS-}
  BELAY_SHA=${BELAY_SHA-} BELAY_BACKUP=${BELAY_BACKUP-} BELAY_PATH=$root
  if [ -x "$dot/releases/${BELAY_RELEASE:-none}/compose" ]; then
    BELAY_COMPOSE=$dot/releases/$BELAY_RELEASE/compose
    export BELAY_COMPOSE
    if [ "$(current_release)" != "$BELAY_RELEASE" ]; then
      BELAY_FOLDER=$root/releases/$BELAY_RELEASE
      export BELAY_FOLDER
    fi
  fi
  export BELAY_RELEASE BELAY_PREVIOUS BELAY_SHA BELAY_BACKUP BELAY_PATH
  unset BELAY_SH BELAY_UMASK BELAY_SCOPE
  exec $shell "$record/$name" </dev/null 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
)

release_variables() {
  BELAY_RELEASE=$1 BELAY_PREVIOUS=$2
  field "$dot/releases/$1/sha"
  BELAY_SHA=$value
  BELAY_BACKUP=
  if record_get backup; then BELAY_BACKUP=$backups/$value; fi
}

strategy_of() {
  field "$1/strategy"
  strategy=${value:-symlink}
  case $strategy in compose) use_compose ;; esac
}

use_compose() {
  [ -z "${compose_read:-}" ] || return 0
  eval "$(sed -n '/^: part compose$/,$p' "$program")"
  compose_read=true
}

activate() {
  [ -d "$root/releases/$1" ] || {
    echo "release $1 is gone from $root/releases"
    return 1
  }
  strategy_of "$dot/releases/$1"
  "${strategy}_activate" "$1" "${2:-}"
}

stop_first() {
  if [ "$(current_release)" = "$2" ]; then rm -f "$root/current"; fi
  strategy_of "$dot/releases/$2"
  "${strategy}_stop_first" "$1" "$2"
}

end_strays() {
  strategy_of "$record"
  "${strategy}_end_strays" "$1"
}

left_behind() {
  record_get new && left_new=$value || return 0
  strategy_of "$dot/releases/$left_new"
  record_get previous && [ "$value" != "$left_new" ] || return 0
  "${strategy}_left_behind" "$value"
}

retire() {
  strategy_of "$dot/releases/$1"
  "${strategy}_retire" "$1"
}

running() {
  strategy_of "$dot/releases/$1"
  "${strategy}_running" "$1"
}

forget() {
  strategy_of "$dot/releases/$1"
  "${strategy}_forget" "$1"
}

check_strategy() {
  strategy_of "$1"
  "${strategy}_check" "$1"
}

finish_retiring() {
  [ -f "$dot/unretired" ] && [ ! -f "$dot/phase" ] || return 0
  [ "$(history_table | awk 'END { print $3 }')" = confirmed ] || return 0
  finish_id=$(current_release)
  if [ -n "$finish_id" ]; then retire "$finish_id"; fi
}

symlink_activate() {
  point_current "$1" "$2" || return 1
  if [ -s "$dot/releases/$1/restart" ]; then echo "running the restart lines of $1"; fi
  run_lines "$dot/releases/$1" restart "$root/releases/$1"
}

symlink_stop_first() { end_processes "$1.activate" '' ''; }

symlink_left_behind() {
  in_folder "$(readlink -f "$root/releases/$1")" | while read -r left_pid left_command; do
    emit old-process "$left_pid" "$left_command"
  done
}

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

engine() {
  case $1 in create | start | stop | rm | run) unsee ;; esac
  docker "$@" </dev/null 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
}

keep_engine() {
  if [ -n "${DOCKER_HOST:-}" ]; then printf '%s\n' "$DOCKER_HOST" | put "$dot/docker-host"; else rm -f "$dot/docker-host"; fi
}

use_kept_engine() {
  [ -z "${DOCKER_HOST:-}" ] && [ -f "$dot/docker-host" ] || return 0
  field "$dot/docker-host"
  DOCKER_HOST=$value
  export DOCKER_HOST
}

compose_kind() {
  if [ -n "${compose_is:-}" ]; then return; fi
  record_get token && kind_for=$value || kind_for=
  if [ -n "$kind_for" ] && [ -f "$dot/compose-is" ]; then
    read -r kind_known compose_is <"$dot/compose-is"
    if [ "$kind_known" = "$kind_for" ]; then return; fi
  fi
  find_compose
  if [ -n "$kind_for" ]; then printf '%s %s\n' "$kind_for" "$compose_is" | put "$dot/compose-is"; fi
}

find_compose() {
  compose_is=
  if engine compose version >/dev/null 2>&1; then
    compose_is=v2
  elif command -v docker-compose >/dev/null 2>&1; then
    case $(docker-compose version --short 2>/dev/null) in
      1.*) compose_is=v1 ;;
      *) compose_is=v2-alone ;;
    esac
  fi
}

see() {
  unsee
  seen=$(containers_of "$1") && seen_project=$1
}
unsee() { seen_project=; }

containers_of() (
  if [ -n "${seen_project:-}" ] && [ "$seen_project" = "$1" ]; then
    printf '%s\n' "$seen" | awk -v name="${2:-}" 'NF && (name == "" || $8 == name)'
    return
  fi
  ids=$(engine ps -aq --no-trunc --filter "label=com.docker.compose.project=$1" \
    --filter label=com.docker.compose.oneoff=False ${2:+--filter "label=com.docker.compose.service=$2"}) || return 1
  inspect_containers $ids
)

service_container() (
  found=$(containers_of "$(project_of "$1")" "$2" | awk '$2 == "running" { print $1; exit }') && [ -n "$found" ] || return 1
  echo "$found"
)

not_yet() (
  [ -z "$(current_release)" ] && found=$(containers_of "$(project_of "$1")" "$2") && [ -z "$found" ]
)

nothing_yet() (
  not_yet "$1" "$2" &&
    found=$(engine volume ls -q --filter "label=com.docker.compose.project=$(project_of "$1")") && [ -z "$found" ]
)

inspect_containers() {
  [ $# -gt 0 ] || return 0
  engine inspect --type container -f '{{.Id}} {{.State.Status}} {{with index .State "Health"}}{{.Status}}{{else}}none{{end}} {{.RestartCount}} {{.State.OOMKilled}} {{.State.ExitCode}} {{or .HostConfig.RestartPolicy.Name "no"}} {{index .Config.Labels "com.docker.compose.service"}} {{.Name}} {{.Created}}' "$@" 2>/dev/null |
    sed -e 's| /| |' | sort -k 10 | cut -d ' ' -f 1-9
}

remove_containers() {
  [ $# -gt 0 ] || return 0
  engine stop "$@" >/dev/null 2>&1
  engine rm -f "$@" >/dev/null 2>&1 || [ -z "$(inspect_containers "$@")" ]
}

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

write_compose() (
  record=$dot/releases/$1
  compose_kind
  {
    printf '#!/bin/sh\n# The compose command of release %s.\n' "$1"
    printf 'unset COMPOSE_FILE COMPOSE_PROJECT_NAME COMPOSE_PROFILES COMPOSE_REMOVE_ORPHANS\n'
    if [ -f "$record/env" ]; then printf '. %s\n' "$(quoted "$record/env")"; fi
    printf 'COMPOSE_IGNORE_ORPHANS=true\nexport COMPOSE_IGNORE_ORPHANS\n'
    case $compose_is in v2) words='docker compose' ;; *) words=docker-compose ;; esac
    printf 'exec %s --project-name %s --project-directory "${BELAY_FOLDER:-%s}" %s "$@"\n' \
      "$words" "$(project_of "$record")" "$(in_quotes "$(project_folder "$1")")" "$(compose_files "$1")"
  } >"$record/compose.new" && chmod 700 "$record/compose.new" && mv -f "$record/compose.new" "$record/compose"
)

is_adopted() { [ -f "$dot/releases/$1/adopted.yaml" ]; }

project_folder() {
  field "$dot/releases/$1/folder"
  printf '%s\n' "${value:-$root/current}"
}

quoted() { printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"; }
in_quotes() { printf '%s' "$1" | sed 's/[\\"$`]/\\&/g'; }

compose_files() (
  record=$dot/releases/$1
  if is_adopted "$1"; then
    printf '%s %s ' -f "$(quoted "$record/adopted.yaml")"
  else
    given_files "$1" | while IFS= read -r file; do printf '%s %s ' -f "$(quoted "$root/releases/$1/$file")"; done
  fi
  for added in proxy-mount.yaml compose-override.yaml moved-images.yaml; do
    if [ -s "$record/$added" ]; then printf '%s %s ' -f "$(quoted "$record/$added")"; fi
  done
)

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

compose() (
  id=$1
  shift
  cd "$root" || return 1
  umask "$BELAY_UMASK"
  field "$dot/releases/$id/search-path"
  [ -z "$value" ] || PATH=$value
  exec sh "$dot/releases/$id/compose" "$@" </dev/null 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
)

project_of() {
  field "$1/project"
  if [ -z "$value" ]; then
    value=$(printf '%s' "${root##*/}" | tr '[:upper:]' '[:lower:]' | sed -e 's/[^a-z0-9_-]//g' -e 's/^[_-]*//')
  fi
  printf '%s\n' "${value:-app}"
}

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

service_text() {
  awk -v name="$1" '
    /^[^ #]/ { top = $1; own = 0; next }
    top != "services:" { next }
    /^  [^ ]/ { s = $1; sub(/:$/, "", s); own = (s == name); next }
    !own { next }
    /^    [^ -]/ { skip = ($1 ~ /^(image|build|depends_on|pull_policy|profiles|scale|container_name):$/) }
    !skip { print }'
}

check_run() {
  strategy_of "$1"
  field "$1/service"
  if [ -z "$(current_release)" ]; then
    finding error config "nothing is deployed to $root yet" "deploy first, or name another path"
  elif [ -n "$value" ] && [ "$strategy" != compose ]; then
    finding error config "service is given, and the release that serves is not one of compose" "leave service out"
  fi
}

step_run() {
  release_variables "$previous" ''
  strategy_of "$record"
  if [ "$strategy" = compose ]; then
    note_one_offs "$1"
    write_moved "$previous" && write_compose "$previous" || return 1
  fi
  field "$record/service"
  if [ -z "$value" ]; then
    run_lines "$record" command "$root/current"
  else
    run_in_service "$value"
  fi
}

run_in_service() {
  run_service=$value
  field "$record/command"
  BELAY_COMMAND=$value
  export BELAY_COMMAND
  compose "$previous" run --rm --no-deps -T -e BELAY_COMMAND --entrypoint sh "$run_service" -eu -c 'eval "$BELAY_COMMAND"' 2>&1
}

current_release() (
  target=$(readlink "$root/current" 2>/dev/null) || return 0
  case $target in
    releases/*) target=${target#releases/} ;;
    "$root"/releases/*) target=${target#"$root"/releases/} ;;
    *) return 0 ;;
  esac
  plain "$target" && echo "$target"
)

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

link_to() { rm -f "$2" && ln -s "releases/$1" "$2"; }

point_current() {
  if [ "$(readlink "$dot/back" 2>/dev/null)" = "releases/$1" ] && [ "${2:-}" = back ]; then
    mv -fT "$dot/back" "$root/current"
  else
    link_to "$1" "$dot/next" && mv -fT "$dot/next" "$root/current"
  fi
}

remove_release() {
  plain "$1" || return 1
  forget "$1"
  if [ -e "$root/releases/$1" ]; then
    mkdir -p "$dot/trash" && mv -fT "$root/releases/$1" "$dot/trash/$1" || return 1
  fi
  rm -rf "$dot/incoming/$1" "$dot/releases/$1"
  rm -rf "$dot/trash/$1" 2>/dev/null || {
    chmod -R u+rwX "$dot/trash/$1" 2>/dev/null
    rm -rf "$dot/trash/$1"
  }
}

each_path() { tr '\n' '\0' | xargs -0 "$@"; }

plan_copies() {
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

copy_files() (
  cd "$1" || return 1
  if cp --help 2>&1 | grep -q -e --parents; then
    each_path cp -PR --preserve=timestamps --reflink=auto --parents -t "$2" -- <"$3" 2>/dev/null
  else
    while IFS= read -r copy_path; do
      if [ -f "$copy_path" ] && [ ! -L "$copy_path" ]; then cp -p "$copy_path" "$2/$copy_path"; fi
    done <"$3" 2>/dev/null
  fi
  return 0
)

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

differing() (
  wanted=$1
  shift
  cut -f 4- "$wanted" | hashes "$@" >"$wanted.have"
  awk -F '\t' '
    FILENAME == ARGV[1] { have[$2] = $1; next }
    have[$4] != $3' "$wanted.have" "$wanted"
)

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

verified_modes() {
  awk -F '\t' '
    FILENAME == ARGV[1] { bad[$1] = 1; next }
    !($1 in bad) { print $2 "\t" $4 }' "$2" "$1"
}

give_modes() (
  cd "$1" || return 1
  list=$(cat)
  for mode in $(printf '%s\n' "$list" | cut -f 1 | sort -u); do
    printf '%s\n' "$list" | awk -F '\t' -v m="$mode" '$1 == m { print $2 }' | each_path chmod "$mode" -- || return 1
  done
)

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
    find "$tree" ! -type f ! -type d -exec rm -f {} +
    unverified "$work/copied" "$tree" >>"$work/need"
    verified_modes "$work/copied" "$work/bad" >"$work/modes"
    if [ -s "$work/modes" ]; then give_modes "$tree" <"$work/modes" || return 1; fi
  fi
  result copied "$(wc -l <"$work/modes")"
  if command -v zstd >/dev/null 2>&1; then result unpacks zstd; fi
  if [ -f "$work/links" ]; then (cd "$tree" && sh "$work/links") || return 1; fi
  sort -n "$work/need" | put "$dot/incoming/$new.sent" && cp "$dot/incoming/$new.sent" "$dot/incoming/$new.need" || return 1
  still_needed "$new" all
)

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

decode() {
  case $1 in
    zstd) zstd -dcq ;;
    gzip) gzip -dc ;;
    switch)
      dd bs=65536 count=16 iflag=fullblock 2>/dev/null
      if IFS= read -r rest_coding; then decode "$rest_coding"; fi
      ;;
    plain) cat ;;
  esac
}

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

finish_files() {
  finish_tree=$dot/incoming/$1
  if [ -f "$finish_tree.work/dirmodes" ]; then
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

databases() {
  for database_env in "$1"/databases/[0-9]*/env; do
    [ -f "$database_env" ] || continue
    database_env=${database_env%/env}
    echo "${database_env##*/}"
  done
}

with_database() (
  . "$1/databases/$2/env"
  field "$1/databases/$2/service"
  pg_container=
  if [ -n "$value" ]; then pg_container=$(service_container "$1" "$value") || return 1; fi
  PGCONNECT_TIMEOUT=${PGCONNECT_TIMEOUT:-10} PGAPPNAME=${BELAY_APPNAME:-belay}
  export PGCONNECT_TIMEOUT PGAPPNAME
  shift 2
  "$@" 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
)

pg() {
  if [ -z "${pg_container:-}" ]; then
    "$@"
  else
    docker exec -i -e PGDATABASE -e PGUSER -e PGPASSWORD -e PGAPPNAME -e PGCONNECT_TIMEOUT "$pg_container" "$@"
  fi
}

postgres_programs() {
  if [ -n "${pg_container:-}" ]; then
    echo "$1"
    return
  fi
  command -v "$1" 2>/dev/null
  for postgres_program in /usr/lib/postgresql/*/bin/"$1" /usr/pgsql-*/bin/"$1" /usr/local/pgsql/bin/"$1"; do
    if [ -x "$postgres_program" ]; then echo "$postgres_program"; fi
  done
}

major_of() { pg "$1" --version 2>/dev/null </dev/null | sed -n 's/^[^0-9]*\([0-9][0-9]*\).*/\1/p'; }

postgres_program() (
  postgres_programs "$1" | sort -u | while IFS= read -r candidate; do
    major=$(major_of "$candidate")
    if [ -n "$major" ] && [ "$major" -ge "$2" ]; then printf '%s %s\n' "$major" "$candidate"; fi
  done | sort -n | head -n 1 | cut -d ' ' -f 2-
)

query() {
  query_program=${query_program:-$(postgres_programs psql | head -n 1)}
  pg "${query_program:-psql}" -XAtq -v ON_ERROR_STOP=1 "$@"
}

sql() { query -c "$1" </dev/null; }

server_major() (
  number=$(sql 'show server_version_num' 2>/dev/null) || return 1
  echo $((number / 10000))
)

beside() (
  wanted=$PGDATABASE
  for PGDATABASE in postgres template1; do
    export PGDATABASE
    [ "$PGDATABASE" != "$wanted" ] || continue
    if sql 'select 1' >/dev/null 2>&1; then
      "$@"
      return
    fi
  done
  return 1
)

patiently() {
  patient_tries=0
  while :; do
    "$@"
    patient_code=$?
    patient_tries=$((patient_tries + 1))
    [ $patient_code -eq 2 ] && [ $patient_tries -lt 100 ] || return $patient_code
    pause 0.2
  done
}

database_oid() {
  printf '%s\n' "select oid from pg_database where datname = :'name'" | query -v name="$1" 2>/dev/null
}

database_missing() { beside wanted_missing; }
wanted_missing() { wanted_found=$(database_oid "$wanted") && [ -z "$wanted_found" ]; }

dump_schema() (
  major=$(server_major) || return 1
  dump=$(postgres_program pg_dump "$major")
  [ -n "$dump" ] || return 1
  pg "$dump" -s --no-comments --lock-wait-timeout=10000 >"$1" </dev/null || return 1
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
  (cd "$dot/tmp" && cat schema.$$.[0-9]*) | sha256sum | cut -d ' ' -f 1
  rm -f "$scratch".*
)

keep_schema() {
  case $2 in
    none | unknown) rm -f "$1/schema" ;;
    *) printf '%s\n' "$2" | put "$1/schema" ;;
  esac
}

application_name() {
  IFS= read -r application_host </proc/sys/kernel/hostname
  printf 'belay-%.30s-%.16s' "$2" "$(printf '%s:%s:%s' "$application_host" "$root" "$1" | sha256sum)"
}

end_sessions() {
  if sql 'select 1' >/dev/null 2>&1; then end_sessions_here "$1"; else beside end_sessions_here "$1"; fi
}

end_sessions_here() (
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

end_step_sessions() (
  for number in $(databases "$1"); do
    with_database "$1" "$number" end_sessions "$(application_name "$2" "$3")" || return 1
  done
)

compression() (
  field "$1/backup-compression"
  case ${value:-auto} in
    none) echo -Z0 ;;
    gzip:*) echo "-Z${value#gzip:}" ;;
    zstd:*) echo "--compress=$value" ;;
    *)
      if [ "$(major_of "$2")" -ge 16 ] && pg "$2" -Fc -s -N '*' --compress=zstd:1 -f /dev/null 2>/dev/null </dev/null; then
        echo --compress=zstd:1
      else
        echo -Z1
      fi
      ;;
  esac
)

shell_word() { printf '%s\n' "$1" | sed -e "s/'/'\\\\''/g" -e "1s/^/'/" -e "\$s/\$/'/"; }

conninfo() { printf "dbname='%s'\n" "$(printf '%s\n' "${1:-$PGDATABASE}" | sed -e "s/[\\\\']/\\\\&/g")"; }

write_summed() {
  written_file=$1
  shift
  : >"$written_file" && mkfifo "$written_file.pipe" || return 1
  sha256sum <"$written_file.pipe" >"$written_file.sum" &
  written_sum=$!
  {
    "$@"
    echo $? >"$written_file.code"
  } </dev/null | tee "$written_file.pipe" >"$written_file"
  written=$?
  wait "$written_sum"
  written_code=$(cat "$written_file.code" 2>/dev/null)
  rm -f "$written_file.pipe" "$written_file.code"
  if [ "$written_code" != 0 ] || [ $written -ne 0 ]; then return 1; fi
  cut -d ' ' -f 1 "$written_file.sum" >"$written_file.sha256" && rm -f "$written_file.sum"
}

dump_database() (
  major=$(server_major) || {
    if { [ -z "$(current_release)" ] || [ "${dump_may_lack:-}" = yes ]; } && database_missing; then
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
  field "$2/backup-verify"
  snapshot=
  if [ "$value" = restore ]; then
    hold_snapshot "$1.rows" || return 1
    snapshot=--snapshot=$held_snapshot
  fi
  write_summed "$1" pg "$dump" -Fc "$(compression "$2" "$dump")" ${snapshot:+"$snapshot"}
  dumped=$?
  if [ -n "$snapshot" ]; then release_snapshot || dumped=1; fi
  if [ $dumped -ne 0 ]; then
    full_disk_finding "$1" "the backup" ||
      result finding error backup-failed "pg_dump failed (exit ${written_code:-none}) on database $PGDATABASE" \
        "see its message above; nothing was changed"
    return 1
  fi
  dump_globals "$3" "$dump" || return 1
  if [ -z "$snapshot" ]; then estimate_rows >"$1.rows"; fi
  describe_dump "$1" "$3" "$dump"
)

dump_globals() {
  pg "${2%pg_dump}pg_dumpall" --globals-only --no-role-passwords -l "$(conninfo)" >"$1" </dev/null || {
    result finding error backup-failed "pg_dumpall --globals-only failed on the server of $PGDATABASE" \
      "let the role read pg_roles, see its message above; nothing was changed"
    return 1
  }
}

estimate_rows() {
  sql "select format('%I.%I about %s', n.nspname, c.relname, greatest(c.reltuples, s.n_live_tup)::bigint)
    from pg_class c join pg_namespace n on n.oid = c.relnamespace left join pg_stat_user_tables s on s.relid = c.oid
    where c.relkind = 'r' and n.nspname !~ '^(pg_|information_schema\$)' order by 1" 2>/dev/null
}

describe_dump() {
  {
    printf '%s\n' "database: $PGDATABASE on ${PGHOST:-local socket}:${PGPORT:-5432} as ${PGUSER:-the default role}" \
      "archive: ${1##*/} holds $PGDATABASE" "size: $(sql 'select pg_database_size(current_database())') bytes in PostgreSQL" \
      "server: PostgreSQL $(sql 'show server_version')" "dumped-by: $(pg "$3" --version </dev/null)" "globals: ${2##*/}"
    sed -n -e "s/^\(.*\) \(about \)\{0,1\}\([0-9][0-9]*\)\$/rows: ${1##*/} \1 \2\3/p" "$1.rows"
  } >"$1.about"
  rm -f "$1.rows"
  {
    printf '  psql -d postgres -f %s    # roles that are missing; they have no passwords here\n' "${2##*/}"
    printf '  pg_restore --create --exit-on-error -d postgres %s    # makes the database %s\n' "${1##*/}" "$(shell_word "$PGDATABASE")"
  } >"$1.restore"
}

hold_snapshot() {
  held=$1
  mkfifo "$held.in" || return 1
  query <"$held.in" >"$held.out" 2>&1 &
  held_process=$!
  exec 3>"$held.in"
  printf '%s\n' 'begin isolation level repeatable read read only;' 'select pg_export_snapshot();' >&3
  held_tries=0 held_snapshot=
  while [ -z "$held_snapshot" ] && [ $held_tries -lt 200 ] && process_start $held_process; do
    pause 0.05
    held_snapshot=$(sed -n '/^[0-9A-F]*-[0-9A-F-]*$/p' "$held.out" | head -n 1)
    held_tries=$((held_tries + 1))
  done
  count_query >&3
  [ -n "$held_snapshot" ] || {
    exec 3>&-
    result finding error backup-failed "a snapshot of $PGDATABASE could not be taken: $(head -n 1 "$held.out")" \
      "connect to PostgreSQL itself, not to a pooler; nothing was changed"
    return 1
  }
}

count_query() {
  cat <<'SQL'
select format('select %L, count(*) from %I.%I', format('%I.%I', n.nspname, c.relname), n.nspname, c.relname)
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and n.nspname !~ '^(pg_|information_schema$)' order by 1 \gexec
select 'large objects', count(*) from pg_largeobject_metadata;
SQL
}

release_snapshot() {
  exec 3>&-
  wait "$held_process" || {
    result finding error backup-failed "the rows of $PGDATABASE could not be counted" "see above; nothing was changed"
    return 1
  }
  grep '|' "$held.out" | sed 's/|\([0-9]*\)$/ \1/' >"$held"
  rm -f "$held.in" "$held.out"
}

dump_all() (
  several='' found=false
  case $3 in *"$NEWLINE"*) several=true ;; esac
  for number in $3; do
    field "$1/databases/$number/service"
    if [ -n "$value" ] && nothing_yet "$1" "$value"; then
      echo "database $number does not exist yet: service $value has never run"
      continue
    fi
    suffix=${several:+-$number}
    echo "dumping database $number"
    with_database "$1" "$number" dump_database "$2/database$suffix.dump" "$1" "$2/globals$suffix.sql"
    case $? in
      "$DONE") found=true ;;
      "$NOTHING") echo "database $number does not exist yet" ;;
      *) return 1 ;;
    esac
  done
  $found || return $NOTHING
)

has_redis() { [ -f "$1/redis/env" ]; }

with_redis() (
  . "$1/redis/env"
  field "$1/redis/service"
  redis_container=
  if [ -n "$value" ]; then redis_container=$(service_container "$1" "$value") || return 1; fi
  shift
  "$@" 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
)

in_redis() {
  if [ -z "${redis_container:-}" ]; then
    "$@"
  else
    docker exec -i -e REDISCLI_AUTH "$redis_container" "$@"
  fi
}

redis() {
  in_redis redis-cli -h "${REDIS_HOST:-127.0.0.1}" -p "${REDIS_PORT:-6379}" ${REDIS_USER:+--user "$REDIS_USER"} ${REDIS_TLS:+--tls} "$@"
}

redis_ask() {
  redis_answer=$(redis "$@" 2>&1 </dev/null | tr -d '\r') || return 1
  case $redis_answer in
    *ERR\ * | NOAUTH* | WRONGPASS* | NOPERM* | LOADING* | *'Could not connect'* | *'AUTH failed'*) return 1 ;;
  esac
  printf '%s\n' "$redis_answer"
}

redis_field() { redis_ask info "$1" | sed -n "s/^$2://p"; }

redis_keys() {
  redis_ask info keyspace >/dev/null || return 1
  printf '%s\n' "$redis_answer" | awk -F '[=,]' '/^db/ { n += $2 } END { print n + 0 }'
}

redis_finding() {
  result finding error backup-failed "Redis at ${redis_container:-${REDIS_HOST:-127.0.0.1}:${REDIS_PORT:-6379}} $1" \
    "check redis-url as it is reached from the server; the user needs +sync +psync +info; nothing was changed"
}

print_redis() {
  if [ -n "${redis_container:-}" ]; then
    in_redis sh -c 'f=$(mktemp) && redis-cli --no-auth-warning --rdb "$f" >&2 && cat "$f"; c=$?; rm -f "$f"; exit $c'
    return
  fi
  redis --no-auth-warning --rdb "$written_file.snapshot" >&2 && cat "$written_file.snapshot"
  print_code=$?
  rm -f "$written_file.snapshot"
  return $print_code
}

dump_redis() {
  [ "$(redis_ask ping)" = PONG ] || {
    redis_finding "does not answer"
    return 1
  }
  dump_keys=$(redis_keys)
  write_summed "$1" print_redis || {
    full_disk_finding "$1" "the backup" || redis_finding "gave no snapshot (exit ${written_code:-none})"
    return 1
  }
  printf '%s\n' "redis: ${REDIS_HOST:-127.0.0.1}:${REDIS_PORT:-6379}, version $(redis_field server redis_version), $dump_keys keys" >"$1.about"
  {
    echo "  redis-server --port 6399 --bind 127.0.0.1 --dir . --dbfilename redis.rdb --save '' --repl-diskless-sync yes --repl-diskless-sync-delay 0 --daemonize yes    # a second Redis with this data"
    echo '  until [ "$(redis-cli -p 6399 ping)" = PONG ]; do sleep 0.2; done'
    echo "  redis-cli -h ${REDIS_HOST:-127.0.0.1} -p ${REDIS_PORT:-6379} replicaof 127.0.0.1 6399    # replaces what the app's Redis holds"
    echo "  until redis-cli -h ${REDIS_HOST:-127.0.0.1} -p ${REDIS_PORT:-6379} info replication | grep -q master_link_status:up; do sleep 0.2; done"
    echo "  redis-cli -h ${REDIS_HOST:-127.0.0.1} -p ${REDIS_PORT:-6379} replicaof no one"
    echo '  redis-cli -p 6399 shutdown nosave'
  } >"$1.restore"
}

check_rdb() {
  [ "$(head -c 5 "$1")" = REDIS ] || return 1
  case $(tail -c 9 "$1" | od -An -tx1 | tr -d ' \n') in ff*) ;; *) return 1 ;; esac
  ! command -v redis-check-rdb >/dev/null 2>&1 || redis-check-rdb "$1" >/dev/null
}

swap_redis() {
  with_redis "$record" load_redis "$(swap_folder "$1")/redis" "$2"
}

swap_redis_back() {
  if [ -s "$record/redis/service" ]; then engine rm -f "$(second_name)" >/dev/null 2>&1; fi
  [ -f "$(swap_folder "$1")/redis/touched" ] || return 0
  record_get backup && [ -f "$backups/$value/redis.rdb" ] || {
    echo "there is no snapshot of Redis to go back to"
    return 1
  }
  with_redis "$record" load_redis "$(swap_folder "$1")/redis" "$backups/$value/redis.rdb" &&
    rm -f "$(swap_folder "$1")/redis/touched"
}

load_redis() (
  mkdir -p "$1" || return 1
  [ "$(redis_field replication role)" = master ] || redis_ask replicaof no one >/dev/null || {
    redis_finding "cannot be asked for its role"
    return 1
  }
  second_redis "$1" "$2" || return 1
  : >"$1/touched" && flush "$1/touched"
  follow_second "$1"
  code=$?
  redis_ask replicaof no one >/dev/null || code=1
  restore_masterauth "$1"
  second shutdown nosave >/dev/null 2>&1
  end_second
  rm -rf "$1/data"
  [ $code -eq 0 ] && rewritten_redis
)

second() (
  REDISCLI_AUTH=$second_password
  export REDISCLI_AUTH
  set -- redis-cli -p "$second_port" --no-auth-warning "$@"
  if [ -n "${redis_container:-}" ]; then set -- docker exec -e REDISCLI_AUTH "$(second_name)" "$@"; fi
  "$@" </dev/null
)

second_name() { printf '%s_redis\n' "$(made_prefix)"; }

may_follow() {
  if [ -n "${redis_container:-}" ]; then return 0; fi
  case ${REDIS_HOST:-127.0.0.1} in
    127.* | localhost | ::1) ;;
    *)
      result finding error config "Redis at $REDIS_HOST is not on this server itself: it cannot follow a second one here" \
        "restore redis.rdb there as MANIFEST.txt says, and leave redis out of contents"
      return 1
      ;;
  esac
  command -v redis-server >/dev/null 2>&1 || {
    result finding error tool-missing "redis-server is missing on the server" "install it: apt-get install redis-server"
    return 1
  }
}

start_second() {
  if [ -z "${redis_container:-}" ]; then
    redis-server "$1/data/redis.conf" >"$1/second.out" 2>&1 &
    second_process=$!
    return
  fi
  engine rm -f "$(second_name)" >/dev/null 2>&1
  engine create --name "$(second_name)" --user 0 --network "container:$redis_container" --entrypoint redis-server \
    "$(engine inspect -f '{{.Image}}' "$redis_container")" /belay/redis.conf >/dev/null &&
    engine cp "$1/data/." "$(second_name):/belay" >/dev/null && engine start "$(second_name)" >/dev/null
}

second_runs() {
  if [ -z "${redis_container:-}" ]; then
    process_start "$second_process"
  else
    [ "$(engine inspect -f '{{.State.Running}}' "$(second_name)" 2>/dev/null)" = true ]
  fi
}

end_second() {
  if [ -n "${redis_container:-}" ]; then
    engine rm -f "$(second_name)" >/dev/null 2>&1
    return
  fi
  kill "$second_process" 2>/dev/null
  wait "$second_process" 2>/dev/null
}

second_redis() {
  may_follow || return 1
  second_password=$(head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n')
  rm -rf "$1/data" && mkdir -p "$1/data" && cp "$2" "$1/data/dump.rdb" || return 1
  second_folder=$1/data
  if [ -n "${redis_container:-}" ]; then second_folder=/belay; fi
  for second_port in 6399 16399 26399 36399 46399; do
    printf '%s\n' "bind 127.0.0.1" "port $second_port" "dir \"$second_folder\"" 'save ""' "appendonly no" "requirepass $second_password" \
      "repl-diskless-sync yes" "repl-diskless-sync-delay 0" >"$1/data/redis.conf"
    start_second "$1" || {
      result finding error backup-failed "no second Redis could be started beside the one of the app" \
        "see the message above; Redis holds what it held"
      return 1
    }
    second_tries=0
    while second_runs && [ $second_tries -lt 600 ]; do
      if [ "$(second ping 2>/dev/null)" = PONG ] && second info persistence | grep -q '^loading:0'; then return 0; fi
      pause 0.1
      second_tries=$((second_tries + 1))
    done
    if [ -n "${redis_container:-}" ]; then engine logs "$(second_name)" >"$1/second.out" 2>&1; fi
    end_second
  done
  result finding error backup-damaged "redis-server cannot read ${2##*/}: $(grep -m 1 -i -e error -e fatal -e wrong "$1/second.out")" \
    "the snapshot may be of a newer Redis; nothing was changed"
  return 1
}

follow_second() {
  redis_ask config get masterauth | sed -n 2p | put "$1/masterauth" || return 1
  redis_setting masterauth "$second_password" || {
    redis_finding "does not let its settings be changed (config set masterauth)"
    return 1
  }
  redis_ask replicaof 127.0.0.1 "$second_port" >/dev/null || return 1
  follow_tries=0
  while [ $follow_tries -lt 6000 ]; do
    if [ "$(redis_field replication master_link_status)" = up ]; then
      follow_have=$(redis_keys) follow_want=$(second info keyspace | tr -d '\r' | awk -F '[=,]' '/^db/ { n += $2 } END { print n + 0 }')
      if [ "$follow_have" = "$follow_want" ]; then
        echo "Redis: $follow_have keys, as many as in the snapshot"
        return 0
      fi
    fi
    pause 0.1
    follow_tries=$((follow_tries + 1))
  done
  redis_finding "did not take the snapshot over"
  return 1
}

redis_setting() { [ "$(printf 'config set %s "%s"\n' "$1" "$2" | redis 2>&1 | tr -d '\r')" = OK ]; }

restore_masterauth() {
  [ -f "$1/masterauth" ] || return 0
  field "$1/masterauth"
  redis_setting masterauth "$value"
}

rewritten_redis() {
  [ "$(redis_field persistence aof_enabled)" = 1 ] || return 0
  rewritten_tries=0
  while [ $rewritten_tries -lt 6000 ]; do
    if [ "$(redis_field persistence aof_rewrite_in_progress)$(redis_field persistence aof_rewrite_scheduled)" = 00 ]; then
      [ "$(redis_field persistence aof_last_bgrewrite_status)" = ok ]
      return
    fi
    pause 0.1
    rewritten_tries=$((rewritten_tries + 1))
  done
  return 1
}

media_of() {
  field "$1/media-path"
  media=$(absolute "$value")
}

absolute() {
  case $1 in
    '' | /* | [A-Za-z0-9]*:/*) printf '%s\n' "$1" ;;
    '~/'*) printf '%s\n' "$HOME/${1#'~/'}" ;;
    *) printf '%s\n' "$root/$1" ;;
  esac
}

in_service() { case $1 in /*) return 1 ;; *:/*) ;; *) return 1 ;; esac; }

packed() {
  exec 3>&1
  packed_codes=$({
    {
      "$@" 3>&-
      echo $? >&4
    } | gzip -1 >&3 4>&-
    echo $? >&4
  } 4>&1)
  exec 3>&-
  for packed_code in $packed_codes; do [ "$packed_code" = 0 ] || return 1; done
}

tar_of() {
  tar_folder=$1
  shift
  tar -C "$tar_folder" -cf - -- "$@" 4>&-
  tar_code=$?
  if [ $tar_code -eq 1 ] && tar --version 2>/dev/null | grep -q GNU; then tar_code=0; fi
  return $tar_code
}

print_media() {
  media_of "$1"
  if in_service "$media"; then
    media_container=$(volume_container "$1" "${media%%:*}") || return 1
    packed docker cp "$media_container:${media#*:}/." -
  else
    packed tar_of "$media" .
  fi
}

print_config() {
  set -- "$1/config-paths"
  config_list=$1
  set --
  while IFS= read -r config_path || [ -n "$config_path" ]; do
    config_path=$(absolute "$config_path")
    set -- "$@" "${config_path#/}"
  done <"$config_list"
  packed tar_of / "$@"
}

dump_archive() {
  dump_file=$1 dump_what=$2
  shift 2
  write_summed "$dump_file" "$@" && return
  full_disk_finding "$dump_file" "the backup" ||
    result finding error backup-failed "$dump_what could not be read whole" \
      "see the message above: it must be there and readable for $(id -un) (or, in a volume: media-path SERVICE:/PATH); nothing was changed"
  return 1
}

dump_media() {
  dump_archive "$2" "media-path" print_media "$1" || return 1
  media_of "$1"
  printf 'media: %s\n' "$media" >"$2.about"
  if in_service "$media"; then
    printf '  gzip -dc media.tar.gz | docker cp - CONTAINER:%s    # the container of service %s\n' "$(shell_word "${media#*:}")" "${media%%:*}"
  else
    printf '  mkdir -p %s && tar -xpzf media.tar.gz -C %s\n' "$(shell_word "$media")" "$(shell_word "$media")"
  fi >"$2.restore"
}

dump_config() {
  dump_archive "$2" "config-paths" print_config "$1" || return 1
  while IFS= read -r config_path || [ -n "$config_path" ]; do
    printf 'config: %s\n' "$(absolute "$config_path")"
  done <"$1/config-paths" >"$2.about"
  echo '  tar -xpzf config.tar.gz -C /' >"$2.restore"
}

check_archive() {
  archive_codes=$({
    {
      gzip -dc <"$1"
      echo $? >&4
    } | tar -tf - >/dev/null 4>&-
    echo $? >&4
  } 4>&1)
  for archive_code in $archive_codes; do [ "$archive_code" = 0 ] || return 1; done
}

made_name() { printf '%s_%s_%s_%s\n' "$(made_prefix)" "$1" "$2" "$3"; }
made_prefix() { printf 'belay_%s' "$(printf '%s:%s' "$(uname -n)" "$root" | sha256sum | cut -c 1-8)"; }

archive_for() {
  for archive_name in "database-$2.dump" database.dump; do
    if [ -f "$1/$archive_name" ] && { [ "$archive_name" != database.dump ] || [ "$2" = 1 ]; }; then
      printf '%s\n' "$1/$archive_name"
      return
    fi
  done
  return 1
}

archive_restorer() {
  restorer_major=$(server_major) && restorer=$(postgres_program pg_restore "$restorer_major") && [ -n "$restorer" ] &&
    printf '%s\n' "$restorer"
}

archive_schema() { pg "$restore" -C -s -f - <"$1"; }

create_database() {
  create_like=$(archive_schema "$2" 2>/dev/null |
    sed -n 's/^CREATE DATABASE .* \(WITH TEMPLATE = template0.*\);$/\1/p' | head -n 1)
  [ -n "$create_like" ] || {
    result finding error backup-damaged "${2##*/} does not say of what kind its database was" "take another backup"
    return 1
  }
  printf 'create database :"name" %s;\n' "$create_like" | query -v name="$1" || {
    result finding error backup-failed "${PGUSER:-the default role} could not create a database beside $wanted" \
      "see the message above; as a superuser: ALTER ROLE \"${PGUSER:-ROLE}\" CREATEDB"
    return 1
  }
}

load_archive() {
  if [ -n "${pg_container:-}" ]; then
    pg "$restore" --exit-on-error -d "$(conninfo "$1")" <"$2"
  else
    "$restore" --exit-on-error -j 2 -d "$(conninfo "$1")" "$2" </dev/null
  fi || {
    result finding error backup-failed "pg_restore could not load ${2##*/} (exit $?)" \
      "see its message above; roles that are missing come from globals.sql, extensions may want a superuser; the old data was not touched"
    return 1
  }
}

close_database() {
  close_oid=$(database_oid "$1") || return
  [ -n "$close_oid" ] || return 0
  query -v name="$1" >/dev/null <<'SQL'
alter database :"name" with allow_connections false;
select pg_terminate_backend(pid) from pg_stat_activity where datname = :'name' and pid <> pg_backend_pid() and usesysid is not null;
SQL
}

open_database() { patiently open_once "$1"; }
open_once() {
  open_oid=$(database_oid "$1") || return
  [ -n "$open_oid" ] || return 0
  printf 'alter database :"name" with allow_connections true;\n' | query -v name="$1"
}

drop_database() (
  tries=0
  while :; do
    oid=$(patiently database_oid "$1") || return 1
    [ -n "$oid" ] || return 0
    close_database "$1" && printf 'drop database if exists :"name";\n' | query -v name="$1" && return 0
    tries=$((tries + 1))
    [ $tries -lt 20 ] || return 1
    pause 0.2
  done
)

drop_made() {
  drop_number=$1
  shift
  for drop_kind; do
    drop_pattern="^$(made_prefix)_[0-9]+_${drop_number}_$drop_kind\$"
    drop_names=$(printf '%s\n' "select datname from pg_database where datname ~ :'pattern'" | query -v pattern="$drop_pattern") || return 1
    for drop_name in $drop_names; do drop_database "$drop_name" || return 1; done
  done
}

drop_made_all() (
  record=$1
  shift
  for number in $(databases "$record"); do with_database "$record" "$number" beside drop_made "$number" "$@" || return 1; done
)

try_restore() (
  for number in $(databases "$1"); do
    archive=$(archive_for "$2" "$number") || continue
    trial=$(made_name "$3" "$number" trial)
    with_database "$1" "$number" beside drop_made "$number" trial || return 1
    with_database "$1" "$number" try_database "$archive" "$trial" "$2"
    tried=$?
    with_database "$1" "$number" beside drop_database "$trial" || {
      result finding warning backup-failed "the scratch database $trial could not be dropped" "drop it by hand: DROP DATABASE $trial"
    }
    [ $tried -eq 0 ] || return 1
  done
)

try_database() {
  trial_room || return 1
  restore=$(archive_restorer) || {
    unreachable_finding
    return 1
  }
  beside create_database "$2" "$1" && load_archive "$2" "$1" && compare_rows "$1" "$2" "$3"
}

trial_room() {
  case ${PGHOST:-localhost} in localhost | 127.* | ::1 | /*) ;; *) return 0 ;; esac
  trial_place=$(sql 'show data_directory' 2>/dev/null)
  [ -n "$trial_place" ] && [ -z "${pg_container:-}" ] && df -Pk "$trial_place" >/dev/null 2>&1 || trial_place=$backups
  trial_need=$(($(sql 'select pg_database_size(current_database())') / 1024 + 65536))
  trial_have=$(free_kib "$trial_place")
  [ "$trial_have" -ge "$trial_need" ] || {
    result finding error disk-full "the disk of $trial_place has $((trial_have / 1024)) MiB free; $PGDATABASE restored beside itself needs $((trial_need / 1024)) MiB" \
      "free some space there, or set backup-verify: read"
    return 1
  }
}

compare_rows() (
  seen=$3/${1##*/}.seen
  sed -n "s/^rows: ${1##*/} //p" "$3/MANIFEST.txt" | sort >"$seen.wanted"
  (
    PGDATABASE=$2
    export PGDATABASE
    count_query | query
  ) | sed 's/|\([0-9]*\)$/ \1/' | sort >"$seen.have"
  compared="$(grep -c -v '^large objects' "$seen.have") tables with $(awk '{ rows += $NF } END { print rows + 0 }' "$seen.have") rows"
  compared_as="all rows there"
  if ! grep -q '^large objects [0-9]*$' "$seen.wanted"; then
    keep_names "$seen.wanted"
    keep_names "$seen.have"
    compared_as="all tables there; only of a backup taken with backup-verify: restore are their rows known"
  fi
  cmp -s "$seen.wanted" "$seen.have"
  same=$?
  if [ $same -ne 0 ]; then
    other=$(diff "$seen.wanted" "$seen.have" | sed -n -e 's/^< /dumped: /p' -e 's/^> /restored: /p' | head -n 4 | tr '\n' ';')
    result finding error backup-damaged "${1##*/} restores to other rows than were dumped: ${other:-no rows could be read}" \
      "take a new backup; if this comes again, look at the disk and the memory of the server"
  else
    echo "${1##*/}: restored into a scratch database: $compared, $compared_as"
    result drilled "${1##*/}" "$compared, $compared_as"
  fi
  rm -f "$seen.wanted" "$seen.have"
  return $same
)

keep_names() {
  sed -n -e '/^large objects /d' -e 's/ \(about \)\{0,1\}[0-9][0-9]*$//p' "$1" | sort >"$1.names"
  mv -f "$1.names" "$1"
}

read_back() (
  if [ -z "$(postgres_programs pg_restore)" ]; then use_any_container; fi
  archiver=$(postgres_programs pg_restore | sort -u | while IFS= read -r candidate; do
    printf '%s %s\n' "$(major_of "$candidate")" "$candidate"
  done | sort -rn | head -n 1 | cut -d ' ' -f 2-)
  [ -n "$archiver" ] || {
    result finding error tool-missing "pg_restore is missing" "install it: apt-get install postgresql-client"
    return 1
  }
  sum=$1.check
  sha256sum <"$1" >"$sum" &
  pg "$archiver" -f /dev/null <"$1"
  code=$?
  wait
  have=$(cut -d ' ' -f 1 "$sum")
  rm -f "$sum"
  if [ "$have" != "$2" ]; then
    read_of=${1%/*} read_of=${read_of##*/}
    result finding error backup-damaged "${1##*/} of ${read_of%.partial} reads back with sha256 $have, written was $2" \
      "look at the disk of the server (dmesg, smartctl), then take a new backup"
    return 1
  fi
  if [ $code -ne 0 ]; then
    result finding error backup-damaged "pg_restore cannot read ${1##*/} (exit $code)" \
      "look at the disk of the server, then take a new backup"
    return 1
  fi
)

use_any_container() {
  for any_number in $(databases "${record:-none}"); do
    field "$record/databases/$any_number/service"
    if [ -n "$value" ] && pg_container=$(service_container "$record" "$value"); then return; fi
  done
}

verify_part() (
  field "$1/backup-verify"
  case ${value:-read} in
    off) ;;
    restore) verify_backup "$2" && try_restore "$1" "$2" "$3" || return 1 ;;
    *) verify_backup "$2" || return 1 ;;
  esac
  (cd "$2" && flush MANIFEST.txt)
)

verify_backup() (
  [ -f "$1/MANIFEST.txt" ] || {
    result finding error backup-damaged "${1##*/} has no MANIFEST.txt" "take a new backup"
    return 1
  }
  check_seal "$1" || return 1
  files=$(manifest_files "$1")
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
      *) same_sum "$1/$name" "$sum" && readable "$1/$name" || return 1 ;;
    esac
    echo "$name: read back, sha256 as written"
  done
)

check_seal() {
  unbroken "$1" || {
    result finding error backup-damaged "the MANIFEST.txt of ${1##*/} is not as it was written" "do not rely on this backup; take a new one"
    return 1
  }
}

same_sum() {
  sum_now=$(openssl dgst -sha256 -r <"$1" 2>/dev/null | cut -d ' ' -f 1)
  [ "$sum_now" = "$2" ] || sum_now=$(sha256sum <"$1" | cut -d ' ' -f 1)
  [ "$sum_now" = "$2" ] || {
    result finding error backup-damaged "${1##*/} has another sha256 than its manifest says" \
      "do not rely on this backup; take a new one"
    return 1
  }
}

readable() {
  case $1 in
    *.rdb) check_rdb "$1" ;;
    *.tar.gz) check_archive "$1" ;;
    *) [ -r "$1" ] ;;
  esac || {
    result finding error backup-damaged "${1##*/} cannot be read to its end" "take a new backup"
    return 1
  }
}

backup_folder() {
  field "$1/backup-dir"
  case $value in
    '') backups=$root/backups ;;
    '~/'*) backups=$HOME/${value#'~/'} ;;
    *) backups=$value ;;
  esac
}

holds_nothing() {
  [ -z "$(databases "$1")" ] && ! has_redis "$1" && [ ! -s "$1/media-path" ] && [ ! -s "$1/config-paths" ]
}

make_backup() (
  record=$1 label=$2
  if holds_nothing "$record"; then
    result nothing "nothing is configured: nothing to back up"
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
  part=$backups/$id.partial began=$(date +%s)
  mkdir "$part" || return 1
  write_contents "$record" "$part"
  code=$?
  if [ $code -eq $NOTHING ]; then
    rm -rf "$part"
    result nothing "nothing to back up yet: the database does not exist"
    return 0
  fi
  if [ $code -ne 0 ] || ! write_manifest "$@" "$part" "$id" >"$part/manifest" || ! sealed <"$part/manifest" >"$part/MANIFEST.txt" ||
    ! rm -f "$part/manifest" || ! verify_part "$record" "$part" "$3"; then
    rm -rf "$part"
    return 1
  fi
  previous_backup=$(backup_table "$backups" | awk -v label="$label" '$3 == label { print $2; exit }')
  mv -fT "$part" "$backups/$id" && flush "$backups" || return 1
  backup_results "$id"
  tell_backup "$id" "$(($(date +%s) - began))" "$previous_backup"
  tell_kept "$record" "$label" "$id"
)

write_contents() {
  contents=$NOTHING
  if [ -n "$(databases "$1")" ]; then
    dump_all "$1" "$2" "$(databases "$1")"
    case $? in "$DONE") contents=$DONE ;; "$NOTHING") ;; *) return 1 ;; esac
  fi
  if has_redis "$1"; then
    echo "taking a snapshot of Redis"
    with_redis "$1" dump_redis "$2/redis.rdb" || return 1
    contents=$DONE
  fi
  media_of "$1"
  if in_service "$media" && not_yet "$1" "${media%%:*}"; then
    echo "service ${media%%:*} has never run: no media in this backup"
  elif [ -n "$media" ] && { in_service "$media" || [ -d "$media" ]; }; then
    echo "packing the media"
    dump_media "$1" "$2/media.tar.gz" || return 1
    contents=$DONE
  elif [ -n "$media" ]; then
    missing_media
  fi
  if [ -s "$1/config-paths" ]; then
    echo "packing the configuration"
    dump_config "$1" "$2/config.tar.gz" || return 1
    contents=$DONE
  fi
  [ "$contents" != "$DONE" ] || (cd "$2" && flush $(ls))
  return "$contents"
}

sealed() {
  sealed_text=$(cat)
  printf '%s\n' "$sealed_text"
  printf 'seal: %s\n' "$(printf '%s\n' "$sealed_text" | sha256sum | cut -d ' ' -f 1)"
}

unbroken() {
  case $(head -n 1 "$1/MANIFEST.txt") in
    'Belay backup 1') return 0 ;;
    'Belay backup 2') ;;
    *) return 1 ;;
  esac
  [ "$(sed '$d' "$1/MANIFEST.txt" | sealed | tail -n 1)" = "$(tail -n 1 "$1/MANIFEST.txt")" ]
}

missing_media() {
  echo "there is no $media: no media in this backup"
  [ -z "$(current_release)" ] || result finding warning backup-failed "media-path $media is not there: the backup is without it" \
    "name the folder of the uploads, or leave media-path out"
}

sweep_backups() {
  for sweep_part in "$1"/*.partial; do
    if [ -d "$sweep_part" ]; then rm -rf "$sweep_part"; fi
  done
}

write_manifest() (
  field "$1/backup-verify"
  manifest_verified=${value:-read}
  cd "$5" || return 1
  case $manifest_verified in off) manifest_verified=no ;; esac
  printf '%s\n' "Belay backup 2" "id: $6" "made: $(utc)" "label: $2" "sequence: $3" \
    "path: $root on $(uname -n)" "release: $(current_release)" "before: $4" "verified: $manifest_verified"
  for about in *.about; do
    if [ -f "$about" ]; then cat "$about"; fi
  done
  for file in *.dump *.rdb *.tar.gz; do
    if [ -f "$file" ]; then printf 'file: %s bytes %s sha256 %s\n' "$file" "$(wc -c <"$file")" "$(cat "$file.sha256")"; fi
  done
  for file in globals*.sql; do
    if [ -f "$file" ]; then printf 'file: %s bytes %s sha256 %s\n' "$file" "$(wc -c <"$file")" "$(sha256sum <"$file" | cut -d ' ' -f 1)"; fi
  done
  printf '%s\n' "" "To restore by hand, in this folder, with PGHOST, PGUSER and so on set for a superuser (or a role that may" \
    "create databases and is a member of the owners), and REDISCLI_AUTH for a Redis that asks for a password:"
  for lines in *.restore; do
    if [ -f "$lines" ]; then cat "$lines"; fi
  done
  rm -f ./*.about ./*.sha256 ./*.restore
)

folder_bytes() { cat "$1"/* | wc -c; }

backup_results() {
  result backup-id "$1"
  result backup-path "$backups/$1"
  result backup-bytes "$(folder_bytes "$backups/$1")"
  result backup-sha256 "$(manifest_files "$backups/$1" | awk '{ if ($1 ~ /\.dump$/ && dump == "") dump = $3; if (first == "") first = $3 } END { print (dump == "" ? first : dump) }')"
}

manifest_files() { sed -n 's/^file: \([^ ]*\) bytes \([0-9]*\) sha256 \([0-9a-f]*\)$/\1 \2 \3/p' "$1/MANIFEST.txt"; }

manifest_value() {
  value=$(sed -n "s/^$2: //p" "$1/MANIFEST.txt" | head -n 1)
  [ -n "$value" ]
}

tell_backup() {
  told_bytes=$(folder_bytes "$backups/$1")
  told_read=yes
  if manifest_value "$backups/$1" verified && [ "$value" = no ]; then told_read=no; fi
  case $told_read in
    no) echo "backup $1: $told_bytes bytes, not verified (backup-verify: off)" ;;
    *) echo "backup $1: $told_bytes bytes, read back and whole" ;;
  esac
  told_seconds=$2
  if [ "$told_seconds" -lt 1 ]; then told_seconds=1; fi
  result content "duration" "$told_seconds s, $((told_bytes / told_seconds / 1024)) KiB/s"
  manifest_files "$backups/$1" | while read -r told_name told_size _; do
    told_before=
    if [ -n "$3" ]; then told_before=$(manifest_files "$backups/$3" | awk -v n="$told_name" '$1 == n { print $2 }'); fi
    result content "$told_name" "$told_size bytes$(told_delta "$told_size" "$told_before")"
  done
  sed -n -e 's/^rows: [^ ]* \(.*\) about \([0-9][0-9]*\)$/\2 \1, about/p' -e t \
    -e 's/^rows: [^ ]* \(.*\) \([0-9][0-9]*\)$/\2 \1/p' "$backups/$1/MANIFEST.txt" | sort -rn | head -n 5 |
    while read -r told_rows told_table; do result content "rows" "$told_table: $told_rows"; done
  if [ -n "$3" ]; then warn_shrunk "$1" "$3"; fi
}

told_delta() {
  [ -n "$2" ] || return 0
  if [ "$1" -ge "$2" ]; then printf ', %s more than before' $(($1 - $2)); else printf ', %s fewer than before' $(($2 - $1)); fi
}

warn_shrunk() {
  shrunk_now=$(database_sizes "$1") shrunk_before=$(database_sizes "$2")
  if [ "${shrunk_now:-0}" -gt 0 ] && [ "${shrunk_before:-0}" -gt $((shrunk_now * 2)) ]; then
    result finding warning backup-failed "what was dumped has shrunk from $shrunk_before to $shrunk_now bytes since backup $2" \
      "if nobody has deleted that much, look at the data; $2 still has it: it is kept for as long as its label says"
  fi
}

database_sizes() { manifest_files "$backups/$1" | awk '$1 ~ /\.dump$/ { n += $2 } END { print n + 0 }'; }

backup_table() (
  cd "$1" 2>/dev/null || return 0
  set --
  for id in *; do
    case $id in *.partial) continue ;; esac
    if [ -f "$id/MANIFEST.txt" ]; then set -- "$@" "./$id/MANIFEST.txt"; fi
  done
  [ $# -gt 0 ] || return 0
  awk '
    function flush() { if (id != "") print s, id, l, n, (b == "" ? "-" : b), (v == "no" ? "no" : "yes"), (f ? "yes" : "no") }
    FNR == 1 { flush(); split(FILENAME, part, "/"); id = part[2]; s = l = b = n = v = f = "" }
    /^sequence: / { s = $2 } /^label: / { l = $2 } /^before: / { b = $2 } /^verified: / { v = $2 } /^file: / { n += $4 }
    /^file: (media|config)\.tar\.gz / { f = 1 }
    END { flush() }' "$@" | sort -k 1,1nr -k 2,2r
)

protected_backups() {
  last_backup_before_confirmed
  history_table | awk '$3 == "unconfirmed" && $7 != "-" { print $7 }'
  for protected_key in backup source; do
    if record_get "$protected_key"; then printf '%s\n' "$value"; fi
  done
}

keep_count() {
  keep_given=$(sed -n "s/^$2=\([0-9][0-9]*\)\$/\1/p" "$1/backup-keep" 2>/dev/null | head -n 1)
  case $2 in daily) keep_default=7 ;; *) keep_default=3 ;; esac
  echo "${keep_given:-$keep_default}"
}

tell_kept() {
  kept_count=$(keep_count "$1" "$2")
  kept_text="until $kept_count newer $2 backups are whole"
  if [ "$kept_count" = 1 ]; then kept_text="until a newer $2 backup is whole"; fi
  if manifest_files "$backups/$3" | grep -q -e '^media\.tar\.gz ' -e '^config\.tar\.gz '; then
    field "$1/backup-keep-files"
    kept_text="$kept_text; its media and configuration until ${value:-1} newer backups have them"
  fi
  echo "backup $3 is kept $kept_text"
  result content kept "$kept_text"
}

surplus() {
  backup_table "$backups" | awk -v label="$2" -v keep="$(keep_count "$1" "$2")" '
    $3 == label && ($6 == "yes" ? verified : all) >= keep { print $2 }
    $3 == label { all++; if ($6 == "yes") verified++ }'
}

prune_backups() (
  backup_folder "$1"
  protected=$(protected_backups)
  surplus "$1" "$2" | while IFS= read -r id; do
    if ! plain "$id" || printf '%s\n' "$protected" | grep -qxF -e "$id"; then continue; fi
    mv -fT "$backups/$id" "$backups/$id.partial" && rm -rf "$backups/$id.partial" && emit pruned-backup "$id"
  done
  prune_files "$1" "$protected"
)

prune_files() {
  field "$1/backup-keep-files"
  backup_table "$backups" | awk -v keep="${value:-1}" '$7 == "yes" && (n >= keep) { print $2 } $7 == "yes" && $6 == "yes" { n++ }' |
    while IFS= read -r id; do
      if ! plain "$id" || printf '%s\n' "$2" | grep -qxF -e "$id"; then continue; fi
      drop_files "$backups/$id"
    done
}

drop_files() {
  if ! manifest_files "$1" | grep -qv -e '^media\.tar\.gz ' -e '^config\.tar\.gz '; then
    mv -fT "$1" "$1.partial" && rm -rf "$1.partial" && emit pruned-backup "${1##*/}"
    return
  fi
  sed -e 's/^file: \(media\.tar\.gz\) .*/pruned: \1, a newer backup has it/' -e '/^  .*media\.tar\.gz/d' \
    -e 's/^file: \(config\.tar\.gz\) .*/pruned: \1, a newer backup has it/' -e '/^  .*config\.tar\.gz/d' -e '/^seal: /d' "$1/MANIFEST.txt" | sealed | put "$1/MANIFEST.txt" &&
    rm -f "$1/media.tar.gz" "$1/config.tar.gz"
}

swap_folder() { echo "$dot/operations/$1/restore"; }

settings_of() {
  awk '
    /^-- Name: / {
      on = /; Type: DATABASE PROPERTIES; / || /^-- Name: DATABASE .*; Type: (ACL|COMMENT|SECURITY LABEL); /
    }
    /^-- PostgreSQL database dump complete/ { on = 0 }
    on && !/^--/ && !/^\\(connect|restrict|unrestrict) / { print }'
}

write_settings() {
  settings_old=$(beside wanted_oid) || return 1
  if [ -n "$settings_old" ]; then
    settings_dump=$(postgres_program pg_dump "$restorer_major")
    {
      printf '%s\n' "select format('alter database %I owner to %I;', datname, pg_get_userbyid(datdba)) from pg_database where datname = current_database()" | query &&
        pg "$settings_dump" -C -s -N '*' --lock-wait-timeout=10000 </dev/null >"$1.dump" && settings_of <"$1.dump"
    } >"$1" || return 1
    rm -f "$1.dump"
  elif manifest_names "$2"; then
    archive_schema "$2" | awk '/^ALTER DATABASE .* OWNER TO .*;$/ { print; exit }' >"$1"
    archive_schema "$2" | settings_of >>"$1"
  else
    : >"$1"
    result finding warning config "${2##*/} holds a database of another name: its settings and grants were left behind" \
      "set them on $PGDATABASE: see pg_restore -C -s -f - ${2##*/}"
  fi
}

wanted_oid() { database_oid "$wanted"; }

manifest_names() { grep -qxF -e "archive: ${1##*/} holds $PGDATABASE" "${1%/*}/MANIFEST.txt"; }

swap_database() (
  field "$1/new" && new=$value
  field "$1/old" && old=$value
  field "$1/new-oid" && oid=$value
  tries=0
  while [ "$(database_oid "$wanted")" != "$oid" ]; do
    { close_database "$wanted" && close_database "$new" && rename_both "$1/settings.sql"; } 2>"$1/said" && break
    tries=$((tries + 1))
    if [ $tries -ge 20 ]; then
      cat "$1/said"
      open_database "$wanted"
      result finding error backup-failed "$wanted could not be replaced by the restored database: $(grep -m 1 -e ERROR -e FATAL -e error: "$1/said")" \
        "the old data serves on; the role must own the database, and be allowed to end its sessions and to change its settings; a superuser's session has to be ended by a superuser: select pid, usename, application_name from pg_stat_activity where datname = '$wanted'"
      return 1
    fi
    pause 0.1
  done
  open_database "$wanted"
)

rename_both() {
  rename_had=$(database_oid "$wanted") || return
  {
    echo 'begin;'
    if [ -n "$rename_had" ]; then
      printf '%s\n' 'alter database :"wanted" rename to :"old";' 'alter database :"old" with allow_connections true;'
    fi
    printf '%s\n' 'alter database :"new" rename to :"wanted";' 'alter database :"wanted" with allow_connections true;'
    cat "$1"
    echo 'commit;'
  } | query -v wanted="$wanted" -v new="$new" -v old="$old" >/dev/null
}

swap_database_back() (
  field "$1/new" && new=$value
  field "$1/old" && old=$value
  field "$1/new-oid" && oid=$value
  tries=0
  while :; do
    serves=$(patiently database_oid "$wanted") || return 1
    [ -n "$oid" ] && [ "$serves" = "$oid" ] || break
    close_database "$wanted" && close_database "$old" && rename_both_back && break
    tries=$((tries + 1))
    [ $tries -lt 50 ] || return 1
    pause 0.1
  done
  open_database "$wanted"
)

rename_both_back() {
  rename_had=$(database_oid "$old") || return
  {
    printf '%s\n' 'begin;' 'alter database :"wanted" rename to :"new";'
    if [ -n "$rename_had" ]; then
      printf '%s\n' 'alter database :"old" rename to :"wanted";' 'alter database :"wanted" with allow_connections true;'
    fi
    echo 'commit;'
  } | query -v wanted="$wanted" -v new="$new" -v old="$old" >/dev/null
}

with_pooler() (
  . "$1/pgbouncer/env"
  PGDATABASE=${PGDATABASE:-pgbouncer} PGCONNECT_TIMEOUT=5
  export PGDATABASE PGCONNECT_TIMEOUT
  pg_container=
  shift
  "$@" 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
)

pools_of() {
  pools_program=$(postgres_programs psql | head -n 1)
  "$pools_program" -XAq -F "$TAB" -P footer=off -c 'show databases' </dev/null | awk -F '\t' -v name="$1" '
    NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
    $column["database"] == name && $column["name"] != "pgbouncer" { print $column["name"] }'
}

tell_pooler() { sql "$1 \"$(printf '%s' "$2" | sed 's/"/""/g')\""; }

pause_pools() {
  pools_file=$(swap_folder "$2")/pools
  for pause_number in $(databases "$1"); do
    pause_name=$(with_database "$1" "$pause_number" eval 'printf "%s\n" "$PGDATABASE"')
    with_pooler "$1" pools_of "$pause_name"
  done >"$pools_file.new" || {
    result finding warning backup-failed "PgBouncer's console does not answer: its clients will see errors for a moment" \
      "check pgbouncer-url; its user must be one of admin_users"
    return 0
  }
  flush "$pools_file.new" && mv -f "$pools_file.new" "$pools_file" || return 1
  while IFS= read -r pause_pool; do
    with_pooler "$1" tell_pooler PAUSE "$pause_pool" </dev/null >/dev/null 2>&1 &
    pause_process=$! pause_tries=0
    while process_start $pause_process && [ $pause_tries -lt 100 ]; do
      pause 0.05
      pause_tries=$((pause_tries + 1))
    done
  done <"$pools_file"
}

resume_pools() {
  [ -f "$(swap_folder "$2")/pools" ] || return 0
  while IFS= read -r resume_pool; do
    with_pooler "$1" tell_pooler RESUME "$resume_pool" </dev/null >/dev/null 2>&1
  done <"$(swap_folder "$2")/pools"
  return 0
}

swap_files() {
  [ -f "$(swap_folder "$1")/files" ] || return 0
  : >"$(swap_folder "$1")/swapping" && flush "$(swap_folder "$1")/swapping" || return 1
  while IFS="$TAB" read -r swap_place swap_new swap_old _; do
    if in_service "$swap_place"; then
      swap_volume "$(swap_folder "$1")/volume" "${swap_new##*-}" || return 1
      continue
    fi
    if [ ! -e "$swap_new" ]; then continue; fi
    if [ -e "$swap_place" ]; then mv -T "$swap_place" "$swap_old" || return 1; fi
    mv -T "$swap_new" "$swap_place" || return 1
  done <"$(swap_folder "$1")/files"
}

swap_files_back() {
  [ -f "$(swap_folder "$1")/files" ] || return 0
  while IFS="$TAB" read -r swap_place swap_new swap_old swap_had; do
    if in_service "$swap_place"; then
      swap_volume_back "$(swap_folder "$1")/volume" "${swap_new##*-}" || return 1
      continue
    fi
    if [ -f "$(swap_folder "$1")/swapping" ]; then
      if [ -e "$swap_old" ] || { [ "$swap_had" = no ] && [ ! -e "$swap_new" ]; }; then
        if [ -e "$swap_place" ]; then mv -T "$swap_place" "$swap_new" || return 1; fi
        if [ -e "$swap_old" ]; then mv -T "$swap_old" "$swap_place" || return 1; fi
      fi
    fi
    rm -rf "$swap_new"
  done <"$(swap_folder "$1")/files"
}

volume_container() (
  found=$(containers_of "$(project_of "$1")" "$2" |
    awk 'id == "" { id = $1 } $2 == "running" { id = $1; exit } END { print id }') && [ -n "$found" ] || return 1
  echo "$found"
)

know_volume() {
  know_container=$(volume_container "$1" "${2%%:*}") || {
    note_problem="has no container: start the service once"
    return 1
  }
  know_mount=$(engine inspect -f '{{range .Mounts}}{{.Destination}}{{"\t"}}{{.RW}}{{"\t"}}{{or .Name .Source}}{{"\n"}}{{end}}' "$know_container" |
    BELAY_PLACE=${2#*:} awk -F '\t' '
      BEGIN { path = ENVIRON["BELAY_PLACE"]; sub(/\/+$/, "", path) }
      $2 == "true" && $3 != "" && index(path "/", $1 "/") == 1 && length($1) > length(best) {
        best = $1; found = $3 "\n." substr(path, length($1) + 1)
      }
      END { print found }')
  [ -n "$know_mount" ] || {
    note_problem="is in no volume that the service may write: the next container would not have it"
    return 1
  }
  printf '%s\n%s\n' "$know_mount" "$(engine inspect -f '{{.Image}}' "$know_container")" | put "$3/volume"
  in_volume "$3/volume" : || {
    note_problem="cannot be changed by renames: the image of the service has no sh, or the folder is not there"
    return 1
  }
}

in_volume() (
  { IFS= read -r source && IFS= read -r below && IFS= read -r image; } <"$1" || return 1
  script=$2
  shift 2
  name=$(made_prefix)_volume
  engine rm -f "$name" >/dev/null 2>&1
  engine run --rm --name "$name" --user 0 --network none -v "$source:/belay-volume" -w "/belay-volume/$below" \
    --entrypoint sh "$image" -c "$script" sh "$@"
)

unpack_volume() {
  in_volume "$3" 'rm -rf "$1" && mkdir "$1" && chmod 700 "$1"' ".belay-new-$4" &&
    know_container=$(volume_container "$record" "${1%%:*}") &&
    gzip -dc <"$2/media.tar.gz" | docker cp - "$know_container:${1#*:}/.belay-new-$4" >/dev/null 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &&
    in_volume "$3" 'rm -rf "./$1"/.belay-*' ".belay-new-$4"
}

each_entry='for entry in "$from"/* "$from"/.[!.]* "$from"/..?*; do
  case ${entry##*/} in .belay-*) continue ;; esac
  if [ -e "$entry" ] || [ -L "$entry" ]; then each "$entry" || exit 1; fi
done'

swap_volume() {
  in_volume "$1" '[ -d ".belay-new-$1" ] || exit 1
    mkdir -p ".belay-old-$1" && chmod 700 ".belay-old-$1" || exit 1
    from=. to=.belay-old-$1
    each() { mv "$1" "$to/"; }
    '"$each_entry"'
    sync; : > ".belay-moved-$1" && sync || exit 1
    from=.belay-new-$1 to=.
    '"$each_entry"'
    rmdir ".belay-new-$1" && sync' "$2"
}

swap_volume_back() {
  in_volume "$1" 'if [ -e ".belay-moved-$1" ]; then
      from=.
      each() { rm -rf "$1"; }
      '"$each_entry"'
      sync; rm -f ".belay-moved-$1" && sync || exit 1
    fi
    if [ -d ".belay-old-$1" ]; then
      from=.belay-old-$1
      each() { rm -rf "./${1##*/}" && mv "$1" ./; }
      '"$each_entry"'
      rmdir ".belay-old-$1" || exit 1
    fi
    rm -rf ".belay-new-$1" && sync' "$2"
}

drop_volume_old() {
  in_volume "$1" 'rm -rf ".belay-old-$1" ".belay-moved-$1"' "$2"
}

unpack_beside() {
  unpack_state=$(swap_folder "$1") unpack_seq=$(restore_seq)
  : >"$unpack_state/files.new"
  if [ -f "$2/media.tar.gz" ] && wants media; then
    note_place "$(media_place "$2")" || return 1
  fi
  if [ -f "$2/config.tar.gz" ] && wants config; then
    sed -n 's/^config: //p' "$2/MANIFEST.txt" >"$unpack_state/config.list"
    while IFS= read -r unpack_place; do note_place "$unpack_place" || return 1; done <"$unpack_state/config.list"
  fi
  flush "$unpack_state/files.new" && mv -f "$unpack_state/files.new" "$unpack_state/files" || return 1
  if [ -f "$2/media.tar.gz" ] && wants media; then unpack_media "$2" || return 1; fi
  if [ -f "$2/config.tar.gz" ] && wants config; then unpack_config "$2" || return 1; fi
}

media_place() {
  media_of "$record"
  if [ -z "$media" ] && manifest_value "$1" media; then media=$value; fi
  printf '%s\n' "$media"
}

note_place() {
  note_problem=
  if in_service "$1"; then
    know_volume "$record" "$1" "$unpack_state" || :
  elif [ -d "$1" ] && [ "$(stat -c %d "$1")" != "$(stat -c %d "$1/..")" ]; then
    note_problem="is a mount of its own, which no rename can change"
  elif [ -L "$1" ]; then
    note_problem="is a link"
  elif ! mkdir -p "$(dirname "$1")" 2>/dev/null || [ ! -w "$(dirname "$1")" ]; then
    note_problem="cannot be replaced by $(id -un): $(dirname "$1") is not writable"
  fi
  if [ -n "$note_problem" ]; then
    result finding error not-writable "$1 $note_problem" \
      "restore the rest by naming it in contents, and this by hand as MANIFEST.txt says"
    return 1
  fi
  if in_service "$1"; then
    printf '%s\t%s\t%s\tyes\n' "$1" "$1/.belay-new-$unpack_seq" "$1/.belay-old-$unpack_seq" >>"$unpack_state/files.new"
    return 0
  fi
  note_had=no
  if [ -e "$1" ]; then note_had=yes; fi
  printf '%s\t%s\t%s\t%s\n' "$1" "$1.belay-new-$unpack_seq" "$1.belay-old-$unpack_seq" $note_had >>"$unpack_state/files.new"
}

unpack_media() {
  unpack_place=$(media_place "$1")
  unpack_new=$unpack_place.belay-new-$unpack_seq
  echo "unpacking the media"
  if in_service "$unpack_place"; then
    unpack_volume "$unpack_place" "$1" "$unpack_state/volume" "$unpack_seq" || {
      unpack_failed media.tar.gz "$unpack_place"
      return 1
    }
    return 0
  fi
  rm -rf "$unpack_new"
  mkdir -p "$unpack_new"
  tar -C "$unpack_new" -xpzf "$1/media.tar.gz" || {
    unpack_failed media.tar.gz "$unpack_new"
    return 1
  }
}

unpack_config() {
  echo "unpacking the configuration"
  rm -rf "$unpack_state/config"
  mkdir "$unpack_state/config"
  tar -C "$unpack_state/config" -xpzf "$1/config.tar.gz" || {
    unpack_failed config.tar.gz "$unpack_state/config"
    return 1
  }
  while IFS= read -r unpack_place; do
    unpack_new=$unpack_place.belay-new-$unpack_seq
    rm -rf "$unpack_new"
    if [ -e "$unpack_state/config$unpack_place" ]; then
      cp -pR "$unpack_state/config$unpack_place" "$unpack_new" || {
        unpack_failed config.tar.gz "$unpack_new"
        return 1
      }
    fi
  done <"$unpack_state/config.list"
  rm -rf "$unpack_state/config"
}

unpack_failed() {
  full_disk_finding "$(dirname "$2")" "what $1 holds" ||
    result finding error backup-failed "$1 could not be unpacked to $2" "see the message above; nothing was changed"
}

wants() {
  field "$record/contents"
  if [ -z "$value" ]; then
    [ "$1" != redis ]
  else
    printf '%s\n' "$value" | grep -qxF -e "$1"
  fi
}

restore_seq() {
  record_get seq
  printf '%s\n' "$value"
}

step_load() {
  BELAY_APPNAME=$(application_name "$1" "$step_name")
  record_get source
  load_backup "$1" "$backups/$value"
}

load_backup() {
  mkdir -p "$(swap_folder "$1")" && note_keeping "$1" || return 1
  compare_sums "$2" || return 1
  if wants database; then load_databases "$1" "$2" || return 1; fi
  unpack_beside "$1" "$2" || return 1
  if wants redis && [ ! -f "$2/redis.rdb" ]; then
    result finding error config "backup ${2##*/} holds no redis.rdb" "leave redis out of contents, or name another backup"
    return 1
  fi
}

note_keeping() {
  field "$record/keep-old-database"
  printf '%s\n' "${value:-86400}" >"$(swap_folder "$1")/seconds"
}

compare_sums() (
  check_seal "$1" || return 1
  files=$(manifest_files "$1")
  [ -n "$files" ] || {
    result finding error backup-damaged "${1##*/} has no MANIFEST.txt that lists a file" "restore another backup"
    return 1
  }
  printf '%s\n' "$files" | while read -r name bytes sum; do
    if [ ! -f "$1/$name" ] || [ "$(wc -c <"$1/$name")" -ne "$bytes" ]; then
      result finding error backup-damaged "$name of ${1##*/} is missing or has not its $bytes bytes" \
        "nothing was changed; restore another backup"
      return 1
    fi
    same_sum "$1/$name" "$sum" || return 1
  done
)

load_databases() (
  state=$(swap_folder "$1") seq=$(restore_seq) any=false
  rm -rf "$state/logins" && cp -pR "$record/databases" "$state/logins" && project_of "$record" >"$state/project" || return 1
  for number in $(databases "$record"); do
    archive=$(archive_for "$2" "$number") || continue
    any=true
    mkdir -p "$state/$number" || return 1
    made_name "$seq" "$number" new | put "$state/$number/new" || return 1
    made_name "$seq" "$number" old | put "$state/$number/old" || return 1
    rm -f "$state/$number/new-oid"
    echo "loading ${archive##*/}"
    with_database "$record" "$number" load_database "$state/$number" "$archive" || return 1
  done
  $any || [ ! -f "$2/database.dump" ] || {
    result finding error config "database-url is not given: ${2##*/} holds a database" "give database-url as it is reached from the server"
    return 1
  }
)

load_database() {
  field "$1/new"
  load_new=$value
  restore=$(beside archive_restorer) || {
    result finding error backup-failed "the server of $PGDATABASE cannot be asked beside that database" \
      "let ${PGUSER:-the default role} connect to the database postgres (pg_hba.conf)"
    return 1
  }
  restorer_major=$(beside server_major)
  beside drop_made "${1##*/}" new trial && beside load_beside "$1" "$2" "$load_new" && load_archive "$load_new" "$2" || return 1
  if ! analyze_loaded "$load_new" || ! write_settings "$1/settings.sql" "$2"; then
    result finding error backup-failed "what was loaded from ${2##*/} could not be made ready to serve as $PGDATABASE" \
      "see the message above; the old data serves and was not touched: run it again when the server of $PGDATABASE answers"
    return 1
  fi
}

analyze_loaded() (
  PGDATABASE=$1
  export PGDATABASE
  query -c "set client_min_messages = error" -c analyze </dev/null >/dev/null
)

load_beside() {
  drop_database "$3" && create_database "$3" "$2" || return 1
  load_oid=$(patiently database_oid "$3") && [ -n "$load_oid" ] || return 1
  printf '%s\n' "$load_oid" | put "$1/new-oid"
}

step_stop() {
  [ -s "$record/stop" ] || return 0
  record_change stopped yes "$1" "$step_phase" || return 1
  run_lines "$record" stop "$root/current"
}

step_swap() {
  BELAY_APPNAME=$(application_name "$1" "$step_name")
  if [ -f "$record/pgbouncer/env" ]; then pause_pools "$record" "$1" || return 1; fi
  swap_databases "$1" && swap_files "$1"
  swap_code=$?
  resume_pools "$record" "$1"
  [ $swap_code -eq 0 ] || return 1
  if wants redis; then swap_redis "$1" "$backups/$(restored_backup)/redis.rdb" || return 1; fi
}

restore_step_finding() {
  case $1 in
    load | swap)
      result finding error backup-failed "the restore stopped in step $1: $(tail -n 1 "$2" 2>/dev/null | cut -c 1-300)" \
        "see the lines above; the undo puts the old data back, then run it again"
      ;;
  esac
}

restored_backup() {
  record_get source || record_get backup
  printf '%s\n' "$value"
}

swap_databases() (
  for state in "$(swap_folder "$1")"/[0-9]*; do
    [ -f "$state/new-oid" ] || continue
    with_database "$record" "${state##*/}" beside swap_database "$state" || return 1
    with_database "$record" "${state##*/}" beside tell_swapped "$state"
  done
)

tell_swapped() {
  field "$1/old"
  if [ -n "$(database_oid "$value")" ]; then
    echo "database ${1##*/} was replaced; the old one is kept as $value"
  else
    echo "database ${1##*/} is in place; there was none before"
  fi
}

step_start() {
  [ -n "$previous" ] || return 0
  if record_get stopped || [ ! -s "$(swap_folder "$1")/pools" ]; then
    record_change started yes "$1" "$step_phase" || return 1
    start_release "$previous"
  fi
}

start_release() {
  BELAY_RELEASE=$1 BELAY_PREVIOUS=
  field "$dot/releases/$1/sha"
  BELAY_SHA=$value
  activate "$1" back
}

restore_back() {
  restore_state=$(swap_folder "$1")
  [ -d "$restore_state" ] || return 0
  back_code=0
  for back_state in "$restore_state"/[0-9]*; do
    [ -f "$back_state/new-oid" ] || continue
    with_database "$record" "${back_state##*/}" beside swap_database_back "$back_state" || back_code=1
  done
  swap_files_back "$1" || back_code=1
  resume_pools "$record" "$1"
  swap_redis_back "$1" || back_code=1
  [ $back_code -eq 0 ] && drop_made_all "$record" new
}

await_databases() {
  [ -d "$(swap_folder "$1")" ] || return 0
  operation_record "$1"
  await_end=$(($(uptime_now) + 60))
  for await_number in $(databases "$record"); do
    until with_database "$record" "$await_number" beside true; do
      if [ "$(uptime_now)" -ge $await_end ]; then return 0; fi
      pause 1
    done
  done
}

data_state() (
  operation_record "$1"
  for state in "$(swap_folder "$1")"/[0-9]*; do
    [ -f "$state/new-oid" ] || continue
    with_database "$record" "${state##*/}" beside describe_data "$state" || {
      field "$state/old"
      printf '; database %s cannot be asked which data it serves: the old data if there is no database %s beside it' "${state##*/}" "$value"
    }
  done
)

describe_data() {
  field "$1/new-oid" && describe_oid=$value
  describe_serves=$(database_oid "$wanted") || return 1
  field "$1/old"
  if [ "$describe_serves" = "$describe_oid" ]; then
    printf '; %s serves the restored data, the old data are in %s' "$wanted" "$value"
  else
    printf '; %s serves the old data' "$wanted"
  fi
}

restored() {
  [ -f "$(swap_folder "$1")/done" ]
}

wants_data() {
  operation_record "$1"
  field "$record/rollback-database"
  [ "$value" = restore ] || return 1
  record_get operation
  [ "$value" = deploy ] && record_get backup || return 1
  [ -d "$(swap_folder "$1")" ] || schema_moved "$1"
}

restore_data() {
  if restored "$1"; then return 0; fi
  restore_back "$1" || return 1
  record_get backup
  restore_backup=$value
  echo "restoring the database from backup $restore_backup"
  mkdir -p "$(swap_folder "$1")" && note_keeping "$1" && compare_sums "$backups/$restore_backup" && load_databases "$1" "$backups/$restore_backup" &&
    step_stop "$1" && step_swap "$1" && : >"$(swap_folder "$1")/done" && flush "$(swap_folder "$1")/done"
}

uptime_now() { cut -d . -f 1 /proc/uptime; }

keep_replaced() {
  keep_state=$(swap_folder "$1")
  [ -d "$keep_state" ] || return 0
  record_get seq "$closed"
  keep_place=$dot/kept/$value
  mkdir -p "$keep_place" || return 1
  if [ -d "$keep_state/logins" ]; then
    cp -pR "$keep_state/logins" "$keep_place/databases" && cp "$keep_state/project" "$keep_place/project" || return 1
  fi
  for keep_old in "$keep_state"/[0-9]*/old; do
    [ -f "$keep_old" ] || continue
    keep_number=${keep_old%/old}
    cp "$keep_old" "$keep_place/databases/${keep_number##*/}/old" || return 1
  done
  if [ -f "$keep_state/files" ]; then cut -f 3 "$keep_state/files" >"$keep_place/files"; fi
  if [ -f "$keep_state/volume" ]; then cp "$keep_state/volume" "$keep_place/volume" || return 1; fi
  field "$keep_state/seconds"
  printf '%s\n' "${value:-86400}" >"$keep_place/seconds"
  keep_clock "$keep_place" 0
}

keep_clock() { printf '%s %s %s\n' "$(boot_id)" "$(uptime_now)" "$2" | put "$1/since"; }

drop_kept() {
  for kept in "$dot"/kept/*; do
    [ -f "$kept/since" ] || continue
    read -r kept_boot kept_uptime kept_spent <"$kept/since"
    if [ "$kept_boot" != "$(boot_id)" ]; then
      keep_clock "$kept" "$kept_spent"
      continue
    fi
    kept_spent=$((kept_spent + $(uptime_now) - kept_uptime))
    field "$kept/seconds"
    if [ "$kept_spent" -ge "$value" ]; then
      drop_one_kept "$kept"
    elif [ $((kept_spent % 3600)) -lt 120 ]; then
      keep_clock "$kept" "$kept_spent"
    fi
  done
}

drop_one_kept() (
  for number in $(databases "$1"); do
    field "$1/databases/$number/old"
    [ -n "$value" ] || continue
    with_database "$1" "$number" beside drop_database "$value" || return 1
  done
  if [ -f "$1/files" ]; then
    while IFS= read -r file; do
      case $file in
        */.belay-old-[0-9]*) if in_service "$file"; then drop_volume_old "$1/volume" "${file##*-}" || return 1; fi ;;
        *.belay-old-[0-9]*) rm -rf "$file" ;;
      esac
    done <"$1/files"
  fi
  rm -rf "$1"
)

kept_due() {
  for kept in "$dot"/kept/*; do
    [ -f "$kept/since" ] || continue
    read -r kept_boot kept_uptime kept_spent <"$kept/since"
    field "$kept/seconds"
    if [ "$kept_boot" != "$(boot_id)" ] || [ $((kept_spent + $(uptime_now) - kept_uptime)) -ge "$value" ]; then return 0; fi
  done
  return 1
}

waiting_backups() {
  backup_table "$1" | while read -r _ waiting_id _; do
    [ -f "$1/$waiting_id/uploaded" ] || printf '%s\n' "$waiting_id"
  done
}

offer_uploads() {
  field "$1/backup-upload"
  [ -n "$value" ] || return 0
  field "$1/upload-most"
  offer_most=$value
  field "$1/upload-part"
  offer_part=$value
  waiting_backups "$backups" | while IFS= read -r offer_id; do
    {
      manifest_files "$backups/$offer_id"
      printf 'MANIFEST.txt %s %s\n' "$(wc -c <"$backups/$offer_id/MANIFEST.txt")" "$(sha256sum <"$backups/$offer_id/MANIFEST.txt" | cut -d ' ' -f 1)"
    } | while read -r offer_name offer_bytes offer_sum; do
      result stored "$offer_id" "$offer_name" "$offer_bytes" "$offer_sum"
      if [ "$offer_bytes" -gt "${offer_most:-1073741824}" ]; then offer_parts "$offer_id" "$offer_name" "$offer_bytes"; fi
    done
    warn_keys "$offer_id"
  done
}

offer_parts() {
  parts_mib=${offer_part:-64} parts_skip=0 parts_number=1
  while [ $(($3 / 1048576 / parts_mib)) -ge 9999 ]; do parts_mib=$((parts_mib * 2)); done
  while [ $((parts_skip * 1048576)) -lt "$3" ]; do
    result part "$1" "$2" "$parts_number" "$parts_skip" "$parts_mib" \
      "$(dd if="$backups/$1/$2" bs=1048576 skip="$parts_skip" count="$parts_mib" 2>/dev/null | sha256sum | cut -d ' ' -f 1)"
    parts_skip=$((parts_skip + parts_mib)) parts_number=$((parts_number + 1))
  done
}

warn_keys() {
  [ -f "$backups/$1/config.tar.gz" ] || return 0
  keys_found=$(gzip -dc <"$backups/$1/config.tar.gz" | tar -tf - | grep -E '(^|/)(\.env[^/]*|id_(rsa|ecdsa|ed25519)|[^/]*\.(pem|key|p12))$' | head -n 3 | tr '\n' ' ')
  [ -z "$keys_found" ] || result finding warning config "config.tar.gz of $1 holds $keys_found: they leave the server with it" \
    "see who may read the bucket, or take these out of config-paths"
}

step_send() (
  lines=$(cat)
  case $lines in *"${NEWLINE}end" | end) ;; *) return 1 ;; esac
  work=$(step_folder "$1" "$2")/transfers
  mkdir -p "$work" || return 1
  command -v curl >/dev/null 2>&1 || {
    result finding error tool-missing "curl is missing on the server: it cannot upload backups" "install it: apt-get install curl"
    return 1
  }
  number=0
  printf '%s\n' "$lines" | {
    while IFS= read -r line; do
      case $line in
        put*)
          number=$((number + 1))
          transfer "$work/$number" put "$line" &
          [ $((number % 4)) -ne 0 ] || wait
          ;;
        get*)
          number=$((number + 1))
          transfer "$work/$number" get "$line" &
          [ $((number % 4)) -ne 0 ] || wait
          ;;
        sent*)
          (IFS=$TAB && set -- $line && plain "$2" && [ -d "$backups/$2" ] && printf '%s\n' "$3" | put "$backups/$2/uploaded")
          ;;
      esac
    done
    wait
  }
  for told in "$work"/*.told; do
    if [ -f "$told" ]; then cat "$told" >>"$step_results"; fi
  done
  rm -rf "$work"
)

transfer() (
  prefix=$1 way=$2
  IFS=$TAB
  set -f
  set -- $3
  unset IFS
  id=$2 name=$3 part=$4 skip=$5 count=$6 url=$7
  plain "$id" && plain "$name" || return 1
  shift 7
  tries=0 status=000
  while [ $tries -lt 3 ]; do
    case $status in 000 | 429 | 5??) ;; *) break ;; esac
    [ $tries -eq 0 ] || pause $tries
    tries=$((tries + 1))
    case $way in
      get) status=$(curl_config "$@" | curl_once "$prefix" -o "$backups/$id.partial/$name") ;;
      *)
        if [ "$skip" = - ]; then
          status=$(curl_config "$@" | curl_once "$prefix" -o "$prefix.body" -T "$backups/$id/$name")
        else
          status=$(send_part "$@")
        fi
        ;;
    esac
  done
  tag=$(sed -n 's/^[Ee][Tt][Aa][Gg]: *//p' "$prefix.headers" 2>/dev/null | tr -d '\r' | tail -n 1)
  why=$(sed -n 's/.*<Code>\([A-Za-z0-9]*\)<.*/\1/p' "$prefix.body" 2>/dev/null | head -n 1)
  if [ "$status" = 000 ]; then why=$(sed -n '1s/^curl: //p' "$prefix.said"); fi
  (porcelain=true && emit transferred "$id" "$name" "$part" "$status" "$tag" "$why") >"$prefix.told"
)

curl_config() {
  printf 'url = "%s"\n' "$url"
  for curl_header; do printf 'header = "%s"\n' "$curl_header"; done
}

curl_once() {
  once_prefix=$1
  shift
  once_status=$(curl -sS -K - --http1.1 --connect-timeout 20 --speed-limit 1000 --speed-time 60 -D "$once_prefix.headers" \
    -w '%{http_code}' "$@" 2>"$once_prefix.said")
  case $?.$once_status in 0.* | *.[345]??) echo "$once_status" ;; *) echo 000 ;; esac
}

send_part() {
  rm -f "$prefix.pipe"
  mkfifo "$prefix.pipe" || return 1
  part_bytes=$(($(wc -c <"$backups/$id/$name") - skip * 1048576))
  if [ "$part_bytes" -gt $((count * 1048576)) ]; then part_bytes=$((count * 1048576)); fi
  dd if="$backups/$id/$name" bs=1048576 skip="$skip" count="$count" of="$prefix.pipe" 2>/dev/null &
  part_reader=$!
  curl_config "$@" "Content-Length: $part_bytes" "Transfer-Encoding:" | curl_once "$prefix" -o "$prefix.body" -T "$prefix.pipe"
  kill "$part_reader" 2>/dev/null
  rm -f "$prefix.pipe"
}

step_fetch() {
  record_get source || record_get backup
  fetch_id=$value
  if [ -f "$backups/$fetch_id/MANIFEST.txt" ]; then
    echo "backup $fetch_id is here already"
    return 0
  fi
  mkdir -p "$backups" && chmod 700 "$backups" && rm -rf "$backups/$fetch_id.partial" && mkdir "$backups/$fetch_id.partial" || return 1
  step_send "$@" || return 1
  if grep "^transferred" "$step_results" | cut -f 5 | grep -qvx 200; then
    full_disk_finding "$backups" "what the bucket holds of $fetch_id" || result finding error backup-failed "the bucket did not hand over all of $fetch_id: $(grep '^transferred' "$step_results" | awk -F '\t' '$5 != 200 { print $3 " " $5 " " $7; exit }')" \
      "nothing was changed; run it again"
    return 1
  fi
  compare_sums "$backups/$fetch_id.partial" || return 1
  echo "fetched from the bucket" >"$backups/$fetch_id.partial/uploaded"
  (cd "$backups/$fetch_id.partial" && flush $(ls)) && mv -fT "$backups/$fetch_id.partial" "$backups/$fetch_id" && flush "$backups"
}

ask_app() {
  if command -v curl >/dev/null 2>&1; then
    app_status=$(curl -sS -m 5 -o "$2" -w '%{http_code}' -- "$1" 2>/dev/null 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-) || return 1
    case $app_status in 2??) ;; *) return 1 ;; esac
  else
    wget -q -T 5 -O "$2" "$1" 2>/dev/null 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
  fi
}

answers() {
  [ -n "$1" ] || return 0
  ask_app "$1" "$3" && { [ -z "$2" ] || grep -qF -e "$2" "$3"; }
}

checked() {
  [ -s "$dot/releases/$1/health-checks" ] || return 0
  sh "$dot/releases/$1/health-checks" </dev/null >/dev/null 2>&1 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
}

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

finding() {
  if [ "$1" = error ]; then findings_bad=true; fi
  emit finding "$@"
}

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
    "nothing was changed; check database-url as it is reached from the server: name, port, role and password; try: psql -h ${PGHOST:-/var/run/postgresql} -p ${PGPORT:-5432} -U ${PGUSER:-ROLE} $PGDATABASE"
}

too_old_finding() {
  result finding error tool-too-old "pg_dump on the server is older than its PostgreSQL $1" \
    "install it: apt-get install postgresql-client-$1"
}

free_kib() { df -Pk "$1" | awk 'NR == 2 { print $4 }'; }
free_inodes() { df -Pi "$1" 2>/dev/null | awk 'NR == 2 { n = ($2 ~ /^[1-9]/) ? $4 : 1000000 } END { print (n == "" ? 1000000 : n) }'; }

check_tools() {
  for tool in flock:util-linux setsid:util-linux tar:tar gzip:gzip awk:mawk sed:sed grep:grep \
    sha256sum:coreutils df:coreutils readlink:coreutils find:findutils xargs:findutils; do
    command -v "${tool%:*}" >/dev/null 2>&1 ||
      finding error tool-missing "${tool%:*} is missing on the server" "install it: apt-get install ${tool#*:}"
  done
}

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

check_formats() {
  formats_serving=$(current_release)
  field "$dot/releases/${formats_serving:-none}/format"
  if [ "${value:-1}" != 1 ] || ! record_readable; then
    finding error config "$dot was written by a newer version of Belay" \
      "use that version of the action (or a newer one) for all workflows that deploy to this path"
  fi
}

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

check_databases() {
  strategy_of "$1"
  case $strategy in compose) check_most=3 ;; *) check_most=4 ;; esac
  if [ "$(databases "$1" | wc -l)" -gt $check_most ]; then
    finding error config "database-url has more than $check_most lines" "deploy apps that use so many databases from several paths"
  fi
  for check_number in $(databases "$1"); do
    field "$1/databases/$check_number/service"
    if [ -n "$value" ]; then
      service_container "$1" "$value" >/dev/null || {
        ! nothing_yet "$1" "$value" || continue
        finding error backup-failed "no container of service $value runs in project $(project_of "$1")" \
          "start it, or check database-service and project"
        continue
      }
      with_database "$1" "$check_number" check_database || findings_bad=true
      continue
    fi
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

check_database() {
  if ! check_major=$(server_major); then
    if { [ -z "$(current_release)" ] || [ "$check_operation" = restore ]; } && database_missing; then
      emit fact "database" "$PGDATABASE does not exist yet"
      return 0
    fi
    unreachable_finding
    return 1
  fi
  emit fact "database" "$PGDATABASE, PostgreSQL $check_major"
  check_restorable || return 1
  [ -n "$(postgres_program pg_dump "$check_major")" ] || {
    too_old_finding "$check_major"
    return 1
  }
}

restore_obstacles() {
  sql "with me as (select oid, rolcreatedb, rolsuper from pg_roles where rolname = current_user),
      db as (select * from pg_database where datname = current_database())
    select 'the role ' || current_user || ' may not create databases (ALTER ROLE … CREATEDB)' from me where not (rolcreatedb or rolsuper)
    union all select 'the database belongs to ' || pg_get_userbyid(datdba) from db where not pg_has_role(current_user, datdba, 'member')
    union all select 'objects belong to ' || string_agg(distinct pg_get_userbyid(relowner), ', ') from pg_class, me
      where not rolsuper and relkind in ('r', 'v', 'm', 'S', 'p', 'f') and relnamespace not in (select oid from pg_namespace where nspname ~ '^(pg_|information_schema\$)')
        and not pg_has_role(current_user, relowner, 'member') having count(*) > 0"
  sql "select 'the extension ' || extname || ' may only be created by a superuser' from pg_extension e
      join pg_available_extension_versions v on v.name = extname and v.version = extversion
      where v.superuser and not v.trusted and extname <> 'plpgsql' and not (select rolsuper from pg_roles where rolname = current_user)" 2>/dev/null
  setting_obstacles
  beside true || echo "the database postgres cannot be reached beside it (pg_hba.conf)"
}

setting_obstacles() {
  sql "with s as (select split_part(c, '=', 1) as name, setrole from pg_db_role_setting, unnest(setconfig) c
      where setdatabase = (select oid from pg_database where datname = current_database())),
      me as (select oid, rolsuper, rolcreaterole from pg_roles where rolname = current_user)
    select 'the setting ' || s.name || ' of the database may only be made by a superuser' from s join pg_settings p using (name), me
      where not rolsuper and p.context in ('superuser', 'superuser-backend')
        and case when current_setting('server_version_num')::int >= 150000
          then (xpath('/row/may/text()', query_to_xml(format('select has_parameter_privilege(%L, ''set'') as may', s.name), false, true, '')))[1]::text <> 'true'
          else true end
    union all select 'a setting of the database is one of the role ' || pg_get_userbyid(setrole) from s, me
      where not rolsuper and not rolcreaterole and setrole not in (0, me.oid)" 2>/dev/null
}

restore_left_behind() {
  sql "select 'replication slot ' || slot_name from pg_replication_slots where database = current_database()
    union all select 'subscription ' || subname from pg_subscription s join pg_database d on d.oid = s.subdbid where datname = current_database()" 2>/dev/null
}

check_restorable() {
  restorable_problems=$(restore_obstacles) || return 0
  restorable_left=$(restore_left_behind)
  if [ -n "$restorable_left" ]; then
    emit fact "a restore leaves behind" "$(printf '%s' "$restorable_left" | tr '\n' ';')"
  fi
  if [ -z "$restorable_problems" ]; then
    emit fact "restore into a new database" "allowed"
    return
  fi
  restorable_problems=$(printf '%s' "$restorable_problems" | sed '2,$s/^/; /' | tr -d '\n')
  emit fact "restore into a new database" "not allowed: $restorable_problems"
  [ "$check_operation" = restore ] || [ "$check_promise" = restore ] || return 0
  finding error backup-failed "a restore of $PGDATABASE would not be allowed: $restorable_problems" \
    "give the role of database-url those rights, or restore by hand as a superuser with the commands of MANIFEST.txt"
  return 1
}

check_contents() {
  if has_redis "$1"; then
    command -v redis-cli >/dev/null 2>&1 || [ -f "$1/redis/service" ] || {
      finding error tool-missing "redis-cli is missing on the server" "install it: apt-get install redis-tools"
      return
    }
    [ "$(with_redis "$1" redis_ask ping)" = PONG ] ||
      finding error backup-failed "Redis does not answer as redis-url, or redis-service, says" "check host, port and password as they are on the server"
  fi
  media_of "$1"
  if [ -n "$media" ] && ! in_service "$media" && [ -d "$media" ] && { [ ! -r "$media" ] || [ ! -x "$media" ]; }; then
    finding error not-writable "media-path $media cannot be read by $(id -un)" "let the deploy user read it, or name it as SERVICE:/PATH"
  fi
}

check_habits() {
  field "$1/health-url"
  if [ -n "$value" ] && ! command -v curl >/dev/null 2>&1 && ! command -v wget >/dev/null 2>&1; then
    finding warning tool-missing "neither curl nor wget is on the server: it cannot ask the app by itself" \
      "install it: apt-get install curl"
  fi
  check_logout
  check_daily "$1"
}

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

check_daily() {
  backup_folder "$1"
  set -- "$backups"/*-daily
  [ -d "$1" ] || return 0
  daily_id=$(backup_table "$backups" | awk '$3 == "daily" { print $2; exit }')
  [ -n "$daily_id" ] || return 0
  if [ -n "$(find "$backups/$daily_id/MANIFEST.txt" -mmin +1560 2>/dev/null)" ]; then
    finding warning backup-failed "the newest daily backup, $daily_id, is older than 26 h" \
      "look at the server's timer: crontab -l; one for it: $dot/belay daily (it takes: $dot/belay backup daily)"
  fi
}

check_all() {
  findings_bad=false check_operation=$1
  field "$2/rollback-database"
  check_promise=$value
  check_tools
  check_place
  check_formats
  if ! $findings_bad; then
    check_databases "$2"
    check_contents "$2"
    case $1 in deploy | plan | backup | restore) check_room "$2" ;; esac
    check_habits "$2"
    check_strategy "$2"
    case $1 in adopt) use_compose ;; esac
    case $1 in adopt | run) $findings_bad || "check_$1" "$2" ;; esac
  fi
  ! $findings_bad
}

step_folder() { echo "$dot/operations/$1/steps/$2"; }

result() {
  if [ -n "${step_results:-}" ]; then
    (porcelain=true && emit "$@") >>"$step_results"
    if [ "$1" = finding ]; then printf '%s\n' "$4" "$5"; fi
  else
    emit "$@"
  fi
}

run_step() {
  folder=$(step_folder "$1" "$2")
  process_start $$ || exit $FAILED
  phase_lock || exit $FAILED
  case $2 in undo-* | on-recovery) wanted=undoing ;; *) wanted=open ;; esac
  if ! record_is "$1" "$wanted" || step_of "$1" "$2"; then exit $FAILED; fi
  case $2 in
    undo-*) record_get tries && [ "undo-$value" = "$2" ] || exit $FAILED ;;
  esac
  record_append "step $2 $$ $started" || {
    rmdir "$folder"
    exit $FAILED
  }
  phase_unlock
  step_results=$folder/results
  : >"$step_results"
  do_step "$@" >"$folder/out" 2>&1
  step_code=$?
  printf '%s\n' "$step_code" >"$folder/code.new" && mv -f "$folder/code.new" "$folder/code"
}

operation_record() {
  record_get operation
  if whole_plan "$value"; then
    record_get new && record=$dot/releases/$value
  else
    record=$dot/operations/$1/record
  fi
}

do_step() {
  record_get new && new=$value || new=
  record_get previous && previous=$value || previous=
  operation_record "$1"
  backup_folder "$record"
  release_variables "$new" "$previous"
  step_name=$2 step_phase=open
  case $2 in undo-*) step_phase=undoing ;; esac
  case $2 in
    prepare) prepare_files "$new" "$previous" ;;
    receive-*) receive_files "$new" "$3" ;;
    pull-*) use_compose && step_pull "$1" ;;
    send-*) step_send "$1" "$2" ;;
    fetch-*) step_fetch "$1" "$2" ;;
    backup) step_backup "$1" ;;
    verify-backup) step_verify_backup "$1" ;;
    activate) step_activate "$1" ;;
    load) step_load "$1" ;;
    stop) step_stop "$1" ;;
    swap) step_swap "$1" ;;
    start) step_start "$1" ;;
    undo-*) step_undo "$1" ;;
    build) step_build "$1" ;;
    adopt) use_compose && step_adopt "$1" ;;
    run) step_run "$1" ;;
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

step_lines() {
  PGAPPNAME=$(application_name "$1" "$2")
  export PGAPPNAME
  run_lines "$record" "$2" "$root/releases/$new"
  step_code=$?
  unset PGAPPNAME
  if [ "$2" = migrate ]; then schema_result; fi
  return $step_code
}

schema_result() {
  record_get schema && schema_before=$value || schema_before=unknown
  schema_now=$(schema_fingerprint "$record") || schema_now=unknown
  keep_schema "$record" "$schema_now"
  case $schema_now.$schema_before in
    none.* | unknown.* | *.unknown) result schema unknown ;;
    "$schema_now.$schema_now") result schema unchanged ;;
    *) result schema changed ;;
  esac
}

step_backup() {
  BELAY_APPNAME=$(application_name "$1" backup)
  record_get seq
  step_seq=$value
  step_label=deploy dump_may_lack=no
  if record_get operation && [ "$value" = restore ]; then step_label=safety dump_may_lack=yes; fi
  field "$record/backup-label"
  make_backup "$record" "${value:-$step_label}" "$step_seq" "${new:--}" || return 1
  taken=$(sed -n "s/^backup-id$TAB//p" "$step_results")
  if [ -n "$taken" ]; then record_change backup "$taken" "$1" open || return 1; fi
  offer_uploads "$record"
  if schema_now=$(schema_fingerprint "$record"); then
    record_change schema "$schema_now" "$1" open || return 1
    keep_schema "$record" "$schema_now"
  fi
}

step_verify_backup() {
  BELAY_APPNAME=$(application_name "$1" verify-backup)
  record_get seq
  step_seq=$value
  record_get backup
  step_verified=$value
  echo "verifying $step_verified"
  verify_backup "$backups/$step_verified" || return 1
  field "$record/backup-verify"
  if [ "$value" = restore ]; then try_restore "$record" "$backups/$step_verified" "$step_seq" || return 1; fi
  backup_results "$step_verified"
}

step_activate() {
  record_change activated yes "$1" open || return 1
  activate "$new"
}

step_undo() {
  if record_get operation && [ "$value" = restore ]; then
    restore_back "$1" || return 1
    record_get stopped || record_get started || return 0
  elif [ -d "$(swap_folder "$1")" ]; then
    restore_data "$1" || return 1
    if ! record_get activated && ! record_get stopped && [ -s "$(swap_folder "$1")/pools" ]; then return 0; fi
  fi
  [ -z "$previous" ] || step_reactivate
}

step_reactivate() {
  BELAY_RELEASE=$previous BELAY_PREVIOUS=$new
  field "$dot/releases/$previous/sha"
  BELAY_SHA=$value
  activate "$previous" back
}

start_step() {
  mkdir -p "$(step_folder "$1" "$2")" || return 1
  use_scope
  BELAY_STEP=$(step_mark "$1.$2")
  export BELAY_STEP
  case $2 in
    receive-* | pull-* | send-* | fetch-*) detach ${BELAY_SH:-sh} "$program" run-step "$@" ;;
    *) detach ${BELAY_SH:-sh} "$program" run-step "$@" </dev/null ;;
  esac
  unset BELAY_STEP
}

step_of() {
  step_pid='' step_start='' step_record=$dot/phase
  record_is "$1" || { closed_as "$1" && step_record=$closed; } || return 1
  step_found=
  while IFS= read -r step_line; do
    case $step_line in "step $2 "*) step_found=${step_line#"step $2 "} ;; esac
  done <"$step_record"
  step_pid=${step_found% *} step_start=${step_found#* }
  [ -n "$step_found" ]
}

short_waits='0.005 0.005 0.005 0.005 0.005 0.005 0.01 0.01 0.01 0.02 0.02 0.04 0.04 0.08'

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
  if [ -s "$folder/results" ]; then
    cat "$folder/results"
  fi
  field "$folder/code"
  if [ "$value" != 0 ] && ! grep -qs "^finding${TAB}error" "$folder/results"; then
    full_disk_finding "$dot" "step $2" || restore_step_finding "$2" "$folder/out"
  fi
  emit code "${value:-137}"
}

follow_output() {
  [ -s "$1" ] || return 0
  have=$(wc -c <"$1")
  if [ "$have" -gt "$offset" ]; then
    if $porcelain; then printf 'output\t%s\n' $((have - offset)); fi
    tail -c +$((offset + 1)) "$1" | head -c $((have - offset))
    offset=$have waits=$short_waits
  fi
}

follow_lost() {
  idle=$((idle + 1))
  [ $((idle % 8)) -eq 0 ] || return 0
  if step_of "$1" "$2"; then
    if process_is "$step_pid" "$step_start" || [ -f "$folder/code" ]; then return 0; fi
    pause 0.1
    [ -f "$folder/code" ]
  else
    record_is "$1" && [ -d "$folder" ] && [ $idle -lt 300 ]
  fi
}

follow_pause() {
  set -- $waits
  pause "${1:-0.1}"
  shift $(($# > 0 ? 1 : 0))
  waits=$*
}

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
      before | migrate | migrate-plan | after | backup | load | swap | undo-*)
        case $end_name in undo-*) [ -d "$(swap_folder "$1")" ] || continue ;; esac
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

schema_moved() {
  grep -q -e '^step before ' -e '^step migrate ' -e '^step activate ' -e '^step after ' "$dot/phase" || return 1
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

run_undo_step() {
  start_step "$1" "$2"
  follow "$1" "$2" 0 >/dev/null
  cat "$(step_folder "$1" "$2")/out" 2>/dev/null
  step_succeeded "$1" "$2"
}

put_back() {
  record_get previous && back=$value || back=
  record_get new && put_new=$value || put_new=
  if undoes_data "$1"; then
    echo "putting the data back (try $2 of 3)"
    run_undo_step "$1" "undo-$2" || return 1
    if [ -n "$back" ]; then return 0; fi
  fi
  if [ -z "$put_new" ]; then return 0; fi
  if ! record_get activated && [ "$(current_release)" != "$put_new" ]; then return 0; fi
  if [ -z "$back" ]; then
    stop_first "$1" "$put_new"
    return
  fi
  echo "putting $back back (try $2 of 3)"
  run_undo_step "$1" "undo-$2"
}

undoes_data() {
  if record_get operation && [ "$value" = restore ]; then
    [ -d "$(swap_folder "$1")" ] || record_get stopped
  else
    wants_data "$1" && mkdir -p "$(swap_folder "$1")"
  fi
}

remove_new() {
  operation_record "$1"
  backup_folder "$record"
  sweep_backups "$backups"
  record_get operation
  whole_plan "$value" || return 0
  record_get new || return 0
  [ "$(current_release)" != "$value" ] || return 1
  rm -rf "$dot/incoming/$value".*
  remove_release "$value"
}

restore_env() {
  record_get new || return 0
  if [ -f "$dot/releases/$value/env.recorded" ]; then
    mv -f "$dot/releases/$value/env.recorded" "$dot/releases/$value/env"
  fi
}

undo() {
  record_get operation
  case $value in backup | verify-backup) ;; *) echo "undoing: $2" ;; esac
  while :; do
    record_get tries && tries=$value || tries=0
    [ "$tries" -lt 3 ] || break
    tries=$((tries + 1))
    record_change tries "$tries" "$1" undoing || return 1
    await_databases "$1"
    if end_steps "$1" && restore_env && put_back "$1" "$tries"; then
      undone "$1" "$2"
      return
    fi
    pause 1
  done
  record_get previous
  undo_problem=${end_problem:-release ${value:-none} could not be put back}
  undo_failed "$1" undoing "$2; the undo failed: $undo_problem$(data_state "$1")" "see what its steps said: $dot/belay logs"
}

undone() {
  remove_new "$1" || echo "the new release could not be removed whole; the next deploy does it"
  if record_get previous && [ -n "$value" ]; then
    close_operation "$1" undoing undone "$2; $value serves"
  else
    close_operation "$1" undoing undone "$2; nothing to go back to"
  fi
}

undo_failed() {
  echo "$3"
  drop_ballast
  hold "$3. $4; then: $dot/belay release-hold" && close_operation "$1" "$2" undo-failed "$3"
}

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

begin_undo() { enter undoing "$1" "$2" open deciding; }

begin_deciding() { enter deciding "$1" "$2" open; }

act_alone() {
  alone_reason=$2
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

recovery_lines() {
  recovery_id=$(current_release)
  [ -n "$recovery_id" ] && [ -s "$dot/releases/$recovery_id/on-recovery" ] || return 0
  release_variables "$recovery_id" ''
  run_lines "$dot/releases/$recovery_id" on-recovery "$root/releases/$recovery_id" >>"$dot/operations/$1/recovery.out" 2>&1
}

go_forward() {
  operation_record "$1"
  if ! step_succeeded "$1" migrate || ! end_steps "$1"; then
    back_with_data "$1" "$2" && return
    end_unfinished "$1" "$2; ${end_problem:-the migration did not end well} and old code may not meet its schema"
    return
  fi
  if ! step_succeeded "$1" activate; then
    record_change activated yes "$1" deciding || return 1
    release_variables "$alone_new" ''
    activate "$alone_new" || {
      back_with_data "$1" "$2" && return
      undo_failed "$1" deciding "$2; the schema has changed (forward-only) and $alone_new does not start" "$(restore_hint)"
      return
    }
  fi
  if healthy "$alone_new"; then
    close_operation "$1" deciding unconfirmed "$2; the schema has changed (forward-only) and $alone_new is healthy: it stays, unconfirmed"
  elif ! back_with_data "$1" "$2"; then
    undo_failed "$1" deciding "$2; the schema has changed (forward-only) and $alone_new is not healthy" "$(restore_hint)"
  fi
}

back_with_data() {
  wants_data "$1" && begin_undo "$1" "$2" && undo "$1" "$2"
}

end_unfinished() {
  end_steps "$1"
  record_get phase
  undo_failed "$1" "$value" "$2" "$(restore_hint)"
}

asked_to_undo() {
  operation_record "$1"
  backup_folder "$record"
  if forward_only "$1" && ! wants_data "$1"; then
    end_unfinished "$1" "$2; the schema has changed and migrations are forward-only: release $(current_release) stays"
  elif begin_undo "$1" "$2"; then
    undo "$1" "$2"
  fi
}

forward_only() {
  operation_record "$1"
  field "$record/migrations"
  [ "$value" = forward-only ] && schema_moved "$1"
}

restore_hint() {
  if record_get backup; then
    printf 'the data as before is in %s, MANIFEST.txt there has the commands' "$backups/$value"
  else
    printf 'no backup was taken by this deploy'
  fi
}

guard() {
  woken=false guard_sleeper=
  trap 'woken=true; [ -z "$guard_sleeper" ] || kill "$guard_sleeper" 2>/dev/null' USR1
  trap ':' HUP INT PIPE
  guard_folder=$dot/operations/$1
  exec >>"$guard_folder/undo.out" 2>&1
  process_start $$ || exit $FAILED
  record_change guardian "$$ $started" "$1" open || exit $FAILED
  record_get timeout
  guard_limit=$value guard_quiet=0 guard_beat=''
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
      guard_quiet=0
    fi
  done
  tidy "$1" >"$guard_folder/tidied" 2>&1
}

guard_sleep() {
  if $woken; then return; fi
  sleep "$guard_nap" 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
  guard_sleeper=$!
  if ! $woken; then wait "$guard_sleeper" 2>/dev/null; fi
  guard_napped=$guard_sleeper guard_sleeper=
  if $woken; then kill "$guard_napped" 2>/dev/null; fi
}

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

abandon_now() {
  end_steps "$1"
  record_get new && abandon_new=$value || abandon_new=
  if [ "$(current_release)" != "$abandon_new" ] || [ -z "$abandon_new" ]; then
    remove_new "$1"
  fi
  close_operation "$1" open "$2" "$3"
}

guardian_alive() {
  record_get guardian || return 1
  process_is "${value% *}" "${value#* }"
}

wake_guardian() { guardian_alive && kill -USR1 "${value% *}" 2>/dev/null; }

start_guardian() {
  use_scope
  in_session ${BELAY_SH:-sh} "$program" "$2" "$1" </dev/null >/dev/null 2>&1 8>&-
}

take_over() {
  record_get program
  if [ "$value" != "$program_hash" ] && plain "$value" && [ -f "$dot/bin/belay-$value" ]; then
    exec ${BELAY_SH:-sh} "$dot/bin/belay-$value" take-over "$1"
  fi
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

recover() {
  recovered=
  record_get token || return 0
  recover_token=$value
  use_scope
  setsid ${BELAY_SCOPE:-} ${BELAY_SH:-sh} "$program" take-over "$recover_token" </dev/null >/dev/null 2>&1 8>&-
  closed_as "$recover_token" || return 1
  recovered="$recover_token $outcome"
}

adopt_orphan() {
  if guardian_alive; then return 1; fi
  (
    lock_try || exit 1
    record_is "$1" || exit 1
    start_guardian "$1" take-over
  )
}

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

require() {
  if record_is "$1" open; then
    if guardian_alive; then return 0; fi
    pause 0.2
    if guardian_alive; then return 0; fi
    adopt_orphan "$1"
  fi
  late_soon "$1"
}

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

describe() {
  if record_get previous && [ -n "$value" ]; then
    describe_id=$value
    emit previous "$describe_id"
    describe_release "$describe_id"
  fi
  describe_unconfirmed
  record_get new || value=
  describe_new=$value
  record_get operation
  case $value in
    rollback) describe_gated=$describe_new ;;
    restore) describe_gated=${describe_id:-} ;;
    *) describe_gated= ;;
  esac
  if [ -n "$describe_gated" ]; then
    for describe_name in health-url health-expect; do
      field "$dot/releases/$describe_gated/$describe_name"
      emit "$describe_name" "$value"
    done
  fi
  if record_get source; then emit source "$value"; fi
  emit begun "$describe_new"
}

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

describe_unconfirmed() {
  history_table | awk '$4 == "deploy" || $4 == "rollback" { o = $3; n = $5 } END { if (o == "unconfirmed") print n }' |
    while IFS= read -r describe_new; do emit unconfirmed "$describe_new"; done
}

read_plan() {
  process_start $$
  plan=$dot/tmp/plan.$$.$started
  mkdir -p "$plan" || fail $FAILED "cannot write to $dot/tmp"
  (cd "$plan" && tar -xof -) || {
    rm -rf "$plan"
    fail $FAILED "the plan did not arrive whole"
  }
  inherit_project "$plan"
}

inherit_project() {
  field "$1/project"
  [ -z "$value" ] && [ -f "$1/strategy" ] || return 0
  inherit_from=$(current_release)
  field "$dot/releases/${inherit_from:-none}/project"
  [ -z "$value" ] || printf '%s\n' "$value" >"$1/project"
}

whole_plan() { case $1 in deploy | plan | adopt) ;; *) return 1 ;; esac }

overlay() (
  serving=$(current_release)
  [ -n "$serving" ] && cd "$dot/releases/$serving" 2>/dev/null || return 0
  for name in *; do
    case $name in files | digest | backup-label | schema | env.recorded) continue ;; esac
    [ -e "$1/$name" ] || cp -pR "$name" "$1/$name" || return 1
  done
)

call_check() {
  read_plan
  whole_plan "$1" || overlay "$plan"
  check_all "$1" "$plan"
  check_code=$?
  check_previous=$(current_release)
  if [ -n "$check_previous" ]; then
    emit previous "$check_previous"
    describe_release "$check_previous"
  fi
  case $1 in
    rollback) pick_target || check_code=1 ;;
    restore) if pick_backup; then emit fact "backup" "$picked" && warn_other_schema "$picked"; else check_code=1; fi ;;
  esac
  describe_unconfirmed
  if [ -s "$plan/files" ]; then changed_files "$check_previous"; fi
  if record_get owner; then emit fact "locked by" "$value"; fi
  if hold_reason; then emit fact "held" "$value"; fi
  rm -rf "$plan"
  return $check_code
}

changed_files() {
  check_old=$dot/releases/$1/files
  [ -n "$1" ] && [ -f "$check_old" ] || check_old=/dev/null
  emit fact "files to send" "$({ cat "$check_old"; echo --; cat "$plan/files"; } | awk -F '\t' '
    $0 == "--" { second = 1; next }
    !second { old[$5] = $2 $3 $4; next }
    $1 == "f" { all++; if (old[$5] != $2 $3 $4) sent++ }
    END { print sent + 0 " of " all + 0 }')"
}

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

env_value() (
  unset "$2"
  if [ -f "$dot/releases/$1/env" ]; then . "$dot/releases/$1/env"; fi
  eval "printf '%s.' \"\${$2-(unset)}\""
)

warn_other_schema() {
  other_current=$(current_release)
  manifest_value "$backups/$1" release 2>/dev/null || return 0
  other_release=$value
  [ -n "$other_current" ] && [ "$other_release" != "$other_current" ] || return 0
  field "$dot/releases/$other_current/schema"
  other_schema=$value
  field "$dot/releases/$other_release/schema"
  [ "$value" != "$other_schema" ] || return 0
  emit finding warning config \
    "backup $1 was made under $other_release; the database schema is another one since, and $other_current, which serves, may not bear it" \
    "if its gate does not open all is undone: then roll back to $other_release with across-migrations: true first, and restore after that"
}

pick_backup() {
  backup_folder "$plan"
  field "$plan/backup"
  picked=$value
  if [ "${picked:-latest}" = latest ]; then picked=$(backup_table "$backups" | awk '$3 != "safety" { print $2; exit }'); fi
  field "$plan/fetch"
  if [ "$value" = true ] && plain "$picked"; then return 0; fi
  if [ -z "$picked" ] || ! plain "$picked" || [ ! -f "$backups/$picked/MANIFEST.txt" ]; then
    findings_bad=false
    finding error config "there is no backup ${picked:-at all} in $backups" \
      "name one of: $(backup_table "$backups" | awk '{ printf "%s ", $2 }')"
    rm -rf "$plan"
    return 1
  fi
}

call_begin() {
  known "$2" && return
  read_plan
  whole_plan "$1" || overlay "$plan"
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

begin_locked() {
  if [ -f "$dot/phase" ]; then
    if ! recover; then
      rm -rf "$plan"
      emit finding error locked "an earlier operation was left open and could not be ended" "see: $dot/belay status"
      exit $FAILED
    fi
    emit recovered $recovered
  fi
  refuse_held "$1"
  if closed_as "$2"; then late "$2"; fi
  case $1 in
    deploy | rollback | restore | adopt)
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
    adopt) begin_new=$(new_release_id adopted) ;;
    rollback)
      pick_target || {
        rm -rf "$plan"
        exit $FAILED
      }
      begin_new=$target
      ;;
    verify-backup)
      pick_backup || exit $FAILED
      begin_backup=$picked
      ;;
    restore)
      pick_backup || exit $FAILED
      begin_source=$picked
      warn_other_schema "$picked"
      ;;
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
    [ -z "${begin_source:-}" ] || echo "source $begin_source"
  } | put "$dot/phase" || return 1
  if whole_plan "$1"; then
    mv -fT "$plan" "$dot/releases/$begin_new"
  else
    mv -fT "$plan" "$open_folder/record" || return 1
    if [ "$1" = rollback ]; then take_env "$open_folder/record" "$begin_new"; fi
  fi
}

lay_ballast() {
  drop_ballast
  mkdir "$dot/ballast" || return 1
  (cd "$dot/ballast" && touch 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16) || return 1
  dd if=/dev/urandom of="$dot/ballast/1" bs=65536 count=16 2>/dev/null
}

drop_ballast() { rm -rf "$dot/ballast"; }

link_program() {
  [ "$(readlink "$dot/belay")" = "bin/${program##*/}" ] && return 0
  rm -f "$dot/belay.new"
  ln -s "bin/${program##*/}" "$dot/belay.new" && mv -fT "$dot/belay.new" "$dot/belay"
}

take_env() {
  field "$1/rollback-env"
  [ "$value" = current ] || return 0
  [ -f "$dot/releases/$2/env.recorded" ] || cp -p "$dot/releases/$2/env" "$dot/releases/$2/env.recorded" 2>/dev/null ||
    : >"$dot/releases/$2/env.recorded"
  if [ -f "$1/env" ]; then put "$dot/releases/$2/env" <"$1/env"; else rm -f "$dot/releases/$2/env"; fi
}

call_attend() {
  require "$1"
  beats=$$
  while IFS= read -r _; do
    record_is "$1" open || late_soon "$1"
    guardian_alive || require "$1"
    beats=$((beats + 1))
    printf '%s\n' "$beats" 1<>"$dot/operations/$1/beat"
    emit beat open
  done
}

call_step() {
  if ! [ -f "$(step_folder "$1" "$2")/code" ]; then
    require "$1"
    if ! step_of "$1" "$2"; then
      case $2 in receive-* | pull-* | send-* | fetch-*) end_uploads "$1" ;; esac
      start_step "$1" "$2" ${4:+"$4"}
    fi
  fi
  follow "$1" "$2" "$3"
  record_is "$1" open || late_soon "$1"
}

end_uploads() {
  grep -e '^step receive-' -e '^step pull-' -e '^step send-' -e '^step fetch-' "$dot/phase" | while read -r _ upload_name upload_pid upload_start; do
    [ -f "$(step_folder "$1" "$upload_name")/code" ] ||
      end_processes "$1.$upload_name" "$upload_pid" "$upload_start"
  done
}

call_confirm() {
  if ! record_is "$1" && closed_as "$1" && [ "$outcome" = confirmed ]; then
    told_confirmed "$1"
    return
  fi
  require "$1"
  record_get guardian && confirm_guardian=$value
  record_get operation
  case $value in
    deploy | rollback | adopt)
      step_succeeded "$1" activate || step_succeeded "$1" adopt || {
        emit finding error command-failed "operation $1 has not activated its release: there is nothing to confirm" "undo it"
        exit $FAILED
      }
      ;;
    restore)
      step_succeeded "$1" swap || {
        emit finding error command-failed "operation $1 has not put the backup in place: there is nothing to confirm" "undo it"
        exit $FAILED
      }
      ;;
  esac
  left_behind
  if record_get new; then confirm_text="$value serves"; elif record_get source; then confirm_text="$value was restored"; else confirm_text='done'; fi
  close_operation "$1" open confirmed "$confirm_text" || late_soon "$1"
  confirm_wait=0
  while process_is ${confirm_guardian} && [ $confirm_wait -lt 600 ]; do
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

call_undo() { ask "$1" undo; }

call_abandon() {
  case $2 in unchanged | superseded | planned | failed) ask "$1" "$2" ;; *) fail $USAGE "no such outcome: $2" ;; esac
}

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

call_settle() {
  [ "$2" = healthy ] || fail $USAGE "settle takes: healthy"
  for settle_file in "$dot"/history/*.unconfirmed; do
    if [ -f "$settle_file" ] && record_get new "$settle_file" && [ "$value" = "$1" ]; then
      mv -f "$settle_file" "${settle_file%.unconfirmed}.confirmed"
    fi
  done
  emit outcome confirmed "$1 was gated and is confirmed"
}

sweep() {
  for sweep_item in "$dot"/tmp/plan.*; do
    [ -d "$sweep_item" ] || continue
    sweep_owner=${sweep_item##*/plan.}
    process_is "${sweep_owner%.*}" "${sweep_owner#*.}" || rm -rf "$sweep_item"
  done
  finish_retiring
  rm -rf "$dot"/tmp/schema.* "$dot"/tmp/login.* "$dot"/tmp/config.* "$dot"/tmp/make.* "$dot"/tmp/health.* "$dot"/tmp/flock.* "$dot"/tmp/info.* "$dot/next" "$dot/incoming"
  for sweep_item in "$dot"/trash/*; do
    if [ -e "$sweep_item" ]; then rm -rf "$sweep_item"; fi
  done
  sweep_releases
}

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

release_used() {
  if [ -n "$(in_folder "$(readlink -f "$root/releases/$1")")" ]; then return 0; fi
  [ -s "$dot/releases/$1/mounted" ] && use_compose && compose_uses "$1"
}

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

prune_programs() {
  (cd "$dot/bin" && ls -t belay-*) | tail -n +4 | while IFS= read -r prune_program; do
    [ "$prune_program" = "belay-$program_hash" ] || rm -f "$dot/bin/$prune_program"
  done
  rm -f "$dot"/bin/*.tmp.*
}

prune_logs() {
  history_table | awk '{ t[NR] = $2 } END { for (i = 1; i <= NR - 20; i++) print t[i] }' |
    while IFS= read -r prune_token; do
      if plain "$prune_token"; then rm -rf "$dot/operations/$prune_token"; fi
    done
}

schema_served() {
  [ ! -s "$1/migrate" ] && [ -n "$(databases "$1")" ] || return 0
  served_schema=$(schema_fingerprint "$1") || served_schema=unknown
  keep_schema "$1" "$served_schema"
}

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
  if [ "$tidy_operation.$outcome" = deploy.confirmed ]; then schema_served "$tidy_record"; fi
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
        restore) prune_backups "$tidy_record" safety ;;
      esac
    } >"$dot/operations/$1/pruned"
    porcelain=false
  fi
  if [ "$tidy_operation" = rollback ] && [ "$outcome" = confirmed ]; then rm -f "$dot/releases/$tidy_new/env.recorded"; fi
  case $tidy_operation.$outcome in
    restore.confirmed) keep_replaced "$1" ;;
    deploy.undone) if restored "$1"; then keep_replaced "$1"; fi ;;
  esac
  rm -rf "$(swap_folder "$1")"
  drop_kept
  rm -rf "$dot/operations/$1/record"
  drop_ballast
  rm -f "$dot/back"
  prune_programs
  prune_logs
}

call_tick() {
  [ -f "$dot/phase" ] || [ -f "$dot/unretired" ] || kept_due || exit $NOTHING
  record_readable || fail $FAILED "$dot/phase was written by a newer version of Belay"
  lock_try || exit $NOTHING
  if [ ! -f "$dot/phase" ]; then
    finish_retiring
    drop_kept
    exit $NOTHING
  fi
  recover || exit $FAILED
  emit recovered $recovered
  case $outcome in
    undone) exit $UNDONE ;;
    undo-failed) exit $UNDO_FAILED ;;
  esac
}

tick_mark() { printf '# belay %s' "$root" | sed -e 's/%/\\%/g'; }

tick_lines() (
  command=$(printf '%s' "$dot/belay" | sed -e "s/'/'\\\\''/g" -e 's/%/\\%/g')
  printf '%s\n' "@reboot '$command' tick >/dev/null 2>&1 $(tick_mark)" \
    "* * * * * '$command' tick >/dev/null 2>&1 $(tick_mark)"
)

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

daily_mark() { printf '# belay daily %s' "$root" | sed -e 's/%/\\%/g'; }

daily_line() (
  zone=$(date +%z)
  minutes=$(printf '%s\n' "$zone" | sed 's/^\([+-]\)\(..\)\(..\)$/\1 \2 \3/' | awk '{ m = $2 * 60 + $3; print ($1 == "-" ? -m : m) }')
  at=$(((120 + minutes + 1440) % 1440))
  printf "%s %s * * * %s backup daily >/dev/null 2>&1 %s\n" $((at % 60)) $((at / 60)) "$(shell_word "$dot/belay" | sed -e 's/%/\\%/g')" "$(daily_mark)"
)

call_daily() {
  case ${1:-} in
    '') print_daily ;;
    install) install_daily ;;
    *) fail $USAGE "belay daily prints the timer, belay daily install puts it into the crontab" ;;
  esac
}

print_daily() {
  cat <<EOT
A line for crontab -e (02:00 UTC as this server's clock is set today; summer time moves it by an hour):

$(daily_line)

Or, with systemd, in ~/.config/systemd/user/belay-daily.service and .timer, then
systemctl --user enable --now belay-daily.timer (and loginctl enable-linger $(id -un)):

[Service]
Type=oneshot
ExecStart=/bin/sh $(printf '%s' "$dot/belay" | sed -e 's/%/%%/g' -e 's/[\\" ]/\\&/g') backup daily

[Timer]
OnCalendar=*-*-* 02:00:00 UTC
Persistent=true

[Install]
WantedBy=timers.target
EOT
}

install_daily() {
  daily_program=${BELAY_CRONTAB:-crontab}
  daily_table=$("$daily_program" -l 2>/dev/null)
  case $daily_table$NEWLINE in
    *"$(daily_mark)$NEWLINE"*)
      echo "the crontab has it already"
      exit $NOTHING
      ;;
  esac
  { [ -z "$daily_table" ] || printf '%s\n' "$daily_table"; daily_line; } | "$daily_program" - ||
    fail $FAILED "$(id -un) may not have a crontab: allow it in /etc/cron.allow, or use the systemd timer that belay daily prints"
  echo "a backup is taken each day at 02:00 UTC: crontab -l shows it"
}

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
  backup_table "$backups" | while read -r _ status_id status_label status_bytes status_before _; do
    emit backup "$status_id" "$status_label" "$status_bytes" "$status_before"
  done
  if [ -n "$status_current" ]; then
    strategy_of "$dot/releases/$status_current"
    case $strategy in compose) compose_status "$status_current" ;; esac
  fi
  emit fact "disk free" "$(($(free_kib "$root") / 1024)) MiB"
  if [ -n "$status_current" ]; then
    field "$dot/releases/$status_current/backup-upload"
    if [ -n "$value" ]; then emit fact "not uploaded yet" "$(waiting_backups "$backups" | tr '\n' ' ')"; fi
  fi
  if [ -n "$status_current" ]; then check_daily "$dot/releases/$status_current"; fi
}

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
  backup_table "$backups" | while read -r _ id label bytes before _; do
    printf '%s  %s  %s bytes  before %s\n' "$id" "$label" "$bytes" "$before"
  done
}

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

call_backup() {
  plain "${1:-manual}" || fail $USAGE "a label is of letters, digits, . _ -: not ${1:-}"
  lead backup "backup-label=${1:-manual}"
  led_step backup || undo_led "the backup failed"
  belay_again confirm "$token" || exit
  if grep -qs '^nothing' "$(step_folder "$token" backup)/results"; then exit $NOTHING; fi
}

call_restore() {
  [ -n "${1:-}" ] || fail $USAGE "say which: belay restore ID (belay backups lists them), or belay restore latest"
  restore_id=$1 restore_from=$(uptime_now)
  shift
  for restore_word; do
    case $restore_word in database | media | config | redis) ;; *) fail $USAGE "a backup has database, media, config and redis: not $restore_word" ;; esac
  done
  lead restore "backup=$restore_id" "contents=$(printf '%s\n' "$@")"
  for restore_step in backup load stop swap start; do
    led_step "$restore_step" || undo_led "step $restore_step of the restore failed"
  done
  restore_serving=$(current_release)
  if [ -n "$restore_serving" ]; then healthy "$restore_serving" || undo_led "release $restore_serving is not healthy with the restored data"; fi
  belay_again confirm "$token" || exit
  echo "$restore_id was restored in $(($(uptime_now) - restore_from)) s"
}

usage() {
  cat <<'EOF'
belay: releases and backups of this path

  belay status                       what serves, what runs, what there is to go back to
  belay history                      what happened here
  belay rollback [ID] [--across-migrations]
                                     make an earlier release the running one
  belay backup [LABEL]               take and verify a backup (default label: manual)
  belay restore ID|latest [WHAT…]    put a backup in place: all of it but Redis, or database, media, config, redis
  belay daily [install]              the timer that takes a backup each day, printed or put into the crontab
  belay backups                      the backups that are there
  belay compose ARG…                 docker compose with the files and environment of what serves
  belay logs [TOKEN]                 what the steps of an operation printed
  belay hold REASON                  refuse deploys
  belay release-hold                 allow them again
  belay tick                         finish what has no owner (a timer calls it)

exit: 0 done, 1 failed, 2 usage, 3 locked, 4 nothing to do, 5 undone, 6 undo failed
EOF
}

next_call() {
  unset TMOUT
  IFS= read -r next_call || {
    emit unheard
    exit $NOTHING
  }
  case $next_call in *[!A-Za-z0-9._:\ -]*) fail $USAGE "not a call of this protocol: $next_call" ;; esac
}

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
exit
: part compose

proxy_folder() { echo "$root/shared/belay-proxy"; }

proxy_of() {
  field "$dot/releases/$1/proxy"
  proxy=${value:-none}
  if [ -s "$dot/releases/$1/switch" ]; then proxy=lines; fi
}

proxy_service() {
  proxy_of "$1"
  case $proxy in
    nginx:host) ;;
    nginx:*) echo "${proxy#nginx:}" ;;
  esac
}

proxy_name() { printf 'belay_%s\n' "$1" | tr -c 'A-Za-z0-9_\n' _; }

is_proxied() {
  proxy_of "$1"
  case $proxy in
    none) return 1 ;;
    lines) has_fact exposes "$2" || has_fact port "$2" ;;
    *) printf '%s\n' "$proxy_words" | grep -qx -e "$(proxy_name "$2")" ;;
  esac
}

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
  proxy_words=$(printf '%s\n' "$proxy_words" | grep -v -e '^split_clients ' -e '^upstream belay_' | grep -o 'belay_[A-Za-z0-9_]*' | sort -u)
}

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

proxy_container() {
  proxy_id=$(containers_of "$(project_of "$dot/releases/$1")" "$(proxy_service "$1")" | awk '$2 == "running" { print $1; exit }')
  [ -n "$proxy_id" ] || return 1
  proxy_options=$(engine inspect -f '{{range .Args}}{{.}} {{end}}' "$proxy_id" 2>/dev/null |
    awk '{ for (i = 1; i < NF; i++) if ($i == "-c" || $i == "-p") printf "%s %s ", $i, $(i + 1) }')
}

host_nginx() {
  if [ "$(id -u)" = 0 ] || [ -n "${BELAY_NGINX:-}" ]; then
    ${BELAY_NGINX:-nginx} "$@" </dev/null 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
  else
    sudo -n nginx "$@" </dev/null 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
  fi
}

the_proxy() {
  case $proxy in
    nginx:host) host_nginx "$@" ;;
    *)
      engine exec "$proxy_id" nginx $proxy_options "$@"
      ;;
  esac
}

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

write_proxy() {
  proxy_file=$(proxy_folder)/$2.conf
  (umask 022 && mkdir -p "$(proxy_folder)") || return 1
  proxy_text=$(shift && proxy_text "$@")
  field "$proxy_file"
  [ "$value" != "$proxy_text" ] || return 1
  printf '%s\n' "$proxy_text" | (umask 022 && put "$proxy_file")
}

proxy_text() {
  text_name=$(proxy_name "$1")
  printf '# belay writes this file: which containers of %s serve.\n' "$1"
  shift
  case $proxy in
    nginx:host)
      printf 'upstream %s {\n' "$text_name"
      text_ports=$(for text_id; do engine port "$text_id" 2>/dev/null; done | sed -n 's/.* -> //p' | grep -v '^\[' | sort -u)
      printf '%s\n' "${text_ports:-127.0.0.1:1}" | sed -e 's/^0\.0\.0\.0:/127.0.0.1:/' -e 's/.*/  server &;/'
      text_others "$1" "$text_ports" | sed -e 's/.*/  server & backup;/'
      echo '}'
      ;;
    *)
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

text_others() {
  engine inspect -f '{{range $p, $b := .HostConfig.PortBindings}}{{range $b}}{{.HostIp}}:{{.HostPort}}{{"\n"}}{{end}}{{end}}' "$1" 2>/dev/null |
    awk -F '[:-]' 'NF == 3 { for (p = $2; p <= $3; p++) print ($1 == "" ? "127.0.0.1" : $1) ":" p }' |
    while IFS= read -r text_other; do printf '%s\n' "$2" | grep -qxF -e "$text_other" || printf '%s\n' "$text_other"; done
}

container_name() {
  case $1 in
    *[!0-9a-f]*) printf '%s\n' "$1" ;;
    *)
      name_known=$(printf '%s\n' "${own_lines:-}" | awk -v id="$1" '$1 == id { print $9 }')
      if [ -n "$name_known" ]; then
        printf '%s\n' "$name_known"
      else
        engine inspect -f '{{.Name}}' "$1" 2>/dev/null | sed 's|^/||'
      fi
      ;;
  esac
}

prepare_proxy() {
  proxy_of "$1"
  case $proxy in none | lines) return 0 ;; esac
  prepare_id=$1
  prepare_project=$(project_of "$dot/releases/$1")
  shift
  for prepare_name; do
    if [ "nginx:$prepare_name" = "$proxy" ] || [ -f "$(proxy_folder)/$prepare_name.conf" ]; then continue; fi
    prepare_ids=$(containers_of "$prepare_project" "$prepare_name" | awk '$2 == "running" { print $1 }')
    write_proxy "$prepare_id" "$prepare_name" ${prepare_ids:-"$prepare_project-$prepare_name-1"}
  done
  return 0
}

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
  if ! write_proxy "$@" && [ "$(proxy_mark)" = "$(cat "$dot/proxy-loaded" 2>/dev/null)" ]; then return 0; fi
  rm -f "$dot/proxy-loaded"
  reload_proxy "$1" || {
    printf '%s\n' "$switch_old" | (umask 022 && put "$(proxy_folder)/$2.conf")
    return 1
  }
  proxy_mark >"$dot/proxy-loaded"
}

proxy_mark() {
  printf '%s ' "${proxy_id:-host}"
  cat "$(proxy_folder)"/*.conf 2>/dev/null | sha256sum | cut -c 1-24
}

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

drained() {
  [ -f "$dot/switched" ] || return 0
  field "$dot/releases/$1/drain"
  drain_left=${value:-30}
  field "$dot/switched"
  read -r drain_now _ </proc/uptime
  drain_left=$((value + drain_left - ${drain_now%.*}))
  if [ $drain_left -gt 0 ] && [ "$value" -le "${drain_now%.*}" ]; then pause $drain_left; fi
  rm -f "$dot/switched"
}

write_lines() {
  field "$dot/releases/$1/proxy-lines"
  [ "$value" = write ] || return 0
  lines_proxy=$(proxy_service "$1")
  [ -n "$lines_proxy" ] && has_fact service "$lines_proxy" || return 0
  lines_names=$(lines_names)
  lines_problem=
  for lines_file in $(lines_files "$1"); do
    lines_text=$(BELAY_NAMES=$lines_names rewrite_nginx <"$lines_file") || {
      lines_problem=$lines_file
      break
    }
    [ -z "$lines_text" ] || printf '%s\n' "$lines_text" >"$lines_file" || return 1
    [ -z "$lines_text" ] || echo "$lines_proxy: wrote the lines that Belay needs into ${lines_file#"$root/releases/$1/"}"
  done
  if [ -n "$lines_problem" ]; then
    result finding error config "${lines_problem#"$root/releases/$1/"} hands requests on with a path (proxy_pass http://name/path), which nginx does otherwise with a variable" \
      "write the lines by hand (docs/compose.md), with a rewrite for the path; leave proxy-lines out"
    return 1
  fi
  if ! fact bind "$lines_proxy" | cut -f 2 | grep -qxF -e "$(proxy_folder)" -e "$root"; then
    (umask 022 && mkdir -p "$(proxy_folder)") || return 1
    printf 'services:\n  %s:\n    volumes:\n      - "%s:/etc/nginx/belay:ro"\n' "$lines_proxy" "$(proxy_folder)" |
      put "$dot/releases/$1/proxy-mount.yaml" || return 1
  fi
  read_config "$1"
}

lines_names() {
  all_facts service | while IFS= read -r lines_one; do printf '%s %s\n' "$lines_one" "$lines_one"; done
  printf '%s\n' "$facts" | awk -F '\t' '$1 == "container_name" { print $3, $2 }'
}

lines_files() {
  mounted_files "$1" "$lines_proxy" | cut -f 1 | while IFS= read -r lines_path; do
    find "$lines_path" -type f -name '*.conf' | while IFS= read -r lines_one; do
      grep -q "\\\$belay_" "$lines_one" || printf '%s\n' "$lines_one"
    done
  done
}

rewrite_nginx() {
  awk '
    function variable(service) { gsub(/[^A-Za-z0-9_]/, "_", service); return "$belay_" service }
    function ours(given, part, n) {
      if (given in upstream) { address = upstream[given]; return 1 }
      n = split(given, part, ":")
      if (!(part[1] in service)) return 0
      address = variable(service[part[1]]) ":" (n > 1 ? part[2] : 80)
      return 1
    }
    function take_upstreams(rest, block, name, part, n, i, servers, server) {
      rest = text; text = ""
      while (match(rest, /upstream[ \t\n]+[A-Za-z0-9_.-]+[ \t\n]*[{][^{}]*[}][ \t]*\n?/)) {
        block = substr(rest, RSTART, RLENGTH)
        text = text substr(rest, 1, RSTART - 1)
        rest = substr(rest, RSTART + RLENGTH)
        name = block; sub(/^upstream[ \t\n]+/, "", name); sub(/[ \t\n]*[{].*/, "", name)
        sub(/^[^{]*[{]/, "", block)
        n = split(block, part, ";"); servers = 0
        for (i = 1; i <= n; i++) if (part[i] ~ /^[ \t\n]*server[ \t]/) { servers++; server = part[i]; sub(/^[ \t\n]*server[ \t]+/, "", server); sub(/[ \t].*/, "", server) }
        if (servers == 1 && ours(server)) upstream[name] = address
        else text = text "upstream " name " {" block
      }
      text = text rest
    }
    function take_passes(rest, whole, given, path) {
      rest = text; text = ""
      while (match(rest, /proxy_pass[ \t]+http:\/\/[^;]*;/)) {
        whole = substr(rest, RSTART, RLENGTH)
        text = text substr(rest, 1, RSTART - 1)
        rest = substr(rest, RSTART + RLENGTH)
        given = whole; sub(/^proxy_pass[ \t]+http:\/\//, "", given); sub(/;$/, "", given)
        path = given; sub(/^[^\/]*/, "", path); sub(/\/.*/, "", given)
        if (ours(given)) {
          if (path != "") bad = 1
          whole = "proxy_pass http://" address ";"
          changed = 1
        }
        text = text whole
      }
      text = text rest
    }
    BEGIN {
      n = split(ENVIRON["BELAY_NAMES"], line, "\n")
      for (i = 1; i <= n; i++) { split(line[i], word, " "); service[word[1]] = word[2] }
    }
    { text = text $0 "\n" }
    END {
      added = "include /etc/nginx/belay/*.conf;\n"
      if (text !~ /resolver[ \t]/) added = "resolver 127.0.0.11 valid=1s ipv6=off;\nresolver_timeout 1s;\n" added
      if (text !~ /proxy_connect_timeout[ \t]/) added = added "proxy_connect_timeout 2s;\n"
      take_upstreams(); take_passes()
      if (bad) exit 1
      if (!changed) exit 0
      if (match(text, /http[ \t\n]*[{]/)) printf "%s\n%s%s", substr(text, 1, RSTART + RLENGTH - 1), added, substr(text, RSTART + RLENGTH)
      else printf "%s%s", added, text
    }'
}

image_given() {
  [ ! -s "$1/images" ] || awk -v n="$2=" 'index($0, n) == 1 { given = substr($0, length(n) + 1) } END { print given }' "$1/images"
}

image_id() { engine image inspect -f '{{.Id}}' "$@" 2>/dev/null; }

image_tag() { printf 'belay/%s-%s:%s\n' "$(project_of "$dot/releases/$1")" "$2" "$1" | tr '[:upper:]' '[:lower:]' | sed "s|:[^:]*$|:$1|"; }

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
  if image_id $(for service in $(managed "$1"); do pull_reference "$1" "$service"; done) >/dev/null; then
    all_there=true
  else
    all_there=false
  fi
  pull_failed=false
  for service in $(managed "$1"); do pull_image "$1" "$service" || pull_failed=true; done
  ! $pull_failed
)

pull_reference() {
  reference=$(image_given "$dot/releases/$1" "$2")
  if [ -n "$reference" ]; then
    printf '%s\n' "$reference"
  elif ! has_fact build "$2"; then
    fact image "$2"
  fi
}

registry_login() {
  if said=$(printf '%s\n' "$3" | docker --config "$login" login --username "$2" --password-stdin "$1" 2>&1 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-); then return 0; fi
  printf '%s\n' "$said"
  result finding error registry-denied "the registry $1 refused the login of $2" \
    "check registry, registry-username and registry-password (a token needs the scope read:packages); try on the server: docker login $1"
  return 1
}

pull_image() {
  pull_ref=$(pull_reference "$1" "$2")
  [ -n "$pull_ref" ] || return 0
  if $all_there || image_id "$pull_ref" >/dev/null; then
    echo "$2: $pull_ref is there"
    return 0
  fi
  echo "$2: pulling $pull_ref"
  if said=$(docker --config "$login" pull --quiet "$pull_ref" </dev/null 2>&1 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-); then return 0; fi
  printf '%s\n' "$said"
  pull_finding "$pull_ref" "$2" "$said"
  return 1
}

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

look_for_images() {
  IFS= read -r _
  for look_service in $(managed "$1"); do
    look_ref=$(image_given "$dot/releases/$1" "$look_service")
    [ -z "$look_ref" ] || [ -n "$(image_id "$look_ref")" ] || echo "$look_service: $look_ref will be pulled"
  done
}

build_images() {
  build_list=$(for build_service in $(managed "$1"); do
    if has_fact build "$build_service" && [ -z "$(image_given "$dot/releases/$1" "$build_service")" ]; then echo "$build_service"; fi
  done)
  [ -n "$build_list" ] || {
    echo "no service has anything to build"
    return 0
  }
  BELAY_FOLDER=$root/releases/$1 compose "$1" build $build_list
}

local_image() {
  local_ref=$(image_given "$dot/releases/$1" "$2")
  [ -n "$local_ref" ] || local_ref=$(fact image "$2")
  if [ -z "$local_ref" ]; then
    case $compose_is in v1) local_mark=_ ;; *) local_mark=- ;; esac
    local_ref=$(project_of "$dot/releases/$1")$local_mark$2
  fi
  printf '%s\n' "$local_ref"
}

keep_images() {
  keep_ids=$(image_id $(for keep_service in $(managed "$1"); do local_image "$1" "$keep_service"; done)) || keep_ids=
  keep_number=0
  for keep_service in $(managed "$1"); do
    keep_number=$((keep_number + 1))
    keep_ref=$(local_image "$1" "$keep_service")
    keep_id=$(printf '%s\n' "$keep_ids" | sed -n "${keep_number}p")
    [ -n "$keep_id" ] || keep_id=$(image_id "$keep_ref")
    [ -n "$keep_id" ] || {
      result finding error config "the image of $keep_service is not there: $keep_ref" \
        "name it in images by its digest, or let build make it (build: true)"
      return 1
    }
    engine tag "$keep_id" "$(image_tag "$1" "$keep_service")" || return 1
    printf '%s %s %s\n' "$keep_service" "$keep_ref" "$keep_id"
  done >"$dot/releases/$1/image-ids.new" && mv -f "$dot/releases/$1/image-ids.new" "$dot/releases/$1/image-ids"
}

write_moved() (
  cd "$dot/releases/$1" && rm -f moved-images.yaml || exit 1
  [ -s image-ids ] || exit 0
  [ "$(engine image inspect -f '{{.Id}}' $(cut -d ' ' -f 2 image-ids) 2>/dev/null)" != "$(cut -d ' ' -f 3 image-ids)" ] || exit 0
  {
    echo 'services:'
    while read -r moved_service _ moved_id; do printf '  %s:\n    image: "%s"\n' "$moved_service" "$moved_id"; done <image-ids
  } | put "$PWD/moved-images.yaml"
)

image_identity() {
  identity=$(awk -v n="$2" '$1 == n { print $3 }' "$dot/releases/$1/image-ids" 2>/dev/null)
  identity_ref=$(image_given "$dot/releases/$1" "$2")
  if [ -z "$identity$identity_ref" ] && ! has_fact build "$2"; then identity_ref=$(fact image "$2"); fi
  if [ -z "$identity" ] && [ -n "$identity_ref" ]; then identity=$(image_id "$identity_ref"); fi
  printf '%s\n' "${identity:-${identity_ref:-not there yet}}"
}

compose_forget() {
  [ -f "$dot/releases/$1/image-ids" ] || return 0
  while read -r forget_service _; do
    engine rmi "$(image_tag "$1" "$forget_service")" >/dev/null 2>&1
  done <"$dot/releases/$1/image-ids"
  return 0
}

managed() {
  if [ -s "$dot/releases/$1/services" ]; then cat "$dot/releases/$1/services"; else all_facts service; fi
}

fact() { printf '%s\n' "$facts" | awk -F '\t' -v k="$1" -v n="$2" '$1 == k && $2 == n { print substr($0, length($1 $2) + 3) }'; }
has_fact() { printf '%s\n' "$facts" | awk -F '\t' -v k="$1" -v n="$2" '$1 == k && $2 == n { found = 1 } END { exit !found }'; }
all_facts() { printf '%s\n' "$facts" | awk -F '\t' -v k="$1" '$1 == k { print $2 }'; }

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

masked() (
  record=$dot/releases/$1
  if [ -f "$record/env" ]; then
    names=$(sed -n 's/^export \([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p' "$record/env")
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

in_release() {
  in_release_real=$(readlink -f "$2" 2>/dev/null) || in_release_real=$2
  in_release_root=$(readlink -f "$(files_folder "$1")")
  case $in_release_real/ in "$in_release_root"/*) return 0 ;; *) return 1 ;; esac
}

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
  refuse_other_project "$1"
  ! $refused
}

refuse() {
  refused=true
  result finding error config "$1" "$2"
}

refuse_mounts() {
  for refuse_name in $(managed "$1"); do
    while IFS=$TAB read -r refuse_mode refuse_source refuse_target; do
      [ "$refuse_mode" = rw ] || continue
      refuse_now=$(mounted_now "$1" "$refuse_name" "$refuse_target")
      refuse_path=${refuse_source#"$root/releases/$1/"}
      if [ -n "$refuse_now" ] && [ "$refuse_now" != "$(readlink -f "$refuse_source")" ]; then
        refuse "service $refuse_name writes to $refuse_target, which is $refuse_now today: with ${refuse_path} instead it would start without its data" \
          "write $refuse_now:$refuse_target in the compose file; if the data has been moved, rename the old folder"
      elif in_release "$1" "$refuse_source"; then
        refuse "service $refuse_name writes to $refuse_target, which is ./$refuse_path of the release: the next deploy would start with another one" \
          "put it into shared-paths ($refuse_path/), or use a volume of a name, or an absolute path such as $root/shared/$refuse_path; if it is only read, mount it :ro"
      fi
    done <<EOF
$(fact bind "$refuse_name")
EOF
  done
}

mounted_now() {
  for now_id in $(containers_of "$(project_of "$dot/releases/$1")" "$2" | cut -d ' ' -f 1); do
    engine inspect -f '{{range .Mounts}}{{if eq .Type "bind"}}{{.Destination}}	{{.Source}}{{"\n"}}{{end}}{{end}}' "$now_id" 2>/dev/null
  done | awk -F '\t' -v t="$3" '$1 == t { print $2; exit }' | while IFS= read -r now_source; do
    [ -d "$now_source" ] || exit 0
    now_source=$(readlink -f "$now_source")
    case $now_source/ in "$(readlink -f "$root/releases")"/*) ;; *) printf '%s\n' "$now_source" ;; esac
  done
}

refuse_other_project() {
  [ -n "${previous:-}" ] || return 0
  strategy_of "$dot/releases/$previous"
  refuse_project=$(project_of "$dot/releases/$1")
  if [ "$strategy" != compose ] || [ "$refuse_project" = "$(project_of "$dot/releases/$previous")" ]; then return 0; fi
  refuse "the release that serves is of the project $(project_of "$dot/releases/$previous"), this one of $refuse_project: it would start with other volumes, beside what runs" \
    "leave project as it was, or deploy to another path"
}

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

claim_project() (
  claims=$HOME/.belay/projects/$(project_of "$dot/releases/$1")
  mkdir -p "$claims" && printf '%s\n' "$root" >"$claims/$(printf '%s' "$root" | sha256sum | cut -c 1-16)"
)

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

config_print() {
  {
    printf '%s\n' "$config" | service_text "$2" | BELAY_FROM=$(files_folder "$1") BELAY_TO=$root/current awk '
      BEGIN { from = ENVIRON["BELAY_FROM"]; to = ENVIRON["BELAY_TO"] }
      { while ((at = index($0, from)) > 0) $0 = substr($0, 1, at - 1) to substr($0, at + length(from)); print }'
    image_identity "$1" "$2"
  } | sha256sum | cut -c 1-24
}

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

mounts_path() { fact bind "$1" | cut -f 2 | grep -qxF -e "$root"; }

files_print() {
  {
    print_folder=$(files_folder "$1")
    mounted_files "$1" "$2" | cut -f 1 | while IFS= read -r print_path; do
      echo "${print_path#"$print_folder"}"
      if [ -d "$print_path" ]; then
        (cd "$print_path" && find . -type f -print0 | sort -z | xargs -0 sha256sum --)
      else
        sha256sum <"$print_path"
      fi
    done
    if mounts_path "$2"; then sha256sum <"$dot/releases/$1/files"; fi
  } 2>/dev/null | sha256sum | cut -c 1-24
}

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

written() {
  {
    fact volume "$2"
    fact bind "$2" | awk -F '\t' '$1 == "rw" { print $2 }' | grep -v '\.sock$'
  } | head -n 1
}

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

print_wanted() {
  if [ "$3" = data ] && [ ! -s "$dot/releases/$1/services" ] &&
    [ -n "$(containers_of "$(project_of "$dot/releases/$1")" "$2")" ]; then
    echo '*'
  else
    printf '%s.%s\n' "$(config_print "$1" "$2")" "$(files_print "$1" "$2")"
  fi
}

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

memory_available() { awk '/^MemAvailable:/ { print int($2 / 1024) }' "${BELAY_MEMINFO:-/proc/meminfo}"; }

room_beside() {
  room_used=$(for room_one; do memory_of "$room_one"; done | awk '{ s += $1 } END { print int(s / 1048576) + 32 }')
  room_free=$(memory_available)
  [ "${room_free:-0}" -lt "$room_used" ] || return 0
  room_why="a second one needs about $room_used MiB of memory, and $room_free MiB are available; make-room names what may stop meanwhile"
  return 1
}

make_room() {
  [ -s "$dot/releases/$1/make-room" ] || return 1
  room_project=$(project_of "$dot/releases/$1")
  room_ids=$(while IFS= read -r room_name || [ -n "$room_name" ]; do
    containers_of "$room_project" "$room_name" | awk '$2 == "running" { print $1 }'
  done <"$dot/releases/$1/make-room")
  [ -n "$room_ids" ] || return 1
  printf '%s\n' "$room_ids" | put "$dot/room" || return 1
  echo "stopping $(tr '\n' ' ' <"$dot/releases/$1/make-room")to make room"
  engine stop $room_ids >/dev/null
}

give_room_back() {
  [ -f "$dot/room" ] || return 0
  set -- $(inspect_containers $(cat "$dot/room") | cut -d ' ' -f 1)
  if [ $# -gt 0 ]; then engine start "$@" >/dev/null || return 1; fi
  rm -f "$dot/room"
}

print_of() {
  field "$dot/containers/$1"
  value=${value%% *}
}

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

look_at() {
  sort_lines=$(containers_of "$(project_of "$dot/releases/$1")" "$2") || return 1
  sort_containers "$3" "${4:-}"
}

words() { echo $#; }

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

converge() {
  clean_before "$1" "$2"
  look_at "$1" "$2" "$3" "$4" || {
    echo "docker does not answer"
    return 1
  }
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

kind_of() { case $1 in plain) echo once ;; *) echo new ;; esac; }

settle() {
  settle_id=$1 settle_name=$2 settle_class=$3 settle_kind=$4
  shift 4
  await_service "$settle_id" "$settle_name" "$settle_kind" "$@" || return 1
  if [ "$settle_class" = proxied ]; then switch_to "$settle_id" "$settle_name" "$@"; fi
}

await_service() {
  await_id=$1 await_name=$2 await_kind=$3
  shift 3
  if await_why=$(await_containers "$(health_seconds "$await_id")" "$await_kind" "$@"); then return 0; fi
  printf '%s\n' "$await_why"
  result finding error command-failed "service $await_name: $(printf '%s\n' "$await_why" | head -n 1)" \
    "its last lines stand above, in the group \"activate\""
  return 1
}

health_seconds() {
  field "$dot/releases/$1/health-timeout"
  printf '%s\n' "${value:-300}"
}

start_again() {
  again_id=$1 again_name=$2 again_class=$3
  shift 3
  echo "$again_name: starting its containers again"
  rm -f "$dot/proxy-loaded"
  if engine start "$@" >/dev/null && settle "$again_id" "$again_name" "$again_class" "$(kind_of "$again_class")" "$@"; then return 0; fi
  remove_containers "$@"
  forget_containers "$@"
  look_at "$again_id" "$again_name" "$(row_print "$again_id" "$again_name")" "$again_class"
  return 1
}

row_print() { awk -F '\t' -v n="$2" '$1 == n { print $2 }' "$dot/releases/$1/service-table"; }

has_room() {
  room_id=$1 room_why=
  shift
  room_beside "$@" || { make_room "$room_id" && room_beside "$@"; }
}

start_beside() {
  beside_id=$1 beside_name=$2 beside_print=$3 beside_class=$4 beside_scale=$5
  shift 5
  beside_right=$right_up
  beside_scale=$((beside_scale - $(words $beside_right)))
  make_containers up --no-start --no-deps --no-recreate --no-build || return 1
  if ! engine start $made >/dev/null || ! await_service "$beside_id" "$beside_name" "$(kind_of "$beside_class")" $made; then
    say_last_words $made
    remove_containers $made
    forget_containers $made
    echo "$beside_name: the new container was removed; what served before goes on"
    return 1
  fi
  [ "$beside_class" = proxied ] || return 0
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

memory_to_spare() { spare=$(memory_available); [ "${spare:-1000}" -ge 64 ]; }

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

own_new() {
  unsee
  own_lines=$(containers_of "$make_project" "$beside_name")
  made=$(printf '%s\n' "$own_lines" | cut -d ' ' -f 1 | grep -vxF -f "$dot/before/$beside_name")
  [ -n "$made" ] || {
    echo "$beside_name: compose made no container"
    return 1
  }
  for own_one in $made; do
    printf '%s %s %s\n' "$beside_print" "$beside_id" "$beside_name" | put "$dot/containers/$own_one" || return 1
  done
  rm -f "$dot/before/$beside_name"
}

clean_before() {
  [ -f "$dot/before/$2" ] || return 0
  unsee
  clean_made=$(containers_of "$(project_of "$dot/releases/$1")" "$2" | cut -d ' ' -f 1 | grep -vxF -f "$dot/before/$2")
  for clean_one in $clean_made; do
    if [ ! -f "$dot/containers/$clean_one" ]; then remove_containers "$clean_one"; fi
  done
  rm -f "$dot/before/$2"
}

forget_containers() { for forget_one; do rm -f "$dot/containers/$forget_one"; done; }

say_last_words() {
  for last_one; do
    printf -- '-- the last lines of %s:\n' "$(container_name "$last_one")"
    engine logs --tail 20 "$last_one" 2>&1
  done
}

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
  await_service "$1" "$2" "$(kind_of "$4")" $made || {
    say_last_words $made
    return 1
  }
  rm -f "$dot/proxy-loaded"
  if [ "$4" = proxied ]; then switch_to "$1" "$2" $made || return 1; fi
  read -r recreate_to _ </proc/uptime
  forget_containers $recreate_there
  [ -n "$recreate_there" ] || return 0
  recreate_ms=$(awk -v a="$recreate_from" -v b="$recreate_to" 'BEGIN { printf "%d", (b - a) * 1000 }')
  echo "$2: stopped, replaced and well again within $recreate_ms ms"
  result recreated "$2" "$recreate_ms" "$6"
}

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

sees_release() { ! grep -q "^$2$TAB" "$dot/releases/$1/mounted" 2>/dev/null; }

compose_activate() {
  [ -s "$dot/releases/$1/service-table" ] || {
    echo "release $1 has no record of its services"
    return 1
  }
  compose_kind
  point_current "$1" "$2" || return 1
  write_moved "$1" && write_compose "$1" && claim_project "$1" || return 1
  : >"$dot/unretired"
  see "$(project_of "$dot/releases/$1")"
  prepare_proxy "$1" $(cut -f 1 "$dot/releases/$1/service-table")
  stack_code=0
  stack_order='proxy other'
  if is_adopted "$1"; then stack_order='other proxy'; fi
  for stack_part in $stack_order; do each_row "$1" "$stack_part" converge || { stack_code=1 && break; }; done
  give_room_back || stack_code=1
  [ $stack_code -eq 0 ] || return 1
  if [ "$2" = back ]; then
    compose_retire "$1" && remove_failed "$1"
  fi
}

each_row() {
  while IFS=$TAB read -r row_name row_print row_class row_scale row_way row_why <&3; do
    case $2/$row_class in proxy/proxy) ;; proxy/* | other/proxy) continue ;; esac
    "$3" "$1" "$row_name" "$row_print" "$row_class" "$row_scale" "$row_way" "$row_why" || return 1
  done 3<"$dot/releases/$1/service-table"
}

compose_retire() {
  drained "$1"
  see "$(project_of "$dot/releases/$1")"
  each_row "$1" proxy retire_service && each_row "$1" other retire_service || return 1
  forget_gone
  rm -f "$dot/unretired"
}

forget_gone() {
  gone_not=$(engine ps -aq --no-trunc) || return 0
  for gone_file in "$dot"/containers/*; do
    [ -f "$gone_file" ] || continue
    case $gone_not in *"${gone_file##*/}"*) ;; *) rm -f "$gone_file" ;; esac
  done
}

retire_service() {
  look_at "$1" "$2" "$3" "$4" || return 1
  [ "$3" != '*' ] && [ -n "$right_up" ] || return 0
  retire_these=$(printf '%s ' $wrong_up $wrong_down && after "$5" $right_up)
  remove_containers $retire_these || return 1
  forget_containers $retire_these
}

remove_failed() {
  record_get operation && [ "$value" = deploy ] && record_get new || return 0
  remove_made "$value"
}

remove_made() {
  made_for=$1
  for made_file in "$dot"/containers/*; do
    [ -f "$made_file" ] || continue
    read -r _ made_release _ <"$made_file"
    [ "$made_release" = "$made_for" ] || continue
    remove_containers "${made_file##*/}" && rm -f "$made_file" || return 1
  done
}

compose_stop_first() {
  unsee
  if is_adopted "$2"; then
    unadopt "$2"
    return
  fi
  if [ -f "$dot/releases/$2/service-table" ]; then each_row "$2" other clean_before; fi
  remove_made "$2" && rm -f "$dot/unretired"
}

compose_left_behind() { :; }

compose_running() {
  see "$(project_of "$dot/releases/$1")"
  each_row "$1" proxy row_running && each_row "$1" other row_running
}

row_running() {
  look_at "$1" "$2" "$3" "$4" && [ -n "$right_up" ]
}

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

compose_status() {
  see "$(project_of "$dot/releases/$1")"
  each_row "$1" proxy row_status && each_row "$1" other row_status
}

row_status() {
  look_at "$1" "$2" "$3" "$4" || {
    finding warning tool-missing "docker does not answer on the server" "see: docker info"
    return 1
  }
  if [ -n "$wrong_up" ] && [ ! -f "$dot/phase" ]; then
    finding warning config "service $2 does not run as it was recorded: $(for status_one in $wrong_up; do container_name "$status_one"; done | tr '\n' ' ')was made by somebody else" \
      "the next deploy or rollback replaces it; use $dot/belay compose instead of docker compose"
  elif [ -z "$right_up" ]; then
    finding warning command-failed "service $2 does not run" "see: $dot/belay compose logs $2"
  fi
}

foresee() {
  see "$(project_of "$dot/releases/$1")"
  each_row "$1" proxy foresee_service && each_row "$1" other foresee_service
}

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
    foreseen_why=$(changed_part "$3" $wrong_up $wrong_down)${7:+; $7}
    if [ -z "$wrong_up" ]; then foreseen=start; fi
  fi
  echo "service $2: $foreseen ($foreseen_why)"
  result service "$2" "$foreseen" "$foreseen_why"
}

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

compose_check() {
  command -v docker >/dev/null 2>&1 || {
    finding error tool-missing "docker is missing on the server" "install it: https://docs.docker.com/engine/install/"
    return
  }
  engine info --format '{{.DockerRootDir}}' >"$dot/tmp/info.$$" 2>/dev/null &
  docker_info=$!
  if ! docker_said=$(engine version --format '{{.Server.Version}}' 2>&1); then
    case $docker_said in
      *'permission denied'*)
        finding error auth-refused "docker does not let $(id -un) in" "on the server: sudo usermod -aG docker $(id -un); it counts from the next login"
        ;;
      *) finding error tool-missing "docker does not answer on the server" "on the server: sudo systemctl start docker; see: docker info" ;;
    esac
    wait "$docker_info"
    rm -f "$dot/tmp/info.$$"
    return
  fi
  emit fact "docker" "$docker_said"
  find_compose
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

check_docker_disk() {
  wait "$docker_info"
  field "$dot/tmp/info.$$"
  docker_folder=$value
  rm -f "$dot/tmp/info.$$"
  [ -d "${docker_folder:-/nowhere}" ] || return 0
  docker_free=$(($(free_kib "$docker_folder") / 1024))
  emit fact "disk free for images" "$docker_free MiB"
  [ "$docker_free" -ge 256 ] ||
    finding error disk-full "$docker_folder has only $docker_free MiB free for images" "free some space: docker system df; docker image prune"
}

one_offs() {
  engine ps -aq --no-trunc --filter "label=com.docker.compose.project=$1" --filter label=com.docker.compose.oneoff=True
}

note_one_offs() { one_offs "$(project_of "$record")" | put "$dot/operations/$1/one-offs"; }

compose_end_strays() {
  [ -f "$dot/operations/$1/one-offs" ] || return 0
  strays=$(one_offs "$(project_of "$record")" | grep -vxF -f "$dot/operations/$1/one-offs")
  remove_containers $strays
}

step_pull() {
  keep_engine
  compose_kind
  read_config "$new" && write_lines "$new" || return 1
  see "$(project_of "$record")"
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

only_looks() { record_get operation && [ "$value" = plan ] && [ ! -s "$record/migrate-plan" ]; }

know_services() {
  only_looks || keep_images "$1" || return 1
  write_table "$1" && write_override "$1" && write_compose "$1" && refuse_rolling "$1" || return 1
  BELAY_FOLDER=$root/releases/$1 compose "$1" config --quiet 2>"$dot/tmp/config.$$" &
  know_config=$!
  foresee "$1"
  know_code=$?
  wait $know_config || {
    result finding error config "the compose files with Belay's own are not valid: $(masked "$1" <"$dot/tmp/config.$$" | tail -n 3 | tr '\n' ' ')" \
      "see $dot/releases/$1/compose config"
    know_code=1
  }
  rm -f "$dot/tmp/config.$$"
  return $know_code
}

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

check_adopt() {
  strategy_of "$1"
  if [ -n "$(current_release)" ]; then
    finding error config "$root has a release already: $(current_release)" "adopt is for a path that was never deployed to; deploy instead"
  elif [ "$strategy" != compose ]; then
    finding error config "only a docker compose stack can be adopted" "set strategy: compose, or deploy instead"
  else
    adopt_project=$(adopted_project "$1")
    printf '%s\n' "$adopt_project" >"$1/project"
    adopt_lines=$(stack_labels "$adopt_project" | sort -u)
    if [ -z "$adopt_lines" ]; then
      finding error config "no compose project ${adopt_project:-of this path} is there" \
        "set project to one of: $(compose_projects | cut -f 1 | sort -u | tr '\n' ' ')(docker compose ls)"
    else
      check_stack "$1"
    fi
  fi
}

compose_projects() {
  engine ps -a --filter label=com.docker.compose.project \
    --format '{{.Label "com.docker.compose.project"}}	{{.Label "com.docker.compose.project.working_dir"}}'
}

adopted_project() {
  field "$1/project"
  if [ -z "$value" ]; then value=$(compose_projects | awk -F '\t' -v d="$root" '$2 == d { print $1 }' | sort -u); fi
  case $value in
    '' | *"$NEWLINE"*) project_of "$1" ;;
    *) printf '%s\n' "$value" ;;
  esac
}

stack_labels() {
  engine ps -a --filter "label=com.docker.compose.project=$1" --filter label=com.docker.compose.oneoff=False \
    --format '{{.Label "com.docker.compose.project.working_dir"}}	{{.Label "com.docker.compose.project.config_files"}}	{{.Label "com.docker.compose.project.environment_file"}}'
}

check_stack() {
  adopt_folder=$(printf '%s\n' "$adopt_lines" | cut -f 1 | sort -u)
  adopt_files=$(printf '%s\n' "$adopt_lines" | cut -f 2 | sort -u)
  if [ -s "$1/compose-files" ]; then adopt_files=$(tr '\n' ',' <"$1/compose-files"); fi
  case $adopt_folder$adopt_files in
    *"$NEWLINE"*)
      finding error config "the containers of $adopt_project were started from different folders or files: $(printf '%s\n' "$adopt_lines" | tr '\t\n' '  ')" \
        "start them all with one command (docker compose up -d), or name the files in compose-files"
      return
      ;;
  esac
  printf '%s\n' "$adopt_folder" >"$1/folder"
  printf '%s\n' "$adopt_lines" | cut -f 3 | grep . | sort -u | head -n 1 >"$1/env-file"
  printf '%s\n' "$adopt_files" | tr ',' '\n' | grep . | while IFS= read -r adopt_file; do
    case $adopt_file in /*) echo "$adopt_file" ;; *) echo "$adopt_folder/$adopt_file" ;; esac
  done >"$1/adopted-files"
  while IFS= read -r adopt_file; do
    [ -r "$adopt_file" ] ||
      finding error config "$(id -un) cannot read $adopt_file, from which $adopt_project was started" \
        "on the server: sudo chmod a+r $adopt_file (and a+x its folders); or set compose-files"
  done <"$1/adopted-files"
  emit fact "project" "$adopt_project, in $adopt_folder"
}

step_adopt() {
  record_change activated yes "$1" open || return 1
  keep_engine
  compose_kind
  adopt_config "$new" && adopt_images "$new" || return 1
  read_proxy "$new"
  refused=false
  refuse_shared_project "$new"
  ! $refused || return 1
  write_table "$new" && write_override "$new" && write_compose "$new" && claim_project "$new" || return 1
  adopt_containers "$new" && adopt_env "$new" || return 1
  (umask "$BELAY_UMASK" && mkdir -p "$root/releases/$new") && point_current "$new" ''
}

adopt_config() {
  adopt_record=$dot/releases/$1
  adopt_said=$dot/tmp/config.$$
  config=$(adopted_compose "$adopt_record" config 2>"$adopt_said") || {
    result finding error config "the stack's compose files are not valid: $(masked "$1" <"$adopt_said" | tail -n 3 | tr '\n' ' ')" \
      "try on the server, in $(cat "$adopt_record/folder"): docker compose config"
    rm -f "$adopt_said"
    return 1
  }
  rm -f "$adopt_said"
  printf '%s\n' "$config" | put "$adopt_record/adopted.yaml" || return 1
  facts=$(printf '%s\n' "$config" | compose_facts)
  adopt_there=$(for adopt_name in $(managed "$1"); do
    if [ -n "$(containers_of "$(project_of "$adopt_record")" "$adopt_name")" ]; then echo "$adopt_name"; fi
  done)
  facts=$(printf '%s\n' "$facts" | BELAY_THERE=$adopt_there awk -F '\t' '
    BEGIN { n = split(ENVIRON["BELAY_THERE"], names, "\n"); for (i = 1; i <= n; i++) there[names[i]] = 1 }
    $1 == "file" || $2 in there')
}

adopted_compose() (
  record=$1
  shift
  field "$record/folder"
  cd "$value" || exit 1
  unset COMPOSE_FILE COMPOSE_PROJECT_NAME COMPOSE_PROFILES
  if [ -f "$record/env" ]; then . "$record/env"; fi
  set -- --project-directory "$value" "$@"
  field "$record/env-file"
  [ -z "$value" ] || set -- --env-file "$value" "$@"
  set -- --project-name "$(project_of "$record")" "$@"
  while IFS= read -r file; do set -- -f "$file" "$@"; done <<FILES
$(sed '1!G;h;$!d' "$record/adopted-files")
FILES
  case $compose_is in v2) engine compose "$@" ;; *) docker-compose "$@" </dev/null 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- ;; esac
)

adopt_images() {
  for adopt_name in $(all_facts service); do
    adopt_one=$(containers_of "$(project_of "$dot/releases/$1")" "$adopt_name" | awk '$2 == "running" { print 0, $1 } $2 != "running" { print 1, $1 }' |
      sort -s -k 1,1 | awk 'NR == 1 { print $2 }')
    adopt_image=$(engine inspect -f '{{.Config.Image}} {{.Image}}' "$adopt_one") || return 1
    engine tag "${adopt_image#* }" "$(image_tag "$1" "$adopt_name")" || return 1
    printf '%s %s\n' "$adopt_name" "$adopt_image"
  done >"$dot/releases/$1/image-ids.new" && mv -f "$dot/releases/$1/image-ids.new" "$dot/releases/$1/image-ids"
}

adopt_containers() {
  mkdir -p "$dot/containers"
  adopt_version=$(engine compose version --short 2>/dev/null || docker-compose version --short 2>/dev/null)
  adopt_hashes=$(printf '%s\n' "$dot/releases/$1/adopted.yaml" >"$dot/releases/$1/adopted-files" &&
    adopted_compose "$dot/releases/$1" config --hash '*' 2>/dev/null)
  for adopt_name in $(all_facts service); do
    adopt_print=$(config_print "$1" "$adopt_name").$(files_print "$1" "$adopt_name")
    adopt_ids=$(containers_of "$(project_of "$dot/releases/$1")" "$adopt_name" | cut -d ' ' -f 1)
    for adopt_one in $adopt_ids; do
      if drifted "$adopt_one"; then
        adopt_print=drifted.drifted
        result finding warning config "service $adopt_name does not run as its compose file says now" \
          "the next deploy replaces it; what runs now cannot be made again"
      fi
      printf '%s %s %s\n' "$adopt_print" "$1" "$adopt_name" | put "$dot/containers/$adopt_one" || return 1
    done
    result service "$adopt_name" keep "it runs, and is recorded"
  done
}

drifted() {
  drift_made=$(engine inspect -f '{{index .Config.Labels "com.docker.compose.version"}} {{index .Config.Labels "com.docker.compose.config-hash"}}' "$1") || return 1
  [ "${drift_made%% *}" = "${adopt_version#v}" ] || return 1
  drift_wanted=$(printf '%s\n' "$adopt_hashes" | awk -v n="$adopt_name" '$1 == n { print $2 }')
  [ -n "$drift_wanted" ] && [ "${drift_made#* }" != "$drift_wanted" ]
}

adopt_env() {
  field "$dot/releases/$1/folder"
  [ -f "$value/.env" ] && [ ! -e "$root/shared/.env" ] || return 0
  (umask "$BELAY_UMASK" && mkdir -p "$root/shared") || return 1
  touch "$dot/releases/$1/made-env" || return 1
  put "$root/shared/.env" <"$value/.env"
}

unadopt() {
  for unadopt_file in "$dot"/containers/*; do
    [ -f "$unadopt_file" ] || continue
    read -r _ unadopt_release _ <"$unadopt_file"
    if [ "$unadopt_release" = "$1" ]; then rm -f "$unadopt_file"; fi
  done
  if [ -f "$dot/releases/$1/made-env" ]; then rm -f "$root/shared/.env"; fi
}

files_folder() {
  field "$dot/releases/$1/folder"
  printf '%s\n' "${value:-$root/releases/$1}"
}
