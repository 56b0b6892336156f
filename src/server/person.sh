# What a person calls on the server, and what `status` tells both.

# call_status
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

# call_history: what happened here, a line each, the newest last: when, what, how it ended and why, how far it had
# come, whose it was.
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

# call_logs [TOKEN]: the outputs of an operation's steps, of the last one by default.
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

# call_compose ARG…: compose with the files, environment and images of the release that serves.
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

# lead OPERATION FIELD…: a person's command is the runner: begins, beats while it lives, and follows.
# Each FIELD is NAME=VALUE of the plan. Sets `token`.
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

# led_step NAME: fails when the step failed.
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

# call_rollback [ID] [--across-migrations]
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

# call_backup [LABEL]: `daily` is what a timer should say.
call_backup() {
  plain "${1:-manual}" || fail $USAGE "a label is of letters, digits, . _ -: not ${1:-}"
  lead backup "backup-label=${1:-manual}"
  led_step backup || undo_led "the backup failed"
  belay_again confirm "$token" || exit
  if grep -qs '^nothing' "$(step_folder "$token" backup)/results"; then exit $NOTHING; fi
}

# call_restore ID|latest [WHAT…]: puts a backup in place; everything in it but Redis, or what is named.
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
