import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { mustRun } from "../support/program.js";
import { reportText, slackNotify, warningsOf, wordsOf } from "../support/notify.js";
import { type GitHubApi, startGitHub, type WorkflowRun } from "../support/receivers/github.js";
import { deploys, type Slack, startSlack } from "../support/receivers/slack.js";
import { reportOf } from "../support/report-of.js";
import { removeFolder, scratchFolder } from "../support/scratch.js";

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

/** The words of the message at `index`. */
function told(index = -1): string {
  return wordsOf(slack.messages.at(index)?.blocks);
}

const broken = reportText({
  status: "rolled-back",
  title: "the health gate stayed closed",
  facts: [
    { name: "release", value: "20260102T030405Z-bbbbbbb" },
    { name: "previous release", value: "20260101T000000Z-aaaaaaa" },
    { name: "backup", value: "b1, 2.0 MiB" },
  ],
  error: {
    code: "gate-failed",
    message: "https://app.example/health answers 500",
    remedy: "Look at the app's log.",
  },
});

describe("through a webhook", () => {
  it("tells what the workflow knows: status, repository, branch, commit, actor, run and changes", async () => {
    const event = {
      before: "a".repeat(40),
      compare: "https://github.com/ada/climbing/compare/aaaaaaaaaaaa...bbbbbbbbbbbb",
      head_commit: {
        id: "b".repeat(40),
        message: "Mend the rope\n\nIt was thin.",
        author: { name: "Ada Lovelace" },
      },
    };
    const result = await slackNotify({ webhook: slack.webhook }, { workspace, event });
    expect(result.exitCode).toBe(0);
    expect(result.outputs).toMatchObject({ status: "sent", ok: "true", ts: "", "channel-id": "" });
    expect(warningsOf(result)).toBe("");
    expect(told()).toContain("✅ Deploy succeeded");
    for (const part of [
      "ada/climbing",
      "main",
      "by ada",
      "bbbbbbb",
      "Mend the rope",
      "Ada Lovelace",
    ])
      expect(told()).toContain(part);
    expect(told()).not.toContain("It was thin");
    expect(told()).toContain("https://github.com/ada/climbing/actions/runs/1000 Run");
    expect(told()).toContain(`${event.compare} Changes`);
    expect(slack.messages[0]?.text).toContain("Deploy succeeded");
  });

  it("finds the commit in the checkout where the event names none, and leaves it out where there is none", async () => {
    const git = ["git", "-c", "user.name=Grace", "-c", "user.email=g@example.com", "-C", workspace];
    await mustRun(["git", "init", "-q", workspace]);
    await mustRun([...git, "commit", "-q", "--allow-empty", "-m", "Tie a knot"]);
    const sha = (await mustRun([...git, "rev-parse", "HEAD"])).trim();
    await slackNotify({ webhook: slack.webhook }, { workspace, facts: { GITHUB_SHA: sha } });
    expect(told()).toContain("Tie a knot – Grace");
    const result = await slackNotify({ webhook: slack.webhook }, { workspace });
    expect(result.exitCode).toBe(0);
    expect(told()).toContain("0000000");
  });

  it("tells a pull request's title and author, not those of the merge that nobody made", async () => {
    const event = {
      pull_request: {
        title: "Better shoes",
        html_url: "https://github.com/ada/climbing/pull/7",
        user: { login: "grace" },
        head: { sha: "c".repeat(40) },
      },
    };
    const facts = { GITHUB_HEAD_REF: "shoes", GITHUB_REF_NAME: "7/merge" };
    await slackNotify({ webhook: slack.webhook }, { workspace, event, facts });
    expect(told()).toContain("ccccccc Better shoes – grace");
    expect(told()).toContain("https://github.com/ada/climbing/pull/7 Pull request");
    expect(told()).toContain("shoes");
    expect(told()).not.toContain("7/merge");
  });

  it("adds the user's own title, text, fields and environment", async () => {
    const inputs = {
      title: "Release train",
      message: "First line\nsecond line",
      fields: "version=1.2.3\n# a comment\nurl = https://app.example/?a=b",
      environment: "production",
    };
    await slackNotify({ webhook: slack.webhook, ...inputs }, { workspace });
    expect(told()).toContain("✅ Release train succeeded (production)");
    expect(told()).toContain("First line\nsecond line");
    expect(told()).toContain("version: 1.2.3\n");
    expect(told()).toContain("url: https://app.example/?a=b\n");
  });

  it("refuses what needs a token at the start, and sends nothing", async () => {
    const inputs = {
      webhook: slack.webhook,
      update: "1712345678.000001",
      thread: "1712345678.000001",
    };
    const result = await slackNotify(inputs, { workspace });
    expect(result.outputs).toMatchObject({ status: "failed", ok: "false" });
    expect(result.exitCode).toBe(0);
    expect(warningsOf(result)).toMatch(/`update`.*nothing without `token`/);
    expect(warningsOf(result)).toMatch(/`thread`.*nothing without `token`/);
    expect(slack.received).toEqual([]);
  });
});

