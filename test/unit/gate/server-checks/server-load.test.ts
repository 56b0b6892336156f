import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readLoad } from "../../../../src/gate/server-checks/server-load.js";
import { load } from "./checks.js";
import { CheckServer, shells } from "./check-server.js";

function answer(text: string, code = 0) {
  return { code, bytes: Buffer.from(text) };
}

describe("the load of a server", () => {
  const limits = { warning: 60, critical: 85 };

  it("is the share of time in which the processors were not idle, between two rounds", () => {
    const check = load("cpu", { limits });
    const first = readLoad(
      check,
      answer("cpu  100 0 0 900 0 0 0 0 0 0\ncpu  170 0 0 930 0 0 0 0 0 0\n"),
      undefined,
    );
    expect(first.found).toMatchObject({ state: "degraded", value: 70, unit: "%" });
    expect(first.ticks).toEqual({ idle: 930, total: 1100 });
    const next = readLoad(check, answer("cpu  180 0 5 990 30 0 0 5 50 0\n"), first.ticks);
    expect(next.found).toMatchObject({ state: "healthy", value: 18.2 });
  });

  it("counts at or above a limit as beyond it, and tells it by the limit's name", () => {
    const of = (busy: number) =>
      readLoad(load("cpu", { limits }), answer(`cpu  ${busy} 0 0 ${100 - busy}\n`), {
        idle: 0,
        total: 0,
      }).found;
    expect([59, 60, 84, 85].map((busy) => of(busy)?.state)).toEqual([
      "healthy",
      "degraded",
      "degraded",
      "unhealthy",
    ]);
    expect(of(85)?.reason).toBe("CPU at or above the critical limit, 85 %");
    expect(of(100)?.reason).toBe(of(85)?.reason);
  });

  it("of memory counts what is available, not what is free", () => {
    const text = "MemTotal: 1000\nMemAvailable: 300\n";
    const check = load("memory", { limits: { warning: 70, critical: 90 } });
    expect(readLoad(check, answer(text), undefined).found).toMatchObject({
      state: "degraded",
      value: 70,
    });
  });

  it("of a disk counts as df does: what is kept for root is not there to be used", () => {
    const head = "Filesystem 1024-blocks Used Available Capacity Mounted on\n";
    const row = (used: number, free: number) =>
      `${head}/dev/my disk 1000 ${used} ${free} 80% /with a space\n`;
    const check = load("disk", { limits: { warning: 75, critical: 90 } });
    const of = (used: number, free: number) =>
      readLoad(check, answer(row(used, free)), undefined).found;
    expect(of(600, 200)).toMatchObject({ state: "degraded", value: 75 });
    expect(of(950, -20)).toMatchObject({ state: "unhealthy", value: 100 });
  });

  it("is not judged by an answer that is not whole", () => {
    const empty = { idle: 0, total: 0 };
    for (const text of ["", "cpu  1 2", "cpu  1 2 3\n", "cpu0 1 2 3 4\n", "cpu  0 0 0 0\n", "x\n"])
      expect(readLoad(load("cpu"), answer(text), empty).found).toBeUndefined();
    expect(readLoad(load("cpu"), answer("cpu  1 2 3 4\n"), undefined).found).toBeUndefined();
    for (const text of ["", "MemTotal: 1000\n", "MemTotal: x\nMemAvailable: 1\n"])
      expect(readLoad(load("memory"), answer(text), undefined).found).toBeUndefined();
    for (const text of ["", "a 1 2 3\n", "/dev/a 1000 10 10 50% /"])
      expect(readLoad(load("disk"), answer(text), undefined).found).toBeUndefined();
  });
});

describe.each(shells)("this machine, asked under %s,", (shell) => {
  let server: CheckServer;
  beforeEach(async () => (server = await CheckServer.start(shell)));
  afterEach(() => server.stop());

  it("has a load in each measure, in the first round and in the next", async () => {
    const checks = [load("cpu"), load("memory"), load("disk")];
    for (let round = 0; round < 2; round += 1) {
      const findings = [...(await server.ask(...checks)).values()];
      for (const { value, state, reason } of findings) {
        expect([state, reason]).toEqual(["healthy", expect.stringContaining("within its limits")]);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(100);
      }
      expect(findings).toHaveLength(3);
      // The counters of /proc/stat tick a hundred times a second.
      await sleep(100);
    }
  });

  it("has a processor that is busy when something keeps it so", async () => {
    const check = load("cpu", { attemptTimeoutMs: 10_000 });
    await server.ask(check);
    const began = process.cpuUsage();
    const end = Date.now() + 500;
    while (Date.now() < end) Math.sqrt(end);
    expect(process.cpuUsage(began).user).toBeGreaterThan(0);
    expect((await server.find(check)).value).toBeGreaterThan(5);
  });

  it("has no disk where there is no such path", async () => {
    expect(await server.find(load("disk", { path: "/no/such/it's path" }))).toMatchObject({
      state: "unhealthy",
      reason: "df cannot tell about /no/such/it's path",
      body: expect.stringMatching(/^df: .*\/no\/such/) as unknown,
    });
  });
});
