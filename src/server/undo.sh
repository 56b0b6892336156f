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
      before | migrate | migrate-plan | after | backup | load | swap | undo-*)
        # An undo that brings no data back has no sessions, and the database may be down.
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

# undoes_data TOKEN: true when the undo has data to put back: whatever a restore has begun, or those of a deploy that asked
# for it. Its folder stands for that from now on.
undoes_data() {
  if record_get operation && [ "$value" = restore ]; then
    [ -d "$(swap_folder "$1")" ] || record_get stopped
  else
    wants_data "$1" && mkdir -p "$(swap_folder "$1")"
  fi
}

# remove_new TOKEN: what this operation made, and what a cut upload or backup left.
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
  record_get operation
  # These have changed nothing.
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
