# The backups that are there, and which of them go.

folder_bytes() { cat "$1"/* | wc -c; }

# backup_results ID: leaves what there is to know of a whole backup as results of the step.
backup_results() {
  result backup-id "$1"
  result backup-path "$backups/$1"
  result backup-bytes "$(folder_bytes "$backups/$1")"
  result backup-sha256 "$(sed -n 's/^file: [^ ]*\.dump .* sha256 //p' "$backups/$1/MANIFEST.txt" | head -n 1)"
}

# backup_table FOLDER: prints `sequence id label bytes before` of the whole backups, newest first.
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
    function flush() { if (id != "") print s, id, l, n, (b == "" ? "-" : b) }
    FNR == 1 { flush(); split(FILENAME, part, "/"); id = part[2]; s = l = b = n = "" }
    /^sequence: / { s = $2 } /^label: / { l = $2 } /^before: / { b = $2 } /^file: / { n += $4 }
    END { flush() }' "$@" | sort -k 1,1nr -k 2,2r
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
