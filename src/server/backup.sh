# Backups: written under a temporary name, flushed, read back, then renamed: a name without `.partial` is
# always a whole, verified backup.

# backup_folder RECORD: sets `backups`.
backup_folder() {
  field "$1/backup-dir"
  # shellcheck disable=SC2088 # a tilde that was given as text
  case $value in
    '') backups=$root/backups ;;
    '~/'*) backups=$HOME/${value#'~/'} ;;
    *) backups=$value ;;
  esac
}

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
  mkfifo "$1.pipe" || return 1
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

# read_back FILE SHA256: every byte through pg_restore to nowhere, and the checksum taken while writing.
read_back() (
  archiver=$(postgres_programs pg_restore | sort -u | while IFS= read -r candidate; do
    printf '%s %s\n' "$(major_of "$candidate")" "$candidate"
  done | sort -rn | head -n 1 | cut -d ' ' -f 2-)
  [ -n "$archiver" ] || {
    result finding error tool-missing "pg_restore is missing" "install it: apt-get install postgresql-client"
    return 1
  }
  sum=$1.check
  sha256sum <"$1" >"$sum" &
  "$archiver" -f /dev/null "$1"
  code=$?
  wait
  have=$(cut -d ' ' -f 1 "$sum")
  rm -f "$sum"
  if [ "$have" != "$2" ]; then
    result finding error backup-damaged "${1##*/} reads back with sha256 $have, written was $2" \
      "look at the disk of the server (dmesg, smartctl), then take a new backup"
    return 1
  fi
  if [ $code -ne 0 ]; then
    result finding error backup-damaged "pg_restore cannot read ${1##*/} (exit $code)" \
      "look at the disk of the server, then take a new backup"
    return 1
  fi
)

# make_backup RECORD LABEL SEQ NEW: takes and verifies one; results name it. Nothing to back up is a result too.
make_backup() (
  record=$1 label=$2
  numbers=$(databases "$record")
  if [ -z "$numbers" ]; then
    result nothing "no database is configured: nothing to back up"
    return 0
  fi
  backup_folder "$record"
  mkdir -p "$backups" && chmod 700 "$backups" || return 1
  stamp=$(date -u +%Y%m%dT%H%M%SZ)
  id=$stamp-$label count=1
  while [ -e "$backups/$id" ]; do
    count=$((count + 1))
    id=$stamp-$count-$label
  done
  sweep_backups "$backups"
  part=$backups/$id.partial
  mkdir "$part" || return 1
  dump_all "$record" "$part" "$numbers"
  code=$?
  if [ $code -eq $NOTHING ]; then
    rm -rf "$part"
    result nothing "nothing to back up yet: the database does not exist"
    return 0
  fi
  if [ $code -ne 0 ] || ! write_manifest "$@" "$part" "$id" >"$part/MANIFEST.txt" || ! verify_part "$record" "$part"; then
    rm -rf "$part"
    return 1
  fi
  mv -fT "$part" "$backups/$id" && flush "$backups" || return 1
  result backup-id "$id"
  result backup-path "$backups/$id"
  result backup-bytes "$(folder_bytes "$backups/$id")"
  result backup-sha256 "$(sed -n 's/^file: [^ ]*\.dump .* sha256 //p' "$backups/$id/MANIFEST.txt" | head -n 1)"
  echo "backup $id: $(folder_bytes "$backups/$id") bytes, read back and whole"
)

