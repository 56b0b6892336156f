import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { killAt } from "../support/chaos.js";
import { startSshdHost } from "../support/deploy-host.js";
import { expectNextDeploy, expectPromiseKept } from "../support/faults/aftermath.js";
import { siteUnderFault, type SiteUnderFault } from "../support/faults/site-under-fault.js";
import { makeSteppedClock, type SteppedClock } from "../support/faults/stepped-clock.js";
import { expectTold, history } from "../support/faults/told-history.js";
import { reportOf, verdictOf } from "../support/report-of.js";
import { stepStarted } from "../support/scenarios/step-started.js";
import { startWorld, type World } from "../support/world.js";

const hour = 3600;
const ways = [
  { way: "forward", seconds: hour },
  { way: "back", seconds: -hour },
] as const;

describe("the clock stepped by an hour in mid-deploy", () => {
  let serverClock: SteppedClock;
  let runnerClock: SteppedClock;
  let world: World;
  let under: SiteUnderFault;

  beforeAll(async () => {
    serverClock = await makeSteppedClock();
    runnerClock = await makeSteppedClock();
    world = await startWorld({
      startHost: (programs) => startSshdHost(programs, undefined, serverClock.env),
    });
  });

  afterAll(async () => {
    await world.stop();
    await serverClock.remove();
    await runnerClock.remove();
  });

  beforeEach(async () => {
    under = await siteUnderFault(world, true);
  });

  afterEach(async () => {
    await under.stop();
    await serverClock.step(0);
    await runnerClock.step(0);
  });

  test.each(ways)(
    "the server's, $way: the deploy goes on, and a rollback goes to what served before",
    async ({ seconds }) => {
      const { site } = under;
      const before = await history(site);
      const serving = await site.current();
      const running = await under.start({ before: "sleep 3\n" });
      await stepStarted(site, "before");
      await serverClock.step(seconds);
      const result = await running.done;
      expect(verdictOf(result), result.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
      await expectPromiseKept(under);
      const told = (await expectTold(site, before, /never/)) ?? "";
      expect(aheadOf(told)).toBeCloseTo(seconds, -2);
      const next = await under.deploy();
      expect(next.outputs["previous-release"]).toBe(result.outputs["release"]);
      const back = await site.belay("rollback", "--across-migrations");
      expect(back.code, back.stdout + back.stderr).toBe(0);
      expect(await site.current()).toBe(result.outputs["release"]);
      expect(await site.current()).not.toBe(serving);
      await expectNextDeploy(under);
    },
  );

  test.each(ways)(
    "the server's, $way, and the runner killed: the server acts in its time, not at once and not never",
    async ({ seconds }) => {
      const { site } = under;
      const before = await history(site);
      const running = await under.start({ before: "sleep 20\n", "confirm-timeout": "4s" });
      await stepStarted(site, "before");
      await serverClock.step(seconds);
      await killAt(running.child, { afterMs: 1000 });
      const killedAt = performance.now();
      await site.settled(30_000);
      const tookMs = performance.now() - killedAt;
      expect(tookMs).toBeGreaterThan(2000);
      expect(tookMs).toBeLessThan(20_000);
      await expectPromiseKept(under);
      const told = (await expectTold(site, before, /no sign of life for 4 s/)) ?? "";
      expect(aheadOf(told)).toBeCloseTo(seconds, -2);
      await expectNextDeploy(under);
    },
  );

  test.each(ways)(
    "the runner's, $way: the deploy goes on and waits no longer than else",
    async ({ seconds }) => {
      const before = await history(under.site);
      const running = await under.start({ before: "sleep 3\n" }, runnerClock.env);
      await stepStarted(under.site, "before");
      await runnerClock.step(seconds);
      const result = await running.done;
      expect(verdictOf(result), result.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
      expect(jumpIn(result)).toBeCloseTo(seconds, -2);
      const { steps } = reportOf(result);
      for (const { durationMs } of steps) {
        expect(durationMs).toBeGreaterThanOrEqual(0);
        expect(durationMs).toBeLessThan(60_000);
      }
      await expectPromiseKept(under);
      expect(await expectTold(under.site, before, /never/)).toContain(" confirmed: ");
      await expectNextDeploy(under);
    },
  );
});

/** By how many seconds the time that a line of the history begins with is ahead of this machine's. */
function aheadOf(line: string): number {
  return (Date.parse(line.split(" ", 1)[0] ?? "") - Date.now()) / 1000;
}

/** The step of the clock, in seconds, that the starting times of a run's steps show. */
function jumpIn(result: Parameters<typeof reportOf>[0]): number {
  const times = reportOf(result).steps.map(({ startedAt }) => Date.parse(startedAt) / 1000);
  const gaps = times.slice(1).map((time, n) => time - (times[n] ?? 0));
  return gaps.reduce((most, gap) => (Math.abs(gap) > Math.abs(most) ? gap : most), 0);
}
