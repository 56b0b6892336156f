# The strategy `compose`: a release's services, each brought to what was recorded with it.

# compose_activate ID [back]
compose_activate() {
  [ -s "$dot/releases/$1/service-table" ] || {
    echo "release $1 has no record of its services"
    return 1
  }
  compose_kind
  point_current "$1" "$2" || return 1
  write_moved "$1" && write_compose "$1" && claim_project "$1" || return 1
  : >"$dot/unretired"
  see "$(project_of "$dot/releases/$1")"
  # shellcheck disable=SC2046 # names
  prepare_proxy "$1" $(cut -f 1 "$dot/releases/$1/service-table")
  stack_code=0
  # The proxy first: what it is told about the others must reach the one that stays. An adopted one is told nothing, and
  # may not start before those that it names.
  stack_order='proxy other'
  if is_adopted "$1"; then stack_order='other proxy'; fi
  for stack_part in $stack_order; do each_row "$1" "$stack_part" converge || { stack_code=1 && break; }; done
  give_room_back || stack_code=1
  [ $stack_code -eq 0 ] || return 1
  if [ "$2" = back ]; then
    compose_retire "$1" && remove_failed "$1"
  fi
}

# each_row ID proxy|other FUNCTION: calls it with ID and the columns of each row, until one fails.
each_row() {
  while IFS=$TAB read -r row_name row_print row_class row_scale row_way row_why <&3; do
    case $2/$row_class in proxy/proxy) ;; proxy/* | other/proxy) continue ;; esac
    "$3" "$1" "$row_name" "$row_print" "$row_class" "$row_scale" "$row_way" "$row_why" || return 1
  done 3<"$dot/releases/$1/service-table"
}

# compose_retire ID: what runs beside the containers of release ID goes; never where none of those serves.
compose_retire() {
  drained "$1"
  see "$(project_of "$dot/releases/$1")"
  each_row "$1" proxy retire_service && each_row "$1" other retire_service || return 1
  forget_gone
  rm -f "$dot/unretired"
}

# forget_gone: the records of containers that are no more.
forget_gone() {
  gone_not=$(engine ps -aq --no-trunc) || return 0
  for gone_file in "$dot"/containers/*; do
    [ -f "$gone_file" ] || continue
    case $gone_not in *"${gone_file##*/}"*) ;; *) rm -f "$gone_file" ;; esac
  done
}

retire_service() {
  look_at "$1" "$2" "$3" "$4" || return 1
  [ "$3" != '*' ] && [ -n "$right_up" ] || return 0
  # shellcheck disable=SC2086 # ids
  retire_these=$(printf '%s ' $wrong_up $wrong_down && after "$5" $right_up)
  # shellcheck disable=SC2086
  remove_containers $retire_these || return 1
  # shellcheck disable=SC2086
  forget_containers $retire_these
}

# remove_failed ID: services that only the failed release has, where it was made by this operation.
remove_failed() {
  record_get operation && [ "$value" = deploy ] && record_get new || return 0
  remove_made "$value"
}

# remove_made ID: every container that was made for release ID.
remove_made() {
  made_for=$1
  for made_file in "$dot"/containers/*; do
    [ -f "$made_file" ] || continue
    read -r _ made_release _ <"$made_file"
    [ "$made_release" = "$made_for" ] || continue
    remove_containers "${made_file##*/}" && rm -f "$made_file" || return 1
  done
}

# compose_stop_first TOKEN NEW: what it started goes; volumes and networks stay.
compose_stop_first() {
  unsee
  if is_adopted "$2"; then
    unadopt "$2"
    return
  fi
  if [ -f "$dot/releases/$2/service-table" ]; then each_row "$2" other clean_before; fi
  remove_made "$2" && rm -f "$dot/unretired"
}

# What serves is known by container, not by folder.
compose_left_behind() { :; }

# compose_running ID: each service has a container of this release that is well.
compose_running() {
  see "$(project_of "$dot/releases/$1")"
  each_row "$1" proxy row_running && each_row "$1" other row_running
}

row_running() {
  look_at "$1" "$2" "$3" "$4" && [ -n "$right_up" ]
}

