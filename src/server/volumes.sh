# Media that lie in a volume of a service: no rename can replace a mount, so what is in it changes places, by renames
# inside of it: .belay-new-N is unpacked there, .belay-old-N takes what was there. `.belay-moved-N`: all of that is in it.
# restore/volume of the operation's folder: the volume's name (or the folder of the machine), the path below it, and an
# image with a sh, a line each: the service and its container may be gone when they are needed.

# volume_container RECORD SERVICE: prints the id of the service's container, running or not; fails when there is none.
volume_container() (
  found=$(containers_of "$(project_of "$1")" "$2" |
    awk 'id == "" { id = $1 } $2 == "running" { id = $1; exit } END { print id }') && [ -n "$found" ] || return 1
  echo "$found"
)

# know_volume RECORD PLACE STATE: notes where SERVICE:/PATH lies in STATE/volume; fails with why not in `note_problem`.
know_volume() {
  know_container=$(volume_container "$1" "${2%%:*}") || {
    note_problem="has no container: start the service once"
    return 1
  }
  know_mount=$(engine inspect -f '{{range .Mounts}}{{.Destination}}{{"\t"}}{{.RW}}{{"\t"}}{{or .Name .Source}}{{"\n"}}{{end}}' "$know_container" |
    BELAY_PLACE=${2#*:} awk -F '\t' '
      BEGIN { path = ENVIRON["BELAY_PLACE"]; sub(/\/+$/, "", path) }
      $2 == "true" && $3 != "" && index(path "/", $1 "/") == 1 && length($1) > length(best) {
        best = $1; found = $3 "\n." substr(path, length($1) + 1)
      }
      END { print found }')
  [ -n "$know_mount" ] || {
    note_problem="is in no volume that the service may write: the next container would not have it"
    return 1
  }
  printf '%s\n%s\n' "$know_mount" "$(engine inspect -f '{{.Image}}' "$know_container")" | put "$3/volume"
  in_volume "$3/volume" : || {
    note_problem="cannot be changed by renames: the image of the service has no sh, or the folder is not there"
    return 1
  }
}

# in_volume FILE SCRIPT ARG…: runs SCRIPT for sh in the folder that FILE notes, as root in a container of its own; one that a
# killed step has left ends first, so that never two of them move things.
in_volume() (
  { IFS= read -r source && IFS= read -r below && IFS= read -r image; } <"$1" || return 1
  script=$2
  shift 2
  name=$(made_prefix)_volume
  engine rm -f "$name" >/dev/null 2>&1
  engine run --rm --name "$name" --user 0 --network none -v "$source:/belay-volume" -w "/belay-volume/$below" \
    --entrypoint sh "$image" -c "$script" sh "$@"
)

# unpack_volume PLACE BACKUP FILE N: the media of BACKUP beside what is in the volume.
unpack_volume() {
  # shellcheck disable=SC2016
  in_volume "$3" 'rm -rf "$1" && mkdir "$1" && chmod 700 "$1"' ".belay-new-$4" &&
    know_container=$(volume_container "$record" "${1%%:*}") &&
    gzip -dc <"$2/media.tar.gz" | docker cp - "$know_container:${1#*:}/.belay-new-$4" >/dev/null 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &&
    in_volume "$3" 'rm -rf "./$1"/.belay-*' ".belay-new-$4"
}

# All entries of a folder but ours; `each` is what becomes of one.
# shellcheck disable=SC2016 # for the container's shell
each_entry='for entry in "$from"/* "$from"/.[!.]* "$from"/..?*; do
  case ${entry##*/} in .belay-*) continue ;; esac
  if [ -e "$entry" ] || [ -L "$entry" ]; then each "$entry" || exit 1; fi
done'

# swap_volume FILE N: what was unpacked is in place, and what was there is in .belay-old-N.
swap_volume() {
  # shellcheck disable=SC2016
  in_volume "$1" '[ -d ".belay-new-$1" ] || exit 1
    mkdir -p ".belay-old-$1" && chmod 700 ".belay-old-$1" || exit 1
    from=. to=.belay-old-$1
    each() { mv "$1" "$to/"; }
    '"$each_entry"'
    sync; : > ".belay-moved-$1" && sync || exit 1
    from=.belay-new-$1 to=.
    '"$each_entry"'
    rmdir ".belay-new-$1" && sync' "$2"
}

# swap_volume_back FILE N: what was there is in place, wherever the swap had come to, and nothing else; may be repeated.
swap_volume_back() {
  # shellcheck disable=SC2016
  in_volume "$1" 'if [ -e ".belay-moved-$1" ]; then
      from=.
      each() { rm -rf "$1"; }
      '"$each_entry"'
      sync; rm -f ".belay-moved-$1" && sync || exit 1
    fi
    if [ -d ".belay-old-$1" ]; then
      from=.belay-old-$1
      each() { rm -rf "./${1##*/}" && mv "$1" ./; }
      '"$each_entry"'
      rmdir ".belay-old-$1" || exit 1
    fi
    rm -rf ".belay-new-$1" && sync' "$2"
}

# drop_volume_old FILE N
drop_volume_old() {
  # shellcheck disable=SC2016
  in_volume "$1" 'rm -rf ".belay-old-$1" ".belay-moved-$1"' "$2"
}
