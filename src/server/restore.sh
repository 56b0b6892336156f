# A restore: everything is loaded beside what serves (`load`), the writers are stopped (`stop`), renames put it in place
# (`swap`), the app is started (`start`). Until the confirm all of it can be turned round, from any point.

# wants WHAT: true when the operation restores that kind of content; Redis only when it is named.
wants() {
  field "$record/contents"
  if [ -z "$value" ]; then
    [ "$1" != redis ]
  else
    printf '%s\n' "$value" | grep -qxF -e "$1"
  fi
}

# restore_seq: prints the number that names what this operation makes.
restore_seq() {
  record_get seq
  printf '%s\n' "$value"
}

# step_load TOKEN: what the open restore names, beside what serves.
step_load() {
  BELAY_APPNAME=$(application_name "$1" "$step_name")
  record_get source
  load_backup "$1" "$backups/$value"
}

# load_backup TOKEN BACKUP: every byte is compared with its checksum first, so that nothing damaged comes near the app.
load_backup() {
  mkdir -p "$(swap_folder "$1")" && note_keeping "$1" || return 1
  compare_sums "$2" || return 1
  if wants database; then load_databases "$1" "$2" || return 1; fi
  unpack_beside "$1" "$2" || return 1
  if wants redis && [ ! -f "$2/redis.rdb" ]; then
    result finding error config "backup ${2##*/} holds no redis.rdb" "leave redis out of contents, or name another backup"
    return 1
  fi
}

# note_keeping TOKEN: for how many seconds what is replaced stays.
note_keeping() {
  field "$record/keep-old-database"
  printf '%s\n' "${value:-86400}" >"$(swap_folder "$1")/seconds"
}

# compare_sums BACKUP: all files are there with the checksums that were taken while they were written. The archives are
# read by their own programs soon enough.
compare_sums() (
  check_seal "$1" || return 1
  files=$(manifest_files "$1")
  [ -n "$files" ] || {
    result finding error backup-damaged "${1##*/} has no MANIFEST.txt that lists a file" "restore another backup"
    return 1
  }
  printf '%s\n' "$files" | while read -r name bytes sum; do
    if [ ! -f "$1/$name" ] || [ "$(wc -c <"$1/$name")" -ne "$bytes" ]; then
      result finding error backup-damaged "$name of ${1##*/} is missing or has not its $bytes bytes" \
        "nothing was changed; restore another backup"
      return 1
    fi
    same_sum "$1/$name" "$sum" || return 1
  done
)

# load_databases TOKEN BACKUP: each archive into a database of its own beside the one that it will replace.
load_databases() (
  state=$(swap_folder "$1") seq=$(restore_seq) any=false
  # Whoever drops the old databases later needs them, when the record is gone.
  rm -rf "$state/logins" && cp -pR "$record/databases" "$state/logins" && project_of "$record" >"$state/project" || return 1
  for number in $(databases "$record"); do
    archive=$(archive_for "$2" "$number") || continue
    any=true
    mkdir -p "$state/$number" || return 1
    made_name "$seq" "$number" new | put "$state/$number/new" || return 1
    made_name "$seq" "$number" old | put "$state/$number/old" || return 1
    rm -f "$state/$number/new-oid"
    echo "loading ${archive##*/}"
    with_database "$record" "$number" load_database "$state/$number" "$archive" || return 1
  done
  $any || [ ! -f "$2/database.dump" ] || {
    result finding error config "database-url is not given: ${2##*/} holds a database" "give database-url as it is reached from the server"
    return 1
  }
)

# load_database STATE ARCHIVE
load_database() {
  field "$1/new"
  load_new=$value
  restore=$(beside archive_restorer) || {
    result finding error backup-failed "the server of $PGDATABASE cannot be asked beside that database" \
      "let ${PGUSER:-the default role} connect to the database postgres (pg_hba.conf)"
    return 1
  }
  restorer_major=$(beside server_major)
  # What an undo that failed has left: nobody else of this path restores now.
  beside drop_made "${1##*/}" new trial && beside load_beside "$1" "$2" "$load_new" && load_archive "$load_new" "$2" || return 1
  if ! analyze_loaded "$load_new" || ! write_settings "$1/settings.sql" "$2"; then
    result finding error backup-failed "what was loaded from ${2##*/} could not be made ready to serve as $PGDATABASE" \
      "see the message above; the old data serves and was not touched: run it again when the server of $PGDATABASE answers"
    return 1
  fi
}

# analyze_loaded NAME: its first queries are planned as well as the old one's.
analyze_loaded() (
  PGDATABASE=$1
  export PGDATABASE
  query -c "set client_min_messages = error" -c analyze </dev/null >/dev/null
)

# load_beside STATE ARCHIVE NEW: an empty database NEW, whose oid is known from its making on.
load_beside() {
  drop_database "$3" && create_database "$3" "$2" || return 1
  load_oid=$(patiently database_oid "$3") && [ -n "$load_oid" ] || return 1
  printf '%s\n' "$load_oid" | put "$1/new-oid"
}

# step_stop TOKEN: the writers, by the user's lines; the record knows from before they run.
step_stop() {
  [ -s "$record/stop" ] || return 0
  record_change stopped yes "$1" "$step_phase" || return 1
  run_lines "$record" stop "$root/current"
}

