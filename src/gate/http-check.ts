import type { Clock } from "../ports/clock.js";
import type { Dial } from "../ports/dial.js";
import { type Http, type HttpResponse, NoAnswer } from "../ports/http.js";
import type { Finding, HttpCheck } from "./check.js";
import { excerpt } from "./excerpt.js";
import { secretsOf } from "./header-secrets.js";
import { type Hide, judge, type Verdict } from "./judge.js";
import { answerRemedy } from "./remedies.js";

/** For how long one attempt may last, and what ends it. */
export interface AttemptLimits {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** With what an `http` check is asked; `dial` is there for a check that goes through the server. */
export interface HttpTools {
  readonly http: Http;
  readonly clock: Clock;
  readonly dial?: Dial | undefined;
}

const bodyBytes = 1024 * 1024;
const mostRedirects = 10;

/**
 * Asks once. Every bad end but a cancellation is a finding; conditions look at the first MiB of the body. What
 * the check sends in its headers is shown nowhere, however the app echoes it.
 */
export async function askHttp(
  check: HttpCheck,
  limits: AttemptLimits,
  tools: HttpTools,
): Promise<Finding> {
  const startedAt = tools.clock.monotonic();
  const verdict = await attempt(check, limits, tools, startedAt);
  return { ...verdict, tookMs: tools.clock.monotonic() - startedAt };
}

async function attempt(
  check: HttpCheck,
  limits: AttemptLimits,
  tools: HttpTools,
  startedAt: number,
): Promise<Verdict> {
  const hide = hiding(check);
  try {
    const answer = await answerOf(check, limits, tools, startedAt);
    return "reason" in answer ? answer : judge(answer, check, tools.clock.now(), hide);
  } catch (error) {
    limits.signal?.throwIfAborted();
    return noAnswer(error);
  }
}

function noAnswer(error: unknown): Verdict {
  const reason = excerpt(error instanceof Error ? error.message : String(error), 200);
  const lasting = error instanceof NoAnswer && error.lasting;
  return { state: lasting ? "hopeless" : "unhealthy", reason, remedy: answerRemedy(reason) };
}

/** The answer at the end of the redirects, or what is wrong with them. */
async function answerOf(
  check: HttpCheck,
  limits: AttemptLimits,
  tools: HttpTools,
  startedAt: number,
): Promise<HttpResponse | Verdict> {
  const seen: string[] = [];
  let url = check.url;
  for (;;) {
    const left = limits.timeoutMs - (tools.clock.monotonic() - startedAt);
    const answer = await request(check, url, { ...limits, timeoutMs: Math.max(1, left) }, tools);
    const next = check.followRedirects ? redirectOf(url, answer) : undefined;
    if (next === undefined) return answer;
    if (seen.includes(next) || next === url) return circle(next);
    if (seen.length >= mostRedirects) return tooMany;
    seen.push(url);
    url = next;
  }
}

function request(
  check: HttpCheck,
  url: string,
  limits: AttemptLimits,
  { http, dial }: HttpTools,
): Promise<HttpResponse> {
  const isOwn = URL.parse(url)?.origin === URL.parse(check.url)?.origin;
  const host = isOwn ? check.hostHeader : undefined;
  return http.request({
    url,
    // As browsers do: what was posted is not posted again to where a redirect leads.
    method: url === check.url || check.method === "HEAD" ? check.method : "GET",
    ...limits,
    maxBodyBytes: bodyBytes,
    headers: {
      "cache-control": "no-cache",
      // Another origin gets no credential of this one.
      ...(isOwn ? check.headers : {}),
      ...(host !== undefined && { host }),
    },
    ca: check.ca,
    serverName: host?.replace(/:\d+$/, ""),
    dial,
  });
}

function redirectOf(from: string, { status, headers }: HttpResponse): string | undefined {
  const location = headers["location"];
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined;
  const next = URL.parse(location, from);
  return next?.protocol === "http:" || next?.protocol === "https:" ? next.href : undefined;
}

const redirectRemedy = "See what the app takes this request for, or ask the address behind it.";

function circle(to: string): Verdict {
  const reason = `redirects lead back to ${excerpt(to.replace(/[?#].*$/s, ""), 120)}`;
  return { state: "unhealthy", reason, remedy: redirectRemedy };
}

const tooMany: Verdict = {
  state: "unhealthy",
  reason: `more than ${String(mostRedirects)} redirects`,
  remedy: redirectRemedy,
};

function hiding({ headers }: HttpCheck): Hide {
  const secrets = Object.values(headers).flatMap(secretsOf);
  return (text) => secrets.reduce((left, secret) => left.replaceAll(secret, "***"), text);
}
