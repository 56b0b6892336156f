# PostgreSQL: programs that fit the server's version, the schema's fingerprint, sessions of steps.
# Credentials come from databases/<n>/env of a record into the environment of one subshell; never into words.

# databases RECORD: prints the numbers of the databases that RECORD knows.
databases() {
  for database_env in "$1"/databases/[0-9]*/env; do
    [ -f "$database_env" ] || continue
    database_env=${database_env%/env}
    echo "${database_env##*/}"
  done
}

# with_database RECORD N COMMAND…: runs a function or program with the PG* variables of database N; of one inside a
# compose service, with its container.
with_database() (
  # shellcheck disable=SC1090 # written by the runner: export statements only
  . "$1/databases/$2/env"
  field "$1/databases/$2/service"
  pg_container=
  if [ -n "$value" ]; then pg_container=$(service_container "$1" "$value") || return 1; fi
  PGCONNECT_TIMEOUT=${PGCONNECT_TIMEOUT:-10} PGAPPNAME=${BELAY_APPNAME:-belay}
  export PGCONNECT_TIMEOUT PGAPPNAME
  shift 2
  "$@" 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
)

# pg PROGRAM ARG…: runs a program of PostgreSQL where the environment's database is: here, or in its container, which
# gets the variables by their names alone, so that no value stands in `ps`.
pg() {
  if [ -z "${pg_container:-}" ]; then
    "$@"
  else
    docker exec -i -e PGDATABASE -e PGUSER -e PGPASSWORD -e PGAPPNAME -e PGCONNECT_TIMEOUT "$pg_container" "$@"
  fi
}

# postgres_programs NAME: prints the folders that may hold PostgreSQL's NAME, PATH first; in a container, its own.
postgres_programs() {
  if [ -n "${pg_container:-}" ]; then
    echo "$1"
    return
  fi
  command -v "$1" 2>/dev/null
  for postgres_program in /usr/lib/postgresql/*/bin/"$1" /usr/pgsql-*/bin/"$1" /usr/local/pgsql/bin/"$1"; do
    if [ -x "$postgres_program" ]; then echo "$postgres_program"; fi
  done
}

# major_of PROGRAM: prints its major version.
major_of() { pg "$1" --version 2>/dev/null </dev/null | sed -n 's/^[^0-9]*\([0-9][0-9]*\).*/\1/p'; }

# postgres_program NAME SERVER-MAJOR: prints the oldest NAME that is at least as new as the server.
# (pg_dump refuses a server newer than itself.)
postgres_program() (
  postgres_programs "$1" | sort -u | while IFS= read -r candidate; do
    major=$(major_of "$candidate")
    if [ -n "$major" ] && [ "$major" -ge "$2" ]; then printf '%s %s\n' "$major" "$candidate"; fi
  done | sort -n | head -n 1 | cut -d ' ' -f 2-
)

# query ARG…: psql, the first one that is there, also outside PATH; bare rows, stopping at the first error.
query() {
  query_program=${query_program:-$(postgres_programs psql | head -n 1)}
  pg "${query_program:-psql}" -XAtq -v ON_ERROR_STOP=1 "$@"
}

# sql TEXT: runs a query on the database of the environment; bare rows.
sql() { query -c "$1" </dev/null; }

# server_major: prints the major version of the database server.
server_major() (
  number=$(sql 'show server_version_num' 2>/dev/null) || return 1
  echo $((number / 10000))
)

# beside COMMAND…: runs it connected to one of the databases that every server has, with `wanted` set to the name of the
# environment's own; fails when neither can be reached.
beside() (
  wanted=$PGDATABASE
  for PGDATABASE in postgres template1; do
    export PGDATABASE
    [ "$PGDATABASE" != "$wanted" ] || continue
    if sql 'select 1' >/dev/null 2>&1; then
      "$@"
      return
    fi
  done
  return 1
)

# patiently COMMAND…: again for 20 s while it ends with psql's 2, a connection that is refused or lost: a server that
# restarts comes back.
patiently() {
  patient_tries=0
  while :; do
    "$@"
    patient_code=$?
    patient_tries=$((patient_tries + 1))
    [ $patient_code -eq 2 ] && [ $patient_tries -lt 100 ] || return $patient_code
    pause 0.2
  done
}

