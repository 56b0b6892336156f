#!/bin/sh
# belay: the server's side of a deploy. It alone changes the deploy path; the runner and people call it.
# Runs under dash, busybox ash and bash. Functions whose body is ( … ) keep their variables to themselves.
set -u

BELAY_UMASK=${BELAY_UMASK:-$(umask)}
export BELAY_UMASK
umask 077
LC_ALL=C
export LC_ALL

# Exit codes, the same for every call.
DONE=0 FAILED=1 USAGE=2 LOCKED=3 NOTHING=4 UNDONE=5 UNDO_FAILED=6

TAB=$(printf '\t')
CR=$(printf '\r')
NEWLINE='
'

porcelain=false

# encode TEXT: sets `encoded` to TEXT without tabs and line ends, percent-encoded.
encode() {
  case $1 in
    *[%"$TAB$CR$NEWLINE"]*)
      encoded=$(printf '%s\n' "$1" | sed -e 's/%/%25/g' -e "s/$TAB/%09/g" -e "s/$CR/%0D/g" |
        awk 'NR > 1 { printf "%%0A" } { printf "%s", $0 }')
      ;;
    *) encoded=$1 ;;
  esac
}

# emit KEY [VALUE…]: one record of the answer; to a person, the sentence that `tell` has for it.
emit() {
  if ! $porcelain; then
    tell "$@"
    return
  fi
  emit_line=$1
  shift
  for emit_value; do
    encode "$emit_value"
    emit_line=$emit_line$TAB$encoded
  done
  printf '%s\n' "$emit_line"
}

# tell KEY [VALUE…]: what a person reads for a record.
tell() {
  case $1 in
    finding) printf '%s: %s\n  %s\n' "$2" "$4" "$5" ;;
    waiting) printf 'waiting for the lock, held by %s\n' "$2" ;;
    held) printf 'deploys are held: %s\n' "$2" ;;
    locked) printf 'locked by %s\n' "$2" ;;
    late) printf 'too late, the operation has ended as %s: %s\n' "$2" "$3" ;;
    recovered) printf 'operation %s was left by its owner; it ended as %s\n' "$2" "$3" ;;
    outcome) printf '%s: %s\n' "$2" "$3" ;;
    code | begun | source | previous* | fact | beat | confirmed) ;;
    *)
      tell_key=$1
      shift
      printf '%s: %s\n' "$tell_key" "$*"
      ;;
  esac
}

# fail CODE TEXT: says TEXT to a person (standard error) and ends with CODE.
fail() {
  printf 'belay: %s\n' "$2" >&2
  exit "$1"
}

utc() { date -u +%Y-%m-%dT%H:%M:%SZ; }

# pause SECONDS: sleeps, and leaves no descriptor of a lock to the sleeper.
pause() { sleep "$1" 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; }

# flush FILE…: has the bytes on disk; `sync FILE` is missing in old coreutils, where all is flushed.
flush() { sync "$@" 2>/dev/null || sync; }

# put FILE: standard input becomes FILE, at once and flushed.
put() { cat >"$1.new" && flush "$1.new" && mv -f "$1.new" "$1"; }

# field FILE: sets `value` to the text of FILE without its last line end; empty when there is none.
field() {
  value='' field_gap=''
  [ -f "$1" ] || return 0
  # As $(cat) would have it, line ends at the end left out, but without a process: a call reads dozens of fields.
  while IFS= read -r field_line || [ -n "$field_line" ]; do
    if [ -n "$field_line" ]; then value=$value$field_gap$field_line field_gap=; fi
    field_gap=$field_gap$NEWLINE
  done <"$1"
}

# plain WORD: true when WORD is safe as a file name and as a word of a command.
plain() {
  case $1 in
    '' | .* | -* | *[!A-Za-z0-9._:-]*) return 1 ;;
  esac
}
