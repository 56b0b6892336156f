# The operation `run`: lines of one time, in the environment of the release that serves.

# check_run PLAN
check_run() {
  strategy_of "$1"
  field "$1/service"
  if [ -z "$(current_release)" ]; then
    finding error config "nothing is deployed to $root yet" "deploy first, or name another path"
  elif [ -n "$value" ] && [ "$strategy" != compose ]; then
    finding error config "service is given, and the release that serves is not one of compose" "leave service out"
  fi
}

# step_run TOKEN: on the server itself, or in a new container of a service, which goes afterwards.
step_run() {
  release_variables "$previous" ''
  strategy_of "$record"
  if [ "$strategy" = compose ]; then
    note_one_offs "$1"
    write_moved "$previous" && write_compose "$previous" || return 1
  fi
  field "$record/service"
  if [ -z "$value" ]; then
    run_lines "$record" command "$root/current"
  else
    run_in_service "$value"
  fi
}

# run_in_service SERVICE: the lines go by the environment: no list of processes shows them, no standard input loses them.
run_in_service() {
  run_service=$value
  field "$record/command"
  BELAY_COMMAND=$value
  export BELAY_COMMAND
  # shellcheck disable=SC2016 # the container's own variable
  compose "$previous" run --rm --no-deps -T -e BELAY_COMMAND --entrypoint sh "$run_service" -eu -c 'eval "$BELAY_COMMAND"' 2>&1
}
