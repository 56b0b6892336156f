import { BelayError } from "../kit/errors.js";
import { formatDuration } from "../kit/duration.js";
import { itemsOf, memberAt, parseJson, textAt } from "../kit/json.js";
import { oneLine } from "../kit/one-line.js";
import { type Attempt, retryAfterMs } from "../kit/persist.js";
import type { HttpResponse } from "../ports/http.js";
import { isPassing, isSlackCode, slackError } from "./slack-errors.js";

/** A message that Slack has; what a webhook does not tell is empty. */
export interface Sent {
  readonly ts: string;
  readonly channel: string;
}

/** What a webhook's answer means: the text `ok`, or an error code, with a status to match. */
export function webhookAnswer(answer: HttpResponse, now: number): Attempt<Sent> {
  const body = answer.body.trim();
  if (answer.status === 200 && body === "ok") return { value: { ts: "", channel: "" } };
  // Slack answers some final errors with 500: its word counts more than the status.
  if (isSlackCode(body)) return failed(body, "", answer, now);
  return strange(answer, "webhook", now);
}

/** What the Web API's answer means: JSON with `ok`, and with `error` when that is false. */
export function apiAnswer(answer: HttpResponse, now: number): Attempt<Sent> {
  const json = parseJson(answer.body);
  if (answer.status === 200 && memberAt(json, "ok") === true) {
    return { value: { ts: textAt(json, "ts"), channel: textAt(json, "channel") } };
  }
  const code = textAt(json, "error");
  if (/^\w{1,80}$/.test(code)) return failed(code, detailsOf(json), answer, now);
  return strange(answer, "api-url", now);
}

/** What Slack says further: what is wrong with the blocks, which right is missing. */
function detailsOf(json: unknown): string {
  const needed = textAt(json, "needed");
  const provided = textAt(json, "provided");
  if (needed !== "") return `needed ${oneLine(needed, 100)}, provided ${oneLine(provided, 200)}`;
  const messages = itemsOf(memberAt(json, "response_metadata", "messages"));
  const texts = messages.filter((one): one is string => typeof one === "string");
  return oneLine(texts.slice(0, 3).join("; "), 300);
}

function failed(code: string, details: string, answer: HttpResponse, now: number): Attempt<Sent> {
  if (answer.status === 429 || isPassing(code)) return passing(answer, code, now, details);
  throw slackError(code, details);
}

/** An answer that is not of Slack's form. */
function strange(answer: HttpResponse, input: string, now: number): Attempt<Sent> {
  const { status } = answer;
  if (status === 429 || status >= 500) return passing(answer, `HTTP ${status}`, now);
  throw new BelayError("config", `the answer is not Slack's: ${described(answer)}`, remedy(input));
}

function passing(answer: HttpResponse, code: string, now: number, details = ""): Attempt<Sent> {
  const afterMs = retryAfterMs(answer.headers["retry-after"], now);
  const limited = answer.status === 429 || /^rate_?limited$/.test(code);
  const failure = limited ? rateLimited(afterMs) : slackError(code, details);
  return afterMs === undefined ? { failure } : { failure, afterMs };
}

function rateLimited(afterMs: number | undefined): BelayError {
  const wait = afterMs === undefined ? "" : `, and asks to wait ${formatDuration(afterMs)}`;
  const message = `Slack answered ratelimited: too many messages for this channel${wait}`;
  const remedy =
    "Raise `time-limit` above that, or send fewer messages: about one a second is allowed.";
  return new BelayError("service-failed", message, remedy);
}

function described({ status, headers, body }: HttpResponse): string {
  if (status >= 300 && status < 400) {
    const to = headers["location"];
    const host = to !== undefined && URL.canParse(to) ? ` to ${new URL(to).host}` : "";
    return `HTTP ${status}, a redirect${host}, which is not followed`;
  }
  if (body.trim() === "") return `HTTP ${status} with nothing in it`;
  const kind = /<(?:!doctype|html|head|body)\b/i.test(body) ? "a web page" : "some other text";
  return `HTTP ${status} with ${kind}`;
}

function remedy(input: string): string {
  return `Check \`${input}\`, and whether a proxy or firewall stands between the runner and Slack.`;
}
