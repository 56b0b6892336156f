import { describe, expect, it } from "vitest";
// What is loaded late in a run is loaded here: a fake clock does not wait for the disk.
import "../../../src/ssh-deploy-with-backup/operate.js";
import type { Report } from "../../../src/kit/report.js";
import { act } from "../../../src/ssh-deploy-with-backup/action.js";
import {
  type FakePlatform,
  fakePlatform,
  type FakePlatformOptions,
} from "../../support/action-platform.js";
import type { IncomingCall } from "../../support/scripted-host.js";

const release = "20260102T030405Z-bbbbbbb";
const running = "20260101T000000Z-aaaaaaa";

async function run(
  options: FakePlatformOptions = {},
  meanwhile: (it: FakePlatform) => void = () => undefined,
): Promise<FakePlatform> {
  const fake = fakePlatform(options);
  meanwhile(fake);
  await fake.clock.run(act(fake.platform));
  return fake;
}

/** The calls' names without tokens, attend and what a test does not ask about. */
function callsOf({ host }: FakePlatform): readonly string[] {
  const names = host.calls.map((call) => call.split(" "));
  return names
    .filter(([name]) => name !== "attend")
    .map(([name = "", , step = ""]) => (name === "step" ? step : name));
}

function report({ outputs }: FakePlatform): Report {
  return JSON.parse(outputs["report"] ?? "") as Report;
}

/** A server where `running` serves. */
async function beginsOverRunning(
  call: IncomingCall,
  more: Readonly<Record<string, string>> = {},
): Promise<number> {
  await call.input();
  call.record("previous", running);
  for (const [key, value] of Object.entries(more)) call.record(key, value);
  call.record("begun", release);
  return 0;
}

function failing(code = 1): (call: IncomingCall) => number {
  return (call) => {
    call.record("code", code);
    return 0;
  };
}

const lines = {
  build: "make",
  "database-url": "postgres://h/d?colour=red",
  before: "x",
  migrate: "x",
  after: "x",
  restart: "x",
};
const begin = (call: IncomingCall): Promise<number> => beginsOverRunning(call);

