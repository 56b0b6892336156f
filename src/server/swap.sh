# The moment of a restore: what was loaded beside takes the place of what serves, by renames that can be turned round.
# restore/<n>/ of the operation's folder: `new`, `old` (names), `new-oid`, `settings.sql`; restore/pools: those of PgBouncer
# that were paused; restore/files: `place new old had` of media and configuration (tabs
# between; `had`: no where nothing was there).

# swap_folder TOKEN
swap_folder() { echo "$dot/operations/$1/restore"; }

# settings_of: reads statements; prints those that set up the database itself: settings, grants, comment.
settings_of() {
  awk '
    /^-- Name: / {
      on = /; Type: DATABASE PROPERTIES; / || /^-- Name: DATABASE .*; Type: (ACL|COMMENT|SECURITY LABEL); /
    }
    /^-- PostgreSQL database dump complete/ { on = 0 }
    on && !/^--/ && !/^\\(connect|restrict|unrestrict) / { print }'
}

# write_settings FILE ARCHIVE: the statements that make the database what the one that serves now is, apart from its
# content; where there is none, what the archive says.
write_settings() {
  settings_old=$(beside wanted_oid) || return 1
  if [ -n "$settings_old" ]; then
    settings_dump=$(postgres_program pg_dump "$restorer_major")
    # By way of a file: a pipe would hide that pg_dump has failed, and settings were lost.
    {
      printf '%s\n' "select format('alter database %I owner to %I;', datname, pg_get_userbyid(datdba)) from pg_database where datname = current_database()" | query &&
        pg "$settings_dump" -C -s -N '*' --lock-wait-timeout=10000 </dev/null >"$1.dump" && settings_of <"$1.dump"
    } >"$1" || return 1
    rm -f "$1.dump"
  elif manifest_names "$2"; then
    archive_schema "$2" | awk '/^ALTER DATABASE .* OWNER TO .*;$/ { print; exit }' >"$1"
    archive_schema "$2" | settings_of >>"$1"
  else
    : >"$1"
    result finding warning config "${2##*/} holds a database of another name: its settings and grants were left behind" \
      "set them on $PGDATABASE: see pg_restore -C -s -f - ${2##*/}"
  fi
}

wanted_oid() { database_oid "$wanted"; }

# manifest_names ARCHIVE: true when the archive was made of a database of the environment's name.
manifest_names() { grep -qxF -e "archive: ${1##*/} holds $PGDATABASE" "${1%/*}/MANIFEST.txt"; }

# swap_database STATE: the restored database has the name from now on, and the old one another: one transaction with both
# renames and the settings. Done already is done.
swap_database() (
  field "$1/new" && new=$value
  field "$1/old" && old=$value
  field "$1/new-oid" && oid=$value
  tries=0
  while [ "$(database_oid "$wanted")" != "$oid" ]; do
    { close_database "$wanted" && close_database "$new" && rename_both "$1/settings.sql"; } 2>"$1/said" && break
    tries=$((tries + 1))
    if [ $tries -ge 20 ]; then
      cat "$1/said"
      open_database "$wanted"
      result finding error backup-failed "$wanted could not be replaced by the restored database: $(grep -m 1 -e ERROR -e FATAL -e error: "$1/said")" \
        "the old data serves on; the role must own the database, and be allowed to end its sessions and to change its settings; a superuser's session has to be ended by a superuser: select pid, usename, application_name from pg_stat_activity where datname = '$wanted'"
      return 1
    fi
    pause 0.1
  done
  open_database "$wanted"
)

# rename_both SETTINGS: `new` gets the name `wanted`, which its owner had until now, if there was one.
rename_both() {
  rename_had=$(database_oid "$wanted") || return
  {
    echo 'begin;'
    if [ -n "$rename_had" ]; then
      printf '%s\n' 'alter database :"wanted" rename to :"old";' 'alter database :"old" with allow_connections true;'
    fi
    printf '%s\n' 'alter database :"new" rename to :"wanted";' 'alter database :"wanted" with allow_connections true;'
    cat "$1"
    echo 'commit;'
  } | query -v wanted="$wanted" -v new="$new" -v old="$old" >/dev/null
}

# swap_database_back STATE: the old database has its name again, wherever the swap had come to. What was restored has its
# made name again, and goes with the others of that kind.
swap_database_back() (
  field "$1/new" && new=$value
  field "$1/old" && old=$value
  field "$1/new-oid" && oid=$value
  tries=0
  while :; do
    # What cannot be asked is not known to be turned round.
    serves=$(patiently database_oid "$wanted") || return 1
    [ -n "$oid" ] && [ "$serves" = "$oid" ] || break
    close_database "$wanted" && close_database "$old" && rename_both_back && break
    tries=$((tries + 1))
    [ $tries -lt 50 ] || return 1
    pause 0.1
  done
  open_database "$wanted"
)

