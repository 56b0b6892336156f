# The backups that are there, what there is to say of them, and which of them go.

folder_bytes() { cat "$1"/* | wc -c; }

# backup_results ID: leaves what there is to know of a whole backup as results of the step.
backup_results() {
  result backup-id "$1"
  result backup-path "$backups/$1"
  result backup-bytes "$(folder_bytes "$backups/$1")"
  result backup-sha256 "$(manifest_files "$backups/$1" | awk '{ if ($1 ~ /\.dump$/ && dump == "") dump = $3; if (first == "") first = $3 } END { print (dump == "" ? first : dump) }')"
}

# manifest_files FOLDER: prints `name bytes sha256` of each file that its manifest lists.
manifest_files() { sed -n 's/^file: \([^ ]*\) bytes \([0-9]*\) sha256 \([0-9a-f]*\)$/\1 \2 \3/p' "$1/MANIFEST.txt"; }

# manifest_value FOLDER KEY: sets `value` to the first line of that key; fails when there is none.
manifest_value() {
  value=$(sed -n "s/^$2: //p" "$1/MANIFEST.txt" | head -n 1)
  [ -n "$value" ]
}

# tell_backup ID SECONDS PREVIOUS: what is in it, how fast it came, and how it differs from the one before of its label.
tell_backup() {
  told_bytes=$(folder_bytes "$backups/$1")
  told_read=yes
  if manifest_value "$backups/$1" verified && [ "$value" = no ]; then told_read=no; fi
  case $told_read in
    no) echo "backup $1: $told_bytes bytes, not verified (backup-verify: off)" ;;
    *) echo "backup $1: $told_bytes bytes, read back and whole" ;;
  esac
  told_seconds=$2
  if [ "$told_seconds" -lt 1 ]; then told_seconds=1; fi
  result content "duration" "$told_seconds s, $((told_bytes / told_seconds / 1024)) KiB/s"
  manifest_files "$backups/$1" | while read -r told_name told_size _; do
    told_before=
    if [ -n "$3" ]; then told_before=$(manifest_files "$backups/$3" | awk -v n="$told_name" '$1 == n { print $2 }'); fi
    result content "$told_name" "$told_size bytes$(told_delta "$told_size" "$told_before")"
  done
  sed -n -e 's/^rows: [^ ]* \(.*\) about \([0-9][0-9]*\)$/\2 \1, about/p' -e t \
    -e 's/^rows: [^ ]* \(.*\) \([0-9][0-9]*\)$/\2 \1/p' "$backups/$1/MANIFEST.txt" | sort -rn | head -n 5 |
    while read -r told_rows told_table; do result content "rows" "$told_table: $told_rows"; done
  if [ -n "$3" ]; then warn_shrunk "$1" "$3"; fi
}

# told_delta BYTES BEFORE: prints the difference in words.
told_delta() {
  [ -n "$2" ] || return 0
  if [ "$1" -ge "$2" ]; then printf ', %s more than before' $(($1 - $2)); else printf ', %s fewer than before' $(($2 - $1)); fi
}

# warn_shrunk ID PREVIOUS: a database that has lost half of its size since the last backup has perhaps lost its data.
warn_shrunk() {
  shrunk_now=$(database_sizes "$1") shrunk_before=$(database_sizes "$2")
  if [ "${shrunk_now:-0}" -gt 0 ] && [ "${shrunk_before:-0}" -gt $((shrunk_now * 2)) ]; then
    result finding warning backup-failed "what was dumped has shrunk from $shrunk_before to $shrunk_now bytes since backup $2" \
      "if nobody has deleted that much, look at the data; $2 still has it: it is kept for as long as its label says"
  fi
}

# database_sizes ID: prints how many bytes the dumps of a backup have together.
database_sizes() { manifest_files "$backups/$1" | awk '$1 ~ /\.dump$/ { n += $2 } END { print n + 0 }'; }

# backup_table FOLDER: prints `sequence id label bytes before verified files` of the whole backups, newest first;
# `files`: yes where it has media or configuration.
backup_table() (
  cd "$1" 2>/dev/null || return 0
  set --
  for id in *; do
    case $id in *.partial) continue ;; esac
    # With a folder in front, awk takes no name for an assignment.
    if [ -f "$id/MANIFEST.txt" ]; then set -- "$@" "./$id/MANIFEST.txt"; fi
  done
  [ $# -gt 0 ] || return 0
  awk '
    function flush() { if (id != "") print s, id, l, n, (b == "" ? "-" : b), (v == "no" ? "no" : "yes"), (f ? "yes" : "no") }
    FNR == 1 { flush(); split(FILENAME, part, "/"); id = part[2]; s = l = b = n = v = f = "" }
    /^sequence: / { s = $2 } /^label: / { l = $2 } /^before: / { b = $2 } /^verified: / { v = $2 } /^file: / { n += $4 }
    /^file: (media|config)\.tar\.gz / { f = 1 }
    END { flush() }' "$@" | sort -k 1,1nr -k 2,2r
)

# protected_backups: prints those that nothing displaces: the one taken before the last confirmed release, those of
# releases that nobody has confirmed yet, and that of the open operation.
protected_backups() {
  last_backup_before_confirmed
  history_table | awk '$3 == "unconfirmed" && $7 != "-" { print $7 }'
  for protected_key in backup source; do
    if record_get "$protected_key"; then printf '%s\n' "$value"; fi
  done
}

# keep_count RECORD LABEL: prints how many backups of LABEL stay.
keep_count() {
  keep_given=$(sed -n "s/^$2=\([0-9][0-9]*\)\$/\1/p" "$1/backup-keep" 2>/dev/null | head -n 1)
  case $2 in daily) keep_default=7 ;; *) keep_default=3 ;; esac
  echo "${keep_given:-$keep_default}"
}

# tell_kept RECORD LABEL ID: until when the backup stays.
tell_kept() {
  kept_count=$(keep_count "$1" "$2")
  kept_text="until $kept_count newer $2 backups are whole"
  if [ "$kept_count" = 1 ]; then kept_text="until a newer $2 backup is whole"; fi
  if manifest_files "$backups/$3" | grep -q -e '^media\.tar\.gz ' -e '^config\.tar\.gz '; then
    field "$1/backup-keep-files"
    kept_text="$kept_text; its media and configuration until ${value:-1} newer backups have them"
  fi
  echo "backup $3 is kept $kept_text"
  result content kept "$kept_text"
}

# surplus RECORD LABEL: prints the backups of LABEL that newer ones replace as `backup-keep` says: a verified one only when
# so many verified ones are newer.
surplus() {
  backup_table "$backups" | awk -v label="$2" -v keep="$(keep_count "$1" "$2")" '
    $3 == label && ($6 == "yes" ? verified : all) >= keep { print $2 }
    $3 == label { all++; if ($6 == "yes") verified++ }'
}

# prune_backups RECORD LABEL: removes what newer backups replace, and media and configuration from all but the newest.
prune_backups() (
  backup_folder "$1"
  protected=$(protected_backups)
  surplus "$1" "$2" | while IFS= read -r id; do
    if ! plain "$id" || printf '%s\n' "$protected" | grep -qxF -e "$id"; then continue; fi
    # Under the temporary mark first: no half backup under a whole one's name.
    mv -fT "$backups/$id" "$backups/$id.partial" && rm -rf "$backups/$id.partial" && emit pruned-backup "$id"
  done
  prune_files "$1" "$protected"
)

# prune_files RECORD PROTECTED: media and configuration stay in the newest `backup-keep-files` verified backups that have
# them, and in the protected ones.
prune_files() {
  field "$1/backup-keep-files"
  backup_table "$backups" | awk -v keep="${value:-1}" '$7 == "yes" && (n >= keep) { print $2 } $7 == "yes" && $6 == "yes" { n++ }' |
    while IFS= read -r id; do
      if ! plain "$id" || printf '%s\n' "$2" | grep -qxF -e "$id"; then continue; fi
      drop_files "$backups/$id"
    done
}

# drop_files FOLDER: the manifest says first that they are gone: whatever it lists is there. A backup of nothing else goes.
drop_files() {
  if ! manifest_files "$1" | grep -qv -e '^media\.tar\.gz ' -e '^config\.tar\.gz '; then
    mv -fT "$1" "$1.partial" && rm -rf "$1.partial" && emit pruned-backup "${1##*/}"
    return
  fi
  sed -e 's/^file: \(media\.tar\.gz\) .*/pruned: \1, a newer backup has it/' -e '/^  .*media\.tar\.gz/d' \
    -e 's/^file: \(config\.tar\.gz\) .*/pruned: \1, a newer backup has it/' -e '/^  .*config\.tar\.gz/d' -e '/^seal: /d' "$1/MANIFEST.txt" | sealed | put "$1/MANIFEST.txt" &&
    rm -f "$1/media.tar.gz" "$1/config.tar.gz"
}
