import { formatDuration } from "../kit/duration.js";
import type { Finding } from "./check.js";
import { passed, type Sample } from "./sample.js";

/** What the attempts of a check so far amount to: the state now, since when, and how often it was met in a row. */
export interface Standing {
  readonly attempts: number;
  readonly row: number;
  /** Monotonic start of the first attempt of this state. */
  readonly since: number;
  /** Undefined: nothing is known yet. */
  readonly finding: Finding | undefined;
  readonly healthy: boolean;
  /** The latest failure, also when it is over. */
  readonly lastFailure: Finding | undefined;
}

/** The standing of a check that nobody has asked yet. */
export const unknown: Standing = {
  attempts: 0,
  row: 0,
  since: 0,
  finding: undefined,
  healthy: false,
  lastFailure: undefined,
};

/** The standing after one more attempt. One that was cut short says nothing and leaves what was known. */
export function after(before: Standing, sample: Sample): Standing {
  const attempts = before.attempts + 1;
  if (before.finding !== undefined && sample.cutShort) return { ...before, attempts };
  const { finding } = sample;
  const same = before.finding?.reason === finding.reason;
  const healthy = passed(sample);
  const row = healthy === before.healthy && (healthy || same) ? before.row + 1 : 1;
  return {
    attempts,
    row,
    since: same ? before.since : sample.startedAt,
    finding,
    healthy,
    lastFailure: healthy ? before.lastFailure : finding,
  };
}

/** Whether `now` differs from `before` in a way that people want a line about. */
export function isNews(before: Standing, now: Standing): boolean {
  return before.finding?.reason !== now.finding?.reason;
}

/** One line for a change: what the check finds now. */
export function news({ finding }: Standing): string {
  return finding === undefined ? "no answer yet" : reasonAndBody(finding);
}

/** The failure, how long it has lasted and what the app said: `502 Bad Gateway for 42 s, last body: …`. */
export function describe(standing: Standing, now: number): string {
  const { finding, healthy, lastFailure } = standing;
  if (finding === undefined) return "no answer yet";
  if (!healthy)
    return `${finding.reason} for ${formatDuration(now - standing.since)}${lastBody(finding)}`;
  const before = lastFailure === undefined ? "" : `; before that ${reasonAndBody(lastFailure)}`;
  return `healthy ${String(standing.row)} in a row${before}`;
}

/** Why, and what the app said: `502 Bad Gateway, last body: …`. */
export function reasonAndBody(finding: Finding): string {
  return `${finding.reason}${lastBody(finding)}`;
}

/** The body of a failure as the end of a sentence; nothing where nothing was said. */
function lastBody({ body }: Finding): string {
  if (body === undefined) return "";
  return body === "" ? ", the body is empty" : `, last body: ${body}`;
}
