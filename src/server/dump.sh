# Dumping the databases of a backup, with the checksum of what was written.

# compression RECORD DUMP: prints the option of pg_dump. `auto` is the fastest good one: zstd level 1 where
# this pg_dump was built with it (from 16 on), else gzip level 1.
compression() (
  field "$1/backup-compression"
  case ${value:-auto} in
    none) echo -Z0 ;;
    gzip:*) echo "-Z${value#gzip:}" ;;
    zstd:*) echo "--compress=$value" ;;
    *)
      # Whether it was built with zstd only a dump tells: one of nothing.
      if [ "$(major_of "$2")" -ge 16 ] && pg "$2" -Fc -s -N '*' --compress=zstd:1 -f /dev/null 2>/dev/null </dev/null; then
        echo --compress=zstd:1
      else
        echo -Z1
      fi
      ;;
  esac
)

# shell_word TEXT: prints TEXT as one word of a shell, for commands that people paste.
shell_word() { printf '%s\n' "$1" | sed -e "s/'/'\\\\''/g" -e "1s/^/'/" -e "\$s/\$/'/"; }

# conninfo [NAME]: prints a database, the environment's own by default, as a connection string: a name with `=` would be
# taken for one.
conninfo() { printf "dbname='%s'\n" "$(printf '%s\n' "${1:-$PGDATABASE}" | sed -e "s/[\\\\']/\\\\&/g")"; }

# write_summed FILE COMMAND…: FILE becomes what COMMAND prints, and FILE.sha256 the checksum that was taken on the way.
# Sets `written_code`: COMMAND's exit code, or empty when it never ended.
write_summed() {
  written_file=$1
  shift
  # Both first: whoever opens the pipe waits for the other end, and tee does not start without its file.
  : >"$written_file" && mkfifo "$written_file.pipe" || return 1
  sha256sum <"$written_file.pipe" >"$written_file.sum" &
  written_sum=$!
  {
    "$@"
    echo $? >"$written_file.code"
  } </dev/null | tee "$written_file.pipe" >"$written_file"
  written=$?
  wait "$written_sum"
  written_code=$(cat "$written_file.code" 2>/dev/null)
  rm -f "$written_file.pipe" "$written_file.code"
  if [ "$written_code" != 0 ] || [ $written -ne 0 ]; then return 1; fi
  cut -d ' ' -f 1 "$written_file.sum" >"$written_file.sha256" && rm -f "$written_file.sum"
}

# dump_database FILE RECORD GLOBALS: dumps the environment's database to FILE, the checksum of what was written to
# FILE.sha256, and the cluster's roles to GLOBALS. Fails with a finding, or with 4 where there is no such database.
dump_database() (
  major=$(server_major) || {
    if { [ -z "$(current_release)" ] || [ "${dump_may_lack:-}" = yes ]; } && database_missing; then
      return $NOTHING
    fi
    unreachable_finding
    return 1
  }
  dump=$(postgres_program pg_dump "$major")
  [ -n "$dump" ] || {
    too_old_finding "$major"
    return 1
  }
  field "$2/backup-verify"
  snapshot=
  if [ "$value" = restore ]; then
    hold_snapshot "$1.rows" || return 1
    snapshot=--snapshot=$held_snapshot
  fi
  write_summed "$1" pg "$dump" -Fc "$(compression "$2" "$dump")" ${snapshot:+"$snapshot"}
  dumped=$?
  if [ -n "$snapshot" ]; then release_snapshot || dumped=1; fi
  if [ $dumped -ne 0 ]; then
    full_disk_finding "$1" "the backup" ||
      result finding error backup-failed "pg_dump failed (exit ${written_code:-none}) on database $PGDATABASE" \
        "see its message above; nothing was changed"
    return 1
  fi
  dump_globals "$3" "$dump" || return 1
  if [ -z "$snapshot" ]; then estimate_rows >"$1.rows"; fi
  describe_dump "$1" "$3" "$dump"
)

# dump_globals FILE DUMP: the roles of the environment's cluster, without passwords, by the program beside DUMP.
dump_globals() {
  pg "${2%pg_dump}pg_dumpall" --globals-only --no-role-passwords -l "$(conninfo)" >"$1" </dev/null || {
    result finding error backup-failed "pg_dumpall --globals-only failed on the server of $PGDATABASE" \
      "let the role read pg_roles, see its message above; nothing was changed"
    return 1
  }
}

# estimate_rows: prints `table rows` as the statistics have them.
estimate_rows() {
  sql "select format('%I.%I about %s', n.nspname, c.relname, greatest(c.reltuples, s.n_live_tup)::bigint)
    from pg_class c join pg_namespace n on n.oid = c.relnamespace left join pg_stat_user_tables s on s.relid = c.oid
    where c.relkind = 'r' and n.nspname !~ '^(pg_|information_schema\$)' order by 1" 2>/dev/null
}

# describe_dump FILE GLOBALS DUMP: what the manifest says of FILE, and the line that restores it.
describe_dump() {
  {
    printf '%s\n' "database: $PGDATABASE on ${PGHOST:-local socket}:${PGPORT:-5432} as ${PGUSER:-the default role}" \
      "archive: ${1##*/} holds $PGDATABASE" "size: $(sql 'select pg_database_size(current_database())') bytes in PostgreSQL" \
      "server: PostgreSQL $(sql 'show server_version')" "dumped-by: $(pg "$3" --version </dev/null)" "globals: ${2##*/}"
    # Names of tables may have line ends, which are quoted; what is left of them is no line of its own.
    sed -n -e "s/^\(.*\) \(about \)\{0,1\}\([0-9][0-9]*\)\$/rows: ${1##*/} \1 \2\3/p" "$1.rows"
  } >"$1.about"
  rm -f "$1.rows"
  {
    printf '  psql -d postgres -f %s    # roles that are missing; they have no passwords here\n' "${2##*/}"
    printf '  pg_restore --create --exit-on-error -d postgres %s    # makes the database %s\n' "${1##*/}" "$(shell_word "$PGDATABASE")"
  } >"$1.restore"
}

# hold_snapshot FILE: opens a session that keeps what the dump will see, sets `held_snapshot`, and has the rows of each
# table counted in it, as lines `table rows` of FILE, while the dump is written.
hold_snapshot() {
  held=$1
  mkfifo "$held.in" || return 1
  query <"$held.in" >"$held.out" 2>&1 &
  held_process=$!
  exec 3>"$held.in"
  printf '%s\n' 'begin isolation level repeatable read read only;' 'select pg_export_snapshot();' >&3
  held_tries=0 held_snapshot=
  while [ -z "$held_snapshot" ] && [ $held_tries -lt 200 ] && process_start $held_process; do
    pause 0.05
    held_snapshot=$(sed -n '/^[0-9A-F]*-[0-9A-F-]*$/p' "$held.out" | head -n 1)
    held_tries=$((held_tries + 1))
  done
  count_query >&3
  [ -n "$held_snapshot" ] || {
    exec 3>&-
    result finding error backup-failed "a snapshot of $PGDATABASE could not be taken: $(head -n 1 "$held.out")" \
      "connect to PostgreSQL itself, not to a pooler; nothing was changed"
    return 1
  }
}

# count_query: the exact rows of each table, and the large objects, of whoever runs it.
count_query() {
  cat <<'SQL'
select format('select %L, count(*) from %I.%I', format('%I.%I', n.nspname, c.relname), n.nspname, c.relname)
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and n.nspname !~ '^(pg_|information_schema$)' order by 1 \gexec
select 'large objects', count(*) from pg_largeobject_metadata;
SQL
}

# release_snapshot: the counts are complete now, or it fails.
release_snapshot() {
  exec 3>&-
  wait "$held_process" || {
    result finding error backup-failed "the rows of $PGDATABASE could not be counted" "see above; nothing was changed"
    return 1
  }
  grep '|' "$held.out" | sed 's/|\([0-9]*\)$/ \1/' >"$held"
  rm -f "$held.in" "$held.out"
}

# dump_all RECORD PART NUMBERS: `database.dump` and `globals.sql`, numbered where there are several. One that does not
# exist is left out where there may be none; 4 when there is none at all.
dump_all() (
  several='' found=false
  case $3 in *"$NEWLINE"*) several=true ;; esac
  for number in $3; do
    field "$1/databases/$number/service"
    if [ -n "$value" ] && nothing_yet "$1" "$value"; then
      echo "database $number does not exist yet: service $value has never run"
      continue
    fi
    suffix=${several:+-$number}
    echo "dumping database $number"
    with_database "$1" "$number" dump_database "$2/database$suffix.dump" "$1" "$2/globals$suffix.sql"
    case $? in
      "$DONE") found=true ;;
      "$NOTHING") echo "database $number does not exist yet" ;;
      *) return 1 ;;
    esac
  done
  $found || return $NOTHING
)
