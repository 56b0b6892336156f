// Slack, as far as messages go: incoming webhooks, chat.postMessage and chat.update.
//
// Known, from docs.slack.dev: the methods with their arguments and error codes; that the Web API answers HTTP
// 200 with `ok: false`, and webhooks plain text with a status; 429 with Retry-After in seconds; about one
// message per second and channel with short bursts; the scopes chat:write and chat:write.public; that a bot
// cannot see a private channel that it is not in (channel_not_found), and not post to a public one
// (not_in_channel); that chat.update wants the channel's ID and edits only one's own messages; that one of
// text and blocks must be there; text of at most 40,000 characters.
// Known from "Improving error conditions for Incoming Webhooks" (2016) and public issues: the statuses of
// webhooks (400 invalid_payload, 403 action_prohibited and invalid_token, 404 no_service and channel_not_found,
// 410 channel_is_archived, 500 rollup_error), `invalid_blocks` as bare text, and the form of `response_metadata.messages`.
// Assumed: the burst before 429 (here 5), that a wrong team or service in a webhook's path is no_service and a
// wrong token invalid_token, and that unknown arguments are refused (Slack ignores them).

import { blockFindings, charactersOf } from "./block-kit.js";
import { json, type Receiver, type Received, type Reply, startReceiver } from "./receiver.js";

export interface Channel {
  readonly id: string;
  readonly name: string;
  readonly isPrivate?: boolean;
  readonly isArchived?: boolean;
  /** Whether the bot was invited; default true. */
  readonly hasBot?: boolean;
}

export interface SlackMessage {
  readonly channel: string;
  readonly ts: string;
  readonly threadTs: string | undefined;
  readonly isBroadcast: boolean;
  readonly text: string;
  readonly blocks: readonly unknown[];
  readonly edits: number;
}

export interface Slack extends Receiver {
  /** The address of the Web API. */
  readonly api: string;
  readonly token: string;
  readonly webhook: string;
  readonly messages: readonly SlackMessage[];
  /** Makes the token and the webhook invalid, as removing the app does. */
  revoke(): void;
}

export interface SlackOptions {
  readonly channels?: readonly Channel[];
  readonly scopes?: readonly string[];
  /** How many messages one channel takes at once; one more each second. */
  readonly burst?: number;
  /** Where the webhook posts; default the first channel. */
  readonly webhookChannel?: string;
}

export const deploys: Channel = { id: "C0123456789", name: "deploys" };
/** All text of a message's blocks together; see block-kit.ts. */
const mostCharacters = 10_000;

/** Starts a Slack with one workspace, one app and its channels. */
export async function startSlack(options: SlackOptions = {}): Promise<Slack> {
  const workspace = new Workspace(options);
  const receiver = await startReceiver((request) => workspace.answer(request));
  return {
    ...receiver,
    api: `${receiver.url}/api`,
    token: workspace.token,
    webhook: `${receiver.url}${workspace.webhookPath}`,
    messages: workspace.messages,
    revoke: () => void (workspace.revoked = true),
  };
}

type Arguments = Readonly<Record<string, unknown>>;

class Workspace {
  readonly token = "xoxb-1234567890-planted-bot-token";
  readonly webhookPath = "/services/T0123ABCD/B0123ABCD/plantedWebhookSecret1";
  readonly messages: SlackMessage[] = [];
  revoked = false;
  readonly #channels: readonly Channel[];
  readonly #scopes: readonly string[];
  readonly #webhookChannel: string;
  readonly #burst: number;
  readonly #posted = new Map<string, number[]>();

  constructor({ channels = [deploys], scopes = ["chat:write"], burst = 5, ...more }: SlackOptions) {
    this.#channels = channels;
    this.#scopes = scopes;
    this.#burst = burst;
    this.#webhookChannel = more.webhookChannel ?? channels[0]?.id ?? "";
  }

  answer(request: Received): Reply {
    if (request.path.startsWith("/services/")) return this.#webhook(request);
    const method = /^\/api\/(chat\.(?:postMessage|update))$/.exec(request.path)?.[1];
    if (method === undefined)
      return { status: 302, headers: { location: "https://slack.com/" }, body: "" };
    return this.#api(method, request);
  }

