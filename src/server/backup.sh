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

# holds_nothing RECORD: true when nothing is configured that could be backed up.
holds_nothing() {
  [ -z "$(databases "$1")" ] && ! has_redis "$1" && [ ! -s "$1/media-path" ] && [ ! -s "$1/config-paths" ]
}

# make_backup RECORD LABEL SEQ NEW: takes and verifies one; results name it. Nothing to back up is a result too.
make_backup() (
  record=$1 label=$2
  if holds_nothing "$record"; then
    result nothing "nothing is configured: nothing to back up"
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
  part=$backups/$id.partial began=$(date +%s)
  mkdir "$part" || return 1
  write_contents "$record" "$part"
  code=$?
  if [ $code -eq $NOTHING ]; then
    rm -rf "$part"
    result nothing "nothing to back up yet: the database does not exist"
    return 0
  fi
  if [ $code -ne 0 ] || ! write_manifest "$@" "$part" "$id" >"$part/manifest" || ! sealed <"$part/manifest" >"$part/MANIFEST.txt" ||
    ! rm -f "$part/manifest" || ! verify_part "$record" "$part" "$3"; then
    rm -rf "$part"
    return 1
  fi
  previous_backup=$(backup_table "$backups" | awk -v label="$label" '$3 == label { print $2; exit }')
  mv -fT "$part" "$backups/$id" && flush "$backups" || return 1
  backup_results "$id"
  tell_backup "$id" "$(($(date +%s) - began))" "$previous_backup"
  tell_kept "$record" "$label" "$id"
)

# write_contents RECORD PART: everything that is configured; 4 when there is nothing yet. The databases come first, so
# that each file which a row names is already there when the media are read.
write_contents() {
  contents=$NOTHING
  if [ -n "$(databases "$1")" ]; then
    dump_all "$1" "$2" "$(databases "$1")"
    case $? in "$DONE") contents=$DONE ;; "$NOTHING") ;; *) return 1 ;; esac
  fi
  if has_redis "$1"; then
    echo "taking a snapshot of Redis"
    with_redis "$1" dump_redis "$2/redis.rdb" || return 1
    contents=$DONE
  fi
  media_of "$1"
  if in_service "$media" && not_yet "$1" "${media%%:*}"; then
    echo "service ${media%%:*} has never run: no media in this backup"
  elif [ -n "$media" ] && { in_service "$media" || [ -d "$media" ]; }; then
    echo "packing the media"
    dump_media "$1" "$2/media.tar.gz" || return 1
    contents=$DONE
  elif [ -n "$media" ]; then
    missing_media
  fi
  if [ -s "$1/config-paths" ]; then
    echo "packing the configuration"
    dump_config "$1" "$2/config.tar.gz" || return 1
    contents=$DONE
  fi
  # shellcheck disable=SC2046 # our own names
  [ "$contents" != "$DONE" ] || (cd "$2" && flush $(ls))
  return "$contents"
}

# sealed <MANIFEST: prints it with a last line that holds its own checksum.
sealed() {
  sealed_text=$(cat)
  printf '%s\n' "$sealed_text"
  printf 'seal: %s\n' "$(printf '%s\n' "$sealed_text" | sha256sum | cut -d ' ' -f 1)"
}

# unbroken FOLDER: its manifest is the one that was written. Those of the first format have no seal.
unbroken() {
  case $(head -n 1 "$1/MANIFEST.txt") in
    'Belay backup 1') return 0 ;;
    'Belay backup 2') ;;
    *) return 1 ;;
  esac
  [ "$(sed '$d' "$1/MANIFEST.txt" | sealed | tail -n 1)" = "$(tail -n 1 "$1/MANIFEST.txt")" ]
}

# missing_media: a folder of uploads that is not there yet is no news in a first deploy.
missing_media() {
  echo "there is no $media: no media in this backup"
  [ -z "$(current_release)" ] || result finding warning backup-failed "media-path $media is not there: the backup is without it" \
    "name the folder of the uploads, or leave media-path out"
}

# sweep_backups FOLDER: removes what a killed backup left. The lock is held: none is being written.
sweep_backups() {
  for sweep_part in "$1"/*.partial; do
    if [ -d "$sweep_part" ]; then rm -rf "$sweep_part"; fi
  done
}

# write_manifest RECORD LABEL SEQ NEW PART ID: prints what, when, release, sizes, sums, versions, and the
# commands that restore it by hand.
write_manifest() (
  field "$1/backup-verify"
  manifest_verified=${value:-read}
  cd "$5" || return 1
  # It stands in the way of no rename: a backup whose verification fails is never renamed.
  case $manifest_verified in off) manifest_verified=no ;; esac
  printf '%s\n' "Belay backup 2" "id: $6" "made: $(utc)" "label: $2" "sequence: $3" \
    "path: $root on $(uname -n)" "release: $(current_release)" "before: $4" "verified: $manifest_verified"
  for about in *.about; do
    if [ -f "$about" ]; then cat "$about"; fi
  done
  for file in *.dump *.rdb *.tar.gz; do
    if [ -f "$file" ]; then printf 'file: %s bytes %s sha256 %s\n' "$file" "$(wc -c <"$file")" "$(cat "$file.sha256")"; fi
  done
  for file in globals*.sql; do
    if [ -f "$file" ]; then printf 'file: %s bytes %s sha256 %s\n' "$file" "$(wc -c <"$file")" "$(sha256sum <"$file" | cut -d ' ' -f 1)"; fi
  done
  printf '%s\n' "" "To restore by hand, in this folder, with PGHOST, PGUSER and so on set for a superuser (or a role that may" \
    "create databases and is a member of the owners), and REDISCLI_AUTH for a Redis that asks for a password:"
  for lines in *.restore; do
    if [ -f "$lines" ]; then cat "$lines"; fi
  done
  rm -f ./*.about ./*.sha256 ./*.restore
)
