# Closed operations, history/<seq>.<token>.<outcome>: the only source of order; times and names decide nothing.

# history_keep: reads the table once for all that follows in this process, which must not close a record.
history_keep() { history_kept=$(history_table); }

# history_table: prints `seq token outcome operation new previous backup began ended` of each, oldest first, - for none.
history_table() (
  if [ -n "${history_kept:-}" ]; then
    printf '%s\n' "$history_kept"
    return
  fi
  cd "$dot/history" || return 1
  set -- ./*.new
  [ ! -f "$1" ] || rm -f "$@"
  set -- [0-9]*.*.*
  [ -f "$1" ] || return 0
  awk '
    function flush() {
      if (name == "") return
      split(name, part, ".")
      print part[1], part[2], part[3], v["operation"], v["new"], v["previous"], v["backup"], v["began"], v["ended"]
    }
    FNR == 1 {
      flush(); name = FILENAME
      n = split("operation new previous backup began ended", keys, " ")
      for (i = 1; i <= n; i++) v[keys[i]] = "-"
    }
    $1 in v && $2 != "" { v[$1] = $2 }
    END { flush() }' "$@"
)

# next_seq: prints the number of the next operation (from 10000001, so that names sort and no shell reads octal).
next_seq() { history_table | awk 'END { print (NR ? $1 + 1 : 10000001) }'; }

# closed_as TOKEN: sets `closed` to the record's file and `outcome`; fails when TOKEN is not closed.
closed_as() {
  for closed in "$dot"/history/[0-9]*."$1".*; do
    case $closed in *.new) continue ;; esac
    [ -f "$closed" ] || return 1
    outcome=${closed##*.}
    return 0
  done
  return 1
}

# rollback_candidates CURRENT: prints the releases to go back to, the best first: confirmed before
# CURRENT's last confirmation, not rolled back from, still there.
rollback_candidates() {
  history_table | awk -v current="$1" '
    ($4 == "deploy" || $4 == "rollback" || $4 == "adopt") && ($3 == "confirmed" || $3 == "unconfirmed") {
      id[++n] = $5; delete left[$5]
      if ($4 == "rollback") left[$6] = 1
      if ($5 == current) last = n
    }
    END {
      if (!last) last = n + 1
      for (i = last - 1; i > 0; i--) if (id[i] != current && !(id[i] in left) && !seen[id[i]]++) print id[i]
    }' | while IFS= read -r candidate; do
    if [ -d "$root/releases/$candidate" ] && [ -d "$dot/releases/$candidate" ]; then echo "$candidate"; fi
  done
}

# served_table: prints `id when` of the releases that were ever in service by their last confirmation, newest first.
served_table() {
  history_table | awk '
    ($4 == "deploy" || $4 == "rollback" || $4 == "adopt") && ($3 == "confirmed" || $3 == "unconfirmed") { id[++n] = $5; w[$5] = $9 }
    END { for (i = n; i > 0; i--) if (!seen[id[i]]++) print id[i], w[id[i]] }'
}

# confirmed_releases: prints their ids alone.
confirmed_releases() { served_table | cut -d ' ' -f 1; }

# last_backup_before_confirmed: prints the backup that the last confirmed deploy took.
last_backup_before_confirmed() {
  history_table | awk '$4 == "deploy" && $3 == "confirmed" && $7 != "-" { b = $7 } END { if (b) print b }'
}
