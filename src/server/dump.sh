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
      if [ "$(major_of "$2")" -ge 16 ] && "$2" -Fc -s -N '*' --compress=zstd:1 -f /dev/null 2>/dev/null; then
        echo --compress=zstd:1
      else
        echo -Z1
      fi
      ;;
  esac
)

# shell_word TEXT: prints TEXT as one word of a shell, for commands that people paste.
shell_word() { printf '%s\n' "$1" | sed -e "s/'/'\\\\''/g" -e "1s/^/'/" -e "\$s/\$/'/"; }

# conninfo: prints the environment's database as a connection string: a name with `=` would be taken for one.
conninfo() { printf "dbname='%s'\n" "$(printf '%s\n' "$PGDATABASE" | sed -e "s/[\\\\']/\\\\&/g")"; }

# dump_database FILE RECORD: dumps the environment's database to FILE, the checksum of what was written to
# FILE.sha256, and the cluster's roles beside it. Fails with a finding.
dump_database() (
  major=$(server_major) || {
    if [ -z "$(current_release)" ] && database_missing; then
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
  # Both first: whoever opens the pipe waits for the other end, and tee does not start without its file.
  : >"$1" && mkfifo "$1.pipe" || return 1
  sha256sum <"$1.pipe" >"$1.sum" &
  {
    "$dump" -Fc "$(compression "$2" "$dump")"
    echo $? >"$1.code"
  } | tee "$1.pipe" >"$1"
  written=$?
  wait
  code=$(cat "$1.code" 2>/dev/null)
  rm -f "$1.pipe" "$1.code"
  if [ "$code" != 0 ] || [ $written -ne 0 ]; then
    full_disk_finding "$1" "the backup" ||
      result finding error backup-failed "pg_dump failed (exit ${code:-none}) on database $PGDATABASE" \
        "see its message above; nothing was changed"
    return 1
  fi
  cut -d ' ' -f 1 "$1.sum" >"$1.sha256" && rm -f "$1.sum"
  "$(dirname "$dump")/pg_dumpall" --globals-only --no-role-passwords -l "$(conninfo)" >"$3" || {
    result finding error backup-failed "pg_dumpall --globals-only failed on the server of $PGDATABASE" \
      "let the role read pg_roles, see its message above; nothing was changed"
    return 1
  }
  printf '%s\n' "database: $PGDATABASE on ${PGHOST:-local socket}:${PGPORT:-5432} as ${PGUSER:-the default role}" \
    "server: PostgreSQL $(sql 'show server_version')" "dumped-by: $("$dump" --version)" \
    "globals: ${3##*/}" >"$1.about"
  printf '  createdb -O %s -- %s && pg_restore --exit-on-error -d %s %s\n' "$(shell_word "${PGUSER:-OWNER}")" \
    "$(shell_word "$PGDATABASE")" "$(shell_word "$(conninfo)")" "${1##*/}" >"$1.restore"
)

# dump_all RECORD PART NUMBERS: `database.dump` and `globals.sql`, numbered where there are several.
dump_all() (
  several=
  case $3 in *"$NEWLINE"*) several=true ;; esac
  for number in $3; do
    suffix=${several:+-$number}
    echo "dumping database $number"
    with_database "$1" "$number" dump_database "$2/database$suffix.dump" "$1" "$2/globals$suffix.sql" || return
  done
  # shellcheck disable=SC2046 # our own names
  (cd "$2" && flush $(ls))
)
