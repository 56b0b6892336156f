# Which release a rollback means, and which backup a verification.

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
  served=$NEWLINE$(served_table)
  for candidate in $1; do
    field "$dot/releases/$candidate/sha"
    served_when=${served#*"$NEWLINE$candidate "}
    emit candidate "$candidate" "$value" "${served_when%%"$NEWLINE"*}"
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

# warn_other_schema BACKUP: the release that serves was deployed with another schema than the one under which it was made.
warn_other_schema() {
  other_current=$(current_release)
  manifest_value "$backups/$1" release 2>/dev/null || return 0
  other_release=$value
  [ -n "$other_current" ] && [ "$other_release" != "$other_current" ] || return 0
  field "$dot/releases/$other_current/schema"
  other_schema=$value
  field "$dot/releases/$other_release/schema"
  [ "$value" != "$other_schema" ] || return 0
  emit finding warning config \
    "backup $1 was made under $other_release; the database schema is another one since, and $other_current, which serves, may not bear it" \
    "if its gate does not open all is undone: then roll back to $other_release with across-migrations: true first, and restore after that"
}

# pick_backup: sets `picked` to the backup that verify-backup or restore means. The latest is no safety backup: that one
# holds what a restore was to be rid of.
pick_backup() {
  backup_folder "$plan"
  field "$plan/backup"
  picked=$value
  if [ "${picked:-latest}" = latest ]; then picked=$(backup_table "$backups" | awk '$3 != "safety" { print $2; exit }'); fi
  field "$plan/fetch"
  if [ "$value" = true ] && plain "$picked"; then return 0; fi
  if [ -z "$picked" ] || ! plain "$picked" || [ ! -f "$backups/$picked/MANIFEST.txt" ]; then
    findings_bad=false
    finding error config "there is no backup ${picked:-at all} in $backups" \
      "name one of: $(backup_table "$backups" | awk '{ printf "%s ", $2 }')"
    rm -rf "$plan"
    return 1
  fi
}
