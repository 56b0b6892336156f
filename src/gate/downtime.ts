import type { Clock } from "../ports/clock.js";
import type { Http } from "../ports/http.js";

const everyMs = 50;
/** Those that a proxy lets hang must not hold up the one that finds the app again. */
const mostUnderWay = 40;
const attemptTimeoutMs = 5000;

/** A measurement that runs beside a switch. */
export interface DowntimeMeasurement {
  /** Ends it and tells for how many milliseconds `url` failed; never rejects, and may be called again. */
  stop(): Promise<number>;
}

/**
 * Asks `url` every 50 ms, however long the answers take, until `stop` or `signal`. The time from the start of a
 * probe that failed (no answer, or 5xx) to the start of the next that did not, or to the end, is downtime; so is none
 * of what lies before the first answer. What stood before the first probe is not known, so begin before the switch.
 */
export function measureDowntime(
  url: string,
  http: Http,
  clock: Clock,
  signal?: AbortSignal,
): DowntimeMeasurement {
  const stopping = new AbortController();
  const ended = signal === undefined ? stopping.signal : AbortSignal.any([stopping.signal, signal]);
  const total = measure({ url, http, clock, signal }, ended);
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

interface Probe {
  readonly startedAt: number;
  readonly up: boolean;
}

async function measure(asked: Asked, ended: AbortSignal): Promise<number> {
  const { clock } = asked;
  const probes: Promise<Probe | undefined>[] = [];
  const underWay = new Set<Promise<unknown>>();
  while (!ended.aborted) {
    const startedAt = clock.monotonic();
    const probe = ask(asked, startedAt);
    probes.push(probe);
    underWay.add(probe);
    void probe.then(() => underWay.delete(probe));
    await clock.sleep(everyMs, ended).catch(() => undefined);
    if (underWay.size >= mostUnderWay) await Promise.race(underWay);
  }
  const endedAt = clock.monotonic();
  // A probe under way when it ends is heard out: it may be the one that fails.
  const heard = await Promise.all(probes);
  return Math.round(
    downtimeOf(
      heard.filter((probe) => probe !== undefined),
      endedAt,
    ),
  );
}

/** Nobody was served before the first probe that was answered, as before a first deploy: that is no downtime. */
function downtimeOf(probes: readonly Probe[], endedAt: number): number {
  let totalMs = 0;
  let downSince: number | undefined;
  const firstUp = probes.findIndex(({ up }) => up);
  for (const { startedAt, up } of probes.slice(Math.max(0, firstUp))) {
    if (up && downSince !== undefined) totalMs += startedAt - downSince;
    downSince = up ? undefined : (downSince ?? startedAt);
  }
  return downSince === undefined ? totalMs : totalMs + endedAt - downSince;
}

/** Undefined for one that was cut short with everything else. */
async function ask(asked: Asked, startedAt: number): Promise<Probe | undefined> {
  const up = await answers(asked);
  return asked.signal?.aborted === true ? undefined : { startedAt, up };
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
