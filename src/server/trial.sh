# Verification by restore: the archive goes into a scratch database of the same server, the rows of each table are counted
# and compared with those that the dump saw, and the scratch database is dropped.

# try_restore RECORD FOLDER SEQ: every database of the backup. What a killed one has left goes first.
try_restore() (
  for number in $(databases "$1"); do
    archive=$(archive_for "$2" "$number") || continue
    trial=$(made_name "$3" "$number" trial)
    with_database "$1" "$number" beside drop_made "$number" trial || return 1
    with_database "$1" "$number" try_database "$archive" "$trial" "$2"
    tried=$?
    with_database "$1" "$number" beside drop_database "$trial" || {
      result finding warning backup-failed "the scratch database $trial could not be dropped" "drop it by hand: DROP DATABASE $trial"
    }
    [ $tried -eq 0 ] || return 1
  done
)

# try_database ARCHIVE TRIAL FOLDER
try_database() {
  trial_room || return 1
  restore=$(archive_restorer) || {
    unreachable_finding
    return 1
  }
  beside create_database "$2" "$1" && load_archive "$2" "$1" && compare_rows "$1" "$2" "$3"
}

# trial_room: the disk of the server has room for the database once more. Where that disk is, a superuser is told; else
# it is taken for that of the backups, when the server is this machine at all.
trial_room() {
  case ${PGHOST:-localhost} in localhost | 127.* | ::1 | /*) ;; *) return 0 ;; esac
  trial_place=$(sql 'show data_directory' 2>/dev/null)
  [ -n "$trial_place" ] && [ -z "${pg_container:-}" ] && df -Pk "$trial_place" >/dev/null 2>&1 || trial_place=$backups
  trial_need=$(($(sql 'select pg_database_size(current_database())') / 1024 + 65536))
  trial_have=$(free_kib "$trial_place")
  [ "$trial_have" -ge "$trial_need" ] || {
    result finding error disk-full "the disk of $trial_place has $((trial_have / 1024)) MiB free; $PGDATABASE restored beside itself needs $((trial_need / 1024)) MiB" \
      "free some space there, or set backup-verify: read"
    return 1
  }
}

# compare_rows ARCHIVE TRIAL FOLDER: the number of rows of each table, where the dump was taken to be tried; of others the
# manifest has estimates, which say what tables there were.
compare_rows() (
  seen=$3/${1##*/}.seen
  sed -n "s/^rows: ${1##*/} //p" "$3/MANIFEST.txt" | sort >"$seen.wanted"
  (
    PGDATABASE=$2
    export PGDATABASE
    count_query | query
  ) | sed 's/|\([0-9]*\)$/ \1/' | sort >"$seen.have"
  compared="$(grep -c -v '^large objects' "$seen.have") tables with $(awk '{ rows += $NF } END { print rows + 0 }' "$seen.have") rows"
  compared_as="all rows there"
  if ! grep -q '^large objects [0-9]*$' "$seen.wanted"; then
    keep_names "$seen.wanted"
    keep_names "$seen.have"
    compared_as="all tables there; only of a backup taken with backup-verify: restore are their rows known"
  fi
  cmp -s "$seen.wanted" "$seen.have"
  same=$?
  if [ $same -ne 0 ]; then
    other=$(diff "$seen.wanted" "$seen.have" | sed -n -e 's/^< /dumped: /p' -e 's/^> /restored: /p' | head -n 4 | tr '\n' ';')
    result finding error backup-damaged "${1##*/} restores to other rows than were dumped: ${other:-no rows could be read}" \
      "take a new backup; if this comes again, look at the disk and the memory of the server"
  else
    echo "${1##*/}: restored into a scratch database: $compared, $compared_as"
    result drilled "${1##*/}" "$compared, $compared_as"
  fi
  rm -f "$seen.wanted" "$seen.have"
  return $same
)

# keep_names FILE: of its lines `table rows` and `table about rows` the tables alone.
keep_names() {
  sed -n -e '/^large objects /d' -e 's/ \(about \)\{0,1\}[0-9][0-9]*$//p' "$1" | sort >"$1.names"
  mv -f "$1.names" "$1"
}
