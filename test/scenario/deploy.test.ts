import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deploy, startDeploy } from "../support/deploy-action.js";
import { warningsOf, wordsOf } from "../support/notify.js";
import { type SentryReceiver, startSentry } from "../support/receivers/sentry.js";
import { deploys, type Slack, startSlack } from "../support/receivers/slack.js";
import { reportOf, verdictOf } from "../support/report-of.js";
import type { ActionResult } from "../support/run-action.js";
import type { Site } from "../support/site.js";
import { until } from "../support/until.js";
import { worldOfFile } from "../support/world-of-file.js";

const world = worldOfFile();
let site: Site;
let slack: Slack;
let sentry: SentryReceiver;
beforeAll(async () => {
  site = await world().site();
});
beforeEach(async () => {
  slack = await startSlack();
  sentry = await startSentry();
});
afterEach(async () => {
  await slack.stop();
  await sentry.stop();
});

function bot(more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return {
    "slack-token": slack.token,
    "slack-channel": "#deploys",
    "slack-api-url": slack.api,
    ...more,
  };
}

function toSentry(more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return {
    "sentry-url": sentry.url,
    "sentry-auth-token": sentry.token,
    "sentry-org": "acme",
    "sentry-projects": "web",
    "sentry-environment": "production",
    ...more,
  };
}

/** The words of the message at `index`. */
function told(index = 0): string {
  return wordsOf(slack.messages.at(index)?.blocks);
}

function expectNoSecret({ log, summary, outputs }: ActionResult): void {
  for (const secret of [slack.token, sentry.token]) {
    expect(log.text).not.toContain(secret);
    expect(summary).not.toContain(secret);
    expect(JSON.stringify(outputs)).not.toContain(secret);
  }
}

describe("a good deploy", () => {
  it("is one message, edited from its begin to its end, and a release in Sentry", async () => {
    const result = await deploy(site, { version: "1.0" }, { ...bot(), ...toSentry() });
    expect(verdictOf(result), result.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
    expect(await site.serving()).toMatchObject({ version: "1.0" });
    expect(slack.messages).toHaveLength(1);
    expect(slack.messages[0]?.edits).toBeGreaterThan(0);
    expect(told()).toContain("✅");
    expect(told()).toContain(result.outputs["release"]);
    expect(result.outputs).toMatchObject({
      ts: slack.messages[0]?.ts,
      "thread-ts": slack.messages[0]?.ts,
      "channel-id": deploys.id,
    });
    expect(sentry.releases.size).toBe(1);
    const [release] = sentry.releases.values();
    expect(release).toMatchObject({ projects: ["web"] });
    expect(release?.deploys).toMatchObject([{ environment: "production" }]);
    expect(reportOf(result)).toMatchObject({ action: "ssh-deploy-with-backup" });
    expectNoSecret(result);
  });

  it("stays one when Slack refuses and Sentry is not there", async () => {
    slack.revoke();
    await sentry.stop();
    const result = await deploy(
      site,
      { version: "1.3" },
      { ...bot(), ...toSentry({ "sentry-time-limit": "2s" }) },
    );
    expect(verdictOf(result), result.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
    expect(warningsOf(result)).toContain("Slack");
    expect(warningsOf(result)).toContain("Sentry");
    expect(await site.serving()).toMatchObject({ version: "1.3" });
  });
});

describe("a deploy that fails", () => {
  it("is rolled back, told so in the same message and by a reply that pings, and is no release in Sentry", async () => {
    const before = await site.serving();
    const result = await deploy(
      site,
      { version: "2.1", broken: "answers-500" },
      { ...bot({ "slack-mention-on-failure": "@here" }), ...toSentry() },
    );
    expect(verdictOf(result), result.log.text).toMatchObject({
      exitCode: 1,
      status: "rolled-back",
    });
    expect(await site.serving()).toMatchObject({ version: before?.version });
    expect(told()).toContain("failed and was rolled back");
    expect(slack.messages).toHaveLength(2);
    expect(slack.messages[1]).toMatchObject({
      threadTs: slack.messages[0]?.ts,
      isBroadcast: true,
    });
    expect(JSON.stringify(slack.messages[1]?.blocks)).toContain('"range":"here"');
    expect(sentry.releases.size).toBe(0);
    expectNoSecret(result);
  });

  it("because of its inputs is told too, before anything is touched", async () => {
    const result = await deploy(
      site,
      { version: "2.2" },
      { ...bot(), path: "relative", "keep-releases": "many" },
    );
    expect(verdictOf(result)).toMatchObject({ exitCode: 1, status: "failed" });
    expect(reportOf(result).error).toMatchObject({ code: "config" });
    expect(result.log.text).toContain("`keep-releases`");
    expect(slack.messages).toHaveLength(1);
    expect(told()).toContain("❌");
  });

  it("after a kill of the runner leaves no message that says it still goes on", async () => {
    const before = await site.serving();
    const running = await startDeploy(site, { version: "2.4" }, bot({ build: "sleep 60" }));
    await until("Slack is told of the step", () => told().includes("step: build"));
    running.child.kill("SIGKILL");
    const post = await running.post();
    await site.settled();
    expect(post.log.text).toContain("ended as");
    expect(slack.messages).toHaveLength(1);
    expect(told()).toContain("🚫");
    expect(told()).toContain("operation: status");
    expect(await site.serving()).toMatchObject({ version: before?.version });
  });
});

describe("another operation", () => {
  it("is told at its end too; Sentry's empty secret is named as such and stops nothing", async () => {
    const connection = Object.fromEntries(
      ["host", "port", "username", "private-key", "known-hosts", "path"].map((name) => [
        name,
        site.inputs[name] ?? "",
      ]),
    );
    const back = await deploy(
      { ...site, inputs: connection },
      { version: "3.1" },
      {
        "slack-webhook": slack.webhook,
        ...toSentry({ "sentry-auth-token": "" }),
        operation: "rollback",
        "health-expect": "",
      },
    );
    expect(verdictOf(back), back.log.text).toMatchObject({ exitCode: 0, status: "rolled-back" });
    expect(slack.messages).toHaveLength(1);
    expect(told()).toContain("✅");
    expect(back.outputs).toMatchObject({ ts: "", "thread-ts": "", "channel-id": "" });
    expect(warningsOf(back)).toContain("`sentry-auth-token` is empty: the environment has no such");
    expect(sentry.releases.size).toBe(0);
  });

  it("that changes nothing is not told", async () => {
    const looked = await deploy(site, { version: "3.1" }, bot({ operation: "status" }));
    expect(verdictOf(looked)).toMatchObject({ exitCode: 0, status: "ok" });
    expect(slack.messages).toHaveLength(0);
  });
});