describe("a deploy", () => {
  it("goes its order, and makes no call for what is not asked for", async () => {
    const full = await run({ inputs: { ...lines, "health-url": "http://app.example/" } });
    expect(callsOf(full)).toEqual([
      "begin",
      "prepare",
      "build",
      "backup",
      "before",
      "migrate",
      "activate",
      "after",
      "confirm",
    ]);
    expect(report(full).steps.map(({ name }) => name)).toEqual([
      ...[
        "check",
        "upload",
        "build",
        "backup",
        "before",
        "migrate",
        "activate",
        "gate",
        "after",
        "confirm",
      ],
    ]);
    expect(full.log.of("info")).toContain("database-url: ignored parameters: colour");
    expect(callsOf(await run())).toEqual(["begin", "prepare", "activate", "confirm"]);
  });

  it("tells release, backup and migration, and closes what the post step would undo", async () => {
    const answers = {
      begin,
      "step backup": failing(0),
    };
    const fake = await run({ answers, inputs: { migrate: "x" } });
    expect(fake.outputs).toMatchObject({
      status: "deployed",
      release,
      "previous-release": running,
      "failed-step": "",
    });
    expect(fake.saved).toMatchObject({ closed: "true" });
    expect(fake.saved["token"]).toMatch(/^[0-9a-f]{32}$/);
    expect(fake.failed()).toBe(false);
    expect(fake.log.of("info").at(-1)).toContain(`deployed: ${release} serves, after ${running}`);
    expect(fake.summaries).toHaveLength(1);
  });

  it("says that nobody asked the app where there is no health-url", async () => {
    expect((await run()).log.of("notice").join()).toContain("Nobody asked the app");
  });

  it.each([
    ["build", "failed"],
    ["backup", "failed"],
    ["before", "rolled-back"],
    ["migrate", "rolled-back"],
    ["activate", "rolled-back"],
    ["after", "rolled-back"],
  ])("undoes when %s fails, and ends as %s with that error", async (step, status) => {
    const answers = {
      begin,
      step: (call: IncomingCall) => failing(call.words[2] === step ? 3 : 0)(call),
    };
    const fake = await run({ answers, inputs: lines });
    expect(fake.outputs).toMatchObject({ status, "failed-step": step });
    expect(report(fake).error?.message).toBe(`${step} ended with exit code 3`);
    expect(callsOf(fake).at(-1)).toBe("undo");
    expect(fake.failed()).toBe(true);
    expect(fake.saved["closed"]).toBe("true");
  });

  it("has nothing to go back to on a first deploy", async () => {
    const answers = {
      step: (call: IncomingCall) => failing(call.words[2] === "activate" ? 1 : 0)(call),
    };
    expect((await run({ answers })).outputs["status"]).toBe("failed");
  });

  it("puts the old release back when the gate stays shut, and asks it too", async () => {
    let undone = false;
    const answers = {
      begin,
      undo: async (call: IncomingCall) => {
        await call.input();
        undone = true;
        call.record("outcome", "undone", "back");
        return 0;
      },
    };
    const http = (): object => ({ status: undone ? 200 : 500 });
    const fake = await run({
      answers,
      http,
      inputs: { "health-url": "http://app.example/", "health-timeout": "10s" },
    });
    expect(fake.outputs).toMatchObject({ status: "rolled-back", "failed-step": "gate" });
    expect(report(fake).error?.code).toBe("gate-timeout");
    expect(report(fake).steps.map(({ name, status }) => `${name}: ${status}`)).toEqual(
      expect.arrayContaining(["activate: undone", "gate: failed", "gate previous: ok"]),
    );
  });

  it("says so when the old release is not healthy either, and keeps the first error", async () => {
    const inputs = { "health-url": "http://app.example/", "health-timeout": "5s" };
    const fake = await run({ answers: { begin }, http: () => ({ status: 500 }), inputs });
    expect(fake.outputs).toMatchObject({ status: "rollback-failed", "failed-step": "gate" });
    expect(report(fake).error?.code).toBe("gate-timeout");
  });

  it("keeps the first error when the undo fails", async () => {
    const answers = {
      begin,
      step: (call: IncomingCall) => failing(call.words[2] === "migrate" ? 4 : 0)(call),
      undo: async (call: IncomingCall) => {
        await call.input();
        call.record("outcome", "undo-failed", "the restart lines of the old release failed");
        return 6;
      },
    };
    const fake = await run({ answers, inputs: lines });
    expect(fake.outputs["status"]).toBe("rollback-failed");
    expect(report(fake).error?.message).toBe("migrate ended with exit code 4");
    expect(fake.log.of("info").at(-1)).toContain("the restart lines of the old release failed");
  });

  it("leaves an activated release where rollback-on-failure is off", async () => {
    const answers = {
      begin,
      step: (call: IncomingCall) => failing(call.words[2] === "after" ? 1 : 0)(call),
    };
    const fake = await run({ answers, inputs: { ...lines, "rollback-on-failure": "false" } });
    expect(fake.outputs["status"]).toBe("failed");
    expect(callsOf(fake).at(-1)).toBe("abandon");
  });

  it("only asks the app when nothing has changed, and deploys all the same when forced", async () => {
    let digest = "";
    const answers = {
      begin: async (call: IncomingCall) => {
        const plan = (await call.input()).toString("latin1");
        digest = /digest\0[^]{505}([0-9a-f]{64})/.exec(plan)?.[1] ?? "";
        call.record("previous", running);
        call.record("previous-digest", digest);
        call.record("begun", release);
        return 0;
      },
    };
    const inputs = { "health-url": "http://app.example/", "health-expect": "the new sha" };
    const same = await run({ answers, inputs });
    expect(digest).not.toBe("");
    expect(same.outputs).toMatchObject({ status: "unchanged", release: running });
    expect(callsOf(same)).toEqual(["begin", "abandon"]);
    expect(same.asked.length).toBeGreaterThan(0);
    expect((await run({ answers, inputs: { force: "true" } })).outputs["status"]).toBe("deployed");
  });

  it("ends as superseded, with nothing touched, when a later run has deployed", async () => {
    const later = (call: IncomingCall): Promise<number> =>
      beginsOverRunning(call, { "previous-run": "10" });
    const fake = await run({ answers: { begin: later } });
    expect(fake.outputs).toMatchObject({ status: "superseded" });
    expect(callsOf(fake)).toEqual(["begin", "abandon"]);
    expect(fake.failed()).toBe(true);
    const told = await run({ answers: { begin: later }, inputs: { "allow-older": "true" } });
    expect(told.outputs["status"]).toBe("deployed");
  });

  it("gates and confirms what the server had left unconfirmed, or fails naming it", async () => {
    const left = (call: IncomingCall): Promise<number> =>
      beginsOverRunning(call, { unconfirmed: "r0" });
    const settle = (call: IncomingCall): number => {
      call.record("outcome", "confirmed");
      return 0;
    };
    const inputs = { "health-url": "http://app.example/", "health-timeout": "3s" };
    const good = await run({ answers: { begin: left, settle }, inputs });
    expect(good.host.calls).toContain("settle r0 healthy");
    expect(good.outputs["status"]).toBe("deployed");
    const bad = await run({
      answers: { begin: left, settle },
      inputs,
      http: () => ({ status: 500 }),
    });
    expect(bad.outputs["status"]).toBe("failed");
    expect(report(bad).error).toMatchObject({
      code: "gate-failed",
      message: expect.stringContaining("r0") as string,
    });
  });

  it("measures for how long the app did not answer during the switch", async () => {
    expect(
      (await run({ inputs: { "health-url": "http://app.example/" } })).outputs["downtime-ms"],
    ).toBe("0");
  });

  it("reports all findings of the server together, and leaves nothing to the post step", async () => {
    const answers = {
      begin: async (call: IncomingCall) => {
        await call.input();
        call.record("finding", "error", "tool-missing", "flock is missing", "install it");
        call.record("finding", "warning", "disk-full", "little memory", "add swap");
        call.record("finding", "error", "disk-full", "the disk is full", "free some space");
        return 1;
      },
    };
    const fake = await run({ answers });
    expect(fake.log.of("error")).toEqual([
      "flock is missing. install it",
      "the disk is full. free some space",
    ]);
    expect(fake.log.of("warning")).toEqual(["little memory. add swap"]);
    expect(fake.outputs).toMatchObject({ status: "failed", "failed-step": "check" });
    expect(fake.saved["closed"]).toBe("true");
  });

  it("fails as locked, saying whose lock it is or why deploys are held", async () => {
    const answer = (key: string) => async (call: IncomingCall) => {
      await call.input();
      call.record(key, "alice, since noon");
      return 3;
    };
    for (const key of ["locked", "held"]) {
      const fake = await run({ answers: { begin: answer(key) } });
      expect(report(fake).error).toMatchObject({
        code: "locked",
        message: expect.stringContaining("alice, since noon") as string,
      });
    }
  });

  it("asks the guardian to undo at once when the job is cancelled", async () => {
    let cancel = (): void => undefined;
    const answers = {
      begin,
      step: (call: IncomingCall) => {
        if (call.words[2] !== "migrate") return failing(0)(call);
        cancel();
        return new Promise<number>(() => undefined);
      },
    };
    const fake = await run({ answers, inputs: lines }, (it) => (cancel = it.cancel));
    expect(fake.outputs["status"]).toBe("rolled-back");
    expect(report(fake).error?.code).toBe("cancelled");
    expect(callsOf(fake).at(-1)).toBe("undo");
  });
});

