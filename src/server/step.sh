# Steps: run in a session of their own, output and exit code in files, followed by whoever asks. A step
# registers itself in the record before it runs, so that an undo finds it; none runs twice.
# .belay/operations/<token>/steps/<name>/: out, results, code, mark

step_folder() { echo "$dot/operations/$1/steps/$2"; }

# result KEY VALUE…: a record that the running step leaves for its followers.
result() {
  if [ -n "${step_results:-}" ]; then
    (porcelain=true && emit "$@") >>"$step_results"
    if [ "$1" = finding ]; then printf '%s\n' "$4" "$5"; fi
  else
    emit "$@"
  fi
}

# run_step TOKEN NAME [CODING]: the detached process of a step. Exits at once when the step is registered
# already or the operation does not take steps any more.
run_step() {
  folder=$(step_folder "$1" "$2")
  process_start $$ || exit $FAILED
  phase_lock || exit $FAILED
  case $2 in undo-* | on-recovery) wanted=undoing ;; *) wanted=open ;; esac
  if ! record_is "$1" "$wanted" || step_of "$1" "$2"; then exit $FAILED; fi
  # An earlier try of the undo that comes late is not wanted any more.
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

# operation_record TOKEN: sets `record` to the settings of the operation: of a deploy the new release's own,
# else those given over those of the running release.
operation_record() {
  record_get operation
  if whole_plan "$value"; then
    record_get new && record=$dot/releases/$value
  else
    record=$dot/operations/$1/record
  fi
}

# do_step TOKEN NAME [CODING]: what each step is.
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

# step_lines TOKEN NAME: the user's lines in the new release.
step_lines() {
  PGAPPNAME=$(application_name "$1" "$2")
  export PGAPPNAME
  run_lines "$record" "$2" "$root/releases/$new"
  step_code=$?
  unset PGAPPNAME
  if [ "$2" = migrate ]; then schema_result; fi
  return $step_code
}

# schema_result: after a migration, whether the schema is another than before it. What it is now is kept with the
# release, also where nothing is known of before, as in a first deploy that makes its database.
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

# step_backup TOKEN: the verified backup; the record learns its name and the schema as it is before any change.
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

# step_verify_backup TOKEN: every byte; with `backup-verify: restore` every row too, in a scratch database.
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

# step_activate TOKEN: from the recorded word on, an undo has something to put back.
step_activate() {
  record_change activated yes "$1" open || return 1
  activate "$new"
}

# step_undo TOKEN: the data, where there are any to put back, then the release that served before.
step_undo() {
  if record_get operation && [ "$value" = restore ]; then
    restore_back "$1" || return 1
    record_get stopped || record_get started || return 0
  elif [ -d "$(swap_folder "$1")" ]; then
    restore_data "$1" || return 1
    # With its connections kept by a pooler, an app that nobody stopped has noticed nothing.
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

# start_step TOKEN NAME [CODING]: starts the step's process; a second one of the same name ends by itself. Its folder is
# there from before it starts until it finds that it cannot be registered: on a full disk nobody waits for it.
start_step() {
  mkdir -p "$(step_folder "$1" "$2")" || return 1
  use_scope
  BELAY_STEP=$(step_mark "$1.$2")
  export BELAY_STEP
  # shellcheck disable=SC2086 # BELAY_SH is words
  case $2 in
    # These read what we were given.
    receive-* | pull-* | send-* | fetch-*) detach ${BELAY_SH:-sh} "$program" run-step "$@" ;;
    *) detach ${BELAY_SH:-sh} "$program" run-step "$@" </dev/null ;;
  esac
  unset BELAY_STEP
}

# step_of TOKEN NAME: sets `step_pid` and `step_start` as recorded, also when the operation is closed.
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

# How long to wait between two looks, before it is 0.1 s: what is short ends soon after it was done.
short_waits='0.005 0.005 0.005 0.005 0.005 0.005 0.01 0.01 0.01 0.02 0.02 0.04 0.04 0.08'

# follow TOKEN NAME OFFSET: emits the output from OFFSET until the step's end, then results and code.
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
    # Results are records already.
    cat "$folder/results"
  fi
  field "$folder/code"
  # A full disk has no room for a step's results either.
  if [ "$value" != 0 ] && ! grep -qs "^finding${TAB}error" "$folder/results"; then
    full_disk_finding "$dot" "step $2" || restore_step_finding "$2" "$folder/out"
  fi
  emit code "${value:-137}"
}

# follow_output FILE: emits what has come since `offset`.
follow_output() {
  [ -s "$1" ] || return 0
  have=$(wc -c <"$1")
  if [ "$have" -gt "$offset" ]; then
    if $porcelain; then printf 'output\t%s\n' $((have - offset)); fi
    tail -c +$((offset + 1)) "$1" | head -c $((have - offset))
    offset=$have waits=$short_waits
  fi
}

# follow_lost TOKEN NAME: fails when the step will never write its code: killed, or never registered.
follow_lost() {
  idle=$((idle + 1))
  [ $((idle % 8)) -eq 0 ] || return 0
  if step_of "$1" "$2"; then
    if process_is "$step_pid" "$step_start" || [ -f "$folder/code" ]; then return 0; fi
    # Its last act may lie between our two looks.
    pause 0.1
    [ -f "$folder/code" ]
  else
    # A busy server takes its time to start a process; one that comes later than this finds itself unwanted.
    record_is "$1" && [ -d "$folder" ] && [ $idle -lt 300 ]
  fi
}

follow_pause() {
  # shellcheck disable=SC2086
  set -- $waits
  pause "${1:-0.1}"
  shift $(($# > 0 ? 1 : 0))
  waits=$*
}
