import type { HttpResponse } from "../ports/http.js";
import { excerpt } from "./excerpt.js";
import { statusText } from "./http-status.js";

/** Why an attempt counts as unhealthy. Equal `reason`s are one state, whatever the body says. */
export interface Unhealthy {
  readonly kind: "no-answer" | "status" | "text";
  readonly reason: string;
  readonly status?: number;
  /** The beginning of the body on one line, perhaps empty; absent where no answer came. */
  readonly body?: string;
}

const bodyCharacters = 160;

/** Undefined for a healthy answer: status 200 to 299, with `expect` in the body when that is given. */
export function judge(answer: HttpResponse, expect: string | undefined): Unhealthy | undefined {
  const { status } = answer;
  const body = excerpt(answer.body, bodyCharacters);
  if (status < 200 || status > 299)
    return { kind: "status", reason: statusText(status) + target(answer), status, body };
  if (expect === undefined || answer.body.includes(expect)) return undefined;
  const reason = `${String(status)}, but without the expected text "${excerpt(expect, 80)}"`;
  return { kind: "text", reason, status, body };
}

function target({ status, headers }: HttpResponse): string {
  const location = headers["location"];
  return status < 300 || status > 399 || location === undefined
    ? ""
    : ` to ${excerpt(location, 120)}`;
}
