import { formatDuration } from "../../kit/duration.js";
import type { Deadline } from "../../kit/deadline.js";
import type { Clock } from "../../ports/clock.js";
import type { Log } from "../../ports/log.js";
import { nameOf } from "../cluster/objects.js";
import type { Judge, Standing } from "./judge.js";
import type { LiveView } from "./view.js";

/** How the rollout of one workload went. */
export interface Rolled {
  readonly judge: Judge;
  readonly standing: Standing;
  /** From the start of the watch until it was ready the first time; undefined where it never was. */
  readonly readyAfterMs: number | undefined;
  /** From the start of the watch to its verdict. */
  readonly tookMs: number;
  readonly timedOut: boolean;
}

/** Nothing on the cluster changes when a grace is over: so often it is looked at all the same. */
const lookMs = 250;
const silenceMs = 30_000;

interface Watched {
  readonly judge: Judge;
  line: string;
  toldAt: number;
  readyAfterMs: number | undefined;
  rolled: Rolled | undefined;
}

/**
 * Watches all workloads at once until each is done, or one has failed; the others are then left where they
 * are. Progress is one line for each change.
 */
export async function watchRollout(
  judges: readonly Judge[],
  view: LiveView,
  {
    clock,
    log,
    deadline,
    signal,
  }: {
    readonly clock: Clock;
    readonly log: Pick<Log, "info">;
    readonly deadline: Deadline;
    readonly signal: AbortSignal;
  },
): Promise<readonly Rolled[]> {
  const begun = clock.monotonic();
  const all: Watched[] = judges.map((judge) => ({
    judge,
    line: "",
    toldAt: begun,
    readyAfterMs: undefined,
    rolled: undefined,
  }));
  for (;;) {
    signal.throwIfAborted();
    const now = clock.monotonic();
    const late = deadline.leftMs() === 0;
    let waitMs = Math.min(lookMs, deadline.leftMs());
    for (const one of all) {
      const standing = one.judge.look(view, now);
      waitMs = Math.min(waitMs, standing.settledInMs ?? waitMs);
      note(one, standing, now - begun, log);
      // What was ready stays judged: it may crash while others are still rolling.
      one.rolled = ended(one, standing, now - begun, late);
    }
    const failed = all.some(
      ({ rolled }) => rolled !== undefined && rolled.standing.state !== "done",
    );
    if (failed || all.every(({ rolled }) => rolled !== undefined))
      return all.map((one) => one.rolled ?? left(one, view, now, begun));
    await Promise.race([view.changed(), clock.sleep(Math.max(1, Math.ceil(waitMs)), signal)]);
  }
}

function ended(
  one: Watched,
  standing: Standing,
  tookMs: number,
  late: boolean,
): Rolled | undefined {
  const { state } = standing;
  const { judge, readyAfterMs } = one;
  if (state === "done" || state === "failed" || state === "superseded")
    return { judge, standing, readyAfterMs, tookMs: one.rolled?.tookMs ?? tookMs, timedOut: false };
  return late ? { judge, standing, readyAfterMs, tookMs, timedOut: true } : undefined;
}

/** One that was neither done nor failed when another had failed. */
function left(
  { judge, readyAfterMs }: Watched,
  view: LiveView,
  now: number,
  begun: number,
): Rolled {
  const standing = judge.look(view, now);
  return { judge, standing, readyAfterMs, tookMs: now - begun, timedOut: false };
}

function note(one: Watched, standing: Standing, sinceMs: number, log: Pick<Log, "info">): void {
  const isReadyNow = standing.state === "settling" || standing.state === "done";
  if (isReadyNow) one.readyAfterMs ??= sinceMs;
  else if (standing.state === "rolling") one.readyAfterMs = undefined;
  const line = lineOf(standing);
  const isSilent = sinceMs - one.toldAt >= silenceMs;
  if (line === one.line && !(isSilent && standing.state !== "done")) return;
  one.line = line;
  one.toldAt = sinceMs;
  log.info(`rollout: ${nameOf(one.judge.workload)}: ${line}`);
}

function lineOf({ state, line, trouble, stableMs }: Standing): string {
  if (state === "settling") return `${line}, to stay so for ${formatDuration(stableMs)}`;
  // How often it has failed so far changes all the time, and says nothing new.
  return trouble === undefined ? line : `${line}; ${trouble.line}`;
}
