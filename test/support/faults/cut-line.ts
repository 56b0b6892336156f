import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chaos } from "../chaos.js";
import { faultCount } from "../fault-count.js";
import { verdictOf } from "../report-of.js";
import { startTcpProxy } from "../tcp-proxy.js";
import type { World } from "../world.js";
import { expectNextDeploy, expectPromiseKept } from "./aftermath.js";
import { siteUnderFault, type SiteUnderFault } from "./site-under-fault.js";
import { expectTold, history } from "./told-history.js";

interface Cut {
  readonly n: number;
  readonly fraction: number;
}

/** The connection is cut at points spread over the life of a deploy; every second time it never comes back. */
export function cutLine(world: () => World, migration: boolean): void {
  const what = migration ? "with a migration" : "without a migration";
  const count = faultCount({ few: 8, full: 40 });
  const cuts = chaos(`cut ${what}`)
    .points(count, 1)
    .map((fraction, n): Cut => ({ n: n + 1, fraction }));

  describe(`the connection cut in mid-deploy, ${what}`, () => {
    let under: SiteUnderFault;

    beforeAll(async () => {
      under = await siteUnderFault(world(), migration);
    });

    afterAll(() => under.stop());

    test.each(cuts.filter(({ n }) => n % 2 === 1))(
      `once is made up for (cut $n of ${String(count)})`,
      async ({ fraction }) => {
        const before = await history(under.site);
        const proxy = await startTcpProxy(world().host.port);
        proxy.cutAfter(Math.ceil(fraction * under.life.bytes));
        await under.deploy({ port: String(proxy.port) });
        await proxy.close();
        await expectPromiseKept(under);
        expect(await expectTold(under.site, before, /never/)).toContain(" confirmed: ");
        await expectNextDeploy(under);
      },
    );

    test.each(cuts.filter(({ n }) => n % 2 === 0))(
      `for good leaves one whole release and nothing else, tells it, and the next deploy works (cut $n of ${String(count)})`,
      async ({ fraction }) => {
        const before = await history(under.site);
        const proxy = await startTcpProxy(world().host.port);
        const running = await under.start({ port: String(proxy.port) });
        await sleep(fraction * under.life.ms);
        proxy.refuse();
        proxy.cut();
        const { exitCode, code } = verdictOf(await running.done);
        await proxy.close();
        await expectPromiseKept(under);
        const told = await expectTold(
          under.site,
          before,
          /the runner sent no sign of life for 2 s/,
        );
        // Green only when the release really serves; else a failure of the connection.
        if (exitCode === 0) expect(told).toContain(" confirmed: ");
        else expect(["connection-lost", "host-unreachable"]).toContain(code);
        await expectNextDeploy(under);
      },
    );
  });
}