# step_swap TOKEN: what was loaded serves from now on.
step_swap() {
  BELAY_APPNAME=$(application_name "$1" "$step_name")
  if [ -f "$record/pgbouncer/env" ]; then pause_pools "$record" "$1" || return 1; fi
  swap_databases "$1" && swap_files "$1"
  swap_code=$?
  resume_pools "$record" "$1"
  [ $swap_code -eq 0 ] || return 1
  if wants redis; then swap_redis "$1" "$backups/$(restored_backup)/redis.rdb" || return 1; fi
}

# restore_step_finding STEP OUTPUT: a step of a restore that broke off before it could say why, as when PostgreSQL goes away.
restore_step_finding() {
  case $1 in
    load | swap)
      result finding error backup-failed "the restore stopped in step $1: $(tail -n 1 "$2" 2>/dev/null | cut -c 1-300)" \
        "see the lines above; the undo puts the old data back, then run it again"
      ;;
  esac
}

restored_backup() {
  record_get source || record_get backup
  printf '%s\n' "$value"
}

swap_databases() (
  for state in "$(swap_folder "$1")"/[0-9]*; do
    [ -f "$state/new-oid" ] || continue
    with_database "$record" "${state##*/}" beside swap_database "$state" || return 1
    with_database "$record" "${state##*/}" beside tell_swapped "$state"
  done
)

# tell_swapped STATE
tell_swapped() {
  field "$1/old"
  if [ -n "$(database_oid "$value")" ]; then
    echo "database ${1##*/} was replaced; the old one is kept as $value"
  else
    echo "database ${1##*/} is in place; there was none before"
  fi
}

# step_start TOKEN: the app, where it was stopped or its sessions were ended.
step_start() {
  [ -n "$previous" ] || return 0
  if record_get stopped || [ ! -s "$(swap_folder "$1")/pools" ]; then
    record_change started yes "$1" "$step_phase" || return 1
    start_release "$previous"
  fi
}

# start_release ID: the release ID anew, whatever runs of it.
start_release() {
  BELAY_RELEASE=$1 BELAY_PREVIOUS=
  field "$dot/releases/$1/sha"
  BELAY_SHA=$value
  activate "$1" back
}

# restore_back TOKEN: all data as before the restore, and nothing of it left; may be repeated.
restore_back() {
  restore_state=$(swap_folder "$1")
  [ -d "$restore_state" ] || return 0
  back_code=0
  for back_state in "$restore_state"/[0-9]*; do
    [ -f "$back_state/new-oid" ] || continue
    with_database "$record" "${back_state##*/}" beside swap_database_back "$back_state" || back_code=1
  done
  swap_files_back "$1" || back_code=1
  resume_pools "$record" "$1"
  swap_redis_back "$1" || back_code=1
  [ $back_code -eq 0 ] && drop_made_all "$record" new
}

# await_databases TOKEN: where data are to be put back, their servers get a minute to answer: a crash is over by then, and
# an undo without them would leave everything to a person.
await_databases() {
  [ -d "$(swap_folder "$1")" ] || return 0
  operation_record "$1"
  await_end=$(($(uptime_now) + 60))
  for await_number in $(databases "$record"); do
    until with_database "$record" "$await_number" beside true; do
      if [ "$(uptime_now)" -ge $await_end ]; then return 0; fi
      pause 1
    done
  done
}

# data_state TOKEN: prints, where an undo has failed, which data each database serves and where the others are.
data_state() (
  operation_record "$1"
  for state in "$(swap_folder "$1")"/[0-9]*; do
    [ -f "$state/new-oid" ] || continue
    with_database "$record" "${state##*/}" beside describe_data "$state" || {
      field "$state/old"
      printf '; database %s cannot be asked which data it serves: the old data if there is no database %s beside it' "${state##*/}" "$value"
    }
  done
)

# describe_data STATE
describe_data() {
  field "$1/new-oid" && describe_oid=$value
  describe_serves=$(database_oid "$wanted") || return 1
  field "$1/old"
  if [ "$describe_serves" = "$describe_oid" ]; then
    printf '; %s serves the restored data, the old data are in %s' "$wanted" "$value"
  else
    printf '; %s serves the old data' "$wanted"
  fi
}

# restored TOKEN: true when a restore of this operation is in place: every database that was loaded has its name.
restored() {
  [ -f "$(swap_folder "$1")/done" ]
}

# wants_data TOKEN: true when an undo of this deploy brings back the data too: that was asked for, a backup was taken, and
# the schema is another than in it.
wants_data() {
  operation_record "$1"
  field "$record/rollback-database"
  [ "$value" = restore ] || return 1
  record_get operation
  [ "$value" = deploy ] && record_get backup || return 1
  [ -d "$(swap_folder "$1")" ] || schema_moved "$1"
}

# restore_data TOKEN: the databases as the deploy's own backup has them; of a killed try, what is not finished is first
# turned round.
restore_data() {
  if restored "$1"; then return 0; fi
  restore_back "$1" || return 1
  record_get backup
  restore_backup=$value
  echo "restoring the database from backup $restore_backup"
  mkdir -p "$(swap_folder "$1")" && note_keeping "$1" && compare_sums "$backups/$restore_backup" && load_databases "$1" "$backups/$restore_backup" &&
    step_stop "$1" && step_swap "$1" && : >"$(swap_folder "$1")/done" && flush "$(swap_folder "$1")/done"
}
