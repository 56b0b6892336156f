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
