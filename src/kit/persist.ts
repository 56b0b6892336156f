import type { Deadline } from "./deadline.js";
import type { BelayError } from "./errors.js";

/** How one try ended: with a result, or with a failure that another try may mend. */
export type Attempt<T> =
  | { readonly value: T }
  | {
      readonly failure: BelayError;
      /** What the other side asked to wait for. */
      readonly afterMs?: number;
    };

export interface Patience {
  readonly deadline: Deadline;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
  readonly signal?: AbortSignal;
}

/** A single try may take this long, so that a silent one leaves time for another. */
const longestTryMs = 10_000;
/** Less than this is no time for a try. */
const shortestTryMs = 50;
const firstPauseMs = 500;
const longestPauseMs = 8000;

/**
 * Tries until a result comes, and as long as the deadline allows; then throws the last failure. Waits what
 * the other side asks for, else twice as long each time, with jitter: runners that failed together must not
 * come back together.
 */
export async function persist<T>(
  attempt: (timeoutMs: number) => Promise<Attempt<T>>,
  { deadline, sleep, random, signal }: Patience,
): Promise<T> {
  for (let round = 0; ; round += 1) {
    const timeoutMs = Math.max(1, Math.min(longestTryMs, deadline.leftMs()));
    const ended = await attempt(timeoutMs);
    if ("value" in ended) return ended.value;
    const pauseMs = ended.afterMs ?? jittered(round, random());
    if (pauseMs + shortestTryMs > deadline.leftMs()) throw ended.failure;
    await sleep(pauseMs, signal);
  }
}

function jittered(round: number, random: number): number {
  const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** round);
  return pause / 2 + (pause / 2) * random;
}

/** Milliseconds of a Retry-After header, in seconds or as a date; undefined when it says neither. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined || header.trim() === "") return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
