import { describe, expect, it } from "vitest";
import type { ServerLoadCheck, TcpCheck } from "../../../src/gate/check.js";
import { checkDefaults, gateInputs, httpCheck } from "../../support/gate-inputs.js";
import { type Answer, runGate } from "../../support/scripted-checks.js";

const healthy = { answer: () => "healthy" };

function http(name: string) {
  return httpCheck({ name });
}

function tcp(name: string): TcpCheck {
  return { kind: "tcp", name, ...checkDefaults, host: "db", port: 1, via: "runner" };
}

function load(name: string): ServerLoadCheck {
  const limits = { warning: 60, critical: 85 };
  return { kind: "server", name, ...checkDefaults, measure: "memory", path: "/", limits };
}

/** Healthy from `ms` on. */
function from(ms: number, before: Answer = "503 Service Unavailable") {
  return { answer: (atMs: number): Answer => (atMs >= ms ? "healthy" : before) };
}

describe("several checks", () => {
  it("are asked side by side: many take no longer than the slowest", async () => {
    const names = Array.from({ length: 50 }, (_, at) => `check ${String(at)}`);
    const scripts = Object.fromEntries(
      names.map((name, at) => [name, { answer: () => "healthy", tookMs: () => 10 * at }]),
    );
    const { result, tookMs } = await runGate(gateInputs(names.map(tcp)), scripts);
    expect(result.attempts).toBeGreaterThanOrEqual(150);
    expect(tookMs).toBe(2490);
  });

  it("open the gate only when all are healthy at the same time", async () => {
    // One is healthy only while the other is not, until 20 s.
    const a = { answer: (at: number) => (at < 10_000 || at >= 20_000 ? "healthy" : "down") };
    const { result } = await runGate(gateInputs([tcp("a"), tcp("b")]), { a, b: from(10_000) });
    expect(result.timeToHealthyMs).toBe(22_460);
  });

  it("go on being asked when they are healthy, each at its own interval", async () => {
    const fast = { ...tcp("fast"), intervalMs: 500 };
    const slow = { ...tcp("slow"), intervalMs: 4000 };
    const { asked } = await runGate(gateInputs([fast, slow]), { fast: healthy, slow: healthy });
    expect(asked.get("slow")).toEqual([0, 4000, 8000]);
    expect(asked.get("fast")?.length).toBe(17);
  });

  it("say each change with the name of the check, and what is missing at least every 30 s", async () => {
    const { lines } = await runGate(gateInputs([tcp("db"), http("app")], { timeoutMs: 120_000 }), {
      db: healthy,
      app: from(95_000),
    });
    expect(lines.map(({ line }) => line)).toEqual([
      "gate: 2 checks must be healthy within 2 min 0 s",
      "gate: db: healthy",
      "gate: app: 503 Service Unavailable",
      "gate: still waiting: app: 503 Service Unavailable for 30.0 s (1 min 30 s left)",
      "gate: still waiting: app: 503 Service Unavailable for 1 min 0 s (1 min 0 s left)",
      "gate: still waiting: app: 503 Service Unavailable for 1 min 30 s (30.0 s left)",
      "gate: app: healthy",
      expect.stringMatching(/^gate: open after 1 min 37 s, \d+ attempts$/),
    ]);
    const gaps = lines.slice(1).map(({ atMs }, at) => atMs - (lines[at]?.atMs ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(30_020);
  });

  it("that stay shut are each an error of their own, with the last reason", async () => {
    const { failure, result } = await runGate(gateInputs([tcp("db"), http("app"), http("web")]), {
      db: healthy,
      app: { answer: () => ({ state: "unhealthy", reason: "502 Bad Gateway", body: "dead" }) },
      web: from(59_000),
    });
    const all = [failure, ...(failure?.also ?? [])].map((error) => error?.message);
    expect(failure?.code).toBe("gate-timeout");
    expect(all).toEqual([
      "app was not healthy 3 times in a row within 1 min 0 s: 502 Bad Gateway for 1 min 0 s, last body: dead",
      "web was not healthy 3 times in a row within 1 min 0 s: healthy 1 in a row; before that 503 Service Unavailable",
    ]);
    expect(result.checks.map(({ status }) => status)).toEqual([
      "healthy",
      "unhealthy",
      "unhealthy",
    ]);
  });

  it("end the wait at once when one can never pass", async () => {
    const app = from(Infinity);
    const exited = { state: "hopeless", reason: "web exited with code 1" } as const;
    const box = { answer: (at: number): Answer => (at < 7000 ? "starting" : exited) };
    const { failure, tookMs } = await runGate(gateInputs([http("app"), tcp("box")]), { app, box });
    expect(failure).toMatchObject({
      code: "gate-failed",
      message: "box can never pass: web exited with code 1",
    });
    expect(tookMs).toBe(7610);
  });

  it("wait out what can never pass, where fail-fast is off", async () => {
    const box = { answer: (): Answer => ({ state: "hopeless", reason: "exited" }) };
    const inputs = gateInputs([tcp("box")], { failFast: false, timeoutMs: 20_000 });
    const { failure, tookMs } = await runGate(inputs, { box });
    expect(failure?.code).toBe("gate-timeout");
    expect(tookMs).toBe(20_000);
  });

  it("with a warning open the gate as degraded", async () => {
    const finding = { state: "degraded", reason: "memory 72 % (warning from 60 %)" } as const;
    const { result } = await runGate(gateInputs([tcp("db"), load("server")]), {
      db: healthy,
      server: { answer: () => ({ ...finding, value: 72, unit: "%" }) },
    });
    expect(result.status).toBe("degraded");
    expect(result.checks[1]).toMatchObject({ status: "degraded", measured: "72 %" });
    expect(result.checks[1]?.reason).toBe(finding.reason);
  });

  it("opens at most one interval after the last needed success was possible", async () => {
    for (let run = 0; run < 30; run += 1) {
      const readyAt = 1000 + run * 137;
      const { result } = await runGate(gateInputs([tcp("app")]), { app: from(readyAt) });
      const possible = readyAt + 2 * checkDefaults.intervalMs;
      expect(result.timeToHealthyMs).toBeLessThanOrEqual(possible + checkDefaults.intervalMs + 10);
    }
  });
});

describe("limits over the observation", () => {
  const observed = { observeMs: 60_000 };

  /** Failing in every `each`th attempt after the gate opened. */
  function failing(each: number) {
    return {
      answer: (_: number, attempt: number): Answer =>
        attempt > 3 && attempt % each === 0 ? "reset" : "healthy",
    };
  }

  it("allow an error rate below them", async () => {
    const inputs = gateInputs([tcp("a")], { ...observed, maxErrorRate: { critical: 5 } });
    const { failure, result } = await runGate(inputs, { a: failing(40) });
    expect(failure).toBeUndefined();
    expect(result.status).toBe("healthy");
  });

  it("refuse one that reaches the critical limit, and name the numbers", async () => {
    const inputs = gateInputs([tcp("a")], { ...observed, maxErrorRate: { critical: 5 } });
    const { failure } = await runGate(inputs, { a: failing(20) });
    expect(failure?.message).toBe(
      "a was healthy, then failed in 3 of 60 probes under observation: reset",
    );
  });

  it("allow what no limit would, where the user's is higher", async () => {
    const inputs = gateInputs([tcp("a")], { ...observed, maxErrorRate: { critical: 50 } });
    expect((await runGate(inputs, { a: failing(4) })).failure).toBeUndefined();
  });

  it("make a rate between warning and critical degraded", async () => {
    const maxErrorRate = { warning: 1, critical: 5 };
    const inputs = gateInputs([tcp("a")], { ...observed, maxErrorRate });
    const { result } = await runGate(inputs, { a: failing(40) });
    expect(result).toMatchObject({ status: "degraded" });
    expect(result.checks[0]?.reason).toBe("1 of 60 probes failed");
  });

  it.each([
    [300, "healthy", undefined],
    [700, "degraded", undefined],
    [2400, "unhealthy", "failed to answer in time: p95 is 2.4 s, allowed are less than 2.0 s"],
  ])("judge a p95 of %d ms as %s", async (tookMs, status, message) => {
    const maxLatencyP95 = { warning: 500, critical: 2000 };
    const inputs = gateInputs([http("a")], { ...observed, maxLatencyP95 });
    const slow = { answer: () => "healthy", tookMs: () => tookMs };
    const { failure, result } = await runGate(inputs, { a: slow });
    expect(result.status).toBe(status);
    if (message === undefined) expect(failure).toBeUndefined();
    else expect(failure?.message).toContain(message);
  });

  it("count latency for requests alone", async () => {
    const inputs = gateInputs([tcp("a")], { ...observed, maxLatencyP95: { critical: 100 } });
    const slow = { answer: () => "healthy", tookMs: () => 900 };
    expect((await runGate(inputs, { a: slow })).failure).toBeUndefined();
  });
});

describe("a look instead of a wait", () => {
  it("asks addresses as often as asked for, and the server once", async () => {
    const { asked, result } = await runGate(
      gateInputs([http("app"), tcp("db"), load("server")]),
      { app: healthy, db: healthy, server: healthy },
      20,
    );
    expect([...asked].map(([name, times]) => [name, times.length])).toEqual([
      ["app", 20],
      ["db", 20],
      ["server", 1],
    ]);
    expect(result.status).toBe("healthy");
  });

  it("is unhealthy by a rate, and by each check that is down", async () => {
    const { failure, result } = await runGate(
      gateInputs([http("flaps"), http("down"), load("full"), http("good")]),
      {
        flaps: { answer: (_, attempt) => (attempt % 4 === 0 ? "503" : "healthy") },
        down: { answer: () => "connection refused" },
        full: { answer: () => "memory 95 %" },
        good: { answer: (_, attempt) => (attempt === 20 ? "503" : "healthy") },
      },
      20,
    );
    expect([failure, ...(failure?.also ?? [])].map((error) => error?.message)).toEqual([
      "flaps failed in 5 of 20 probes: 503",
      "down failed: connection refused",
      "full failed: memory 95 %",
    ]);
    expect(result.checks.map(({ status }) => status)).toEqual([
      "unhealthy",
      "unhealthy",
      "unhealthy",
      "healthy",
    ]);
  });

  it("with one sample takes that one's word", async () => {
    const { failure } = await runGate(gateInputs([http("a")]), { a: from(Infinity) }, 1);
    expect(failure?.code).toBe("gate-failed");
  });

  it("ends in time, however slow the answers are", async () => {
    const slow = { answer: () => "healthy", tookMs: () => 60_000 };
    const inputs = gateInputs([http("a")], { timeoutMs: 10_000 });
    const { tookMs, failure } = await runGate(inputs, { a: slow }, 20);
    expect(tookMs).toBeLessThanOrEqual(10_000);
    expect(failure?.message).toContain("no answer in time");
  });
});
