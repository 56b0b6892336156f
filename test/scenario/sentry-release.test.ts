import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { freePort } from "../support/free-port.js";
import { pathWithHangingGit, reportText, sentryRelease, warningsOf } from "../support/notify.js";
import { mustRun } from "../support/program.js";
import {
  type SentryReceiver,
  type SentryOptions,
  startSentry,
} from "../support/receivers/sentry.js";
import { reportOf } from "../support/report-of.js";
import type { ActionResult } from "../support/run-action.js";
import { removeFolder, scratchFolder } from "../support/scratch.js";

let workspace: string;
let sentry: SentryReceiver;
beforeEach(async () => {
  workspace = await scratchFolder("sentry");
  sentry = await startSentry();
});
afterEach(async () => {
  await sentry.stop();
  await removeFolder(workspace);
});

async function restart(options: SentryOptions): Promise<void> {
  await sentry.stop();
  sentry = await startSentry(options);
}

function inputs(more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return {
    "sentry-url": sentry.url,
    "sentry-auth-token": sentry.token,
    "sentry-org": "acme",
    "sentry-projects": "web\napi",
    environment: "production",
    ...more,
  };
}

/** Makes a checkout with commits of these subjects; their SHAs, the oldest first. */
async function checkout(folder: string, subjects: readonly string[]): Promise<readonly string[]> {
  const who = ["-c", "user.name=Grace Hopper", "-c", "user.email=grace@example.com"];
  const git = ["git", ...who, "-C", folder];
  await mustRun(["git", "init", "-q", folder]);
  for (const subject of subjects)
    await mustRun([...git, "commit", "-q", "--allow-empty", "-m", subject]);
  return (await mustRun([...git, "log", "--reverse", "--format=%H"])).trim().split("\n");
}

function theRelease(version: string): ReturnType<typeof sentry.releases.get> {
  return sentry.releases.get(version);
}

function expectSeen(result: ActionResult, words: RegExp | string): void {
  expect(result.exitCode).toBe(0);
  expect(result.outputs["status"]).toBe("failed");
  expect(warningsOf(result)).toMatch(words);
  expect(result.summary).toContain("### ❌ sentry-release: failed");
  expect(reportOf(result).error?.remedy.length).toBeGreaterThan(5);
}