describe("bad inputs", () => {
  it("are reported together before anything is connected, with all outputs set", async () => {
    const fake = await run({
      inputs: { path: "relative", operation: "deplyo", fingerprint: "SHA256:x" },
    });
    expect(fake.log.of("error")).toHaveLength(2);
    expect(fake.log.of("warning").join()).toContain("`host-fingerprint`");
    expect(fake.outputs).toMatchObject({ status: "failed", release: "", candidates: "" });
    expect(fake.host.connections).toBe(0);
    expect(fake.saved).toEqual({});
  });
});

describe("the other operations", () => {
  it("rollback: makes the release that the server picks the running one, gated as it was when deployed", async () => {
    const answers = {
      begin: (call: IncomingCall) =>
        beginsOverRunning(call, {
          "health-url": "http://recorded.example/",
          "health-expect": "old",
        }),
    };
    const fake = await run({
      answers,
      http: () => ({ body: "the old one" }),
      inputs: { operation: "rollback" },
    });
    expect(callsOf(fake)).toEqual(["begin", "activate", "confirm"]);
    expect(fake.asked[0]?.url).toBe("http://recorded.example/");
    expect(fake.outputs).toMatchObject({
      status: "rolled-back",
      release,
      "previous-release": running,
    });
    expect(fake.failed()).toBe(false);
  });

  it("rollback: has failed when it came back to where it started", async () => {
    const answers = { begin, step: failing(1) };
    const fake = await run({ answers, inputs: { operation: "rollback" } });
    expect(fake.outputs["status"]).toBe("failed");
    expect(fake.failed()).toBe(true);
  });

  it("backup: tells what was taken, and fails when there is nothing to take", async () => {
    const step = (call: IncomingCall): number => {
      for (const [key, value] of [
        ["backup-id", "b1"],
        ["backup-path", "/srv/b1"],
        ["backup-bytes", "2048"],
        ["backup-sha256", "ff"],
      ] as const)
        call.record(key, value);
      return failing(0)(call);
    };
    const fake = await run({ answers: { step }, inputs: { operation: "backup" } });
    expect(fake.outputs).toMatchObject({
      status: "backed-up",
      "backup-id": "b1",
      "backup-path": "/srv/b1",
      "backup-bytes": "2048",
      "backup-sha256": "ff",
    });
    expect(fake.log.of("info").at(-1)).toContain("b1 (2.0 KiB)");
    const none = (call: IncomingCall): number => {
      call.record("nothing", "no database is configured");
      return failing(0)(call);
    };
    const empty = await run({ answers: { step: none }, inputs: { operation: "backup" } });
    expect(report(empty).error).toMatchObject({
      code: "backup-failed",
      message: "no database is configured",
    });
  });

  it("verify-backup: fails as backup-damaged where the server has no better word", async () => {
    const good = await run({ inputs: { operation: "verify-backup" } });
    expect(good.outputs["status"]).toBe("verified");
    const bad = await run({
      answers: { step: failing(1) },
      inputs: { operation: "verify-backup" },
    });
    expect(report(bad).error?.code).toBe("backup-damaged");
  });

  it("status: shows what is there as a table, and opens nothing", async () => {
    const status = (call: IncomingCall): number => {
      call.record("current", running);
      call.record("phase", "none");
      call.record("hold", "the database moves");
      call.record("release", running, "aaaa", "2026-01-01T00:00:00Z");
      call.record("backup", "b1", "deploy", 2048, running);
      call.record("candidate", "r0");
      return 0;
    };
    const fake = await run({ answers: { status }, inputs: { operation: "status" } });
    expect(fake.outputs).toMatchObject({ status: "ok", release: running, candidates: "r0" });
    expect(report(fake).facts).toContainEqual({
      name: "backup",
      value: `b1, 2.0 KiB, before ${running}`,
    });
    expect(report(fake).facts).toContainEqual({ name: "held", value: "the database moves" });
    expect(fake.saved).toEqual({});
  });

  it("dry-run: checks, prints the plan and opens nothing", async () => {
    const check = async (call: IncomingCall): Promise<number> => {
      await call.input();
      call.record("previous", running);
      call.record("fact", "disk free", "9 MiB");
      return 0;
    };
    const fake = await run({ answers: { check }, inputs: { "dry-run": "true", migrate: "x" } });
    expect(fake.outputs).toMatchObject({ status: "planned", "previous-release": running });
    expect(fake.log.of("info").join("\n")).toContain("disk free: 9 MiB");
    expect(callsOf(fake)).toEqual(["check"]);
    expect(fake.saved).toEqual({});
  });

  it("dry-run with migrate-plan: builds aside, shows the plan, and leaves nothing", async () => {
    const fake = await run({
      answers: { begin },
      inputs: { "dry-run": "true", "migrate-plan": "x", build: "make" },
    });
    expect(callsOf(fake)).toEqual(["begin", "prepare", "build", "migrate-plan", "abandon"]);
    expect(fake.outputs["status"]).toBe("planned");
  });
});
