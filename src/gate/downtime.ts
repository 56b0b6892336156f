import type { Clock } from "../ports/clock.js";
import type { Http } from "../ports/http.js";

const everyMs = 100;
const attemptTimeoutMs = 5000;

/** A measurement that runs beside a switch. */
export interface DowntimeMeasurement {
  /** Ends it and tells for how many milliseconds `url` failed; never rejects, and may be called again. */
  stop(): Promise<number>;
}

/**
 * Asks `url` every 100 ms, never twice at a time, until `stop` or `signal`. The time from the start of a
 * probe that failed (no answer, or 5xx) to the start of the next that did not, or to the end, is downtime;
 * what stood before the first probe is not known, so begin before the switch.
 */
export function measureDowntime(
  url: string,
  http: Http,
  clock: Clock,
  signal?: AbortSignal,
): DowntimeMeasurement {
  const stopping = new AbortController();
  const ended = signal === undefined ? stopping.signal : AbortSignal.any([stopping.signal, signal]);
  const total = sum({ url, http, clock, signal }, ended);
  return {
    stop: () => {
      stopping.abort();
      return total;
    },
  };
}

interface Asked {
  readonly url: string;
  readonly http: Http;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
}

async function sum(asked: Asked, ended: AbortSignal): Promise<number> {
  const { clock } = asked;
  let totalMs = 0;
  let downSince: number | undefined;
  while (!ended.aborted) {
    const startedAt = clock.monotonic();
    // A probe under way when it ends is heard out: it may be the one that fails.
    const up = await answers(asked);
    if (asked.signal?.aborted === true) break;
    if (up && downSince !== undefined) totalMs += startedAt - downSince;
    downSince = up ? undefined : (downSince ?? startedAt);
    await clock
      .sleep(Math.max(0, startedAt + everyMs - clock.monotonic()), ended)
      .catch(() => undefined);
  }
  if (downSince !== undefined) totalMs += clock.monotonic() - downSince;
  return Math.round(totalMs);
}

async function answers({ url, http, signal }: Asked): Promise<boolean> {
  const request = { url, timeoutMs: attemptTimeoutMs, maxBodyBytes: 0 };
  try {
    const { status } = await http.request(signal === undefined ? request : { ...request, signal });
    return status < 500;
  } catch {
    return false;
  }
}
