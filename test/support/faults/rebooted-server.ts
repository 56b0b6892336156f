import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chaos } from "../chaos.js";
import { faultCount } from "../fault-count.js";
import { verdictOf } from "../report-of.js";
import { startTcpProxy } from "../tcp-proxy.js";
import type { World } from "../world.js";
import { expectNextDeploy, expectPromiseKept } from "./aftermath.js";
import { killBelayProcesses } from "./server-processes.js";
import { siteUnderFault, type SiteUnderFault } from "./site-under-fault.js";
import { expectTold, history } from "./told-history.js";

/**
 * All that Belay runs on the server is killed at points spread over the life of a deploy, with the runner cut off;
 * then one `tick` finds another boot.
 */
export function rebootedServer(world: () => World, migration: boolean): void {
  const what = migration ? "with a migration" : "without a migration";
  const count = faultCount({ few: 8, full: 20 });
  const points = chaos(`reboot ${what}`)
    .points(count, 1)
    .map((fraction, n) => ({ n: n + 1, fraction }));

  describe(`the server restarted in mid-deploy, ${what}`, () => {
    let under: SiteUnderFault;

    beforeAll(async () => {
      under = await siteUnderFault(world(), migration);
    });

    afterAll(() => under.stop());

    test.each(points)(
      `is put right by one tick, and the next deploy works (point $n of ${String(count)})`,
      async ({ fraction }) => {
        const { site } = under;
        const before = await history(site);
        const proxy = await startTcpProxy(world().host.port);
        const running = await under.start({ port: String(proxy.port) });
        await sleep(fraction * under.life.ms);
        proxy.refuse();
        proxy.cut();
        await killBelayProcesses(world().host.home.path, site);
        const tick = await world().host.run(["sh", join(site.path, ".belay/belay"), "tick"], {
          BELAY_BOOT_ID: randomUUID(),
        });
        await expectPromiseKept(under);
        const told = await expectTold(site, before, /the server was restarted in the middle of it/);
        // Nothing to do, undone, or left on with the new release.
        const outcome = / (confirmed|undone|unconfirmed): /.exec(told ?? "")?.[1] ?? "confirmed";
        expect({ outcome, code: tick.code, said: tick.stdout + tick.stderr }).toMatchObject({
          code: { confirmed: 4, undone: 5, unconfirmed: 0 }[outcome],
        });
        const { exitCode, code } = verdictOf(await running.done);
        await proxy.close();
        if (exitCode !== 0) expect(["connection-lost", "host-unreachable"]).toContain(code);
        else expect(outcome).toBe("confirmed");
        await expectNextDeploy(under);
      },
    );
  });
}