describe("what jobs and reports tell", () => {
  it("is a line per job, and of a failed one the verdict first, its cause and the next step", async () => {
    const needs = {
      test: { result: "success", outputs: {} },
      deploy: { result: "failure", outputs: { report: broken } },
      docs: { result: "skipped", outputs: {} },
    };
    const inputs = { needs: JSON.stringify(needs, undefined, 2), "mention-on-failure": "@here" };
    const result = await slackNotify({ webhook: slack.webhook, ...inputs }, { workspace });
    expect(warningsOf(result)).toBe("");
    expect(told()).toContain("↩️ Deploy failed and was rolled back");
    expect(told()).toContain("↩️ ssh-deploy-with-backup: rolled-back");
    expect(told()).toContain("What happened: https://app.example/health answers 500\n");
    expect(told()).toContain("What to do: Look at the app's log.\n");
    expect(told()).toContain("release: 20260102T030405Z-bbbbbbb");
    expect(told()).toContain("backup: b1, 2.0 MiB");
    for (const line of [
      "↩️ deploy failed and was rolled back",
      "✅ test succeeded",
      "⏭️ docs skipped",
    ])
      expect(told()).toContain(line);
    expect(JSON.stringify(slack.messages[0]?.blocks)).toContain('"range":"here"');
    expect(slack.messages[0]?.text).toMatch(/^<!here> .*answers 500$/u);
  });

  it("gives the changes since the last release and the duration", async () => {
    const startedAt = new Date(Date.now() - 65_000).toISOString();
    const facts = [{ name: "previous release", value: "20260101T000000Z-aaaaaaa" }];
    const reports = reportText({ facts, startedAt });
    await slackNotify({ webhook: slack.webhook, reports }, { workspace });
    expect(told()).toContain(
      `https://github.com/ada/climbing/compare/aaaaaaa...${"0".repeat(40)} Changes`,
    );
    expect(told()).toMatch(/after 1 min [5-9] s/);
  });

  it("is read from the steps of the job too", async () => {
    const reports = JSON.stringify({ deploy: { outcome: "failure", outputs: { report: broken } } });
    await slackNotify({ webhook: slack.webhook, reports }, { workspace, jobStatus: "failure" });
    expect(told()).toContain("↩️ Deploy failed and was rolled back");
  });

  it("calls a rollback that somebody asked for no failure, and pings nobody", async () => {
    const reports = reportText({ status: "rolled-back", title: "the old one serves" });
    const inputs = { webhook: slack.webhook, reports, "mention-on-failure": "U012AB3CDE" };
    await slackNotify(inputs, { workspace });
    expect(told()).toContain("✅ Deploy succeeded");
    expect(JSON.stringify(slack.messages[0])).not.toContain("U012AB3CDE");
  });

  it.each([
    ["reports", "{ not json", "`reports`: line 1 is not JSON"],
    ["reports", '{"a": 1}', "`reports`: the text is no report of Belay"],
    ["needs", "toJSON(needs)", "`needs` is not the JSON of needs"],
  ])(
    "that cannot be read in %s (%s) is named, and the message says that it does not know",
    async (name, text, warning) => {
      const result = await slackNotify({ webhook: slack.webhook, [name]: text }, { workspace });
      expect(warningsOf(result)).toContain(warning);
      expect(result.outputs["status"]).toBe("sent");
      expect(told()).toContain("⚠️ Deploy ended, and nobody knows how");
    },
  );

  it("names a report of a job that is not JSON, and tells the rest", async () => {
    const needs = { deploy: { result: "success", outputs: { report: "truncated {", url: "x" } } };
    const inputs = { webhook: slack.webhook, needs: JSON.stringify(needs) };
    const result = await slackNotify(inputs, { workspace });
    expect(warningsOf(result)).toContain("`report` in the outputs of job deploy is not JSON");
    expect(told()).toContain("✅ deploy succeeded");
  });

  it("of 30 jobs near 128 KiB fits into one message", async () => {
    const facts = Array.from({ length: 12 }, (_, at) => ({
      name: `fact ${at}`,
      value: "v".repeat(150),
    }));
    const error = {
      code: "command-failed" as const,
      message: "m".repeat(400),
      remedy: "r".repeat(300),
    };
    const report = reportText({ facts, status: "failed", title: "t".repeat(300), error });
    const jobs = Array.from({ length: 30 }, (_, at) => [
      `job-${at}`,
      { result: at % 3 === 0 ? "failure" : "success", outputs: { report } },
    ]);
    const needs = JSON.stringify(Object.fromEntries(jobs));
    expect(needs.length).toBeGreaterThan(100_000);
    expect(Buffer.byteLength(needs)).toBeLessThan(128 * 1024);
    const inputs = { webhook: slack.webhook, needs, message: "x ".repeat(5000) };
    const result = await slackNotify(inputs, { workspace });
    expect(result.outputs["status"]).toBe("sent");
    expect(told()).toContain("❌ Deploy failed");
    expect(told()).toContain("job-29");
  });
});

