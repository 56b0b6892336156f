# Media and configuration of a backup, unpacked beside the places where they belong.

# unpack_beside TOKEN BACKUP: notes each place, what will take it and what becomes of what is there; then unpacks.
unpack_beside() {
  unpack_state=$(swap_folder "$1") unpack_seq=$(restore_seq)
  : >"$unpack_state/files.new"
  if [ -f "$2/media.tar.gz" ] && wants media; then
    note_place "$(media_place "$2")" || return 1
  fi
  if [ -f "$2/config.tar.gz" ] && wants config; then
    sed -n 's/^config: //p' "$2/MANIFEST.txt" >"$unpack_state/config.list"
    while IFS= read -r unpack_place; do note_place "$unpack_place" || return 1; done <"$unpack_state/config.list"
  fi
  flush "$unpack_state/files.new" && mv -f "$unpack_state/files.new" "$unpack_state/files" || return 1
  if [ -f "$2/media.tar.gz" ] && wants media; then unpack_media "$2" || return 1; fi
  if [ -f "$2/config.tar.gz" ] && wants config; then unpack_config "$2" || return 1; fi
}

# media_place BACKUP: prints where the media go: as configured today, else where they came from.
media_place() {
  media_of "$record"
  if [ -z "$media" ] && manifest_value "$1" media; then media=$value; fi
  printf '%s\n' "$media"
}

# note_place PLACE: fails, with a finding, for one that no rename can change.
note_place() {
  note_problem=
  if in_service "$1"; then
    know_volume "$record" "$1" "$unpack_state" || :
  elif [ -d "$1" ] && [ "$(stat -c %d "$1")" != "$(stat -c %d "$1/..")" ]; then
    note_problem="is a mount of its own, which no rename can change"
  elif [ -L "$1" ]; then
    note_problem="is a link"
  elif ! mkdir -p "$(dirname "$1")" 2>/dev/null || [ ! -w "$(dirname "$1")" ]; then
    note_problem="cannot be replaced by $(id -un): $(dirname "$1") is not writable"
  fi
  if [ -n "$note_problem" ]; then
    result finding error not-writable "$1 $note_problem" \
      "restore the rest by naming it in contents, and this by hand as MANIFEST.txt says"
    return 1
  fi
  if in_service "$1"; then
    printf '%s\t%s\t%s\tyes\n' "$1" "$1/.belay-new-$unpack_seq" "$1/.belay-old-$unpack_seq" >>"$unpack_state/files.new"
    return 0
  fi
  note_had=no
  if [ -e "$1" ]; then note_had=yes; fi
  printf '%s\t%s\t%s\t%s\n' "$1" "$1.belay-new-$unpack_seq" "$1.belay-old-$unpack_seq" $note_had >>"$unpack_state/files.new"
}

# unpack_media BACKUP: with the owner and mode of the folder that is there, where they can be had.
unpack_media() {
  unpack_place=$(media_place "$1")
  unpack_new=$unpack_place.belay-new-$unpack_seq
  echo "unpacking the media"
  if in_service "$unpack_place"; then
    unpack_volume "$unpack_place" "$1" "$unpack_state/volume" "$unpack_seq" || {
      unpack_failed media.tar.gz "$unpack_place"
      return 1
    }
    return 0
  fi
  rm -rf "$unpack_new"
  mkdir -p "$unpack_new"
  tar -C "$unpack_new" -xpzf "$1/media.tar.gz" || {
    unpack_failed media.tar.gz "$unpack_new"
    return 1
  }
}

# unpack_config BACKUP: into a folder of ours, and from there beside each place.
unpack_config() {
  echo "unpacking the configuration"
  rm -rf "$unpack_state/config"
  mkdir "$unpack_state/config"
  tar -C "$unpack_state/config" -xpzf "$1/config.tar.gz" || {
    unpack_failed config.tar.gz "$unpack_state/config"
    return 1
  }
  while IFS= read -r unpack_place; do
    unpack_new=$unpack_place.belay-new-$unpack_seq
    rm -rf "$unpack_new"
    if [ -e "$unpack_state/config$unpack_place" ]; then
      cp -pR "$unpack_state/config$unpack_place" "$unpack_new" || {
        unpack_failed config.tar.gz "$unpack_new"
        return 1
      }
    fi
  done <"$unpack_state/config.list"
  rm -rf "$unpack_state/config"
}

unpack_failed() {
  full_disk_finding "$(dirname "$2")" "what $1 holds" ||
    result finding error backup-failed "$1 could not be unpacked to $2" "see the message above; nothing was changed"
}
