import { quote } from "../../commands/shell.js";
import type { Place } from "../check.js";
import { type Answer, type Found, found, textOf } from "./found.js";
import type { NewLines } from "./new-lines.js";
import { findContainers, placeName } from "./place.js";
import { readRan } from "./trouble.js";

/** The time of the last line that was read, and how many lines of that very time were. */
export interface ContainerPosition {
  readonly since: string;
  readonly same: number;
}

/** Positions by container id. */
export type ContainerPositions = ReadonlyMap<string, ContainerPosition>;

/** Bytes for the logs of all containers of a check, and lines of each: docker reads its files from the end. */
const budget = 128 * 1024;
const tail = 5000;

/** How long before the first look a container may have started to have all of its log read. */
const youngSeconds = 300;

/** How many bytes an answer may have. */
export const containerLogsBytes = 2 * budget;

/**
 * For each container prints `container ID BYTES SINCE`, then its lines after `|`, then an empty line unless
 * the last was cut. A container that was made in the five minutes before is new: all of its log is read, from its making
 * on, for docker dates a start later than the first lines of what it started. An older one that started in that time is
 * read from its start, any other from now on.
 */
export function containerLogsText(place: Place, positions: ContainerPositions): string {
  const known = Array.from(
    positions,
    ([id, { since }]) => `${quote(id)}) since=${quote(since)} ;;\n`,
  );
  return `${findContainers(place)}
now=$(date +%s)
old=$(date -u -d "@$((now - ${String(youngSeconds)}))" +%Y-%m-%dT%H:%M:%SZ)
later() { printf '%s\\n%s\\n' "$1" "$2" | sort | tail -n 1; }
since_start() {
  for since in "$created" "$started"; do
    if [ "$(later "$since" "$old")" = "$since" ]; then return; fi
  done
  since=$(date -u -d "@$now" +%Y-%m-%dT%H:%M:%SZ)
}
containers=$(docker container inspect --format '{{.Id}} {{.Created}} {{.State.StartedAt}}' -- $ids 2>/dev/null)
[ -n "$containers" ] || gone
echo ran
LC_ALL=C
export LC_ALL
set -- $containers
share=$((${String(budget * 3)} / $#))
while [ $# -gt 2 ]; do
  created=$2 started=$3
  case $1 in
${known.join("")}*) since_start ;;
  esac
  echo "container $1 $share $since"
  docker logs --timestamps --tail ${String(tail)} --since "$since" "$1" 2>&1 | head -c "$share" | sed 's/^/|/'
  echo
  shift 3
done`;
}

/** Reads the whole lines of an answer; undefined where it is not whole. */
export function readContainerLogs(
  place: Place,
  answer: Answer,
  positions: ContainerPositions,
): NewLines<ContainerPositions> | { readonly trouble: Found } | undefined {
  const ran = readRan(answer, { place });
  if ("trouble" in ran) return ran;
  const parts = textOf(ran.output).split(/^(?=container )/m);
  const logs = parts.map((part) => readPart(part, positions));
  if (!logs.every((log) => log !== undefined)) return undefined;
  const refused = logs.find(({ unreadable }) => unreadable !== undefined)?.unreadable;
  if (refused !== undefined)
    return {
      trouble: found("unhealthy", `docker cannot read the log of ${placeName(place)}`, {
        said: refused,
        remedy: "Use a logging driver that can be read back, such as local or json-file.",
      }),
    };
  return {
    lines: logs.flatMap(({ lines }) => lines),
    missing: logs.find(({ missing }) => missing !== undefined)?.missing,
    position: new Map([...positions, ...logs.map(({ id, position }) => [id, position] as const)]),
  };
}

interface ContainerLog {
  readonly id: string;
  readonly lines: readonly string[];
  readonly missing?: string | undefined;
  readonly position: ContainerPosition;
  /** What docker said instead of lines. */
  readonly unreadable?: string | undefined;
}

interface TimedLine {
  readonly time: string;
  readonly text: string;
}

function readPart(part: string, positions: ContainerPositions): ContainerLog | undefined {
  const [, id, share, since, body] = /^container (\S+) (\d+) (\S+)\n([^]*)$/.exec(part) ?? [];
  if (id === undefined || since === undefined || body?.endsWith("\n") !== true) return undefined;
  const before = positions.get(id) ?? { since, same: 0 };
  const [whole, cut] = wholeLines(body);
  const timed = whole.map(parseLine);
  if (!timed.every((line) => line !== undefined))
    return { id, lines: [], position: before, unreadable: whole.join(" ").replaceAll("|", "") };
  // Each line has its `|`, and the empty line at the end is ours.
  const full = cut || Buffer.byteLength(body) - timed.length - 1 >= Number(share);
  return { id, ...afterPosition(timed, before), missing: missingOf(timed, before, full) };
}

/** The lines of a part, and whether the last was cut: then it is left for the next round, unless it is all. */
function wholeLines(body: string): readonly [lines: readonly string[], cut: boolean] {
  const lines = body.split("\n").slice(0, -1);
  const cut = lines.at(-1) !== "";
  return [cut && lines.length === 1 ? lines : lines.slice(0, -1), cut];
}

function parseLine(line: string): TimedLine | undefined {
  const [, time, text] = /^\|(\d{4}-\d\d-\d\dT\S+) ?([^]*)$/.exec(line) ?? [];
  return time === undefined || text === undefined ? undefined : { time, text };
}

/** What is new after `before`: docker begins with the lines of that very time once more. */
function afterPosition(
  timed: readonly TimedLine[],
  before: ContainerPosition,
): Pick<ContainerLog, "lines" | "position"> {
  const known = timed.slice(0, before.same).filter(({ time }) => time === before.since).length;
  const last = timed.at(-1)?.time;
  return {
    lines: timed.slice(known).map(({ text }) => text),
    position:
      last === undefined
        ? before
        : { since: last, same: timed.filter(({ time }) => time === last).length },
  };
}

function missingOf(
  timed: readonly TimedLine[],
  before: ContainerPosition,
  full: boolean,
): string | undefined {
  if (full) return "more new lines in the log than were read so far";
  // What was read last is always there again, unless so much came after it that docker's tail left it out.
  const skipped = timed.length >= tail && before.same > 0 && timed[0]?.time !== before.since;
  return skipped ? "more new lines in the log at a time than can be read" : undefined;
}
