# Bringing a service's containers to what a release wants. Each part looks first whether it is done, so all of it may
# be repeated after a crash at any point.
# .belay/containers/<id>: `PRINT RELEASE SERVICE` of each container of ours; .belay/before/<service>: those that were there
# before belay makes new ones.

# print_of CONTAINER: sets `value` to its print; empty for one that belay has not made.
print_of() {
  field "$dot/containers/$1"
  value=${value%% *}
}

# sort_containers PRINT CLASS: reads sort_lines; sets right_up, right_down, wrong_up, wrong_down to ids. With the print *
# whatever is there is right. A plain one that ended well and is not to be restarted has done its work: it counts as up.
sort_containers() {
  right_up='' right_down='' wrong_up='' wrong_down=''
  while read -r sort_id sort_state sort_health _ _ sort_exit sort_policy _; do
    [ -n "$sort_id" ] || continue
    print_of "$sort_id"
    case $sort_state/$sort_health/$sort_exit/$sort_policy/${2:-} in
      running/unhealthy/*) sort_up=false ;;
      running/* | exited/none/0/no/plain) sort_up=true ;;
      *) sort_up=false ;;
    esac
    if [ "$value" = "$1" ] || [ "$1" = '*' ]; then
      if $sort_up; then right_up="$right_up $sort_id"; else right_down="$right_down $sort_id"; fi
    elif [ "$sort_state" = running ] || [ "$sort_state" = restarting ]; then
      wrong_up="$wrong_up $sort_id"
    else
      wrong_down="$wrong_down $sort_id"
    fi
  done <<EOF
$sort_lines
EOF
}

# look_at ID NAME PRINT CLASS: sorts the service's containers; fails when docker does not answer.
look_at() {
  sort_lines=$(containers_of "$(project_of "$dot/releases/$1")" "$2") || return 1
  sort_containers "$3" "${4:-}"
}

words() { echo $#; }

# first COUNT WORD…: prints the first of them. after COUNT WORD…: prints the others.
first() (
  first_count=$1
  shift
  while [ "$first_count" -gt 0 ] && [ $# -gt 0 ]; do
    printf '%s ' "$1"
    first_count=$((first_count - 1))
    shift
  done
)
after() (
  after_count=$1
  shift
  while [ "$after_count" -gt 0 ] && [ $# -gt 0 ]; do
    after_count=$((after_count - 1))
    shift
  done
  printf '%s ' "$@"
)

# converge ID NAME PRINT CLASS SCALE WAY WHY: afterwards the containers of the service are those of release ID, healthy,
# and the proxy sends to them. What was there before may run on; when it fails, it does.
converge() {
  clean_before "$1" "$2"
  look_at "$1" "$2" "$3" "$4" || {
    echo "docker does not answer"
    return 1
  }
  # shellcheck disable=SC2046,SC2086 # ids
  if [ "$(words $right_up)" -ge "$5" ] || { [ "$3" = '*' ] && [ -n "$right_up" ]; }; then
    settle "$1" "$2" "$4" kept $(if [ "$3" = '*' ]; then echo $right_up; else first "$5" $right_up; fi)
  elif [ "$(words $right_up $right_down)" -ge "$5" ] && start_again "$1" "$2" "$4" $right_down $right_up; then
    return 0
  elif [ -n "$wrong_up" ] && reload_mounts "$1" "$2" "$3" $wrong_up; then
    return 0
  elif [ -z "$wrong_up" ] && [ -z "$wrong_down" ]; then
    echo "$2: starting"
    start_beside "$1" "$2" "$3" "$4" "$5"
  elif [ "$6" = roll ] && { [ -z "$wrong_up" ] || has_room "$1" $wrong_up; }; then
    echo "$2: starting the new container beside the old one"
    start_beside "$1" "$2" "$3" "$4" "$5" $wrong_up
  elif field "$dot/releases/$1/rollout" && [ "$value" = rolling ] && [ "$4" = proxied ]; then
    result finding error config "service $2 cannot be rolled: ${room_why:-$7}" "free some memory, name services in make-room, or set rollout: auto"
    return 1
  else
    recreate "$1" "$2" "$3" "$4" "$5" "${room_why:-$7}"
  fi
}

# kind_of CLASS: prints what is asked of new containers: a worker may be one that does its work and ends.
kind_of() { case $1 in plain) echo once ;; *) echo new ;; esac; }

# settle ID NAME CLASS KIND CONTAINER…: they are there; healthy, and the proxy knows them.
settle() {
  settle_id=$1 settle_name=$2 settle_class=$3 settle_kind=$4
  shift 4
  await_service "$settle_id" "$settle_name" "$settle_kind" "$@" || return 1
  if [ "$settle_class" = proxied ]; then switch_to "$settle_id" "$settle_name" "$@"; fi
}

# await_service ID NAME KIND CONTAINER…: until they serve; a finding names the one that does not, and why.
await_service() {
  await_id=$1 await_name=$2 await_kind=$3
  shift 3
  if await_why=$(await_containers "$(health_seconds "$await_id")" "$await_kind" "$@"); then return 0; fi
  printf '%s\n' "$await_why"
  result finding error command-failed "service $await_name: $(printf '%s\n' "$await_why" | head -n 1)" \
    "its last lines stand above, in the group \"activate\""
  return 1
}

health_seconds() {
  field "$dot/releases/$1/health-timeout"
  printf '%s\n' "${value:-300}"
}

# start_again ID NAME CLASS CONTAINER…: they were stopped, not removed; when they do not come, new ones are made.
start_again() {
  again_id=$1 again_name=$2 again_class=$3
  shift 3
  echo "$again_name: starting its containers again"
  # They may come back with other addresses.
  rm -f "$dot/proxy-loaded"
  if engine start "$@" >/dev/null && settle "$again_id" "$again_name" "$again_class" "$(kind_of "$again_class")" "$@"; then return 0; fi
  remove_containers "$@"
  forget_containers "$@"
  look_at "$again_id" "$again_name" "$(row_print "$again_id" "$again_name")" "$again_class"
  return 1
}

row_print() { awk -F '\t' -v n="$2" '$1 == n { print $2 }' "$dot/releases/$1/service-table"; }

# has_room ID CONTAINER…: memory for a second set, perhaps after `make-room` has stopped something.
has_room() {
  room_id=$1 room_why=
  shift
  room_beside "$@" || { make_room "$room_id" && room_beside "$@"; }
}

# start_beside ID NAME PRINT CLASS SCALE [OLD…]: new containers, recorded before they start; when they do not get
# healthy they go, and nothing else is touched.
start_beside() {
  beside_id=$1 beside_name=$2 beside_print=$3 beside_class=$4 beside_scale=$5
  shift 5
  # Those that are right already stay and count.
  beside_right=$right_up
  # shellcheck disable=SC2086 # ids
  beside_scale=$((beside_scale - $(words $beside_right)))
  make_containers up --no-start --no-deps --no-recreate --no-build || return 1
  # shellcheck disable=SC2086 # ids
  if ! engine start $made >/dev/null || ! await_service "$beside_id" "$beside_name" "$(kind_of "$beside_class")" $made; then
    say_last_words $made
    remove_containers $made
    forget_containers $made
    echo "$beside_name: the new container was removed; what served before goes on"
    return 1
  fi
  [ "$beside_class" = proxied ] || return 0
  # shellcheck disable=SC2086
  switch_to "$beside_id" "$beside_name" $beside_right $made || {
    remove_containers $made
    forget_containers $made
    return 1
  }
  if [ $# -gt 0 ] && ! memory_to_spare; then
    echo "$beside_name: memory is short, so the old container does not wait for the confirmation"
    drained "$beside_id"
    engine stop "$@" >/dev/null
  fi
}

# memory_to_spare: true when the old containers may run on until the release is confirmed.
memory_to_spare() { spare=$(memory_available); [ "${spare:-1000}" -ge 64 ]; }

# make_containers WORD…: has compose make beside_scale containers more of beside_name; sets `made` to their ids.
make_containers() {
  mkdir -p "$dot/before" "$dot/containers" || return 1
  make_project=$(project_of "$dot/releases/$beside_id")
  make_there=$(containers_of "$make_project" "$beside_name") || return 1
  printf '%s\n' "$make_there" | cut -d ' ' -f 1 | put "$dot/before/$beside_name" || return 1
  make_total=$(printf '%s\n' "$make_there" | grep -c .)
  compose "$beside_id" "$@" --scale "$beside_name=$((make_total + beside_scale))" "$beside_name" >"$dot/tmp/make.$$" 2>&1 || {
    cat "$dot/tmp/make.$$"
    rm -f "$dot/tmp/make.$$"
    clean_before "$beside_id" "$beside_name"
    return 1
  }
  rm -f "$dot/tmp/make.$$"
  own_new
}

# own_new: containers that were not there before are ours from now on. Sets `made`.
own_new() {
  unsee
  own_lines=$(containers_of "$make_project" "$beside_name")
  made=$(printf '%s\n' "$own_lines" | cut -d ' ' -f 1 | grep -vxF -f "$dot/before/$beside_name")
  [ -n "$made" ] || {
    echo "$beside_name: compose made no container"
    return 1
  }
  for own_one in $made; do
    printf '%s %s %s\n' "$beside_print" "$beside_id" "$beside_name" | put "$dot/containers/$own_one" || return 1
  done
  rm -f "$dot/before/$beside_name"
}

# clean_before ID NAME: containers that a step made and died before it owned them.
clean_before() {
  [ -f "$dot/before/$2" ] || return 0
  unsee
  clean_made=$(containers_of "$(project_of "$dot/releases/$1")" "$2" | cut -d ' ' -f 1 | grep -vxF -f "$dot/before/$2")
  for clean_one in $clean_made; do
    # `before` that lists nothing has an empty line, which matches nothing.
    if [ ! -f "$dot/containers/$clean_one" ]; then remove_containers "$clean_one"; fi
  done
  rm -f "$dot/before/$2"
}

forget_containers() { for forget_one; do rm -f "$dot/containers/$forget_one"; done; }

# say_last_words CONTAINER…: what they printed before they failed.
say_last_words() {
  for last_one; do
    printf -- '-- the last lines of %s:\n' "$(container_name "$last_one")"
    engine logs --tail 20 "$last_one" 2>&1
  done
}

# recreate ID NAME PRINT CLASS SCALE WHY: stops the old, starts the new, and measures how long nobody was there.
recreate() {
  echo "$2: replacing its container: $6"
  beside_id=$1 beside_name=$2 beside_print=$3 beside_scale=$5 make_project=$(project_of "$dot/releases/$1")
  mkdir -p "$dot/before" "$dot/containers" || return 1
  recreate_there=$(containers_of "$make_project" "$2" | cut -d ' ' -f 1)
  printf '%s\n' "$recreate_there" | put "$dot/before/$2" || return 1
  read -r recreate_from _ </proc/uptime
  compose "$1" up -d --no-deps --force-recreate --no-build --scale "$2=$5" "$2" 2>&1 || {
    clean_before "$1" "$2"
    return 1
  }
  own_new || return 1
  # shellcheck disable=SC2086 # ids
  await_service "$1" "$2" "$(kind_of "$4")" $made || {
    say_last_words $made
    return 1
  }
  # The name may be the same and the address another: workers that know the old one must go.
  rm -f "$dot/proxy-loaded"
  # shellcheck disable=SC2086
  if [ "$4" = proxied ]; then switch_to "$1" "$2" $made || return 1; fi
  read -r recreate_to _ </proc/uptime
  # shellcheck disable=SC2086
  forget_containers $recreate_there
  [ -n "$recreate_there" ] || return 0
  recreate_ms=$(awk -v a="$recreate_from" -v b="$recreate_to" 'BEGIN { printf "%d", (b - a) * 1000 }')
  echo "$2: stopped, replaced and well again within $recreate_ms ms"
  result recreated "$2" "$recreate_ms" "$6"
}

# reload_mounts ID NAME PRINT CONTAINER…: only mounted files changed and the service has a reload line: runs it. True
# when the containers see the files of release ID then; a mount of a single file never does.
reload_mounts() {
  reload_id=$1 reload_name=$2 reload_print=$3
  shift 3
  reload_line=$(awk -v n="$reload_name=" 'index($0, n) == 1 { print substr($0, length(n) + 1) }' "$dot/releases/$reload_id/reload" 2>/dev/null)
  [ -n "$reload_line" ] || return 1
  for reload_one; do
    print_of "$reload_one"
    [ "${value%.*}" = "${reload_print%.*}" ] || return 1
  done
  sees_release "$reload_id" "$reload_name" "$1" || {
    echo "$reload_name: its container still sees the old files, so a reload would not help; mount $root itself and read from $root/current"
    return 1
  }
  echo "$reload_name: only mounted files have changed: reloading it"
  printf '%s\n' "$reload_line" | put "$dot/tmp/reload" || return 1
  cp "$dot/tmp/reload" "$dot/releases/$reload_id/reload-line" || return 1
  BELAY_SERVICE=$reload_name
  export BELAY_SERVICE
  run_lines "$dot/releases/$reload_id" reload-line "$root/releases/$reload_id" || return 1
  unset BELAY_SERVICE
  for reload_one; do printf '%s %s %s\n' "$reload_print" "$reload_id" "$reload_name" | put "$dot/containers/$reload_one" || return 1; done
}

# sees_release ID NAME CONTAINER: true when the container mounts nothing from the release but by the whole path.
sees_release() { ! grep -q "^$2$TAB" "$dot/releases/$1/mounted" 2>/dev/null; }
