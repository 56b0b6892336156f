# What goes when an operation is over: old releases, left-overs, old logs. Nothing in use goes.

# sweep: what killed calls left in the temporary folders. The lock is held.
sweep() {
  for sweep_item in "$dot"/tmp/plan.*; do
    [ -d "$sweep_item" ] || continue
    sweep_owner=${sweep_item##*/plan.}
    # A plan that waits for the lock belongs to a live process.
    process_is "${sweep_owner%.*}" "${sweep_owner#*.}" || rm -rf "$sweep_item"
  done
  finish_retiring
  rm -rf "$dot"/tmp/schema.* "$dot"/tmp/login.* "$dot"/tmp/config.* "$dot"/tmp/make.* "$dot"/tmp/health.* "$dot"/tmp/flock.* "$dot"/tmp/info.* "$dot/next" "$dot/incoming"
  for sweep_item in "$dot"/trash/*; do
    if [ -e "$sweep_item" ]; then rm -rf "$sweep_item"; fi
  done
  sweep_releases
}

# sweep_releases: releases with a record of ours that no closed or open operation put into service.
sweep_releases() {
  sweep_kept=$(confirmed_releases)
  for sweep_item in "$dot"/releases/*; do
    sweep_id=${sweep_item##*/}
    if [ ! -d "$sweep_item" ] || ! plain "$sweep_id"; then continue; fi
    [ "$(current_release)" != "$sweep_id" ] || continue
    if record_get new && [ "$value" = "$sweep_id" ]; then continue; fi
    if record_get previous && [ "$value" = "$sweep_id" ]; then continue; fi
    printf '%s\n' "$sweep_kept" | grep -qxF -e "$sweep_id" || release_used "$sweep_id" || remove_release "$sweep_id"
  done
}

# release_used ID: true when a process has its working directory in the release, or a container mounts its files.
release_used() {
  if [ -n "$(in_folder "$(readlink -f "$root/releases/$1")")" ]; then return 0; fi
  [ -s "$dot/releases/$1/mounted" ] && use_compose && compose_uses "$1"
}

# prune_releases RECORD: keeps the newest `keep-releases` in the order of the history, and always the one
# that a rollback would go to.
prune_releases() {
  field "$1/keep-releases"
  prune_keep=${value:-5} prune_count=0
  prune_serving=$(current_release)
  prune_back=$(rollback_candidates "$prune_serving" | head -n 1)
  for prune_id in $(confirmed_releases); do
    [ -d "$root/releases/$prune_id" ] || [ -d "$dot/releases/$prune_id" ] || continue
    prune_count=$((prune_count + 1))
    case $prune_id in "$prune_serving" | "$prune_back") continue ;; esac
    if [ $prune_count -le "$prune_keep" ]; then continue; fi
    if release_used "$prune_id"; then continue; fi
    remove_release "$prune_id" && emit pruned "$prune_id"
  done
}

# prune_programs: the newest three versions, and those named by kept records stay.
prune_programs() {
  # shellcheck disable=SC2012 # names are ours
  (cd "$dot/bin" && ls -t belay-*) | tail -n +4 | while IFS= read -r prune_program; do
    [ "$prune_program" = "belay-$program_hash" ] || rm -f "$dot/bin/$prune_program"
  done
  rm -f "$dot"/bin/*.tmp.*
}

# prune_logs: the outputs of the last 20 operations stay, and the records of the last 500.
prune_logs() {
  history_table | awk '{ t[NR] = $2 } END { for (i = 1; i <= NR - 20; i++) print t[i] }' |
    while IFS= read -r prune_token; do
      if plain "$prune_token"; then rm -rf "$dot/operations/$prune_token"; fi
    done
}

# schema_served RECORD: an app without `migrate` lines may have changed the schema at its start.
schema_served() {
  [ ! -s "$1/migrate" ] && [ -n "$(databases "$1")" ] || return 0
  served_schema=$(schema_fingerprint "$1") || served_schema=unknown
  keep_schema "$1" "$served_schema"
}

# tidy TOKEN: the guardian's last act, the record being closed: still under the lock.
tidy() {
  closed_as "$1" || return 0
  record_get operation "$closed"
  tidy_operation=$value
  record_get new "$closed"
  tidy_new=$value
  case $tidy_operation in
    deploy) tidy_record=$dot/releases/$tidy_new ;;
    *) tidy_record=$dot/operations/$1/record ;;
  esac
  if [ "$tidy_operation.$outcome" = deploy.confirmed ]; then schema_served "$tidy_record"; fi
  if [ "$outcome" = confirmed ]; then
    case $tidy_operation in deploy | rollback) retire "$tidy_new" ;; esac
    porcelain=true
    {
      case $tidy_operation in deploy | rollback) prune_releases "$tidy_record" ;; esac
      case $tidy_operation in
        deploy | backup)
          field "$tidy_record/backup-label"
          prune_backups "$tidy_record" "${value:-deploy}"
          ;;
        restore) prune_backups "$tidy_record" safety ;;
      esac
    } >"$dot/operations/$1/pruned"
    porcelain=false
  fi
  # The environment that a rollback took along is the recorded one from now on.
  if [ "$tidy_operation" = rollback ] && [ "$outcome" = confirmed ]; then rm -f "$dot/releases/$tidy_new/env.recorded"; fi
  case $tidy_operation.$outcome in
    restore.confirmed) keep_replaced "$1" ;;
    deploy.undone) if restored "$1"; then keep_replaced "$1"; fi ;;
  esac
  # Logins are in it.
  rm -rf "$(swap_folder "$1")"
  drop_kept
  rm -rf "$dot/operations/$1/record"
  drop_ballast
  rm -f "$dot/back"
  prune_programs
  prune_logs
}