describe("as a bot", () => {
  it("posts to a channel by name or by id, and tells the message's place", async () => {
    const named = await slackNotify(bot(), { workspace });
    expect(named.outputs).toMatchObject({
      ok: "true",
      ts: "1712345678.000001",
      "thread-ts": "1712345678.000001",
      "channel-id": deploys.id,
    });
    await slackNotify(bot({ channel: deploys.id }), { workspace });
    expect(slack.messages.map(({ channel }) => channel)).toEqual([deploys.id, deploys.id]);
  });

  it("edits a message through a deploy", async () => {
    const first = await slackNotify(bot({ status: "started" }), { workspace });
    expect(told()).toContain("⏳ Deploy started");
    const place = {
      update: first.outputs["ts"] ?? "",
      "channel-id": first.outputs["channel-id"] ?? "",
    };
    const last = await slackNotify(bot({ ...place, channel: "" }), { workspace });
    expect(slack.messages).toHaveLength(1);
    expect(slack.messages[0]?.edits).toBe(1);
    expect(told()).toContain("✅ Deploy succeeded");
    expect(last.outputs).toMatchObject({ ok: "true", ts: place.update, "thread-ts": place.update });
  });

  it("pings by a reply that all see when an edited message ends badly", async () => {
    const first = await slackNotify(bot({ status: "started" }), { workspace });
    const update = first.outputs["ts"] ?? "";
    const inputs = bot({
      update,
      "channel-id": deploys.id,
      reports: broken,
      "mention-on-failure": "@channel, U012AB3CDE S0614TZR7",
    });
    const result = await slackNotify(inputs, { workspace, jobStatus: "failure" });
    const [edited, reply] = slack.messages;
    expect(edited?.edits).toBe(1);
    expect(JSON.stringify(edited?.blocks)).not.toContain("U012AB3CDE");
    expect(wordsOf(edited?.blocks)).toContain("rolled back");
    expect(reply).toMatchObject({ threadTs: update, isBroadcast: true });
    const mentions = JSON.stringify(reply?.blocks);
    for (const part of ['"range":"channel"', "U012AB3CDE", "S0614TZR7"])
      expect(mentions).toContain(part);
    expect(result.outputs).toMatchObject({ ok: "true", ts: update });
  });

  it("says that nobody was pinged when the edit went well and the reply did not", async () => {
    const first = await slackNotify(bot({ status: "started" }), { workspace });
    slack.trouble([
      {
        status: 200,
        body: JSON.stringify({ ok: true, channel: deploys.id, ts: "1712345678.000001" }),
      },
      { status: 200, body: '{"ok":false,"error":"restricted_action"}' },
    ]);
    const inputs = bot({
      update: first.outputs["ts"] ?? "",
      "channel-id": deploys.id,
      status: "failure",
    });
    const result = await slackNotify(inputs, { workspace });
    expect(result.outputs).toMatchObject({
      status: "failed",
      ok: "false",
      ts: "1712345678.000001",
    });
    expect(warningsOf(result)).toContain("restricted_action");
    expect(result.log.text).toContain("the reply that pings was not sent");
  });

  it("answers in a thread, in the channel too only when it is bad news", async () => {
    const { outputs } = await slackNotify(bot({ status: "started" }), { workspace });
    const thread = outputs["thread-ts"] ?? "";
    const good = await slackNotify(bot({ thread }), { workspace });
    await slackNotify(bot({ thread, status: "failure", "mention-on-failure": "here" }), {
      workspace,
    });
    expect(slack.messages.slice(1)).toMatchObject([
      { threadTs: thread, isBroadcast: false },
      { threadTs: thread, isBroadcast: true },
    ]);
    expect(good.outputs).toMatchObject({ ts: "1712345678.000002", "thread-ts": thread });
  });

  it("sends a new message where the step before left no ts", async () => {
    const result = await slackNotify(bot({ update: "", "channel-id": "", thread: "" }), {
      workspace,
    });
    expect(result.outputs["status"]).toBe("sent");
    expect(slack.messages).toHaveLength(1);
  });

  it("names the channel's id as missing when it shall edit", async () => {
    const result = await slackNotify(bot({ update: "1712345678.000001" }), { workspace });
    expect(warningsOf(result)).toContain("`channel-id` is empty");
    expect(slack.received).toEqual([]);
  });
});

