# The way of a backup into a bucket and back: by addresses that the runner signs for one file each and hands over on
# standard input, so that no credential of the bucket is ever here. What is there already carries a mark beside its files.

# waiting_backups FOLDER: prints the ids of the backups that nobody has uploaded, the newest first.
waiting_backups() {
  backup_table "$1" | while read -r _ waiting_id _; do
    [ -f "$1/$waiting_id/uploaded" ] || printf '%s\n' "$waiting_id"
  done
}

# offer_uploads RECORD TOKEN: names the files of the backups that wait, so that the runner can sign for them.
offer_uploads() {
  field "$1/backup-upload"
  [ -n "$value" ] || return 0
  field "$1/upload-most"
  offer_most=$value
  field "$1/upload-part"
  offer_part=$value
  waiting_backups "$backups" | while IFS= read -r offer_id; do
    {
      manifest_files "$backups/$offer_id"
      printf 'MANIFEST.txt %s %s\n' "$(wc -c <"$backups/$offer_id/MANIFEST.txt")" "$(sha256sum <"$backups/$offer_id/MANIFEST.txt" | cut -d ' ' -f 1)"
    } | while read -r offer_name offer_bytes offer_sum; do
      result stored "$offer_id" "$offer_name" "$offer_bytes" "$offer_sum"
      if [ "$offer_bytes" -gt "${offer_most:-1073741824}" ]; then offer_parts "$offer_id" "$offer_name" "$offer_bytes"; fi
    done
    warn_keys "$offer_id"
  done
}

# offer_parts ID NAME BYTES: the checksum of each part: the bucket compares it while it takes the part in.
offer_parts() {
  parts_mib=${offer_part:-64} parts_skip=0 parts_number=1
  # A bucket takes no more than 10,000.
  while [ $(($3 / 1048576 / parts_mib)) -ge 9999 ]; do parts_mib=$((parts_mib * 2)); done
  while [ $((parts_skip * 1048576)) -lt "$3" ]; do
    result part "$1" "$2" "$parts_number" "$parts_skip" "$parts_mib" \
      "$(dd if="$backups/$1/$2" bs=1048576 skip="$parts_skip" count="$parts_mib" 2>/dev/null | sha256sum | cut -d ' ' -f 1)"
    parts_skip=$((parts_skip + parts_mib)) parts_number=$((parts_number + 1))
  done
}

# warn_keys ID: what goes out may open other doors.
warn_keys() {
  [ -f "$backups/$1/config.tar.gz" ] || return 0
  keys_found=$(gzip -dc <"$backups/$1/config.tar.gz" | tar -tf - | grep -E '(^|/)(\.env[^/]*|id_(rsa|ecdsa|ed25519)|[^/]*\.(pem|key|p12))$' | head -n 3 | tr '\n' ' ')
  [ -z "$keys_found" ] || result finding warning config "config.tar.gz of $1 holds $keys_found: they leave the server with it" \
    "see who may read the bucket, or take these out of config-paths"
}

# step_send TOKEN NAME: standard input has a line for each file or part, fields between tabs:
# put ID FILE PART SKIP COUNT URL HEADER… (SKIP and COUNT in MiB, - for the whole file), or sent ID PLACE; at last, end.
step_send() (
  lines=$(cat)
  case $lines in *"${NEWLINE}end" | end) ;; *) return 1 ;; esac
  work=$(step_folder "$1" "$2")/transfers
  mkdir -p "$work" || return 1
  command -v curl >/dev/null 2>&1 || {
    result finding error tool-missing "curl is missing on the server: it cannot upload backups" "install it: apt-get install curl"
    return 1
  }
  number=0
  # Four at a time: one of them alone leaves a fast line half empty.
  printf '%s\n' "$lines" | {
    while IFS= read -r line; do
      case $line in
        put*)
          number=$((number + 1))
          transfer "$work/$number" put "$line" &
          [ $((number % 4)) -ne 0 ] || wait
          ;;
        get*)
          number=$((number + 1))
          transfer "$work/$number" get "$line" &
          [ $((number % 4)) -ne 0 ] || wait
          ;;
        sent*)
          # shellcheck disable=SC2086 # fields
          (IFS=$TAB && set -- $line && plain "$2" && [ -d "$backups/$2" ] && printf '%s\n' "$3" | put "$backups/$2/uploaded")
          ;;
      esac
    done
    wait
  }
  for told in "$work"/*.told; do
    if [ -f "$told" ]; then cat "$told" >>"$step_results"; fi
  done
  rm -rf "$work"
)

# transfer PREFIX put|get LINE: one request; a network that fails and a bucket that is overloaded are tried again, a refusal
# never.
transfer() (
  prefix=$1 way=$2
  IFS=$TAB
  set -f
  # shellcheck disable=SC2086 # fields
  set -- $3
  unset IFS
  id=$2 name=$3 part=$4 skip=$5 count=$6 url=$7
  plain "$id" && plain "$name" || return 1
  shift 7
  tries=0 status=000
  while [ $tries -lt 3 ]; do
    case $status in 000 | 429 | 5??) ;; *) break ;; esac
    [ $tries -eq 0 ] || pause $tries
    tries=$((tries + 1))
    case $way in
      get) status=$(curl_config "$@" | curl_once "$prefix" -o "$backups/$id.partial/$name") ;;
      *)
        if [ "$skip" = - ]; then
          status=$(curl_config "$@" | curl_once "$prefix" -o "$prefix.body" -T "$backups/$id/$name")
        else
          status=$(send_part "$@")
        fi
        ;;
    esac
  done
  tag=$(sed -n 's/^[Ee][Tt][Aa][Gg]: *//p' "$prefix.headers" 2>/dev/null | tr -d '\r' | tail -n 1)
  why=$(sed -n 's/.*<Code>\([A-Za-z0-9]*\)<.*/\1/p' "$prefix.body" 2>/dev/null | head -n 1)
  if [ "$status" = 000 ]; then why=$(sed -n '1s/^curl: //p' "$prefix.said"); fi
  (porcelain=true && emit transferred "$id" "$name" "$part" "$status" "$tag" "$why") >"$prefix.told"
)

