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
  sql "select system_identifier || '-' || md5(current_database()) from pg_control_system()" 2>/dev/null ||
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
