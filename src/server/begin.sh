# The start of an operation: under the lock, after whatever somebody left was ended.

# call_begin OPERATION TOKEN
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
    [ -z "${begin_source:-}" ] || echo "source $begin_source"
  } | put "$dot/phase" || return 1
  if whole_plan "$1"; then
    mv -fT "$plan" "$dot/releases/$begin_new"
  else
    mv -fT "$plan" "$open_folder/record" || return 1
    if [ "$1" = rollback ]; then take_env "$open_folder/record" "$begin_new"; fi
  fi
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
