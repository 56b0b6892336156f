# The life of an operation, as the runner (or a person's command) leads it. Every call names the token and
# may be repeated: the answer to a lost answer is the same again.

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
  lock_wait "${value:-600}" || {
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
    refuse_held "$1"
  fi
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
  dd if=/dev/urandom of="$dot/ballast" bs=65536 count=16 2>/dev/null || return 1
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
  for candidate in $1; do
    field "$dot/releases/$candidate/sha"
    emit candidate "$candidate" "$value" "$(served_since "$candidate")"
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
  close_operation "$1" open confirmed "confirmed" || late_soon "$1"
  kill -USR1 "${confirm_guardian% *}" 2>/dev/null
  confirm_wait=0
  # shellcheck disable=SC2086
  while process_is ${confirm_guardian} && [ $confirm_wait -lt 600 ]; do
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
        rm -f "$dot/ballast"
        printf '%s %s\n' "$2" "$ask_reason" | put "$dot/operations/$1/asked"
      }
    fi
    wake_guardian || adopt_orphan "$1"
  fi
  offset=0 folder=$dot/operations/$1 ask_turn=0
  while record_is "$1"; do
    follow_undo
    pause 0.05
    ask_turn=$((ask_turn + 1))
    if [ $((ask_turn % 40)) -eq 0 ]; then adopt_orphan "$1"; fi
  done
  follow_undo
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

# follow_undo: emits what the guardian has said since `offset`.
follow_undo() {
  waits=
  [ -s "$folder/undo.out" ] || return 0
  have=$(wc -c <"$folder/undo.out")
  if [ "$have" -gt "$offset" ]; then
    if $porcelain; then printf 'output\t%s\n' $((have - offset)); fi
    tail -c +$((offset + 1)) "$folder/undo.out" | head -c $((have - offset))
    offset=$have
  fi
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
