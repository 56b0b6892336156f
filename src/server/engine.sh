# The docker engine, as this user reaches it, and its containers.

# engine WORD…: the docker command; it gets none of our descriptors, and nothing to read.
engine() {
  case $1 in create | start | stop | rm | run) unsee ;; esac
  docker "$@" </dev/null 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
}

# keep_engine: remembers the engine of this login, for whoever acts without one (a timer, a guardian after a reboot).
keep_engine() {
  if [ -n "${DOCKER_HOST:-}" ]; then printf '%s\n' "$DOCKER_HOST" | put "$dot/docker-host"; else rm -f "$dot/docker-host"; fi
}

use_kept_engine() {
  [ -z "${DOCKER_HOST:-}" ] && [ -f "$dot/docker-host" ] || return 0
  field "$dot/docker-host"
  DOCKER_HOST=$value
  export DOCKER_HOST
}

# compose_kind: sets `compose_is` to v2, v1 (docker-compose 1.x), or nothing; what its first step has found counts for all
# that an operation does: to ask takes as long as four other calls.
compose_kind() {
  if [ -n "${compose_is:-}" ]; then return; fi
  record_get token && kind_for=$value || kind_for=
  if [ -n "$kind_for" ] && [ -f "$dot/compose-is" ]; then
    read -r kind_known compose_is <"$dot/compose-is"
    if [ "$kind_known" = "$kind_for" ]; then return; fi
  fi
  find_compose
  if [ -n "$kind_for" ]; then printf '%s %s\n' "$kind_for" "$compose_is" | put "$dot/compose-is"; fi
}

find_compose() {
  compose_is=
  if engine compose version >/dev/null 2>&1; then
    compose_is=v2
  elif command -v docker-compose >/dev/null 2>&1; then
    # The second generation has been installed under the old name, too.
    case $(docker-compose version --short 2>/dev/null) in
      1.*) compose_is=v1 ;;
      *) compose_is=v2-alone ;;
    esac
  fi
}

# see PROJECT: from now on `containers_of` tells of the project as it is at this moment, until `unsee`, or until a
# container is made, started, stopped or removed.
see() {
  unsee
  seen=$(containers_of "$1") && seen_project=$1
}
unsee() { seen_project=; }

# containers_of PROJECT [SERVICE]: prints `ID STATE HEALTH RESTARTS OOM EXIT POLICY SERVICE NAME` of each container,
# running or not, the oldest first; fails when the engine cannot be asked.
containers_of() (
  if [ -n "${seen_project:-}" ] && [ "$seen_project" = "$1" ]; then
    printf '%s\n' "$seen" | awk -v name="${2:-}" 'NF && (name == "" || $8 == name)'
    return
  fi
  ids=$(engine ps -aq --no-trunc --filter "label=com.docker.compose.project=$1" \
    --filter label=com.docker.compose.oneoff=False ${2:+--filter "label=com.docker.compose.service=$2"}) || return 1
  # shellcheck disable=SC2086 # ids
  inspect_containers $ids
)

# service_container RECORD SERVICE: prints the id of the service's running container; fails when there is none.
service_container() (
  found=$(containers_of "$(project_of "$1")" "$2" | awk '$2 == "running" { print $1; exit }') && [ -n "$found" ] || return 1
  echo "$found"
)

# not_yet RECORD SERVICE: true before a first release where the service has no container, not even one that stands still.
not_yet() (
  [ -z "$(current_release)" ] && found=$(containers_of "$(project_of "$1")" "$2") && [ -z "$found" ]
)

# nothing_yet RECORD SERVICE: true where besides no volume of the project is there that may hold its data.
nothing_yet() (
  not_yet "$1" "$2" &&
    found=$(engine volume ls -q --filter "label=com.docker.compose.project=$(project_of "$1")") && [ -z "$found" ]
)

# inspect_containers ID…: the lines of these; one that is gone by now has none. A container without a health check has
# no field of that name, hence `index`.
inspect_containers() {
  [ $# -gt 0 ] || return 0
  engine inspect --type container -f '{{.Id}} {{.State.Status}} {{with index .State "Health"}}{{.Status}}{{else}}none{{end}} {{.RestartCount}} {{.State.OOMKilled}} {{.State.ExitCode}} {{or .HostConfig.RestartPolicy.Name "no"}} {{index .Config.Labels "com.docker.compose.service"}} {{.Name}} {{.Created}}' "$@" 2>/dev/null |
    sed -e 's| /| |' | sort -k 10 | cut -d ' ' -f 1-9
}

# remove_containers ID…: ends them with their own signal and grace, and removes them; no volume of a name goes with them.
remove_containers() {
  [ $# -gt 0 ] || return 0
  engine stop "$@" >/dev/null 2>&1
  # Gone is gone, whoever did it.
  engine rm -f "$@" >/dev/null 2>&1 || [ -z "$(inspect_containers "$@")" ]
}

# await_containers SECONDS KIND ID…: until all of them serve: healthy as their own check says, or running where they
# have none. Fails, saying why, as soon as one has exited or is unhealthy. KIND `new`: also when one has restarted or was
# out of memory, and without a check it must be seen running for 3 s; `once`: the same, but it may have ended well;
# `kept`: what it went through before is no matter.
await_containers() (
  left=$(($1 * 5)) kind=$2 steady=0
  case $kind in kept) looks=1 ;; *) looks=15 ;; esac
  shift 2
  while :; do
    lines=$(inspect_containers "$@")
    verdict=$(printf '%s\n' "$lines" | judge_containers $# "$kind")
    case $verdict in
      bad*)
        echo "${verdict#bad }"
        return 1
        ;;
      good) return 0 ;;
      steady) steady=$((steady + 1)) ;;
      *) steady=0 ;;
    esac
    if [ $steady -gt 0 ] && [ $steady -ge "$looks" ]; then return 0; fi
    left=$((left - 1))
    if [ $left -le 0 ]; then
      printf '%s\n' "$lines" | awk '$3 != "healthy" { print $9 " is not healthy after all its time (" $2 ", " $3 ")" }'
      return 1
    fi
    pause 0.2
  done
)

# judge_containers COUNT KIND: reads lines of inspect_containers; prints `good`, `steady` (running, without a check of
# their own), `wait`, or `bad WHY`.
judge_containers() {
  awk -v count="$1" -v kind="$2" '
    function bad(why) { if (!said) { said = 1; print "bad " $9 " " why } }
    NF { n++ }
    $5 == "true" && kind != "kept" { bad("was killed for want of memory"); next }
    ($4 > 0 && kind != "kept") || $2 == "restarting" { bad("has restarted (exit code " $6 ")"); next }
    $2 == "exited" && $6 == 0 && $7 == "no" && kind != "new" { next }
    $2 == "exited" || $2 == "dead" { bad("has ended with exit code " $6); next }
    $3 == "unhealthy" { bad("is unhealthy, as its health check says"); next }
    $2 != "running" || $3 == "starting" { wait = 1; next }
    $3 == "none" { steady = 1 }
    END {
      if (said) exit
      if (n < count) print "bad a container is gone"
      else if (wait) print "wait"
      else print steady ? "steady" : "good"
    }'
}