# curl_config HEADER…: the request as curl reads it from standard input, so that the signature never stands in `ps`.
curl_config() {
  printf 'url = "%s"\n' "$url"
  for curl_header; do printf 'header = "%s"\n' "$curl_header"; done
}

# curl_once PREFIX OPTION…: prints the status of the answer, 000 when none came, or a good one that was cut short or
# could not be written.
curl_once() {
  once_prefix=$1
  shift
  once_status=$(curl -sS -K - --http1.1 --connect-timeout 20 --speed-limit 1000 --speed-time 60 -D "$once_prefix.headers" \
    -w '%{http_code}' "$@" 2>"$once_prefix.said")
  case $?.$once_status in 0.* | *.[345]??) echo "$once_status" ;; *) echo 000 ;; esac
}

# send_part HEADER…: a piece of the file, of a length that is said beforehand.
send_part() {
  rm -f "$prefix.pipe"
  mkfifo "$prefix.pipe" || return 1
  part_bytes=$(($(wc -c <"$backups/$id/$name") - skip * 1048576))
  if [ "$part_bytes" -gt $((count * 1048576)) ]; then part_bytes=$((count * 1048576)); fi
  dd if="$backups/$id/$name" bs=1048576 skip="$skip" count="$count" of="$prefix.pipe" 2>/dev/null &
  part_reader=$!
  curl_config "$@" "Content-Length: $part_bytes" "Transfer-Encoding:" | curl_once "$prefix" -o "$prefix.body" -T "$prefix.pipe"
  # Where curl never opened it, it would wait for ever.
  kill "$part_reader" 2>/dev/null
  rm -f "$prefix.pipe"
}

# step_fetch TOKEN NAME: standard input has a line get ID FILE - - - URL for each file; what has come whole is a backup.
step_fetch() {
  record_get source || record_get backup
  fetch_id=$value
  if [ -f "$backups/$fetch_id/MANIFEST.txt" ]; then
    echo "backup $fetch_id is here already"
    return 0
  fi
  mkdir -p "$backups" && chmod 700 "$backups" && rm -rf "$backups/$fetch_id.partial" && mkdir "$backups/$fetch_id.partial" || return 1
  step_send "$@" || return 1
  if grep "^transferred" "$step_results" | cut -f 5 | grep -qvx 200; then
    full_disk_finding "$backups" "what the bucket holds of $fetch_id" || result finding error backup-failed "the bucket did not hand over all of $fetch_id: $(grep '^transferred' "$step_results" | awk -F '\t' '$5 != 200 { print $3 " " $5 " " $7; exit }')" \
      "nothing was changed; run it again"
    return 1
  fi
  compare_sums "$backups/$fetch_id.partial" || return 1
  echo "fetched from the bucket" >"$backups/$fetch_id.partial/uploaded"
  # shellcheck disable=SC2046 # our own names
  (cd "$backups/$fetch_id.partial" && flush $(ls)) && mv -fT "$backups/$fetch_id.partial" "$backups/$fetch_id" && flush "$backups"
}
