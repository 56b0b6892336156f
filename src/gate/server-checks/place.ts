import { quote } from "../../commands/shell.js";
import type { Place } from "../check.js";
import { evaluate, limited, seconds } from "./limited.js";

/** How people call a place. */
export function placeName(place: Place): string {
  return "container" in place ? place.container : `service ${place.service}`;
}

/**
 * Functions for POSIX sh that ask docker. Where it cannot be asked they print `trouble` with the kind of it,
 * which ends the answer. A service has the containers of its newest one's image: what an earlier release left
 * running or stopped beside it is not the new version.
 */
const docker = `trouble() {
  echo "trouble $*"
  exit 0
}
# Docker's exit code is 1 for whatever happened.
unreachable() {
  socket=\${DOCKER_HOST:-unix:///var/run/docker.sock}
  socket=\${socket#unix://}
  if [ -S "$socket" ] && [ ! -w "$socket" ]; then trouble docker-denied; fi
  trouble docker-down
}
gone() {
  docker ps -q >/dev/null 2>&1 || unreachable
  trouble gone
}
service() {
  listed=$(docker ps -a --no-trunc --filter label=com.docker.compose.oneoff=False "$@" \\
    --format '{{.ID}} {{.Image}} {{.Status}}' 2>/dev/null) || unreachable
  [ -n "$listed" ] || trouble gone
  listed=$(printf '%s\\n' "$listed" | awk 'NR == 1 { image = $2 } $2 == image { print $1, $3 }')
}
command -v docker >/dev/null 2>&1 || trouble docker-missing`;

/** Sets `ids` to the containers of `place`, running or not. */
export function findContainers(place: Place): string {
  if ("container" in place) return `${docker}\nids=${quote(place.container)}`;
  return `${docker}\nservice ${filters(place)}\nids=$(printf '%s\\n' "$listed" | cut -d ' ' -f 1)`;
}

/** Runs `text` on the server, or in `place`; its answer begins with the line `ran` unless it never ran. */
export function runIn(place: Place | undefined, text: string, limitMs: number): string {
  if (place === undefined) return `echo ran\n${text}`;
  return `${findRunning(place)}\nprintf '%s\\n' ${quote(inner(text, limitMs))} | docker exec -i -- "$id" sh 2>&1`;
}

/** Sets `id` to a container of `place` that runs. */
function findRunning(place: Place): string {
  if ("container" in place)
    return `${docker}
id=${quote(place.container)}
running=$(docker container inspect --format '{{.State.Running}}' -- "$id" 2>/dev/null) || gone
[ "$running" = true ] || trouble stopped`;
  return `${docker}
service ${filters(place)}
id=$(printf '%s\\n' "$listed" | awk '$2 == "Up" { print $1; exit }')
[ -n "$id" ] || trouble stopped`;
}

function filters({ service, project }: Extract<Place, { service: string }>): string {
  const labels = [["service", service] as const, ["project", project] as const];
  return labels
    .flatMap(([label, value]) =>
      value === undefined
        ? []
        : [`--filter ${quote(`label=com.docker.compose.${label}=${value}`)}`],
    )
    .join(" ");
}

/**
 * What a container's own sh is told by standard input. Killing `docker exec` ends nothing inside, so the limit
 * is kept there as well, a second later: the server's own says first that there was no answer.
 */
function inner(text: string, limitMs: number): string {
  return `{
${limited}
BELAY_CHECK=${quote(`echo ran\n${text}`)}
export BELAY_CHECK
limited ${seconds(limitMs + 1000)} sh -c ${quote(evaluate)} </dev/null
exit
}`;
}
