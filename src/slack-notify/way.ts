import type { InputReader } from "../kit/inputs.js";

/** How a message gets to Slack: by an incoming webhook, which has its channel, or as a bot. */
export type Way =
  | { readonly kind: "webhook"; readonly url: string }
  | {
      readonly kind: "bot";
      readonly token: string;
      /** The address of the Web API, without a slash at the end. */
      readonly api: string;
      /** A name or an ID. */
      readonly channel: string;
      /** The message to edit; empty for a new one. */
      readonly update: string;
      /** The message to answer; empty outside of a thread. */
      readonly thread: string;
    };

const channelId = /^[CDG][A-Z0-9]{6,}$/;
const timestamp = { accepted: "a `ts` as this action sets it", example: "1712345678.123456" };

/** Reads where to, and what that needs; with `optional` nothing is missed. */
export function readWay(
  reader: InputReader,
  { optional }: { readonly optional: boolean },
): Way | undefined {
  const webhook = reader.secret("webhook");
  const token = reader.secret("token");
  const bot = readBot(reader, token);
  if (webhook !== "" && token !== "") refuseBoth(reader);
  if (webhook === "" && token === "") {
    if (!optional) missNeither(reader);
    needToken(reader);
    return undefined;
  }
  if (token !== "") return bot;
  if (!isPrivateAddress(webhook)) refuseWebhook(reader);
  needToken(reader);
  return { kind: "webhook", url: webhook };
}

function readBot(reader: InputReader, token: string): Way {
  const [id, name] = [
    reader.text("channel-id", {
      pattern: channelId,
      accepted: "the ID of a channel",
      example: "C0123456789",
    }),
    reader.text("channel").replace(/^#/, ""),
  ];
  const channel = id || name;
  const pattern = /^\d{6,12}\.\d{6}$/;
  const update = reader.text("update", { pattern, ...timestamp });
  const thread = reader.text("thread", { pattern, ...timestamp });
  const api = readApi(reader);
  if (token === "") return { kind: "bot", token, api, channel, update, thread };
  if (!/^xox[a-z](?:\.[a-z-]+)?-\S+$/.test(token)) refuseToken(reader);
  if (channel === "") {
    const accepted = "the name or ID of the channel, which a token needs";
    reader.problem("channel", { accepted, example: "#deploys" });
  }
  if (update !== "" && !channelId.test(channel)) {
    const accepted = "the ID of the channel, which `update` needs: an output of the step that sent";
    reader.problem("channel-id", {
      accepted,
      example: "${{ steps.started.outputs.channel-id }}",
    });
  }
  return { kind: "bot", token, api, channel, update, thread };
}

function readApi(reader: InputReader): string {
  const api = reader.text("api-url", { default: "https://slack.com/api" });
  if (!isPrivateAddress(api)) {
    const accepted = "the https address of Slack's Web API";
    reader.problem("api-url", { accepted, example: "https://slack.com/api" });
  }
  return api.replace(/\/+$/, "");
}

/** Without a token there is nobody to edit or to answer. */
function needToken(reader: InputReader): void {
  for (const name of ["update", "thread"].filter((input) => reader.has(input))) {
    const accepted = "nothing without `token`: a webhook can neither edit nor answer";
    reader.problem(name, { accepted, example: '""' });
  }
}

function missNeither(reader: InputReader): void {
  if (reader.has("channel")) reader.secret("token", { required: true });
  else reader.secret("webhook", { required: true });
}

function refuseBoth(reader: InputReader): void {
  const accepted = "either a webhook or a token, not both";
  reader.problem("webhook", { secret: true, accepted, example: "${{ secrets.SLACK_WEBHOOK }}" });
}

function refuseWebhook(reader: InputReader): void {
  const accepted = "the whole URL of an incoming webhook, https://hooks.slack.com/services/…";
  reader.problem("webhook", { secret: true, accepted, example: "${{ secrets.SLACK_WEBHOOK }}" });
}

function refuseToken(reader: InputReader): void {
  const accepted = "a bot token, which begins with xoxb-";
  reader.problem("token", { secret: true, accepted, example: "${{ secrets.SLACK_BOT_TOKEN }}" });
}

/** A secret goes out over https only; to this machine itself also without. */
function isPrivateAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  const here = ["127.0.0.1", "[::1]", "localhost"].includes(hostname);
  return protocol === "https:" || (protocol === "http:" && here);
}