rename_both_back() {
  # Without the old one's name known, nothing would have the name that the app asks for.
  rename_had=$(database_oid "$old") || return
  {
    printf '%s\n' 'begin;' 'alter database :"wanted" rename to :"new";'
    if [ -n "$rename_had" ]; then
      printf '%s\n' 'alter database :"old" rename to :"wanted";' 'alter database :"wanted" with allow_connections true;'
    fi
    echo 'commit;'
  } | query -v wanted="$wanted" -v new="$new" -v old="$old" >/dev/null
}

# with_pooler RECORD COMMAND…: runs it with the login of PgBouncer's console.
with_pooler() (
  # shellcheck disable=SC1091 # written by the runner: export statements only
  . "$1/pgbouncer/env"
  PGDATABASE=${PGDATABASE:-pgbouncer} PGCONNECT_TIMEOUT=5
  export PGDATABASE PGCONNECT_TIMEOUT
  pg_container=
  shift
  "$@" 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
)

# pools_of NAME: prints the names under which PgBouncer passes on the database NAME.
pools_of() {
  pools_program=$(postgres_programs psql | head -n 1)
  "$pools_program" -XAq -F "$TAB" -P footer=off -c 'show databases' </dev/null | awk -F '\t' -v name="$1" '
    NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
    $column["database"] == name && $column["name"] != "pgbouncer" { print $column["name"] }'
}

# tell_pooler WORD POOL: PAUSE or RESUME, in the one way that PgBouncer takes a name. Its console knows no variables.
tell_pooler() { sql "$1 \"$(printf '%s' "$2" | sed 's/"/""/g')\""; }

# pause_pools RECORD TOKEN: new queries wait, running transactions get 5 s to end; then the sessions are ended by the swap.
pause_pools() {
  pools_file=$(swap_folder "$2")/pools
  for pause_number in $(databases "$1"); do
    # shellcheck disable=SC2016 # in the environment of the database
    pause_name=$(with_database "$1" "$pause_number" eval 'printf "%s\n" "$PGDATABASE"')
    with_pooler "$1" pools_of "$pause_name"
  done >"$pools_file.new" || {
    result finding warning backup-failed "PgBouncer's console does not answer: its clients will see errors for a moment" \
      "check pgbouncer-url; its user must be one of admin_users"
    return 0
  }
  flush "$pools_file.new" && mv -f "$pools_file.new" "$pools_file" || return 1
  while IFS= read -r pause_pool; do
    with_pooler "$1" tell_pooler PAUSE "$pause_pool" </dev/null >/dev/null 2>&1 &
    pause_process=$! pause_tries=0
    while process_start $pause_process && [ $pause_tries -lt 100 ]; do
      pause 0.05
      pause_tries=$((pause_tries + 1))
    done
  done <"$pools_file"
}

# resume_pools RECORD TOKEN: also those that were never paused, or are no more.
resume_pools() {
  [ -f "$(swap_folder "$2")/pools" ] || return 0
  while IFS= read -r resume_pool; do
    with_pooler "$1" tell_pooler RESUME "$resume_pool" </dev/null >/dev/null 2>&1
  done <"$(swap_folder "$2")/pools"
  return 0
}

# swap_files TOKEN: what was unpacked beside takes its place, and what was there gets another name.
swap_files() {
  [ -f "$(swap_folder "$1")/files" ] || return 0
  : >"$(swap_folder "$1")/swapping" && flush "$(swap_folder "$1")/swapping" || return 1
  while IFS="$TAB" read -r swap_place swap_new swap_old _; do
    if in_service "$swap_place"; then
      swap_volume "$(swap_folder "$1")/volume" "${swap_new##*-}" || return 1
      continue
    fi
    if [ ! -e "$swap_new" ]; then continue; fi
    if [ -e "$swap_place" ]; then mv -T "$swap_place" "$swap_old" || return 1; fi
    mv -T "$swap_new" "$swap_place" || return 1
  done <"$(swap_folder "$1")/files"
}

# swap_files_back TOKEN: turns swap_files round, wherever it had come to, and removes what was unpacked.
swap_files_back() {
  [ -f "$(swap_folder "$1")/files" ] || return 0
  while IFS="$TAB" read -r swap_place swap_new swap_old swap_had; do
    if in_service "$swap_place"; then
      swap_volume_back "$(swap_folder "$1")/volume" "${swap_new##*-}" || return 1
      continue
    fi
    if [ -f "$(swap_folder "$1")/swapping" ]; then
      if [ -e "$swap_old" ] || { [ "$swap_had" = no ] && [ ! -e "$swap_new" ]; }; then
        if [ -e "$swap_place" ]; then mv -T "$swap_place" "$swap_new" || return 1; fi
        if [ -e "$swap_old" ]; then mv -T "$swap_old" "$swap_place" || return 1; fi
      fi
    fi
    rm -rf "$swap_new"
  done <"$(swap_folder "$1")/files"
}
