# Reading a backup back: every byte, against the checksum taken while it was written.

# read_back FILE SHA256: every byte through pg_restore to nowhere, and the checksum taken while writing.
read_back() (
  if [ -z "$(postgres_programs pg_restore)" ]; then use_any_container; fi
  archiver=$(postgres_programs pg_restore | sort -u | while IFS= read -r candidate; do
    printf '%s %s\n' "$(major_of "$candidate")" "$candidate"
  done | sort -rn | head -n 1 | cut -d ' ' -f 2-)
  [ -n "$archiver" ] || {
    result finding error tool-missing "pg_restore is missing" "install it: apt-get install postgresql-client"
    return 1
  }
  sum=$1.check
  sha256sum <"$1" >"$sum" &
  pg "$archiver" -f /dev/null <"$1"
  code=$?
  wait
  have=$(cut -d ' ' -f 1 "$sum")
  rm -f "$sum"
  if [ "$have" != "$2" ]; then
    read_of=${1%/*} read_of=${read_of##*/}
    result finding error backup-damaged "${1##*/} of ${read_of%.partial} reads back with sha256 $have, written was $2" \
      "look at the disk of the server (dmesg, smartctl), then take a new backup"
    return 1
  fi
  if [ $code -ne 0 ]; then
    result finding error backup-damaged "pg_restore cannot read ${1##*/} (exit $code)" \
      "look at the disk of the server, then take a new backup"
    return 1
  fi
)

# use_any_container: where this server has no programs of PostgreSQL, those of a database's service read the dump.
use_any_container() {
  for any_number in $(databases "${record:-none}"); do
    field "$record/databases/$any_number/service"
    if [ -n "$value" ] && pg_container=$(service_container "$record" "$value"); then return; fi
  done
}

# verify_part RECORD FOLDER SEQ: reads back, or restores, as `backup-verify` says, then flushes.
verify_part() (
  field "$1/backup-verify"
  case ${value:-read} in
    off) ;;
    restore) verify_backup "$2" && try_restore "$1" "$2" "$3" || return 1 ;;
    *) verify_backup "$2" || return 1 ;;
  esac
  (cd "$2" && flush MANIFEST.txt)
)

# verify_backup FOLDER: every file of its manifest is there, whole and readable.
verify_backup() (
  [ -f "$1/MANIFEST.txt" ] || {
    result finding error backup-damaged "${1##*/} has no MANIFEST.txt" "take a new backup"
    return 1
  }
  check_seal "$1" || return 1
  files=$(manifest_files "$1")
  [ -n "$files" ] || {
    result finding error backup-damaged "the MANIFEST.txt of ${1##*/} lists no file" "take a new backup"
    return 1
  }
  printf '%s\n' "$files" | while read -r name bytes sum; do
    if [ ! -f "$1/$name" ] || [ "$(wc -c <"$1/$name")" -ne "$bytes" ]; then
      result finding error backup-damaged "$name of ${1##*/} is missing or has not its $bytes bytes" \
        "do not rely on this backup; take a new one"
      return 1
    fi
    case $name in
      *.dump) read_back "$1/$name" "$sum" || return 1 ;;
      *) same_sum "$1/$name" "$sum" && readable "$1/$name" || return 1 ;;
    esac
    echo "$name: read back, sha256 as written"
  done
)

# check_seal FOLDER
check_seal() {
  unbroken "$1" || {
    result finding error backup-damaged "the MANIFEST.txt of ${1##*/} is not as it was written" "do not rely on this backup; take a new one"
    return 1
  }
}

# same_sum FILE SHA256. openssl takes a quarter of the time where the processor knows sha256; whatever it finds
# otherwise, or not at all, is asked again.
same_sum() {
  sum_now=$(openssl dgst -sha256 -r <"$1" 2>/dev/null | cut -d ' ' -f 1)
  [ "$sum_now" = "$2" ] || sum_now=$(sha256sum <"$1" | cut -d ' ' -f 1)
  [ "$sum_now" = "$2" ] || {
    result finding error backup-damaged "${1##*/} has another sha256 than its manifest says" \
      "do not rely on this backup; take a new one"
    return 1
  }
}

# readable FILE: whole as the kind of file that it is, whatever its checksum says: a program may have written rubbish.
readable() {
  case $1 in
    *.rdb) check_rdb "$1" ;;
    *.tar.gz) check_archive "$1" ;;
    *) [ -r "$1" ] ;;
  esac || {
    result finding error backup-damaged "${1##*/} cannot be read to its end" "take a new backup"
    return 1
  }
}