# compose_uses ID: true when a container that is there mounts files of release ID.
compose_uses() {
  [ -s "$dot/releases/$1/mounted" ] || return 1
  uses_id=$1
  for uses_file in "$dot"/containers/*; do
    [ -f "$uses_file" ] || continue
    read -r _ uses_release uses_service <"$uses_file"
    [ "$uses_release" = "$uses_id" ] || continue
    if grep -q "^$uses_service$TAB" "$dot/releases/$uses_id/mounted" && [ -n "$(inspect_containers "${uses_file##*/}")" ]; then return 0; fi
  done
  return 1
}

# compose_status ID: a warning for each service that does not run as it was recorded.
compose_status() {
  see "$(project_of "$dot/releases/$1")"
  each_row "$1" proxy row_status && each_row "$1" other row_status
}

row_status() {
  look_at "$1" "$2" "$3" "$4" || {
    finding warning tool-missing "docker does not answer on the server" "see: docker info"
    return 1
  }
  if [ -n "$wrong_up" ] && [ ! -f "$dot/phase" ]; then
    # shellcheck disable=SC2086 # ids
    finding warning config "service $2 does not run as it was recorded: $(for status_one in $wrong_up; do container_name "$status_one"; done | tr '\n' ' ')was made by somebody else" \
      "the next deploy or rollback replaces it; use $dot/belay compose instead of docker compose"
  elif [ -z "$right_up" ]; then
    finding warning command-failed "service $2 does not run" "see: $dot/belay compose logs $2"
  fi
}

# foresee ID: a `service NAME ACTION WHY` record for each: what a deploy will do to it.
foresee() {
  see "$(project_of "$dot/releases/$1")"
  each_row "$1" proxy foresee_service && each_row "$1" other foresee_service
}

foresee_service() {
  look_at "$1" "$2" "$3" "$4" || return 1
  if [ "$3" = '*' ]; then
    foreseen=keep foreseen_why="it writes to a volume and is not named in services, so it stays as it is"
  elif [ -n "$right_up" ]; then
    foreseen=keep foreseen_why="nothing of it has changed"
  elif [ -z "$wrong_up$wrong_down$right_down" ]; then
    foreseen=start foreseen_why="it is not there yet"
  else
    foreseen=$6
    # shellcheck disable=SC2086 # ids
    foreseen_why=$(changed_part "$3" $wrong_up $wrong_down)${7:+; $7}
    if [ -z "$wrong_up" ]; then foreseen=start; fi
  fi
  echo "service $2: $foreseen ($foreseen_why)"
  result service "$2" "$foreseen" "$foreseen_why"
}

# changed_part PRINT CONTAINER…: prints what is another thing than in the first of them.
changed_part() {
  part_new=$1
  shift
  [ $# -gt 0 ] || {
    printf 'it is stopped'
    return
  }
  print_of "$1"
  if [ -z "$value" ]; then
    printf 'it was not started by Belay'
  elif [ "${value%.*}" = "${part_new%.*}" ]; then
    printf 'files that it mounts have changed'
  else
    printf 'its image or configuration has changed'
  fi
}

