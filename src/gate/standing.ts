import { formatDuration } from "../kit/duration.js";
import type { Unhealthy } from "./judge.js";
import type { Probe } from "./probe.js";

/** What the probes so far amount to: the state now, since when, and how often it was met in a row. */
export interface Standing {
  readonly attempts: number;
  readonly row: number;
  /** Monotonic start of the first probe of this state. */
  readonly since: number;
  readonly unhealthy: Unhealthy | undefined;
  /** The latest failure, also when it is over. */
  readonly lastFailure: Unhealthy | undefined;
}

/** The standing of an app that was healthy when nobody had counted yet. */
export function healthySince(since: number): Standing {
  return { attempts: 0, row: 0, since, unhealthy: undefined, lastFailure: undefined };
}

/** The standing after one more probe. One that was cut short says nothing and leaves what was known. */
export function after(before: Standing | undefined, probe: Probe): Standing {
  const attempts = (before?.attempts ?? 0) + 1;
  if (before !== undefined && probe.cutShort) return { ...before, attempts };
  const same = before !== undefined && before.unhealthy?.reason === probe.unhealthy?.reason;
  return {
    attempts,
    row: same ? before.row + 1 : 1,
    since: same ? before.since : probe.startedAt,
    unhealthy: probe.unhealthy,
    lastFailure: probe.unhealthy ?? before?.lastFailure,
  };
}

/** Whether `now` differs from `before` in a way that people want a line about. */
export function isNews(before: Standing | undefined, now: Standing): boolean {
  return before === undefined || before.unhealthy?.reason !== now.unhealthy?.reason;
}

/** One line for a change: what the app answers now. */
export function news({ unhealthy }: Standing): string {
  return unhealthy === undefined ? "healthy" : reasonAndBody(unhealthy);
}

/** The failure, how long it has lasted and what the app said: `502 Bad Gateway for 42 s, last body: …`. */
export function describe(standing: Standing, now: number): string {
  const { unhealthy, lastFailure } = standing;
  if (unhealthy !== undefined) {
    return `${unhealthy.reason} for ${formatDuration(now - standing.since)}${lastBody(unhealthy)}`;
  }
  const before = lastFailure === undefined ? "" : `; before that ${reasonAndBody(lastFailure)}`;
  return `healthy ${String(standing.row)} in a row${before}`;
}

/** Why, and what the app said: `502 Bad Gateway, last body: …`. */
export function reasonAndBody(failure: Unhealthy): string {
  return `${failure.reason}${lastBody(failure)}`;
}

/** The body of a failure as the end of a sentence; nothing where no answer came. */
function lastBody({ body }: Unhealthy): string {
  if (body === undefined) return "";
  return body === "" ? ", the body is empty" : `, last body: ${body}`;
}
