# The lock of the path: a flock on descriptor 9 that the kernel frees at its holder's death.
# The file is never deleted, and no child but a guardian inherits the descriptor.

# lock_try: takes the lock or fails at once.
lock_try() { exec 9>>"$dot/lock" && flock -n 9; }
lock_free() { exec 9>&-; }

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

# lock_wait SECONDS: takes the lock, saying every 10 s whose it is; fails after SECONDS.
lock_wait() {
  lock_waited=0
  until lock_try; do
    if [ "$lock_waited" -ge $(($1 * 5)) ]; then
      emit locked "$(lock_owner)"
      return 1
    fi
    if [ $((lock_waited % 50)) -eq 0 ]; then
      # The line also ends us when nobody reads any more.
      emit waiting "$(lock_owner)"
    fi
    lock_waited=$((lock_waited + 1))
    pause 0.2
  done
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