# database_oid NAME: prints the oid of the database of that name, nothing when there is none; fails when it cannot be known.
database_oid() {
  printf '%s\n' "select oid from pg_database where datname = :'name'" | query -v name="$1" 2>/dev/null
}

# database_missing: true when the server is there and has no such database. Asked of the databases that
# every server has, for a refused connection has no machine-readable reason.
database_missing() { beside wanted_missing; }
wanted_missing() { wanted_found=$(database_oid "$wanted") && [ -z "$wanted_found" ]; }

# dump_schema SCRATCH TABLES: prints what the fingerprint of the environment's database is made of. Fails where a
# stranger's lock keeps it from reading for 10 s.
dump_schema() (
  major=$(server_major) || return 1
  dump=$(postgres_program pg_dump "$major")
  [ -n "$dump" ] || return 1
  pg "$dump" -s --no-comments --lock-wait-timeout=10000 >"$1" </dev/null || return 1
  # Comments name versions, \restrict lines are random.
  grep -v -e '^--' -e '^$' -e '^\\restrict' -e '^\\unrestrict' "$1"
  {
    printf '%s\n' django_migrations _prisma_migrations
    if [ -f "$2" ]; then cat "$2"; fi
  } | while IFS= read -r table; do
    printf '%s\n' "set lock_timeout = '10s';" "select format('copy %s to stdout', to_regclass(:'t')) where to_regclass(:'t') is not null \\gexec" |
      query -v t="$table" >"$1" || exit 1
    sort "$1"
  done || return 1
  rm -f "$1"
)

# schema_fingerprint RECORD: prints a hash over the schemas and applied migrations of all databases of
# RECORD; fails when one cannot be read, prints `none` when there is none.
schema_fingerprint() (
  record=$1 numbers=$(databases "$1")
  if [ -z "$numbers" ]; then
    echo none
    return 0
  fi
  scratch=$dot/tmp/schema.$$
  for number in $numbers; do
    with_database "$record" "$number" dump_schema "$scratch.sql" "$record/migrations-table" >"$scratch.$number" || {
      rm -f "$scratch".*
      return 1
    }
  done
  # shellcheck disable=SC2086
  (cd "$dot/tmp" && cat schema.$$.[0-9]*) | sha256sum | cut -d ' ' -f 1
  rm -f "$scratch".*
)

# keep_schema RECORD FINGERPRINT: what the release is known to fit; nothing is known of `none` and `unknown`.
keep_schema() {
  case $2 in
    none | unknown) rm -f "$1/schema" ;;
    *) printf '%s\n' "$2" | put "$1/schema" ;;
  esac
}

# application_name TOKEN STEP: what sessions of a step are called (at most 63 bytes in PostgreSQL): those of another
# path, or another server, have another name, whatever their tokens are.
application_name() {
  IFS= read -r application_host </proc/sys/kernel/hostname
  printf 'belay-%.30s-%.16s' "$2" "$(printf '%s:%s:%s' "$application_host" "$root" "$1" | sha256sum)"
}

# end_sessions NAME: ends the sessions of that name on the environment's server, until none is left (15 s). A database
# that takes no connections, or is gone, is asked through another one.
end_sessions() {
  if sql 'select 1' >/dev/null 2>&1; then end_sessions_here "$1"; else beside end_sessions_here "$1"; fi
}

end_sessions_here() (
  tries=0
  while [ $tries -lt 30 ]; do
    left=$(printf '%s\n' "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = :'name' and pid <> pg_backend_pid()" |
      query -v name="$1" 2>/dev/null) || return 1
    [ "$left" != 0 ] || return 0
    tries=$((tries + 1))
    pause 0.5
  done
  return 1
)

# end_step_sessions RECORD TOKEN STEP: ends what a killed step still runs in the databases; a statement
# outlives its client.
end_step_sessions() (
  for number in $(databases "$1"); do
    with_database "$1" "$number" end_sessions "$(application_name "$2" "$3")" || return 1
  done
)
