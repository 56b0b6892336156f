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

# back_with_data TOKEN REASON: old code may meet old data: where that was asked for, both come back.
back_with_data() {
  wants_data "$1" && begin_undo "$1" "$2" && undo "$1" "$2"
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
  if forward_only "$1" && ! wants_data "$1"; then
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
