import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeCertificate, makeIssuer } from "../support/certificate.js";
import { freePort } from "../support/free-port.js";
import { pathWithHangingGit, slackNotify, warningsOf, wordsOf } from "../support/notify.js";
import type { Trouble } from "../support/receivers/receiver.js";
import { type Channel, deploys, type Slack, startSlack } from "../support/receivers/slack.js";
import { reportOf } from "../support/report-of.js";
import type { ActionResult } from "../support/run-action.js";
import { removeFolder, scratchFolder } from "../support/scratch.js";
import { watchProcessList } from "../support/secret-search.js";

let workspace: string;
let slack: Slack;
beforeEach(async () => {
  workspace = await scratchFolder("notify");
  slack = await startSlack();
});
afterEach(async () => {
  await slack.stop();
  await removeFolder(workspace);
});

function bot(more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return { token: slack.token, "api-url": slack.api, channel: "#deploys", ...more };
}

/** A failure that is seen everywhere and fails nothing. */
function expectSeen(result: ActionResult, words: RegExp | string): void {
  expect(result.exitCode).toBe(0);
  expect(result.outputs).toMatchObject({ status: "failed", ok: "false" });
  expect(warningsOf(result)).toMatch(words);
  expect(result.log.annotations.some(({ level }) => level === "error")).toBe(false);
  expect(result.summary).toContain("### ❌ slack-notify: failed");
  expect(result.summary).toContain("**What to do:**");
  expect(reportOf(result).error?.remedy.length).toBeGreaterThan(5);
}

describe("what a user can mend is named with its remedy", () => {
  const elsewhere = (more: Partial<Channel>): readonly Channel[] => [{ ...deploys, ...more }];
  it.each([
    ["a revoked token", {}, "token_revoked", "auth-refused", /Bot User OAuth Token/],
    [
      "a missing scope",
      { scopes: ["users:read"] },
      "missing_scope",
      "auth-refused",
      /`chat:write`/,
    ],
    ["a channel that is not there", { channels: [] }, "channel_not_found", "config", /invite/],
    [
      "a public channel without the bot",
      { channels: elsewhere({ hasBot: false }) },
      "not_in_channel",
      "config",
      /\/invite/,
    ],
    [
      "a private channel without the bot",
      { channels: elsewhere({ hasBot: false, isPrivate: true }) },
      "channel_not_found",
      "config",
      /\/invite/,
    ],
    [
      "an archived channel",
      { channels: elsewhere({ isArchived: true }) },
      "is_archived",
      "config",
      /another channel/,
    ],
  ])("%s", async (name, options, slackCode, code, remedy) => {
    const other = await startSlack(options);
    if (name === "a revoked token") other.revoke();
    const inputs = { ...bot(), token: other.token, "api-url": other.api };
    const result = await slackNotify(inputs, { workspace });
    await other.stop();
    expectSeen(result, `Slack answered ${slackCode}`);
    expect(reportOf(result).error).toMatchObject({ code });
    expect(reportOf(result).error?.remedy).toMatch(remedy);
    expect(other.received).toHaveLength(1);
  });

  it("a scope that is missing, with what there is instead", async () => {
    const other = await startSlack({ scopes: ["users:read", "team:read"] });
    const result = await slackNotify(
      { ...bot(), token: other.token, "api-url": other.api },
      { workspace },
    );
    await other.stop();
    expect(warningsOf(result)).toContain("needed chat:write, provided users:read,team:read");
  });

  it("a wrong token", async () => {
    expectSeen(
      await slackNotify(bot({ token: "xoxb-not-the-one" }), { workspace }),
      "invalid_auth",
    );
  });

  it("a token that is none", async () => {
    const result = await slackNotify(bot({ token: "hunter2hunter2" }), { workspace });
    expectSeen(result, /`token` is \*\*\*; accepted: a bot token/);
    expect(slack.received).toEqual([]);
  });

  it("a webhook that was removed", async () => {
    slack.revoke();
    expectSeen(await slackNotify({ webhook: slack.webhook }, { workspace }), "no_service");
  });

  it("a webhook that lost its last letters", async () => {
    const result = await slackNotify({ webhook: slack.webhook.slice(0, -3) }, { workspace });
    expectSeen(result, "invalid_token");
    expect(reportOf(result).error?.remedy).toMatch(/new incoming webhook/);
  });

  it.each(["not a url", "http://hooks.example/services/T/B/x", "hooks.slack.com/services/T/B/x"])(
    "a webhook that is none: %s",
    async (webhook) => {
      const result = await slackNotify({ webhook }, { workspace });
      expectSeen(result, /`webhook` is \*\*\*; accepted: the whole URL/);
      expect(result.log.text).not.toContain(webhook);
    },
  );

  it("an empty secret", async () => {
    const result = await slackNotify({ webhook: "" }, { workspace });
    expectSeen(result, /`webhook` is empty: the environment has no such secret/);
  });

  it("blocks that Slack refuses, with Slack's own words", async () => {
    const messages = [
      "[ERROR] must be less than 151 characters [json-pointer:/blocks/0/text/text]",
    ];
    const body = JSON.stringify({
      ok: false,
      error: "invalid_blocks",
      response_metadata: { messages },
    });
    slack.trouble([{ status: 200, body }]);
    expectSeen(await slackNotify(bot(), { workspace }), /invalid_blocks.*json-pointer:\/blocks\/0/);
  });

  it("a message to edit that is gone", async () => {
    const inputs = bot({ update: "1700000000.000001", "channel-id": deploys.id });
    expectSeen(await slackNotify(inputs, { workspace }), "message_not_found");
  });
});

