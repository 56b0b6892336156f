import { afterAll, beforeAll, describe, test } from "vitest";
import { chaos, killAt } from "../chaos.js";
import { faultCount } from "../fault-count.js";
import type { World } from "../world.js";
import { expectNextDeploy, expectPromiseKept } from "./aftermath.js";
import { siteUnderFault, type SiteUnderFault } from "./site-under-fault.js";
import { expectTold, history } from "./told-history.js";

/** The process of the action is killed at points spread over the life of a deploy. */
export function killedRunner(world: () => World, migration: boolean): void {
  const what = migration ? "with a migration" : "without a migration";
  const count = faultCount({ few: 8, full: 40 });
  const points = chaos(`kill ${what}`)
    .points(count, 1)
    .map((fraction, n) => ({ n: n + 1, fraction }));

  describe(`the action killed by SIGKILL in mid-deploy, ${what}`, () => {
    let under: SiteUnderFault;

    beforeAll(async () => {
      under = await siteUnderFault(world(), migration);
    });

    afterAll(() => under.stop());

    test.each(points)(
      `leaves one whole release and nothing else, tells it, and the next deploy works (point $n of ${String(count)})`,
      async ({ fraction }) => {
        const before = await history(under.site);
        const running = await under.start();
        await killAt(running.child, { afterMs: fraction * under.life.ms });
        await expectPromiseKept(under);
        await expectTold(under.site, before, /the runner sent no sign of life for 2 s/);
        await expectNextDeploy(under);
      },
    );
  });
}