describe("only-on", () => {
  let github: GitHubApi;
  afterEach(() => github.stop());

  async function run(
    runs: readonly Partial<WorkflowRun>[],
    status: string,
    mayReadActions = true,
  ): Promise<string | undefined> {
    const whole = runs.map((one, at): WorkflowRun => ({
      id: 999 - at,
      file: "deploy.yml",
      branch: "main",
      status: "completed",
      conclusion: "success",
      ...one,
    }));
    const here = { id: 1000, file: "deploy.yml", branch: "main", conclusion: null } as const;
    github = await startGitHub({
      runs: [{ ...here, status: "in_progress" }, ...whole],
      mayReadActions,
    });
    const facts = {
      GITHUB_API_URL: github.url,
      GITHUB_WORKFLOW_REF: "ada/climbing/.github/workflows/deploy.yml@refs/heads/main",
    };
    const inputs = {
      webhook: slack.webhook,
      "only-on": "change",
      status,
      "github-token": github.token,
    };
    return (await slackNotify(inputs, { workspace, facts })).outputs["status"];
  }

  it("change: is silent when the last run of workflow and branch ended the same way", async () => {
    expect(await run([{ conclusion: "success" }], "success")).toBe("skipped");
    await github.stop();
    expect(await run([{ conclusion: "timed_out" }], "failure")).toBe("skipped");
    expect(slack.messages).toEqual([]);
  });

  it("change: tells the first failure and the first success after it", async () => {
    expect(await run([{ conclusion: "success" }], "failure")).toBe("sent");
    await github.stop();
    expect(await run([{ conclusion: "failure" }], "success")).toBe("sent");
  });

  it("change: looks past cancelled runs, and at no other branch, workflow or fork", async () => {
    const others: Partial<WorkflowRun>[] = [
      { conclusion: "cancelled" },
      { branch: "other" },
      { file: "test.yml" },
      { headRepository: "eve/climbing" },
      { status: "in_progress", conclusion: null },
    ];
    expect(await run([...others, { conclusion: "failure" }], "failure")).toBe("skipped");
  });

  it("change: sends when there was no run before, or GitHub does not tell", async () => {
    expect(await run([], "success")).toBe("sent");
    await github.stop();
    expect(await run([{ conclusion: "success" }], "success", false)).toBe("sent");
  });

  it("failure: is silent about success, and not about a rollback", async () => {
    github = await startGitHub({ runs: [] });
    const inputs = { webhook: slack.webhook, "only-on": "failure" };
    const good = await slackNotify(inputs, { workspace });
    expect(good.outputs).toMatchObject({ status: "skipped", ok: "false" });
    expect(
      (await slackNotify({ ...inputs, reports: broken }, { workspace })).outputs["status"],
    ).toBe("sent");
    expect(slack.messages).toHaveLength(1);
  });

  it("GitHub tells the duration where no report does", async () => {
    const startedAt = new Date(Date.now() - 130_000).toISOString();
    const one = {
      id: 1000,
      file: "deploy.yml",
      branch: "main",
      conclusion: null,
      startedAt,
    } as const;
    github = await startGitHub({ runs: [{ ...one, status: "in_progress" }] });
    const inputs = { webhook: slack.webhook, "github-token": github.token };
    await slackNotify(inputs, { workspace, facts: { GITHUB_API_URL: github.url } });
    expect(told()).toMatch(/after 2 min 1\d s/);
  });
});

describe("dry-run", () => {
  it("prints the message as Block Kit JSON, and needs no secret", async () => {
    const result = await slackNotify({ "dry-run": "true", message: "::error::no" }, { workspace });
    expect(result.outputs).toMatchObject({ status: "planned", ok: "false" });
    const json = /^ {2}\{\n[\s\S]*?^ {2}\}$/m.exec(result.log.text)?.[0] ?? "";
    expect(JSON.parse(json)).toMatchObject({ blocks: [{ type: "header" }, {}, {}] });
    expect(result.log.annotations).toEqual([]);
    expect(slack.received).toEqual([]);
  });
});

it("reports as the other actions do: outputs, summary with the verdict, last line", async () => {
  const result = await slackNotify({ webhook: slack.webhook }, { workspace });
  expect(reportOf(result)).toMatchObject({ action: "slack-notify", status: "sent" });
  expect(result.summary).toContain("### ✅ slack-notify: sent");
  expect(Number(result.outputs["duration-ms"])).toBeGreaterThanOrEqual(0);
  expect(result.log.text.trim().split("\n").at(-1)).toMatch(
    /sent: Slack was told: ✅ Deploy succeeded/u,
  );
  expect(
    (await slackNotify({ webhook: slack.webhook, summary: "false" }, { workspace })).summary,
  ).toBe("");
});