# sweep_backups FOLDER: removes what a killed backup left. The lock is held: none is being written.
sweep_backups() {
  for sweep_part in "$1"/*.partial; do
    if [ -d "$sweep_part" ]; then rm -rf "$sweep_part"; fi
  done
}

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

# write_manifest RECORD LABEL SEQ NEW PART ID: prints what, when, release, sizes, sums, versions, and the
# commands that restore it by hand.
write_manifest() (
  cd "$5" || return 1
  printf '%s\n' "Belay backup 1" "id: $6" "made: $(utc)" "label: $2" "sequence: $3" \
    "path: $root on $(uname -n)" "release: $(current_release)" "before: $4"
  for dump in *.dump; do
    cat "$dump.about"
    printf 'file: %s bytes %s sha256 %s\n' "$dump" "$(wc -c <"$dump")" "$(cat "$dump.sha256")"
    rm -f "$dump.about" "$dump.sha256"
  done
  for globals in globals*.sql; do
    printf 'file: %s bytes %s sha256 %s\n' "$globals" "$(wc -c <"$globals")" "$(sha256sum <"$globals" | cut -d ' ' -f 1)"
  done
  printf '%s\n' "" "To restore by hand, in this folder, as a role that may create databases:" \
    "  psql -d postgres -f globals.sql        # roles that are missing; they have no passwords here"
  cat ./*.restore
  rm -f ./*.restore
)

# verify_part RECORD FOLDER: reads back as `backup-verify` says, then flushes.
verify_part() (
  field "$1/backup-verify"
  if [ "${value:-read}" != off ]; then verify_backup "$2" || return 1; fi
  (cd "$2" && flush MANIFEST.txt)
)

# verify_backup FOLDER: every file of its manifest is there, whole and readable.
verify_backup() (
  [ -f "$1/MANIFEST.txt" ] || {
    result finding error backup-damaged "${1##*/} has no MANIFEST.txt" "take a new backup"
    return 1
  }
  files=$(sed -n 's/^file: \([^ ]*\) bytes \([0-9]*\) sha256 \([0-9a-f]*\)$/\1 \2 \3/p' "$1/MANIFEST.txt")
  [ -n "$files" ] || {
    result finding error backup-damaged "the MANIFEST.txt of ${1##*/} lists no file" "take a new backup"
    return 1
  }
  printf '%s\n' "$files" | while read -r name bytes sum; do
    if [ ! -f "$1/$name" ] || [ "$(wc -c <"$1/$name")" -ne "$bytes" ]; then
      result finding error backup-damaged "$name of ${1##*/} is missing or has not its $bytes bytes" \
        "do not rely on this backup; take a new one"
      return 1
    fi
    case $name in
      *.dump) read_back "$1/$name" "$sum" || return 1 ;;
      *)
        [ "$(sha256sum <"$1/$name" | cut -d ' ' -f 1)" = "$sum" ] || {
          result finding error backup-damaged "$name of ${1##*/} has another sha256 than its manifest says" \
            "do not rely on this backup; take a new one"
          return 1
        }
        ;;
    esac
    echo "$name: read back, sha256 as written"
  done
)

folder_bytes() { cat "$1"/* | wc -c; }

# backup_table FOLDER: prints `sequence id label bytes before` of the whole backups, newest first.
backup_table() (
  cd "$1" 2>/dev/null || return 0
  for id in *; do
    case $id in *.partial) continue ;; esac
    [ -f "$id/MANIFEST.txt" ] || continue
    awk -v id="$id" '
      /^sequence: / { s = $2 } /^label: / { l = $2 } /^before: / { b = $2 } /^file: / { n += $4 }
      END { print s, id, l, n, (b == "" ? "-" : b) }' "$id/MANIFEST.txt"
  done | sort -k 1,1nr -k 2,2r
)

# prune_backups RECORD LABEL: keeps the newest of LABEL as `backup-keep` says, and always the one taken
# before the last confirmed release.
prune_backups() (
  backup_folder "$1"
  keep=$(sed -n "s/^$2=\([0-9][0-9]*\)\$/\1/p" "$1/backup-keep" 2>/dev/null | head -n 1)
  case $2 in daily) default=7 ;; *) default=3 ;; esac
  protected=$(last_backup_before_confirmed)
  backup_table "$backups" | awk -v label="$2" -v keep="${keep:-$default}" -v p="$protected" '
    $3 == label && ++n > keep && $2 != p { print $2 }' | while IFS= read -r id; do
    plain "$id" || continue
    # Under the temporary mark first: no half backup under a whole one'"'"'s name.
    mv -fT "$backups/$id" "$backups/$id.partial" && rm -rf "$backups/$id.partial" && emit pruned-backup "$id"
  done
)