  #webhook({ path, method, headers, body }: Received): Reply {
    const [team, service] = path.split("/").slice(2);
    if (method !== "POST") return plain(400, "invalid_payload");
    if (this.revoked || !this.webhookPath.includes(`/${team ?? ""}/${service ?? ""}/`))
      return plain(404, "no_service");
    if (path !== this.webhookPath) return plain(403, "invalid_token");
    const payload = headers["content-type"]?.startsWith("application/json") && parsed(body);
    if (!payload) return plain(400, "invalid_payload");
    const channel = this.#channels.find(({ id }) => id === this.#webhookChannel);
    if (channel === undefined) return plain(404, "channel_not_found");
    if (channel.isArchived === true) return plain(410, "channel_is_archived");
    const problem = contentProblem(payload, ["text", "blocks", "unfurl_links", "unfurl_media"]);
    if (problem !== undefined) return plain(400, problem.error);
    const wait = this.#wait(channel.id);
    if (wait > 0)
      return { ...plain(429, "rate_limited"), headers: { "retry-after": String(wait) } };
    this.#keep(channel.id, payload);
    return plain(200, "ok");
  }

  #api(method: string, { headers, body }: Received): Reply {
    const refused = this.#authProblem(headers.authorization);
    if (refused !== undefined) return json(200, { ok: false, ...refused });
    if (!/^application\/json; ?charset=utf-8$/i.test(headers["content-type"] ?? ""))
      return json(200, { ok: false, error: "invalid_post_type" });
    const given = parsed(body);
    if (given === undefined) return json(200, { ok: false, error: "invalid_json" });
    return method === "chat.update" ? this.#update(given) : this.#post(given);
  }

  #authProblem(authorization: string | undefined): Arguments | undefined {
    if (authorization === undefined) return { error: "not_authed" };
    if (authorization !== `Bearer ${this.token}`) return { error: "invalid_auth" };
    if (this.revoked) return { error: "token_revoked" };
    if (this.#scopes.includes("chat:write")) return undefined;
    return { error: "missing_scope", needed: "chat:write", provided: this.#scopes.join(",") };
  }

  #post(given: Arguments): Reply {
    const known = ["channel", "text", "blocks", "unfurl_links", "unfurl_media", "thread_ts"];
    const channel = this.#channelFor(String(given["channel"]));
    if (typeof channel === "string") return json(200, { ok: false, error: channel });
    const problem = contentProblem(given, [...known, "reply_broadcast"]);
    if (problem !== undefined) return json(200, { ok: false, ...problem });
    const thread = given["thread_ts"];
    if (thread !== undefined && !this.messages.some(({ ts }) => ts === thread))
      return json(200, { ok: false, error: "thread_not_found" });
    const wait = this.#wait(channel.id);
    if (wait > 0)
      return json(429, { ok: false, error: "ratelimited" }, { "retry-after": String(wait) });
    const { ts } = this.#keep(channel.id, given);
    return json(200, { ok: true, channel: channel.id, ts, message: { text: given["text"] } });
  }

  #update(given: Arguments): Reply {
    const known = ["channel", "ts", "text", "blocks", "parse"];
    const channel = this.#channels.find(({ id }) => id === given["channel"]);
    if (channel === undefined) return json(200, { ok: false, error: "channel_not_found" });
    const at = this.messages.findIndex(
      ({ ts, channel: where }) => ts === given["ts"] && where === channel.id,
    );
    const old = this.messages[at];
    if (old === undefined) return json(200, { ok: false, error: "message_not_found" });
    const problem = contentProblem(given, known);
    if (problem !== undefined) return json(200, { ok: false, ...problem });
    const { text, blocks } = given as { text: string; blocks: readonly unknown[] };
    this.messages[at] = { ...old, text, blocks, edits: old.edits + 1 };
    return json(200, { ok: true, channel: channel.id, ts: old.ts, text });
  }

  #channelFor(name: string): Channel | string {
    const channel = this.#channels.find((one) => one.id === name || one.name === name);
    if (channel === undefined) return "channel_not_found";
    if (channel.isArchived === true) return "is_archived";
    if (channel.hasBot !== false) return channel;
    if (channel.isPrivate === true) return "channel_not_found";
    return this.#scopes.includes("chat:write.public") ? channel : "not_in_channel";
  }

  /** Seconds until the channel takes another message; 0 when it does now. */
  #wait(channel: string): number {
    const now = Date.now();
    const recent = (this.#posted.get(channel) ?? []).filter((at) => now - at < this.#burst * 1000);
    this.#posted.set(channel, recent);
    if (recent.length < this.#burst) return 0;
    return Math.max(1, Math.ceil(((recent[0] ?? now) + this.#burst * 1000 - now) / 1000));
  }

  #keep(channel: string, given: Arguments): SlackMessage {
    this.#posted.get(channel)?.push(Date.now());
    const count = String(this.messages.length + 1).padStart(6, "0");
    const { text = "", blocks = [] } = given as { text?: string; blocks?: readonly unknown[] };
    const message = {
      channel,
      ts: `1712345678.${count}`,
      threadTs: given["thread_ts"] as string | undefined,
      isBroadcast: given["reply_broadcast"] === true,
      text,
      blocks,
      edits: 0,
    };
    this.messages.push(message);
    return message;
  }
}

function contentProblem(
  given: Arguments,
  known: readonly string[],
): (Arguments & { readonly error: string }) | undefined {
  const { text, blocks } = given;
  if (Object.keys(given).some((name) => !known.includes(name)))
    return { error: "invalid_arguments" };
  if ((text === undefined || text === "") && blocks === undefined) return { error: "no_text" };
  if (typeof text === "string" && text.length > 40_000) return { error: "msg_too_long" };
  const findings = blocks === undefined ? [] : blockFindings(blocks);
  if (findings.length > 0) {
    const messages = findings.map(
      ({ problem, pointer }) => `[ERROR] ${problem} [json-pointer:${pointer}]`,
    );
    return { error: "invalid_blocks", response_metadata: { messages } };
  }
  return charactersOf(blocks) > mostCharacters ? { error: "msg_blocks_too_long" } : undefined;
}

function parsed(body: string): Arguments | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Arguments)
      : undefined;
  } catch {
    return undefined;
  }
}

function plain(status: number, body: string): Reply {
  return { status, headers: { "content-type": "text/html" }, body };
}
