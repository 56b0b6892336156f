import type { Clock } from "../ports/clock.js";
import type { Probe } from "./probe.js";

/**
 * Sleeps until `intervalMs` after the start of `last`, so that probes keep their rate however long each
 * takes; never longer than `leftMs`, and not at all when that moment is past.
 */
export async function pauseAfter(
  last: Probe | undefined,
  intervalMs: number,
  leftMs: number,
  clock: Clock,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  const due = last === undefined ? intervalMs : last.startedAt + intervalMs - clock.monotonic();
  const pause = Math.min(due, leftMs);
  if (pause > 0) await clock.sleep(pause, signal);
}
