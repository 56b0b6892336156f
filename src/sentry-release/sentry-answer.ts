import { BelayError } from "../kit/errors.js";
import { memberAt, parseJson, textAt } from "../kit/json.js";
import { oneLine } from "../kit/one-line.js";
import { type Attempt, retryAfterMs } from "../kit/persist.js";
import type { HttpResponse } from "../ports/http.js";

/** What Sentry was asked, in words that follow "to". */
export type Question = string;

/** What Sentry's answer means: JSON with a good status, a failure that may pass, or one for the user. */
export function sentryAnswer(
  answer: HttpResponse,
  question: Question,
  now: number,
): Attempt<unknown> {
  const { status } = answer;
  const json = parseJson(answer.body);
  if (status >= 200 && status < 300) {
    if (json !== undefined) return { value: json };
    throw strange(answer, question);
  }
  if (status === 409 || status === 429 || status >= 500) return passing(answer, question, now);
  throw refusal(answer, json, question);
}

function passing(answer: HttpResponse, question: Question, now: number): Attempt<unknown> {
  const { status, headers } = answer;
  const reset = Number(headers["x-sentry-rate-limit-reset"]) * 1000;
  const afterMs =
    retryAfterMs(headers["retry-after"], now) ??
    (status === 429 && reset > now ? reset - now : undefined);
  const words = status === 429 ? "too many requests" : detailOf(parseJson(answer.body));
  const message = `Sentry answered HTTP ${status} when asked to ${question}${words && `: ${words}`}`;
  const remedy = "Run the job again later, or raise `time-limit`; see status.sentry.io.";
  const failure = new BelayError("service-failed", message, remedy);
  return afterMs === undefined ? { failure } : { failure, afterMs };
}

function refusal(answer: HttpResponse, json: unknown, question: Question): BelayError {
  const { status } = answer;
  const detail = detailOf(json);
  const message = `Sentry refused to ${question}: HTTP ${status}${detail && `, ${detail}`}`;
  if (json === undefined) return strange(answer, question);
  if (status === 401) return new BelayError("auth-refused", message, newToken);
  if (status === 403) return new BelayError("auth-refused", message, scopes);
  if (status === 404) return new BelayError("config", message, names);
  if (memberAt(json, "projects") !== undefined) return new BelayError("config", message, projects);
  return new BelayError("config", message, "Correct the input that it names.");
}

const newToken =
  "Make an organisation token in Sentry (Settings, Auth Tokens), and store it as the secret anew; a self-hosted Sentry needs its own address in `sentry-url`.";
const scopes =
  "Give the token the scopes `project:releases` and `org:read`, or take an organisation token, and check that its user sees the projects.";
const names = "Check `sentry-org`, and `sentry-url`: they must be those of the same Sentry.";
const projects = "Check `sentry-projects`: the slugs as they stand in Sentry's addresses.";

/** An answer that is not of Sentry's form. */
function strange({ status, headers, body }: HttpResponse, question: Question): BelayError {
  const to = headers["location"];
  const host = to !== undefined && URL.canParse(to) ? ` to ${new URL(to).host}` : "";
  const what =
    status >= 300 && status < 400
      ? `HTTP ${status}, a redirect${host}, which is not followed`
      : `HTTP ${status} with ${kindOf(body)}`;
  const message = `the answer to "${question}" is not Sentry's: ${what}`;
  const remedy =
    "Check `sentry-url` (with https, and the region's own host where it has one), and whether a proxy or log-in page stands before it.";
  return new BelayError("config", message, remedy);
}

function kindOf(body: string): string {
  if (body.trim() === "") return "nothing in it";
  return /<(?:!doctype|html|head|body)\b/i.test(body) ? "a web page" : "some other text";
}

/** `detail` as text or as an object with a message; or the fields that are wrong, with what is wrong. */
function detailOf(json: unknown): string {
  const detail = textAt(json, "detail") || textAt(json, "detail", "message");
  if (detail !== "" || typeof json !== "object" || json === null) return oneLine(detail, 200);
  const fields = Object.entries(json).map(([name, problem]) => `${name}: ${plain(problem)}`);
  return oneLine(fields.join("; "), 200);
}

function plain(problem: unknown): string {
  if (Array.isArray(problem)) return problem.map(plain).join(", ");
  return typeof problem === "string" ? problem : JSON.stringify(problem);
}
