# Databases of our own making: an archive is loaded into one beside the database that serves, to be tried or to take its
# place. All of this runs `beside`: with `wanted` the name of the environment's own database.

# made_name SEQ N KIND: prints the name of one: no other path, of this server or another, makes the same.
made_name() { printf '%s_%s_%s_%s\n' "$(made_prefix)" "$1" "$2" "$3"; }
made_prefix() { printf 'belay_%s' "$(printf '%s:%s' "$(uname -n)" "$root" | sha256sum | cut -c 1-8)"; }

# archive_for FOLDER N: prints the file that has database N of a backup; fails when it has none.
archive_for() {
  for archive_name in "database-$2.dump" database.dump; do
    if [ -f "$1/$archive_name" ] && { [ "$archive_name" != database.dump ] || [ "$2" = 1 ]; }; then
      printf '%s\n' "$1/$archive_name"
      return
    fi
  done
  return 1
}

# archive_restorer: prints the pg_restore that fits the environment's server.
archive_restorer() {
  restorer_major=$(server_major) && restorer=$(postgres_program pg_restore "$restorer_major") && [ -n "$restorer" ] &&
    printf '%s\n' "$restorer"
}

# archive_schema ARCHIVE: prints the statements of its schema, that of the database itself too.
archive_schema() { pg "$restore" -C -s -f - <"$1"; }

# create_database NAME ARCHIVE: an empty database with the encoding and locale of the one that ARCHIVE was made of.
create_database() {
  create_like=$(archive_schema "$2" 2>/dev/null |
    sed -n 's/^CREATE DATABASE .* \(WITH TEMPLATE = template0.*\);$/\1/p' | head -n 1)
  [ -n "$create_like" ] || {
    result finding error backup-damaged "${2##*/} does not say of what kind its database was" "take another backup"
    return 1
  }
  printf 'create database :"name" %s;\n' "$create_like" | query -v name="$1" || {
    result finding error backup-failed "${PGUSER:-the default role} could not create a database beside $wanted" \
      "see the message above; as a superuser: ALTER ROLE \"${PGUSER:-ROLE}\" CREATEDB"
    return 1
  }
}

# load_archive NAME ARCHIVE: everything of ARCHIVE into the database NAME, or it fails with a finding.
load_archive() {
  if [ -n "${pg_container:-}" ]; then
    pg "$restore" --exit-on-error -d "$(conninfo "$1")" <"$2"
  else
    "$restore" --exit-on-error -j 2 -d "$(conninfo "$1")" "$2" </dev/null
  fi || {
    result finding error backup-failed "pg_restore could not load ${2##*/} (exit $?)" \
      "see its message above; roles that are missing come from globals.sql, extensions may want a superuser; the old data was not touched"
    return 1
  }
}

# close_database NAME: lets nobody into it any more and ends the sessions that are there; true also when there is none.
# An autovacuum worker, which has no user, counts as a superuser, whom only a superuser may end; a rename or a drop ends it
# by itself.
close_database() {
  close_oid=$(database_oid "$1") || return
  [ -n "$close_oid" ] || return 0
  query -v name="$1" >/dev/null <<'SQL'
alter database :"name" with allow_connections false;
select pg_terminate_backend(pid) from pg_stat_activity where datname = :'name' and pid <> pg_backend_pid() and usesysid is not null;
SQL
}

# open_database NAME: whoever may comes in again; true also when there is none. What stayed closed would keep the app out.
open_database() { patiently open_once "$1"; }
open_once() {
  open_oid=$(database_oid "$1") || return
  [ -n "$open_oid" ] || return 0
  printf 'alter database :"name" with allow_connections true;\n' | query -v name="$1"
}

# drop_database NAME: true also when there is none.
drop_database() (
  tries=0
  while :; do
    # Not to know of it is not to have none.
    oid=$(patiently database_oid "$1") || return 1
    [ -n "$oid" ] || return 0
    close_database "$1" && printf 'drop database if exists :"name";\n' | query -v name="$1" && return 0
    tries=$((tries + 1))
    [ $tries -lt 20 ] || return 1
    pause 0.2
  done
)

# drop_made N KIND…: drops all databases of those kinds that we have made for database N of this path: those of another
# one may belong to another role.
drop_made() {
  drop_number=$1
  shift
  for drop_kind; do
    drop_pattern="^$(made_prefix)_[0-9]+_${drop_number}_$drop_kind\$"
    drop_names=$(printf '%s\n' "select datname from pg_database where datname ~ :'pattern'" | query -v pattern="$drop_pattern") || return 1
    for drop_name in $drop_names; do drop_database "$drop_name" || return 1; done
  done
}

# drop_made_all RECORD KIND…: the same on the servers of all its databases.
drop_made_all() (
  record=$1
  shift
  for number in $(databases "$record"); do with_database "$record" "$number" beside drop_made "$number" "$@" || return 1; done
)
