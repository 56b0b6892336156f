import { BelayError } from "../kit/errors.js";
import type { Clock } from "../ports/clock.js";
import type { Caller } from "./caller.js";
import { until } from "./until.js";

/** How long a dropped line is repaired before the server is left to act alone. */
export interface Patience {
  /** New connections tried in a row without any answer. */
  readonly retries: number;
  /** Milliseconds since the line dropped: after that the server has begun to act by itself. */
  readonly withinMs: number;
}

const firstPauseMs = 500;
const longestPauseMs = 10_000;

/** A line to repair: what of it is needed for that. */
export interface Repairable {
  readonly caller: Pick<Caller, "connect">;
  readonly clock: Clock;
  readonly patience: Patience;
  readonly signal?: AbortSignal;
}

/**
 * Runs `attempt`, again on a new connection each time the line drops. `attempt` calls `alive` when it hears
 * anything, which starts the patience anew. Throws `connection-lost` when that is used up, and the signal's
 * reason when it aborts.
 */
export async function onLiveLine<T>(
  line: Repairable,
  attempt: (alive: () => void) => Promise<T>,
): Promise<T> {
  const { clock, patience, signal } = line;
  let failures = 0;
  let deadline = Number.POSITIVE_INFINITY;
  const alive = (): void => void (failures = 0);
  for (;;) {
    try {
      await connectBefore(deadline, line);
      return await attempt(alive);
    } catch (failure) {
      signal?.throwIfAborted();
      if (!isDrop(failure, failures)) throw failure;
      if (failures === 0) deadline = clock.monotonic() + patience.withinMs;
      const left = deadline - clock.monotonic();
      if (failures >= patience.retries || left <= 0) throw givenUp(failure);
      failures += 1;
      await clock.sleep(Math.min(left, pauseMs(failures)), signal);
    }
  }
}

/** A connection that is still being made when the server acts alone already comes too late. */
async function connectBefore(deadline: number, line: Repairable): Promise<void> {
  const connected = new AbortController();
  const connecting = until(line.caller.connect(), line.signal);
  try {
    await Promise.race([connecting, expiry(deadline, line.clock, connected.signal)]);
  } finally {
    connected.abort();
  }
}

/** Rejects at `deadline`; never settles before. */
async function expiry(deadline: number, clock: Clock, over: AbortSignal): Promise<never> {
  const leftMs = deadline - clock.monotonic();
  if (leftMs === Number.POSITIVE_INFINITY) return new Promise<never>(() => undefined);
  await clock.sleep(Math.max(0, leftMs), over).catch(() => new Promise<never>(() => undefined));
  throw new BelayError(
    "connection-lost",
    "no new connection came about in time",
    "The server acts alone now.",
  );
}

function pauseMs(failures: number): number {
  return Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - 1));
}

/** A line that cannot be made at all is no drop; one that was there and cannot be made again is. */
function isDrop(failure: unknown, failures: number): failure is BelayError {
  if (!(failure instanceof BelayError)) return false;
  return (
    failure.code === "connection-lost" || (failures > 0 && failure.code === "host-unreachable")
  );
}

function givenUp(cause: BelayError): BelayError {
  return new BelayError(
    "connection-lost",
    `the connection was lost and could not be made again: ${cause.message}`,
    "The server ends the operation by itself and puts the old release back where needed; `operation: status` tells how it ended.",
    { cause },
  );
}