describe("a failure", () => {
  it("fails the step only with errors: true", async () => {
    slack.revoke();
    const result = await slackNotify(bot({ errors: "true" }), { workspace });
    expect(result.exitCode).toBe(1);
    expect(result.log.annotations).toMatchObject([{ level: "error" }]);
    expect(result.outputs).toMatchObject({ status: "failed" });
  });

  it("of several inputs is told of all of them together", async () => {
    const inputs = {
      channel: "x",
      "mention-on-failure": "@ada",
      status: "fine",
      "only-on": "never",
    };
    const text = warningsOf(await slackNotify(inputs, { workspace }));
    for (const name of ["token", "mention-on-failure", "status", "only-on"])
      expect(text).toContain(`\`${name}\``);
  });
});

describe("a service in trouble", () => {
  const down = (status: number, body = ""): Trouble => ({ status, body });
  const limited = (seconds: number): Trouble => ({
    status: 429,
    headers: { "retry-after": String(seconds) },
    body: '{"ok":false,"error":"ratelimited"}',
  });

  it.each([
    ["500", [down(500), down(503, "<html>")]],
    ["a connection that breaks", ["reset"]],
    ["rollup_error", [down(500, "rollup_error")]],
  ] as const)("is asked again after %s", async (_, troubles) => {
    slack.trouble(troubles);
    const result = await slackNotify({ webhook: slack.webhook }, { workspace });
    expect(result.outputs["status"]).toBe("sent");
    expect(slack.messages).toHaveLength(1);
    expect(slack.received).toHaveLength(troubles.length + 1);
  });

  it("is asked again no earlier than Retry-After says", async () => {
    slack.trouble([limited(2)]);
    const result = await slackNotify(bot(), { workspace });
    expect(result.outputs["status"]).toBe("sent");
    expect(result.durationMs).toBeGreaterThan(2000);
    expect(slack.received).toHaveLength(2);
  });

  it("that answers 429 for longer than the limit is left at once, with what would help", async () => {
    slack.trouble([limited(60)], true);
    const result = await slackNotify(bot({ "time-limit": "5s" }), { workspace });
    expectSeen(result, /ratelimited.*wait 1 min 0 s\. Raise `time-limit`/);
    expect(result.durationMs).toBeLessThan(4000);
    expect(slack.received).toHaveLength(1);
  });

  it.each([
    ["silent", "silence", /no answer within/],
    ["answering 500", down(500), /HTTP 500|Slack answered/],
    ["hanging up", "reset", /cannot be reached at 127\.0\.0\.1:\d+: connection reset/],
    ["out of order", down(200, '{"ok":false,"error":"internal_error"}'), /internal_error/],
  ] as const)("and %s all the time costs no more than the limit", async (_, trouble, words) => {
    slack.trouble([trouble], true);
    const result = await slackNotify(bot({ "time-limit": "2s" }), { workspace });
    expectSeen(result, words);
    expect(Number(result.outputs["duration-ms"])).toBeLessThanOrEqual(2100);
    expect(result.durationMs).toBeLessThanOrEqual(3000);
  });

  it("is told in time although git hangs", async () => {
    const facts = { PATH: await pathWithHangingGit(workspace) };
    const inputs = { webhook: slack.webhook, "time-limit": "2s" };
    const result = await slackNotify(inputs, { workspace, facts });
    expect(result.outputs["status"]).toBe("sent");
    expect(result.durationMs).toBeLessThanOrEqual(3000);
  });

  it("that is down is named, and tried as long as the limit allows", async () => {
    const port = await freePort();
    const inputs = { webhook: `http://127.0.0.1:${port}/services/T/B/x`, "time-limit": "2s" };
    const result = await slackNotify(inputs, { workspace });
    expectSeen(result, `connection refused by 127.0.0.1:${port}`);
    expect(result.durationMs).toBeLessThanOrEqual(3000);
  });

  it.each([
    ["a web page", down(200, "<!doctype html><title>Log in</title>"), "HTTP 200 with a web page"],
    ["nothing", down(200), "HTTP 200 with nothing in it"],
    ["some text", down(200, "okay"), "HTTP 200 with some other text"],
    [
      "a redirect",
      { status: 302, headers: { location: "https://portal.example/login?x" } },
      "redirect to portal.example, which is not followed",
    ],
    ["404 with a page", down(404, "<html>"), "HTTP 404 with a web page"],
  ] as const)(
    "that answers with %s is no Slack, and not asked again",
    async (_, trouble, words) => {
      for (const inputs of [bot(), { webhook: slack.webhook }]) {
        slack.trouble([trouble]);
        const before = slack.received.length;
        const result = await slackNotify(inputs, { workspace });
        expectSeen(result, words);
        expect(slack.received).toHaveLength(before + 1);
      }
    },
  );

  it("is reached through the proxy that the environment names, and a bad proxy is named without its password", async () => {
    const seen: string[] = [];
    const proxy = createServer(({ url = "" }, answer) => {
      seen.push(url);
      answer.end("ok");
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const { port } = proxy.address() as AddressInfo;
    const facts = { HTTP_PROXY: `http://127.0.0.1:${port}` };
    const result = await slackNotify({ webhook: slack.webhook }, { workspace, facts });
    proxy.close();
    expect(result.outputs["status"]).toBe("sent");
    expect(seen).toEqual([slack.webhook]);
    expect(slack.received).toEqual([]);
    const bad = { HTTP_PROXY: `http://user:plantedPassword@127.0.0.1:${await freePort()}` };
    const refused = await slackNotify(
      { webhook: slack.webhook, "time-limit": "1s" },
      { workspace, facts: bad },
    );
    expectSeen(refused, "connection refused");
    expect(refused.log.unmasked).not.toContain("plantedPassword");
  });
});

it("a service is reached over https only with a certificate that the runner trusts", async () => {
  const issuer = makeIssuer();
  const secure = createSecureServer(makeCertificate({ issuer }), (_, answer) => answer.end("ok"));
  await new Promise<void>((resolve) => secure.listen(0, "127.0.0.1", resolve));
  const { port } = secure.address() as AddressInfo;
  const inputs = { webhook: `https://localhost:${port}/services/T/B/x`, "time-limit": "2s" };
  const authority = `${workspace}/ca.pem`;
  await writeFile(authority, issuer.cert);
  const refused = await slackNotify(inputs, { workspace });
  const facts = { NODE_EXTRA_CA_CERTS: authority };
  const trusted = await slackNotify(inputs, { workspace, facts });
  secure.close();
  expectSeen(refused, "TLS: certificate's issuer is not trusted");
  expect(trusted.outputs["status"]).toBe("sent");
});

describe("text", () => {
  const special =
    "`*_~<>&|\"'\\ <!channel> <@U012AB3CDE> <https://x|y> :tada: {}[]%0A::error::no ${{ x }} 🚀👨‍👩‍👧 שלום \u202eevil";

  it("of a commit with every special character arrives as it is, and pings nobody", async () => {
    const event = {
      head_commit: { id: "b".repeat(40), message: `${special}\r\nmore`, author: { name: special } },
    };
    const inputs = {
      webhook: slack.webhook,
      title: special,
      message: special,
      fields: `a=${special}`,
    };
    const result = await slackNotify(inputs, { workspace, event });
    expect(result.outputs["status"]).toBe("sent");
    const shown = special.replace("\u202e", "");
    const words = wordsOf(slack.messages[0]?.blocks);
    expect(words.split(shown).length).toBeGreaterThanOrEqual(2);
    expect(words).not.toContain("\u202e");
    expect(JSON.stringify(slack.messages[0]?.blocks)).not.toMatch(/"type":"(?:broadcast|user)"/);
    expect(slack.messages[0]?.text).not.toMatch(/<[!@]/);
    expect(result.log.annotations).toEqual([]);
  });

  it("of 10,000 characters is cut after a word, and the message still tells how it ended", async () => {
    const message = "alpha beta gamma delta ".repeat(450);
    const result = await slackNotify(
      { webhook: slack.webhook, message, title: message },
      { workspace },
    );
    expect(result.outputs["status"]).toBe("sent");
    const words = wordsOf(slack.messages[0]?.blocks);
    expect(words).toMatch(/(?:alpha|beta|gamma|delta)… succeeded/);
    expect(words).toMatch(/(?:alpha|beta|gamma|delta)…/);
  });
});

describe("secrets", () => {
  it("reach neither log, summary, outputs nor the process list, nor Slack by way of a field", async () => {
    const secrets = [
      slack.token,
      "plantedDatabasePassword",
      "ghp_plantedTokenOfSomebody0123456789",
    ];
    const inputs = bot({
      fields: `token=${slack.token}\nurl=postgres://app:plantedDatabasePassword@db/x\ngh=ghp_plantedTokenOfSomebody0123456789`,
      message: `curl -H "Authorization: Bearer ${slack.token}"`,
    });
    const watch = watchProcessList(secrets);
    const result = await slackNotify(inputs, { workspace });
    const found = watch.stop();
    expect(result.outputs["status"]).toBe("sent");
    expect(slack.received[0]?.headers.authorization).toBe(`Bearer ${slack.token}`);
    const everywhere = [
      slack.received[0]?.body,
      result.log.unmasked,
      result.summary,
      JSON.stringify(result.outputs),
      ...found,
    ].join("\n");
    for (const secret of secrets) expect(everywhere).not.toContain(secret);
    expect(slack.received[0]?.body).toContain("postgres://app:***@db/x");
    expect(result.log.masks).toContain(slack.token);
  });

  it("stay hidden when something fails, and in a dry run", async () => {
    slack.revoke();
    const failed = await slackNotify(
      { webhook: slack.webhook, message: slack.webhook },
      { workspace },
    );
    const dry = await slackNotify(
      { webhook: slack.webhook, message: slack.webhook, "dry-run": "true" },
      { workspace },
    );
    for (const { log, summary, outputs } of [failed, dry])
      expect([log.unmasked, summary, JSON.stringify(outputs)].join()).not.toContain(
        "plantedWebhookSecret1",
      );
  });
});
