import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { chaos } from "../chaos.js";
import { faultCount } from "../fault-count.js";
import { reportOf, verdictOf } from "../report-of.js";
import type { ActionResult } from "../run-action.js";
import { startTcpProxy, type TcpProxy } from "../tcp-proxy.js";
import type { World } from "../world.js";
import { expectNextDeploy, expectPromiseKept } from "./aftermath.js";
import { siteUnderFault, type SiteUnderFault } from "./site-under-fault.js";
import { expectTold, history } from "./told-history.js";

interface Stall {
  readonly n: number;
  readonly fraction: number;
}

/** So long nothing is forwarded: the server acts after 2 s, the runner gives a silent line up after 12 s. */
const slowMs = 6000;

/**
 * The line stands still at points spread over the life of a deploy: every second time for good, else until the server
 * has acted. Each on a site of its own, side by side, for most of it is waiting.
 */
export function stalledLines(world: () => World, migration: boolean): void {
  const what = migration ? "with a migration" : "without a migration";
  const count = faultCount({ few: 8, full: 10 });
  const stalls = chaos(`stall ${what}`)
    .points(count, 1)
    .map((fraction, n): Stall => ({ n: n + 1, fraction }));

  describe(`the connection stalled in mid-deploy, ${what}`, { concurrent: true }, () => {
    test.each(stalls.filter(({ n }) => n % 2 === 1))(
      `for good leaves one whole release and nothing else, tells it, and the next deploy works (stall $n of ${String(count)})`,
      async (stall) => {
        await stalled(world(), migration, stall, async (under, proxy, result) => {
          const { exitCode, code } = verdictOf(await result);
          await proxy.close();
          await expectPromiseKept(under);
          if (exitCode !== 0) expect(["connection-lost", "host-unreachable"]).toContain(code);
        });
      },
    );

    test.each(stalls.filter(({ n }) => n % 2 === 0))(
      `until the server has acted: the runner that comes back is refused and told, and nothing changes (stall $n of ${String(count)})`,
      async (stall) => {
        await stalled(world(), migration, stall, async (under, proxy, result) => {
          await sleep(slowMs);
          await under.site.settled();
          const acted = await history(under.site);
          const serving = await under.site.current();
          proxy.resume();
          const told = await result;
          await proxy.close();
          await expectPromiseKept(under);
          if (acted.at(-1)?.includes(" confirmed: ") ?? true) return;
          expect(await history(under.site)).toEqual(acted);
          expect(await under.site.current()).toBe(serving);
          expectRefused(told, acted.at(-1) ?? "");
        });
      },
    );
  });
}

/** Deploys over a line that stalls, lets `then` go on with it, and looks at what is told and at the next deploy. */
async function stalled(
  world: World,
  migration: boolean,
  { fraction }: Stall,
  then: (under: SiteUnderFault, proxy: TcpProxy, result: Promise<ActionResult>) => Promise<void>,
): Promise<void> {
  const under = await siteUnderFault(world, migration);
  const before = await history(under.site);
  const proxy = await startTcpProxy(world.host.port);
  const running = await under.start({ port: String(proxy.port) });
  await sleep(fraction * under.life.ms);
  proxy.stall();
  await then(under, proxy, running.done);
  const told = await expectTold(under.site, before, /the runner sent no sign of life for 2 s/);
  if (verdictOf(await running.done).exitCode === 0) expect(told).toContain(" confirmed: ");
  await expectNextDeploy(under);
  await under.stop();
}

/** The runner says in its own log what the server's history says. */
function expectRefused(result: ActionResult, line: string): void {
  expect(verdictOf(result), result.log.text).toMatchObject({
    exitCode: 1,
    code: "connection-lost",
  });
  const [, outcome = "", reason = ""] = / (undone|unconfirmed): ([^;]*)/.exec(line) ?? [];
  const { error } = reportOf(result);
  expect(error?.message).toContain(`the server has ended this operation as ${outcome}: ${reason}`);
  expect(error?.remedy).toContain("Nothing more was changed");
}