describe("a release", () => {
  it("is created with its projects, commits, deploy and date", async () => {
    const shas = await checkout(workspace, ["one", "two", "three"]);
    const sha = shas.at(-1) ?? "";
    const startedAt = "2026-01-02T03:04:05.000Z";
    const facts = { GITHUB_SHA: sha, GITHUB_RUN_ATTEMPT: "2" };
    const result = await sentryRelease(inputs({ reports: reportText({ startedAt }) }), {
      workspace,
      facts,
    });
    expect(warningsOf(result)).toBe("");
    expect(result.exitCode).toBe(0);
    expect(result.outputs).toMatchObject({ status: "created", release: sha });
    const release = theRelease(sha);
    expect(release).toMatchObject({
      projects: ["web", "api"],
      ref: sha,
      url: `https://github.com/ada/climbing/commit/${sha}`,
    });
    expect(release?.commits?.map(({ id }) => id)).toEqual(shas.toReversed());
    expect(release?.commits?.[0]).toMatchObject({
      repository: "ada/climbing",
      message: "three",
      author_name: "Grace Hopper",
      author_email: "grace@example.com",
    });
    expect(release?.deploys).toMatchObject([
      {
        environment: "production",
        name: "run 1000, attempt 2",
        url: "https://github.com/ada/climbing/actions/runs/1000/attempts/2",
        dateStarted: startedAt,
      },
    ]);
    expect(Date.parse(release?.dateReleased ?? "")).toBeGreaterThan(Date.now() - 60_000);
    expect(reportOf(result).steps.map(({ name }) => name)).toEqual([
      "release",
      "commits",
      "deploy",
      "finalize",
    ]);
  });

  it("leaves the commits to Sentry where the repository is connected, on whatever page it stands", async () => {
    const others = ["a/a", "b/b", "c/c"].map((name) => ({ name }));
    await restart({
      repositories: [...others, { name: "Ada/climbing" }, { name: "ada/climbing" }],
    });
    const sha = "d".repeat(40);
    await sentryRelease(inputs(), { workspace, facts: { GITHUB_SHA: sha } });
    expect(theRelease(sha)?.refs).toEqual([{ repository: "ada/climbing", commit: sha }]);
    expect(theRelease(sha)?.commits).toBeUndefined();
  });

  it("tells the commits itself where Sentry only knows the repository's name, or the token may not ask", async () => {
    const shas = await checkout(workspace, ["one"]);
    const facts = { GITHUB_SHA: shas[0] ?? "" };
    await restart({ repositories: [{ name: "ada/climbing", provider: "unknown" }] });
    await sentryRelease(inputs(), { workspace, facts });
    expect(theRelease(shas[0] ?? "")?.commits).toHaveLength(1);
    await restart({ scopes: ["project:releases"], repositories: [{ name: "ada/climbing" }] });
    const result = await sentryRelease(inputs(), { workspace, facts });
    expect(theRelease(shas[0] ?? "")?.commits).toHaveLength(1);
    expect(result.outputs["status"]).toBe("created");
  });

  it("has the commits since the release before, where Sentry knows it", async () => {
    const shas = await checkout(workspace, ["one", "two", "three", "four"]);
    await restart({ previousCommit: shas[1] ?? "" });
    const facts = { GITHUB_SHA: shas[3] ?? "" };
    await sentryRelease(inputs(), { workspace, facts });
    expect(theRelease(shas[3] ?? "")?.commits?.map(({ message }) => message)).toEqual([
      "four",
      "three",
    ]);
    await restart({ previousCommit: null });
    await sentryRelease(inputs(), { workspace, facts });
    expect(theRelease(shas[3] ?? "")?.commits).toHaveLength(4);
  });

  it("names a shallow checkout, and tells what there is", async () => {
    const origin = await scratchFolder("origin");
    const shas = await checkout(origin, ["one", "two", "three"]);
    await mustRun(["git", "clone", "-q", "--depth", "1", `file://${origin}`, workspace]);
    await removeFolder(origin);
    await restart({ previousCommit: shas[0] ?? "" });
    const result = await sentryRelease(inputs(), {
      workspace,
      facts: { GITHUB_SHA: shas[2] ?? "" },
    });
    expect(result.outputs["status"]).toBe("created");
    expect(warningsOf(result)).toMatch(
      /checkout is shallow: Sentry is told of 1 commit.*`fetch-depth: 0`/,
    );
    expect(theRelease(shas[2] ?? "")?.commits).toHaveLength(1);
  });

  it("has what was pushed where there is no checkout; what Sentry would refuse is left out", async () => {
    const author = { name: "n".repeat(300), email: "no address" };
    const commits = [
      { id: "e".repeat(40), message: "first", author, timestamp: "2026-01-02T03:04:05Z" },
      { id: "f".repeat(40), message: "second 🚀\nbody", author, timestamp: "nonsense" },
    ];
    const sha = "f".repeat(40);
    await sentryRelease(inputs(), { workspace, event: { commits }, facts: { GITHUB_SHA: sha } });
    expect(theRelease(sha)?.commits?.map(({ message }) => message)).toEqual([
      "second 🚀\nbody",
      "first",
    ]);
  });

  it("is the user's own, without commits, deploy or date where they are not wanted", async () => {
    const own = inputs({
      release: "shop@1.2.3+4",
      commits: "off",
      finalize: "false",
      environment: "",
    });
    const result = await sentryRelease(own, { workspace });
    expect(result.outputs).toMatchObject({ status: "created", release: "shop@1.2.3+4" });
    const release = theRelease("shop@1.2.3+4");
    expect(release).toMatchObject({ deploys: [] });
    expect(release?.commits).toBeUndefined();
    expect(release?.dateReleased).toBeUndefined();
  });

  it("goes to a Sentry of one's own below a path, a second time as well", async () => {
    await restart({ prefix: "/sentry" });
    await sentryRelease(inputs({ release: "1.0" }), { workspace });
    const again = await sentryRelease(inputs({ release: "1.0", "sentry-url": `${sentry.url}/` }), {
      workspace,
    });
    expect(again.outputs["status"]).toBe("created");
    expect(theRelease("1.0")?.deploys).toHaveLength(2);
  });

  it("takes the environment from the event or a report", async () => {
    const event = { deployment: { environment: "staging" } };
    await sentryRelease(inputs({ release: "1.0", environment: "" }), { workspace, event });
    expect(theRelease("1.0")?.deploys).toMatchObject([{ environment: "staging" }]);
  });
});

describe("nothing is told", () => {
  const error = { code: "gate-failed" as const, message: "m", remedy: "r" };
  it.each([
    ["the job failed", { jobStatus: "failure" }, {}],
    ["the deploy was rolled back", {}, { reports: reportText({ status: "rolled-back", error }) }],
    ["the deploy was superseded", {}, { reports: reportText({ status: "superseded" }) }],
    ["somebody went back on purpose", {}, { reports: reportText({ status: "rolled-back" }) }],
  ])("when %s", async (_, more, given) => {
    const result = await sentryRelease(inputs(given), { workspace, ...more });
    expect(result.outputs).toMatchObject({ status: "skipped", release: "" });
    expect(warningsOf(result)).toBe("");
    expect(sentry.received).toEqual([]);
  });

  it("in a dry run, which shows the plan and needs no token", async () => {
    const result = await sentryRelease(inputs({ "dry-run": "true", "sentry-auth-token": "" }), {
      workspace,
    });
    expect(result.outputs["status"]).toBe("planned");
    expect(result.log.text).toContain("projects: web, api of acme");
    expect(sentry.received).toEqual([]);
  });
});

