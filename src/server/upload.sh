# Files of a new release: made in .belay/incoming/<id>, verified against the manifest, renamed into releases/.
# Manifest lines: type, mode, size, sha256, path, target. In incoming/: `<id>.sent` lists the lines that are sent,
# `<id>.need` those of them that have not arrived whole.

# lists in NUL form for xargs; paths begin with ./ so that none is taken for an option.
each_path() { tr '\n' '\0' | xargs -0 "$@"; }

# plan_copies OLD-MANIFEST NEW-MANIFEST WORK: writes WORK/dirs, WORK/links (shell), WORK/copy, WORK/modes.
plan_copies() {
  # By the environment: awk would resolve the backslashes of a -v value.
  BELAY_WORK=$3 awk -F '\t' '
    BEGIN { work = ENVIRON["BELAY_WORK"] }
    function quoted(s) { gsub(/\047/, "\047\\\047\047", s); return "\047" s "\047" }
    FILENAME == ARGV[1] { if ($1 == "f") old[$5] = $3 " " $4; next }
    $1 == "d" { print "./" $5 > (work "/dirs"); print $2 "\t./" $5 > (work "/dirmodes"); next }
    $1 == "l" { print "ln -s " quoted($6) " " quoted("./" $5) > (work "/links"); next }
    $1 == "f" && ($5 in old) && old[$5] == $3 " " $4 {
      print "./" $5 > (work "/copy"); print FNR "\t" $2 "\t" $4 "\t./" $5 > (work "/copied"); next
    }
    $1 == "f" { print FNR > (work "/need") }' "$1" "$2"
}

# copy_files FROM TO LIST: copies the listed files into folders that are there, sharing blocks where the
# file system can. What cannot be copied is simply not there afterwards.
copy_files() (
  cd "$1" || return 1
  if cp --help 2>&1 | grep -q -e --parents; then
    # Modes come from the manifest; asking for them here as well costs half as much again.
    each_path cp -PR --preserve=timestamps --reflink=auto --parents -t "$2" -- <"$3" 2>/dev/null
  else
    # busybox: without -R a pipe would be read, so only what is a file.
    while IFS= read -r copy_path; do
      if [ -f "$copy_path" ] && [ ! -L "$copy_path" ]; then cp -p "$copy_path" "$2/$copy_path"; fi
    done <"$3" 2>/dev/null
  fi
  return 0
)

# hashes FOLDER PROGRAM… <LIST: prints `sha256 path` of each listed regular file as PROGRAM tells it (sha256sum
# escapes odd names with a leading backslash: taken off).
hashes() (
  cd "$1" || return 1
  shift
  each_path "$@" 2>/dev/null |
    awk '{
      line = $0
      if (substr(line, 1, 1) == "\\") { line = substr(line, 2); gsub(/\\\\/, "\\", line) }
      print substr(line, 1, 64) "\t" substr(line, 67)
    }'
)

# differing WANTED FOLDER PROGRAM…: prints the lines of WANTED (line, mode, sha256, path) whose content in FOLDER is
# not that.
differing() (
  wanted=$1
  shift
  cut -f 4- "$wanted" | hashes "$@" >"$wanted.have"
  awk -F '\t' '
    FILENAME == ARGV[1] { have[$2] = $1; next }
    have[$4] != $3' "$wanted.have" "$wanted"
)

# unverified WANTED FOLDER: prints the line numbers of those that differ, and removes these files. openssl takes a
# quarter of the time where the processor knows sha256; whatever it finds otherwise, or not at all, is asked again.
unverified() (
  doubted=$1 bad=$(dirname "$1")/bad
  if command -v openssl >/dev/null 2>&1; then
    doubted=$1.doubted
    differing "$1" "$2" openssl dgst -sha256 -r >"$doubted"
  fi
  : >"$bad"
  if [ -s "$doubted" ]; then differing "$doubted" "$2" sha256sum -- >"$bad"; fi
  if [ -s "$bad" ]; then (cd "$2" && cut -f 4- "$bad" | each_path rm -rf --); fi
  cut -f 1 "$bad"
)

# verified_modes WANTED BAD: prints `mode path` of the lines of WANTED whose number is none of the first column of BAD.
verified_modes() {
  awk -F '\t' '
    FILENAME == ARGV[1] { bad[$1] = 1; next }
    !($1 in bad) { print $2 "\t" $4 }' "$2" "$1"
}

# give_modes FOLDER <LIST: LIST has `mode path`; one chmod per mode.
give_modes() (
  cd "$1" || return 1
  list=$(cat)
  for mode in $(printf '%s\n' "$list" | cut -f 1 | sort -u); do
    printf '%s\n' "$list" | awk -F '\t' -v m="$mode" '$1 == m { print $2 }' | each_path chmod "$mode" -- || return 1
  done
)

