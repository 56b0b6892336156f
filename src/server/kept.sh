# What a restore has replaced is kept for a while: kept/<seq>/ has the databases' logins and names, the files' places, and
# since when. The time is counted by the server's uptime: a clock that is put right drops nothing early.

uptime_now() { cut -d . -f 1 /proc/uptime; }

# keep_replaced TOKEN: after the confirm of a restore, or of an undo that restored.
keep_replaced() {
  keep_state=$(swap_folder "$1")
  [ -d "$keep_state" ] || return 0
  record_get seq "$closed"
  keep_place=$dot/kept/$value
  mkdir -p "$keep_place" || return 1
  if [ -d "$keep_state/logins" ]; then
    cp -pR "$keep_state/logins" "$keep_place/databases" && cp "$keep_state/project" "$keep_place/project" || return 1
  fi
  for keep_old in "$keep_state"/[0-9]*/old; do
    [ -f "$keep_old" ] || continue
    keep_number=${keep_old%/old}
    cp "$keep_old" "$keep_place/databases/${keep_number##*/}/old" || return 1
  done
  if [ -f "$keep_state/files" ]; then cut -f 3 "$keep_state/files" >"$keep_place/files"; fi
  if [ -f "$keep_state/volume" ]; then cp "$keep_state/volume" "$keep_place/volume" || return 1; fi
  field "$keep_state/seconds"
  printf '%s\n' "${value:-86400}" >"$keep_place/seconds"
  keep_clock "$keep_place" 0
}

# keep_clock PLACE SPENT: SPENT seconds of its time are over now.
keep_clock() { printf '%s %s %s\n' "$(boot_id)" "$(uptime_now)" "$2" | put "$1/since"; }

# drop_kept: drops what has been kept for its time. The lock is held. Time while the server was down does not count.
drop_kept() {
  for kept in "$dot"/kept/*; do
    [ -f "$kept/since" ] || continue
    read -r kept_boot kept_uptime kept_spent <"$kept/since"
    if [ "$kept_boot" != "$(boot_id)" ]; then
      keep_clock "$kept" "$kept_spent"
      continue
    fi
    kept_spent=$((kept_spent + $(uptime_now) - kept_uptime))
    field "$kept/seconds"
    if [ "$kept_spent" -ge "$value" ]; then
      drop_one_kept "$kept"
    elif [ $((kept_spent % 3600)) -lt 120 ]; then
      # Now and then: a reboot costs an hour at most.
      keep_clock "$kept" "$kept_spent"
    fi
  done
}

drop_one_kept() (
  for number in $(databases "$1"); do
    field "$1/databases/$number/old"
    [ -n "$value" ] || continue
    with_database "$1" "$number" beside drop_database "$value" || return 1
  done
  if [ -f "$1/files" ]; then
    while IFS= read -r file; do
      case $file in
        */.belay-old-[0-9]*) if in_service "$file"; then drop_volume_old "$1/volume" "${file##*-}" || return 1; fi ;;
        *.belay-old-[0-9]*) rm -rf "$file" ;;
      esac
    done <"$1/files"
  fi
  rm -rf "$1"
)

# kept_due: true when something may be over its time.
kept_due() {
  for kept in "$dot"/kept/*; do
    [ -f "$kept/since" ] || continue
    read -r kept_boot kept_uptime kept_spent <"$kept/since"
    field "$kept/seconds"
    if [ "$kept_boot" != "$(boot_id)" ] || [ $((kept_spent + $(uptime_now) - kept_uptime)) -ge "$value" ]; then return 0; fi
  done
  return 1
}
