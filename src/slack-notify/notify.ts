import type { Deadline } from "../kit/deadline.js";
import { redactor } from "../kit/redact.js";
import type { Ending } from "../kit/tell.js";
import type { Timeline } from "../kit/timeline.js";
import { collect } from "./collect.js";
import { dryRun } from "./dry-run.js";
import { ending } from "./ending.js";
import { GitHub } from "./github.js";
import type { Inputs } from "./inputs.js";
import { headline, type Message, messageOf } from "./message.js";
import { reasonToSkip } from "./only-on.js";
import type { Platform } from "./platform.js";
import { redacted } from "./redacted.js";
import { type Line, type Place, send } from "./slack.js";
import type { Sent } from "./slack-answer.js";
import type { Story } from "./story.js";
import { isBad } from "./verdict.js";
import type { Way } from "./way.js";

/** Tells Slack what happened, or says why it need not be told. */
export async function notify(
  inputs: Inputs,
  timeline: Timeline,
  deadline: Deadline,
  platform: Platform,
): Promise<Ending> {
  const world = await platform.reach();
  const { githubToken, onlyOn, way, mentions } = inputs;
  const github =
    githubToken === "" ? undefined : new GitHub(world.http, githubToken, platform.run, deadline);
  const hide = redactor(secretsOf(inputs));
  const story = await timeline.step("collect", async () =>
    redacted(await collect(inputs, platform, world, { github, deadline }), hide),
  );
  const skip = await reasonToSkip(onlyOn, story.kind, github);
  if (skip !== undefined) return ending("skipped", skip, { facts: factsOf(story) });
  const pinged = isBad(story.kind) ? mentions : [];
  if (inputs.dryRun || way === undefined)
    return dryRun(messageOf(story, pinged), factsOf(story), platform.log);
  const line = lineOf(platform, world.http, deadline);
  return timeline.step("send", () => deliver(story, pinged, way, line));
}

function lineOf({ clock, random, signal }: Platform, http: Line["http"], deadline: Deadline): Line {
  const sleep: Line["patience"]["sleep"] = (ms, stop) => clock.sleep(ms, stop);
  return { http, now: () => clock.now(), patience: { deadline, sleep, random, signal } };
}

/** An edit pings nobody: where something failed, an answer that all see does. */
async function deliver(
  story: Story,
  mentions: Parameters<typeof messageOf>[1],
  way: Way,
  line: Line,
): Promise<Ending> {
  const edits = way.kind === "bot" && way.update !== "";
  const message = messageOf(story, edits ? [] : mentions);
  const place = placeOf(way, isBad(story.kind));
  const sent = await send(message, place, way, line);
  const told = toldOf(sent, place, story);
  if (!edits || !isBad(story.kind)) return told;
  const reply: Place = {
    thread: way.update,
    broadcast: true,
    channel: sent.channel || way.channel,
  };
  try {
    await send(shortened(messageOf(story, mentions)), reply, way, line);
    return told;
  } catch (failure) {
    return ending("failed", "the message was edited, but the reply that pings was not sent", {
      failure,
      facts: told.facts,
      outputs: { ...told.outputs, ok: "false" },
    });
  }
}

function placeOf(way: Way, bad: boolean): Place {
  if (way.kind === "webhook") return {};
  if (way.update !== "") return { update: way.update };
  return way.thread === "" ? {} : { thread: way.thread, broadcast: bad };
}

/** The reply stands below the whole story: who is pinged and the headline are enough. */
function shortened({ text, blocks }: Message): Message {
  return { text, blocks: blocks.slice(0, 2) };
}

function toldOf(sent: Sent, { update, thread }: Place, story: Story): Ending {
  const verdict = `Slack was told: ${headline(story)}`;
  const threadTs = thread ?? update ?? sent.ts;
  return ending("sent", verdict, {
    facts: factsOf(story),
    outputs: { ok: "true", ts: sent.ts, "thread-ts": threadTs, "channel-id": sent.channel },
  });
}

function factsOf(story: Story): Ending["facts"] {
  return [{ name: "message", value: headline(story) }];
}

function secretsOf({ way, githubToken }: Inputs): readonly string[] {
  const own = way === undefined ? "" : way.kind === "webhook" ? way.url : way.token;
  return [own, githubToken];
}