# prepare_files NEW PREVIOUS: makes folders and links, copies what did not change, verifies the copies and
# reports what is still needed. Nothing needed: the release is whole.
prepare_files() (
  new=$1 record=$dot/releases/$1 tree=$dot/incoming/$1 work=$dot/incoming/$1.work
  rm -rf "$tree" "$work"
  mkdir -p "$dot/incoming" "$work" || return 1
  (umask "$BELAY_UMASK" && mkdir "$tree") || return 1
  old=/dev/null
  if [ -n "$2" ] && [ -f "$dot/releases/$2/files" ] && [ -d "$root/releases/$2" ]; then old=$dot/releases/$2/files; fi
  touch "$record/files" "$work/need" "$work/copy" "$work/copied" "$work/modes"
  plan_copies "$old" "$record/files" "$work" || return 1
  (
    cd "$tree" || exit 1
    umask "$BELAY_UMASK"
    if [ -f "$work/dirs" ]; then each_path mkdir -p -- <"$work/dirs" || exit 1; fi
  ) || return 1
  if [ -s "$work/copy" ]; then
    copy_files "$root/releases/$2" "$tree" "$work/copy"
    # Whatever an app made of a file (a link, a pipe) is not that file.
    find "$tree" ! -type f ! -type d -exec rm -f {} +
    unverified "$work/copied" "$tree" >>"$work/need"
    verified_modes "$work/copied" "$work/bad" >"$work/modes"
    if [ -s "$work/modes" ]; then give_modes "$tree" <"$work/modes" || return 1; fi
  fi
  result copied "$(wc -l <"$work/modes")"
  if command -v zstd >/dev/null 2>&1; then result unpacks zstd; fi
  if [ -f "$work/links" ]; then (cd "$tree" && sh "$work/links") || return 1; fi
  sort -n "$work/need" | put "$dot/incoming/$new.sent" && cp "$dot/incoming/$new.sent" "$dot/incoming/$new.need" || return 1
  still_needed "$new" all
)

# still_needed NEW [all|cut]: reports the lines of the manifest that are missing, or finishes the release.
still_needed() {
  if [ -s "$dot/incoming/$1.need" ]; then
    if [ "${2:-}" = all ] &&
      [ "$(wc -l <"$dot/incoming/$1.need")" -eq "$(grep -c '^f' "$dot/releases/$1/files")" ]; then
      result need all
    else
      while IFS= read -r still_line; do result need "$still_line"; done <"$dot/incoming/$1.need"
    fi
  else
    finish_files "$1"
  fi
}

# decode CODING: standard input as the tar that was meant. `switch`: the first MiB is plain, then a line names
# the coding of the rest (the runner has measured the line by then); dd reads no byte too many.
decode() {
  case $1 in
    zstd) zstd -dcq ;;
    gzip) gzip -dc ;;
    switch)
      dd bs=65536 count=16 iflag=fullblock 2>/dev/null
      if IFS= read -r rest_coding; then decode "$rest_coding"; fi
      ;;
    plain) cat ;;
  esac
}

# receive_files NEW CODING: unpacks the tar on standard input and verifies what it brought.
receive_files() (
  new=$1 tree=$dot/incoming/$1 work=$dot/incoming/$1.work
  mkdir -p "$work" || return 1
  decode "$2" | (umask "$BELAY_UMASK" && cd "$tree" && tar -xopf -)
  code=$?
  awk -F '\t' '
    FILENAME == ARGV[1] { need[$1] = 1; next }
    FNR in need { print FNR "\t" $2 "\t" $4 "\t./" $5 }' "$dot/incoming/$new.sent" "$dot/releases/$new/files" >"$work/wanted"
  unverified "$work/wanted" "$tree" | put "$dot/incoming/$new.need" || return 1
  verified_modes "$work/wanted" "$dot/incoming/$new.need" >"$work/modes"
  result received "$(wc -l <"$work/modes")"
  if [ -s "$work/modes" ]; then give_modes "$tree" <"$work/modes" || return 1; fi
  if [ $code -ne 0 ]; then
    echo "the upload ended early or could not be unpacked (tar exit $code)"
    full_disk_finding "$dot" "the upload" || still_needed "$new" cut
    return 1
  fi
  still_needed "$new"
)

# share NEW: links the shared paths into the new tree; what a release ships there seeds an empty shared/.
share() (
  tree=$1 record=$2
  [ -s "$record/shared-paths" ] || return 0
  umask "$BELAY_UMASK"
  while IFS= read -r item || [ -n "$item" ]; do
    path=${item%/}
    [ -n "$path" ] || continue
    shared=$root/shared/$path
    mkdir -p "$(dirname "$shared")" "$(dirname "$tree/$path")" || return 1
    if [ ! -e "$shared" ] && [ ! -L "$shared" ]; then
      if [ -e "$tree/$path" ]; then
        mv -fT "$tree/$path" "$shared" || return 1
      elif [ "$path" != "$item" ]; then
        mkdir -p "$shared" || return 1
      else
        echo "shared-paths: $path is not in $root/shared yet; the link waits for it"
      fi
    fi
    rm -rf "${tree:?}/$path"
    up=$(printf '%s\n' "$path" | sed -e 's|[^/][^/]*|..|g')
    ln -s "../$up/shared/$path" "$tree/$path" || return 1
  done <"$record/shared-paths"
)

# finish_files NEW: modes of folders, shared paths, everything on disk, then the rename that makes it a release.
finish_files() {
  finish_tree=$dot/incoming/$1
  if [ -f "$finish_tree.work/dirmodes" ]; then
    # Deepest first: a folder without write permission closes last.
    sort -r "$finish_tree.work/dirmodes" >"$finish_tree.work/dirmodes.sorted"
    share "$finish_tree" "$dot/releases/$1" || return 1
    (cd "$finish_tree" && while IFS= read -r finish_line; do
      finish_path=${finish_line#*"$TAB"}
      if [ -d "$finish_path" ] && [ ! -L "$finish_path" ]; then printf '%s\n' "$finish_line"; fi
    done <"$finish_tree.work/dirmodes.sorted") >"$finish_tree.work/modes"
    if [ -s "$finish_tree.work/modes" ]; then give_modes "$finish_tree" <"$finish_tree.work/modes" || return 1; fi
  else
    share "$finish_tree" "$dot/releases/$1" || return 1
  fi
  sync -f "$finish_tree" 2>/dev/null || sync
  (umask "$BELAY_UMASK" && mkdir -p "$root/releases") || return 1
  mv -fT "$finish_tree" "$root/releases/$1" || return 1
  rm -rf "$finish_tree.work" "$finish_tree.need" "$finish_tree.sent"
}