# compose_check PLAN: docker, and compose, are there, new enough, and this user's to use.
compose_check() {
  command -v docker >/dev/null 2>&1 || {
    finding error tool-missing "docker is missing on the server" "install it: https://docs.docker.com/engine/install/"
    return
  }
  # Beside the others: it takes as long as they do.
  engine info --format '{{.DockerRootDir}}' >"$dot/tmp/info.$$" 2>/dev/null &
  docker_info=$!
  if ! docker_said=$(engine version --format '{{.Server.Version}}' 2>&1); then
    case $docker_said in
      *'permission denied'*)
        finding error auth-refused "docker does not let $(id -un) in" "on the server: sudo usermod -aG docker $(id -un); it counts from the next login"
        ;;
      *) finding error tool-missing "docker does not answer on the server" "on the server: sudo systemctl start docker; see: docker info" ;;
    esac
    wait "$docker_info"
    rm -f "$dot/tmp/info.$$"
    return
  fi
  emit fact "docker" "$docker_said"
  find_compose
  field "$1/rollout"
  case $compose_is/$value in
    /*) finding error tool-missing "docker compose is missing on the server" "install it: sudo apt-get install docker-compose-plugin" ;;
    v1/rolling)
      finding error tool-too-old "rollout: rolling needs docker compose 2; this server has docker-compose $(docker-compose version --short)" \
        "install it: sudo apt-get install docker-compose-plugin (from docker's own repository); or set rollout: recreate"
      ;;
  esac
  check_docker_disk
}

# check_docker_disk: room where the images go, as far as this user can see it.
check_docker_disk() {
  wait "$docker_info"
  field "$dot/tmp/info.$$"
  docker_folder=$value
  rm -f "$dot/tmp/info.$$"
  [ -d "${docker_folder:-/nowhere}" ] || return 0
  docker_free=$(($(free_kib "$docker_folder") / 1024))
  emit fact "disk free for images" "$docker_free MiB"
  [ "$docker_free" -ge 256 ] ||
    finding error disk-full "$docker_folder has only $docker_free MiB free for images" "free some space: docker system df; docker image prune"
}

# one_offs PROJECT: prints the containers that `compose run` has made.
one_offs() {
  engine ps -aq --no-trunc --filter "label=com.docker.compose.project=$1" --filter label=com.docker.compose.oneoff=True
}

# note_one_offs TOKEN: those that are there before the lines of this deploy run any.
note_one_offs() { one_offs "$(project_of "$record")" | put "$dot/operations/$1/one-offs"; }

# compose_end_strays TOKEN: what `compose run` in a killed step has left: a container outlives its client.
compose_end_strays() {
  [ -f "$dot/operations/$1/one-offs" ] || return 0
  strays=$(one_offs "$(project_of "$record")" | grep -vxF -f "$dot/operations/$1/one-offs")
  # shellcheck disable=SC2086 # ids
  remove_containers $strays
}

# step_pull TOKEN: standard input is the login. Reads the services, refuses what cannot be, pulls, and says what will happen.
step_pull() {
  keep_engine
  # Once for all subshells.
  compose_kind
  read_config "$new" && write_lines "$new" || return 1
  see "$(project_of "$record")"
  # shellcheck disable=SC2046 # names
  only_looks || prepare_proxy "$new" $(managed "$new")
  read_proxy "$new"
  note_one_offs "$1"
  pull_bad=false
  refuse_services "$new" || pull_bad=true
  check_proxy "$new" || pull_bad=true
  ! $pull_bad || return 1
  if only_looks; then look_for_images "$new"; else pull_images "$new" || return 1; fi
  [ -s "$record/build" ] || know_services "$new"
}

# only_looks: true for a plan whose own lines need no image: it leaves the engine as it is.
only_looks() { record_get operation && [ "$value" = plan ] && [ ! -s "$record/migrate-plan" ]; }

# know_services ID: images are there: which they are, what the services are, and what will happen to them.
know_services() {
  only_looks || keep_images "$1" || return 1
  write_table "$1" && write_override "$1" && write_compose "$1" && refuse_rolling "$1" || return 1
  BELAY_FOLDER=$root/releases/$1 compose "$1" config --quiet 2>"$dot/tmp/config.$$" &
  know_config=$!
  foresee "$1"
  know_code=$?
  wait $know_config || {
    result finding error config "the compose files with Belay's own are not valid: $(masked "$1" <"$dot/tmp/config.$$" | tail -n 3 | tr '\n' ' ')" \
      "see $dot/releases/$1/compose config"
    know_code=1
  }
  rm -f "$dot/tmp/config.$$"
  return $know_code
}

# step_build_compose: `true` is compose's own build; lines are lines, which may make the images that the files name.
step_build_compose() {
  compose_kind
  read_config "$new" || return 1
  read_proxy "$new"
  field "$record/build"
  stack_build=$value
  if only_looks; then
    echo "a plan builds nothing: services that are built count as changed"
  elif [ "$stack_build" = true ]; then
    build_images "$new" || return 1
  else
    run_lines "$record" build "$root/releases/$new" || return 1
  fi
  know_services "$new"
}