describe("a failure is a warning with its remedy", () => {
  it.each([
    [
      "a wrong token",
      { "sentry-auth-token": "sntrys_wrong" },
      /HTTP 401, Invalid token/,
      "auth-refused",
    ],
    ["an unknown organisation", { "sentry-org": "acne" }, /HTTP 404/, "config"],
    [
      "an unknown project",
      { "sentry-projects": "web\nwbe" },
      /projects: Invalid project slugs/,
      "config",
    ],
  ])("%s", async (_, given, words, code) => {
    const result = await sentryRelease(inputs(given), { workspace });
    expectSeen(result, words);
    expect(reportOf(result).error).toMatchObject({ code });
  });

  it("a token that may not make releases", async () => {
    await restart({ scopes: ["org:read"] });
    const result = await sentryRelease(inputs(), { workspace });
    expectSeen(result, /HTTP 403, You do not have permission/);
    expect(reportOf(result).error?.remedy).toContain("`project:releases`");
  });

  it("bad inputs, all together, before anything is asked", async () => {
    const bad = {
      release: "a/b",
      "sentry-org": "",
      "sentry-projects": "",
      "sentry-url": "http://x.example",
    };
    const result = await sentryRelease(inputs(bad), { workspace });
    for (const name of Object.keys(bad)) expect(warningsOf(result)).toContain(`\`${name}\``);
    expect(result.exitCode).toBe(0);
    expect(sentry.received).toEqual([]);
  });

  it("an empty secret; it fails the step only with errors: true", async () => {
    const result = await sentryRelease(inputs({ "sentry-auth-token": "", errors: "true" }), {
      workspace,
    });
    expect(result.exitCode).toBe(1);
    expect(result.log.annotations).toMatchObject([{ level: "error" }]);
    expect(result.log.text).toContain("has no such secret");
  });

  it.each([
    ["a web page", { status: 200, body: "<!doctype html>" }, "HTTP 200 with a web page"],
    ["nothing", { status: 200 }, "HTTP 200 with nothing in it"],
    [
      "a redirect",
      { status: 302, headers: { location: "https://sso.example/x" } },
      "redirect to sso.example",
    ],
  ])("an answer that is %s", async (_, trouble, words) => {
    sentry.trouble([trouble]);
    expectSeen(await sentryRelease(inputs(), { workspace }), words);
    expect(sentry.received).toHaveLength(1);
  });

  it("is no failure when it passes: 429, 409, 500 and a broken connection", async () => {
    sentry.trouble([
      { status: 429, headers: { "retry-after": "1" } },
      { status: 500, body: "<html>" },
      "reset",
      { status: 409, body: '{"detail":"Release commits are currently being processed"}' },
    ]);
    const result = await sentryRelease(inputs({ release: "1.0" }), { workspace });
    expect(result.outputs["status"]).toBe("created");
  });

  it.each([
    ["silence"],
    [{ status: 503 }],
    [{ status: 429, headers: { "retry-after": "90" } }],
  ] as const)("and costs no more than the limit: %j", async (trouble) => {
    sentry.trouble([trouble], true);
    const result = await sentryRelease(inputs({ "time-limit": "2s" }), { workspace });
    expectSeen(result, /Sentry/);
    expect(result.durationMs).toBeLessThanOrEqual(3000);
  });

  it("does not come of a git that hangs: the rest is told in time", async () => {
    const facts = { PATH: await pathWithHangingGit(workspace) };
    const own = inputs({ release: "1.0", "time-limit": "3s" });
    const result = await sentryRelease(own, { workspace, facts });
    expect(result.outputs["status"]).toBe("created");
    expect(result.durationMs).toBeLessThanOrEqual(4000);
    expect(theRelease("1.0")?.dateReleased).toBeDefined();
  });

  it("a Sentry that is down", async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const result = await sentryRelease(inputs({ "sentry-url": url, "time-limit": "1s" }), {
      workspace,
    });
    expectSeen(result, "connection refused");
  });

  it("of the commits keeps neither deploy nor date from being told", async () => {
    const [sha = ""] = await checkout(workspace, ["one"]);
    const ok = { status: 201, body: "{}" };
    await sentryRelease(inputs({ release: "1.0" }), { workspace });
    sentry.trouble([
      ok,
      ok,
      { status: 200, body: "{}" },
      { status: 413, body: '{"detail":"too large"}' },
    ]);
    const failed = await sentryRelease(inputs({ release: "1.0" }), {
      workspace,
      facts: { GITHUB_SHA: sha },
    });
    expectSeen(failed, /set the commits: HTTP 413, too large/);
    expect(failed.outputs["release"]).toBe("1.0");
    expect(theRelease("1.0")?.deploys).toHaveLength(2);
  });

  it("shows the token nowhere", async () => {
    const result = await sentryRelease(inputs({ release: "1.0" }), { workspace });
    const failed = await sentryRelease(inputs({ "sentry-org": "acne" }), { workspace });
    for (const { log, summary, outputs } of [result, failed]) {
      expect([log.unmasked, summary, JSON.stringify(outputs)].join()).not.toContain("planted");
      expect(log.masks).toContain(sentry.token);
    }
  });
});
