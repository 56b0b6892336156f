import { BelayError } from "../kit/errors.js";
import { type Attempt, type Patience, persist } from "../kit/persist.js";
import type { Http, HttpRequest, HttpResponse } from "../ports/http.js";
import type { Message } from "./message.js";
import { apiAnswer, type Sent, webhookAnswer } from "./slack-answer.js";
import type { Way } from "./way.js";

/** Where a message belongs, besides its channel. */
export interface Place {
  /** The message to edit. */
  readonly update?: string;
  /** The message to answer. */
  readonly thread?: string;
  /** Whether an answer is shown in the channel too. */
  readonly broadcast?: boolean;
  /** Instead of the channel that the user named. */
  readonly channel?: string;
}

export interface Line {
  readonly http: Http;
  readonly now: () => number;
  readonly patience: Patience;
}

/** Has Slack take `message`, trying again while that may help. Throws what the user can do about it. */
export function send(message: Message, place: Place, way: Way, line: Line): Promise<Sent> {
  const { request, judge } =
    way.kind === "webhook" ? byWebhook(message, way.url) : byApi(message, place, way);
  return persist((timeoutMs) => attempt({ ...request, timeoutMs }, judge, line), line.patience);
}

type Judge = (answer: HttpResponse, now: number) => Attempt<Sent>;
interface Call {
  readonly request: Omit<HttpRequest, "timeoutMs">;
  readonly judge: Judge;
}

function byWebhook(message: Message, url: string): Call {
  return { request: jsonPost(url, { ...message, ...quiet }), judge: webhookAnswer };
}

/** Links are not unfolded: a message of links would otherwise be a page long. */
const quiet = { unfurl_links: false, unfurl_media: false } as const;

function byApi(message: Message, place: Place, way: Way & { readonly kind: "bot" }): Call {
  const channel = place.channel ?? way.channel;
  const headers = { authorization: `Bearer ${way.token}` };
  if (place.update !== undefined) {
    // Without `parse` an edit would be parsed in another way than the message was.
    const body = { channel, ts: place.update, parse: "none", ...message };
    return { request: jsonPost(`${way.api}/chat.update`, body, headers), judge: apiAnswer };
  }
  const thread = place.thread !== undefined && {
    thread_ts: place.thread,
    ...(place.broadcast === true && { reply_broadcast: true }),
  };
  const body = { channel, ...message, ...quiet, ...thread };
  return { request: jsonPost(`${way.api}/chat.postMessage`, body, headers), judge: apiAnswer };
}

function jsonPost(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Omit<HttpRequest, "timeoutMs"> {
  const type = { "content-type": "application/json; charset=utf-8" };
  return { url, method: "POST", headers: { ...type, ...headers }, body: JSON.stringify(body) };
}

async function attempt(request: HttpRequest, judge: Judge, line: Line): Promise<Attempt<Sent>> {
  const { signal } = line.patience;
  let answer: HttpResponse;
  try {
    answer = await line.http.request(signal === undefined ? request : { ...request, signal });
  } catch (cause) {
    if (signal?.aborted === true) throw cancelled();
    return { failure: unreachable(request.url, cause) };
  }
  return judge(answer, line.now());
}

function unreachable(url: string, cause: unknown): BelayError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const message = `Slack cannot be reached at ${new URL(url).host}: ${why}`;
  const remedy =
    "Check the address, and HTTPS_PROXY where the runner needs a proxy; else run the job again later.";
  return new BelayError("host-unreachable", message, remedy, { cause });
}

function cancelled(): BelayError {
  return new BelayError("cancelled", "the job was cancelled before Slack had answered", "Nothing.");
}
