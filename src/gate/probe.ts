import type { Clock } from "../ports/clock.js";
import type { Http } from "../ports/http.js";
import { excerpt } from "./excerpt.js";
import { judge, type Unhealthy } from "./judge.js";

/** How long one attempt may take, in milliseconds, from connect to the end of the body. */
export const attemptTimeoutMs = 5000;

/** A timer may fire this much before the clock says so. */
const timerSlackMs = 5;
const bodyBytes = 1024 * 1024;

/** One attempt: when it began (monotonic), how long it took, and why it was unhealthy, if it was. */
export interface Probe {
  readonly startedAt: number;
  readonly tookMs: number;
  readonly unhealthy: Unhealthy | undefined;
  /** It was given less than its usual time and used it up: that says nothing of the app. */
  readonly cutShort: boolean;
}

/** Where to ask and with what. */
export interface Asked {
  readonly url: string;
  readonly expect: string | undefined;
  readonly http: Http;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks once, for at most 5 s or the `leftMs` that are left. Every bad end but a cancellation is an unhealthy
 * probe; `expect` is looked for in the first MiB of the body.
 */
export async function probe(asked: Asked, leftMs = attemptTimeoutMs): Promise<Probe> {
  const timeoutMs = Math.max(1, Math.min(attemptTimeoutMs, leftMs));
  const startedAt = asked.clock.monotonic();
  const unhealthy = await attempt(asked, timeoutMs);
  const tookMs = asked.clock.monotonic() - startedAt;
  const cutShort =
    unhealthy?.kind === "no-answer" &&
    timeoutMs < attemptTimeoutMs &&
    tookMs + timerSlackMs >= timeoutMs;
  return { startedAt, tookMs, unhealthy, cutShort };
}

async function attempt(
  { url, expect, http, signal }: Asked,
  timeoutMs: number,
): Promise<Unhealthy | undefined> {
  const request = {
    url,
    timeoutMs,
    maxBodyBytes: bodyBytes,
    headers: { "cache-control": "no-cache" },
  };
  try {
    return judge(
      await http.request(signal === undefined ? request : { ...request, signal }),
      expect,
    );
  } catch (error) {
    signal?.throwIfAborted();
    return {
      kind: "no-answer",
      reason: excerpt(error instanceof Error ? error.message : String(error), 200),
    };
  }
}
