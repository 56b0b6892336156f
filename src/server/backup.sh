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
  backup_results "$id"
  echo "backup $id: $(folder_bytes "$backups/$id") bytes, read back and whole"
)

# sweep_backups FOLDER: removes what a killed backup left. The lock is held: none is being written.
sweep_backups() {
  for sweep_part in "$1"/*.partial; do
    if [ -d "$sweep_part" ]; then rm -rf "$sweep_part"; fi
  done
}

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
