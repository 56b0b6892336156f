import type { Clock } from "../ports/clock.js";
import type { Check, Finding } from "./check.js";
import type { AttemptLimits } from "./http-check.js";

/** Asks a check once. Never outlasts its limits by much, and rejects only when `signal` aborts. */
export type Ask = (check: Check, limits: AttemptLimits) => Promise<Finding>;

/** With what a gate is asked. */
export interface Asking {
  readonly ask: Ask;
  readonly clock: Clock;
}

/** One attempt: when it began (monotonic), and what it found. */
export interface Sample {
  readonly startedAt: number;
  readonly finding: Finding;
  /** It was given less than its usual time and used it up: that says nothing of the app. */
  readonly cutShort: boolean;
}

/** A timer may fire this much before the clock says so. */
const timerSlackMs = 5;

/** Asks `check` once, for at most its own time or the `leftMs` that are left. */
export async function sample(
  check: Check,
  { ask, clock }: Asking,
  signal: AbortSignal,
  leftMs = Number.POSITIVE_INFINITY,
): Promise<Sample> {
  signal.throwIfAborted();
  const timeoutMs = Math.max(1, Math.min(check.attemptTimeoutMs, leftMs));
  const startedAt = clock.monotonic();
  const finding = await ask(check, { timeoutMs, signal });
  const cutShort =
    finding.state === "unhealthy" &&
    timeoutMs < check.attemptTimeoutMs &&
    finding.tookMs + timerSlackMs >= timeoutMs;
  return { startedAt, finding, cutShort };
}

/** Whether the attempt passed; a degraded one does. */
export function passed({ finding }: Sample): boolean {
  return finding.state === "healthy" || finding.state === "degraded";
}

/** How many of the attempts failed. */
export function failures(samples: readonly Sample[]): number {
  return samples.filter((one) => !passed(one)).length;
}

/**
 * Sleeps until the interval of `check` after the start of `last`, so that attempts keep their rate however long
 * each takes; never longer than `leftMs`, and not at all when that moment is past.
 */
export async function pauseAfter(
  check: Check,
  last: Sample | undefined,
  leftMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const { intervalMs } = check;
  const due = last === undefined ? intervalMs : last.startedAt + intervalMs - clock.monotonic();
  const pause = Math.min(due, leftMs);
  if (pause > 0) await clock.sleep(pause, signal);
}
