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
      case $2 in receive-* | pull-* | send-* | fetch-*) end_uploads "$1" ;; esac
      start_step "$1" "$2" ${4:+"$4"}
    fi
  fi
  follow "$1" "$2" "$3"
  # A step that was ended by an undo has more to tell than its code.
  record_is "$1" open || late_soon "$1"
}

# end_uploads TOKEN: an upload whose connection was cut may hang; a new one replaces it.
end_uploads() {
  grep -e '^step receive-' -e '^step pull-' -e '^step send-' -e '^step fetch-' "$dot/phase" | while read -r _ upload_name upload_pid upload_start; do
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
