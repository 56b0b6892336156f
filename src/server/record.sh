# The phase record of the open operation: lines `key value`, changed only under phase.lock.

# record_get KEY [FILE]: sets `value`; fails when the record has no such line.
record_get() {
  value=
  [ -f "${2:-$dot/phase}" ] || return 1
  while IFS= read -r record_line; do
    case $record_line in
      "$1 "*)
        value=${record_line#* }
        return 0
        ;;
    esac
  done <"${2:-$dot/phase}"
  return 1
}

# record_put KEY VALUE: replaces the line of KEY. The caller holds phase.lock.
record_put() {
  {
    grep -v "^$1 " "$dot/phase"
    printf '%s %s\n' "$1" "$(printf '%s' "$2" | tr '\n' ' ')"
  } | put "$dot/phase"
}

# record_append LINE: adds a line that may be there several times (`step …`).
record_append() {
  cp "$dot/phase" "$dot/phase.new" && printf '%s\n' "$1" >>"$dot/phase.new" &&
    flush "$dot/phase.new" && mv -f "$dot/phase.new" "$dot/phase"
}

# record_inherit GUARDIAN: the record is another guardian's from now on. Where it is of another boot, the process ids in
# it mean nothing and go: those written from now on are of this one. The caller holds phase.lock.
record_inherit() {
  record_get boot
  {
    if [ "$value" = "$(boot_id)" ]; then cat "$dot/phase"; else sed -e 's/^\(step [^ ]*\) .*/\1 0 0/' "$dot/phase"; fi |
      grep -v -e '^guardian ' -e '^boot '
    printf '%s\n' "boot $(boot_id)" "guardian $1"
  } | put "$dot/phase"
}

# record_is TOKEN [PHASE]: true when the open record is that of TOKEN (and in PHASE).
record_is() {
  record_get token && [ "$value" = "$1" ] || return 1
  [ $# -lt 2 ] || { record_get phase && [ "$value" = "$2" ]; }
}

# record_readable: false for the record of a newer version, which is never guessed at.
record_readable() {
  [ -f "$dot/phase" ] || return 0
  IFS= read -r record_format <"$dot/phase"
  [ "$record_format" = "belay-phase 1" ]
}

# phase_lock, phase_unlock: around each look-and-change of the record; held for milliseconds.
phase_lock() { exec 8>"$dot/phase.lock" && flock 8; }
phase_unlock() { exec 8>&-; }

# record_change KEY VALUE TOKEN PHASE: record_put, when the record is still TOKEN's and in PHASE.
record_change() {
  phase_lock
  if record_is "$3" "$4" && record_put "$1" "$2"; then
    phase_unlock
  else
    phase_unlock
    return 1
  fi
}

# record_close OUTCOME TEXT: the one rename that ends an operation. The caller holds phase.lock.
record_close() {
  record_put text "$2" && record_put ended "$(utc)" || return 1
  record_get seq && close_seq=$value
  record_get token
  mv -f "$dot/phase" "$dot/history/$close_seq.$value.$1" && flush "$dot/history"
}
