import { describe, expect, it } from "vitest";

// What is loaded late in a run is loaded here: a fake clock does not wait for the disk.
import "../../../src/slack-notify/notify.js";
import { LiveMessage } from "../../../src/deploy/live-message.js";
import type { TellingPlatform } from "../../../src/deploy/platform.js";
import { InputReader } from "../../../src/kit/inputs.js";
import { type Inputs, readInputs } from "../../../src/slack-notify/inputs.js";
import { fakePlatform, type FakePlatform } from "../../support/action-platform.js";

/** A platform where Slack answers as `answer` says. */
function slackPlatform(answer: unknown): FakePlatform & { readonly whole: TellingPlatform } {
  const fake = fakePlatform({ http: () => ({ body: JSON.stringify(answer) }) });
  const more = {
    attempt: "1",
    server: "",
    api: "",
    workflow: "Deploy",
    workflowRef: "",
    refName: "",
  };
  const whole: TellingPlatform = {
    ...fake.platform,
    random: () => 0.5,
    event: () => Promise.resolve(undefined),
    run: { ...fake.platform.run, ...more },
  };
  return { ...fake, whole };
}

function inputs(given: Readonly<Record<string, string>>): Inputs {
  return readInputs(
    new InputReader(
      (name) => given[name] ?? "",
      () => undefined,
    ),
  );
}

const bot = { token: "xoxb-1-2", channel: "C0123456789", "api-url": "https://slack.test/api" };
const good = { ok: true, ts: "1712345678.000001", channel: "C0123456789" };
const news = (message: string) => ({ status: "started" as const, message, reports: "" });

function methods({ asked }: FakePlatform): readonly string[] {
  return asked.map(({ url }) => url.replace(/^.*\//, ""));
}

describe("a live message", () => {
  it("is sent once, then edited, and of much news at a time only the last is told", async () => {
    const fake = slackPlatform(good);
    const message = new LiveMessage(inputs(bot), fake.whole);
    await fake.clock.run(
      (async () => {
        for (const step of ["one", "two", "three"]) message.say(news(step));
        await fake.clock.sleep(10_000);
        await message.end({ ...news("over"), status: "succeeded" });
      })(),
    );
    expect(methods(fake)).toEqual(["chat.postMessage", "chat.update", "chat.update"]);
    expect(fake.asked[1]?.body).toContain("three");
    expect(fake.asked.map(({ body }) => body).join("\n")).not.toContain("two");
  });

  it("does not keep the end waiting for its rest", async () => {
    const fake = slackPlatform(good);
    const message = new LiveMessage(inputs(bot), fake.whole);
    const sent = await fake.clock.run(
      (async () => {
        message.say(news("one"));
        return message.end({ ...news("over"), status: "succeeded" });
      })(),
    );
    expect(sent).toMatchObject({ ts: good.ts, "channel-id": good.channel });
    expect(methods(fake).at(-1)).toBe("chat.update");
    expect(fake.saved).toMatchObject({ "slack-ended": "true" });
    expect(fake.saved["slack-message"]).toContain(good.ts);
  });

  it("that Slack refuses is a warning", async () => {
    const fake = slackPlatform({ ok: false, error: "channel_not_found" });
    const message = new LiveMessage(inputs(bot), fake.whole);
    await fake.clock.run(message.end({ ...news("over"), status: "succeeded" }));
    expect(fake.log.of("warning").join("\n")).toMatch(/channel/);
    expect(fake.failed()).toBe(false);
  });

  it("through a webhook, or only of failures, is not sent before the end", async () => {
    for (const given of [
      { webhook: "https://hooks.slack.com/services/T0/B0/x" },
      { ...bot, "only-on": "failure" },
    ]) {
      const fake = slackPlatform(good);
      new LiveMessage(inputs(given), fake.whole).say(news("one"));
      await fake.clock.run(fake.clock.sleep(5_000));
      expect(fake.asked).toEqual([]);
    }
  });
});
