import type { ContainerCheck } from "../check.js";
import { type ContainerState, parseContainer } from "./container-state.js";
import { type Answer, type Found, found, gravest, textOf, type Words } from "./found.js";
import { findContainers } from "./place.js";
import { readRan } from "./trouble.js";

/** What of a container was so before the gate began, and does not count against it. */
interface Before {
  readonly restarts: number;
  readonly killedForMemory: boolean;
}

/** The containers of a check as they were first seen; undefined before the first look. */
export type ContainerMemory = ReadonlyMap<string, Before>;

// By their names in JSON (`Id`) docker looks the fields up in what its API said, where only `index` may ask for
// one that is not always there. A variable keeps the last of the five outputs of a health check; texts are cut
// where they are made.
const fields = [
  '{{$said := ""}}{{$health := ""}}',
  '{{with index .State "Health"}}{{$health = .Status}}',
  "{{range .Log}}{{$said = .Output}}{{end}}{{end}}",
  '{"id":{{json .Id}},"name":{{json .Name}},"status":{{json .State.Status}},',
  '"exitCode":{{.State.ExitCode}},"killedForMemory":{{.State.OOMKilled}},',
  '"restarts":{{.RestartCount}},"created":{{json .Created}},"finished":{{json .State.FinishedAt}},',
  '"health":{{json $health}},"said":{{json (printf "%.600s" $said)}},',
  '"error":{{json (printf "%.600s" .State.Error)}}}',
].join("");

/** Asks docker for the state of the containers, one line of JSON each. */
export function containerText({ place }: ContainerCheck): string {
  return `${findContainers(place)}
# A container may go between the two questions: the others are told all the same.
states=$(docker container inspect --format '${fields}' -- $ids 2>/dev/null)
if [ -z "$states" ]; then
  docker container inspect -- $ids >/dev/null 2>&1 || gone
  trouble docker-unknown
fi
echo ran
printf '%s\\n' "$states"`;
}

/** What a round found, and what the next one has to know. */
export interface ContainerReading {
  readonly found: Found | undefined;
  readonly memory: ContainerMemory | undefined;
}

/** Judges every container that is not a stopped predecessor of one that runs; the gravest counts. */
export function readContainers(
  check: ContainerCheck,
  answer: Answer,
  memory: ContainerMemory | undefined,
): ContainerReading {
  const ran = readRan(answer, check);
  if ("trouble" in ran) return { found: ran.trouble, memory };
  const lines = textOf(ran.output).split("\n");
  const states = lines.slice(0, -1).map(parseContainer);
  if (lines.at(-1) !== "" || states.length === 0 || !states.every((state) => state !== undefined))
    return { found: undefined, memory };
  const before = remember(states, memory);
  const judged = states
    .filter((state) => !isReplaced(state, states))
    .map((state) => judge(state, before.get(state.id), check));
  return { found: gravest(judged), memory: before };
}

/** Keeps what was first seen of each; one that came after the first look had no life before the gate. */
function remember(
  states: readonly ContainerState[],
  memory: ContainerMemory | undefined,
): ContainerMemory {
  const seen = states.map((state): readonly [string, Before] => [
    state.id,
    memory?.get(state.id) ?? firstSeen(state, memory === undefined),
  ]);
  return new Map([...(memory ?? []), ...seen]);
}

function firstSeen(state: ContainerState, atFirstLook: boolean): Before {
  if (!atFirstLook) return { restarts: 0, killedForMemory: false };
  // The restart that is under way has been counted by docker, and is not over.
  const restarts = state.restarts - (state.status === "restarting" ? 1 : 0);
  return { restarts, killedForMemory: state.killedForMemory };
}

/** The exit codes of what was asked to stop: by itself, by SIGTERM, and by SIGKILL after the time for that. */
const stopped = [0, 143, 137];

/** Whether it ended in good order, or long ago, and a newer one runs in its place. */
function isReplaced(state: ContainerState, all: readonly ContainerState[]): boolean {
  if (state.status !== "exited") return false;
  const asked = stopped.includes(state.exitCode) && !state.killedForMemory;
  return all.some(
    (other) =>
      other.status === "running" &&
      other.created > state.created &&
      (asked || state.finished < other.created),
  );
}

function judge(state: ContainerState, before: Before | undefined, check: ContainerCheck): Found {
  const restarts = state.restarts - (before?.restarts ?? 0);
  if (restarts > check.maxRestarts) return restarted(state, check);
  switch (state.status) {
    case "running":
      return judgeRunning(state, before);
    case "restarting":
      return found("unhealthy", `${state.name} is restarting, ${exitOf(state)}`);
    case "created":
      // Docker does not try again by itself.
      if (state.error === "") return found("unhealthy", `${state.name} was not started so far`);
      return found("hopeless", `${state.name} could not be started`, errorOf(state));
    case "exited":
    case "dead":
      return found("hopeless", `${state.name} ${endOf(state)}`, errorOf(state));
    default:
      return found("unhealthy", `${state.name} is ${state.status}`);
  }
}

function restarted(state: ContainerState, { maxRestarts }: ContainerCheck): Found {
  const often = maxRestarts === 0 ? "" : ` more than ${String(maxRestarts)} times`;
  const why = state.status === "running" ? "" : `, ${exitOf(state)}`;
  return found("hopeless", `${state.name} restarted${often} since the gate began${why}`);
}

/** Why docker could not start it, where it says. */
function errorOf({ error }: ContainerState): Words {
  return error === "" ? {} : { said: error };
}

function exitOf({ exitCode, killedForMemory }: ContainerState): string {
  return killedForMemory ? "killed for want of memory (OOM)" : `exit code ${String(exitCode)}`;
}

function endOf(state: ContainerState): string {
  return state.killedForMemory
    ? "was killed for want of memory (OOM)"
    : `exited with code ${String(state.exitCode)}`;
}

function judgeRunning(state: ContainerState, before: Before | undefined): Found {
  const { name, health, said } = state;
  if (state.killedForMemory && before?.killedForMemory !== true)
    return found("hopeless", `a process in ${name} was killed for want of memory (OOM)`);
  if (health === "starting")
    return found("unhealthy", `${name}: docker's health check is starting`);
  if (health === "unhealthy")
    return found("unhealthy", `${name} is unhealthy by docker's health check`, { said });
  if (state.killedForMemory)
    return found("degraded", `a process in ${name} was killed for want of memory before the gate`);
  return found("healthy", health === "healthy" ? `${name} is healthy` : `${name} is running`);
}
