import type { HttpResponse } from "../ports/http.js";
import type { Finding, HttpCheck } from "./check.js";
import { excerpt } from "./excerpt.js";
import { statusText } from "./http-status.js";
import { jsonProblem } from "./json-condition.js";
import { judgeDownward } from "./limits.js";
import { matches } from "./pattern.js";
import { statusRemedy, textRemedy } from "./remedies.js";

/** A finding before it is known how long it took. */
export type Verdict = Omit<Finding, "tookMs">;

/** Takes secrets out of a text before it is cut: a half of one would not be found any more. */
export type Hide = (text: string) => string;

const bodyCharacters = 160;
/** What is far behind cannot be shown anyway. */
const shownOf = 4096;
const dayMs = 86_400_000;

/**
 * What `answer` means at `now` (since the epoch): status, body, JSON and the text of the new version, in this
 * order, then the days that the certificate is still valid. `hide` is for what is shown, not for what is judged.
 */
export function judge(
  answer: HttpResponse,
  check: HttpCheck,
  now: number,
  hide: Hide = (text) => text,
): Verdict {
  const { status } = answer;
  const body = excerpt(hide(answer.body.slice(0, shownOf)), bodyCharacters);
  if (!check.status.some(([low, high]) => status >= low && status <= high)) {
    const reason = statusText(status) + target(answer);
    return { state: "unhealthy", reason, body, remedy: statusRemedy(status) };
  }
  const problem = bodyProblem(answer.body, check, hide);
  if (problem === undefined) return certificateVerdict(answer, check, now) ?? healthy;
  const reason = `${String(status)}, but ${problem}`;
  return { state: "unhealthy", reason, body, remedy: textRemedy };
}

const healthy: Verdict = { state: "healthy", reason: "healthy" };

function bodyProblem(
  body: string,
  { body: pattern, json, expect }: HttpCheck,
  hide: Hide,
): string | undefined {
  if (expect !== undefined && !body.includes(expect))
    return `without the expected text "${excerpt(expect, 80)}"`;
  if (pattern !== undefined) {
    const found = matches(pattern, body);
    const shown = `/${excerpt(pattern.source, 80)}/`;
    if (found === undefined) return `${shown} takes too long on this body`;
    if (!found) return `nothing in the body matches ${shown}`;
  }
  return jsonProblem(body, json, hide);
}

function certificateVerdict(
  { certificateEnds = "" }: HttpResponse,
  { minDays }: HttpCheck,
  now: number,
): Verdict | undefined {
  const ends = Date.parse(certificateEnds);
  if (minDays === undefined || Number.isNaN(ends)) return undefined;
  const value = Math.max(0, Math.floor((ends - now) / dayMs));
  const state = judgeDownward(value, minDays);
  const measured = { value, unit: "days" };
  if (state === "healthy") return { ...healthy, ...measured };
  return {
    // Waiting makes no certificate younger.
    state: state === "unhealthy" ? "hopeless" : state,
    reason: `TLS: certificate ends on ${certificateEnds.slice(0, 10)}, in ${String(value)} days`,
    remedy: "Renew the certificate, and see that the server loads the new one.",
    ...measured,
  };
}

function target({ status, headers }: HttpResponse): string {
  const location = headers["location"];
  return status < 300 || status > 399 || location === undefined
    ? ""
    : ` to ${excerpt(location, 120)}`;
}
