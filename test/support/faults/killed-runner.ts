import { beforeAll, describe, expect, test } from "vitest";
import { chaos, killAt } from "../chaos.js";
import { faultCount } from "../fault-count.js";
import { Releases } from "../migrations.js";
import { verdictOf } from "../report-of.js";
import { expectOneWholeRelease } from "../scenarios/whole-release.js";
import type { Site } from "../site.js";
import type { World } from "../world.js";

/** The process of the action is killed at points spread over the life of a deploy. */
export function killedRunner(world: () => World, migration: boolean): void {
  const what = migration ? "with a migration" : "without a migration";
  const count = faultCount(8);
  const points = chaos(`kill ${what}`)
    .points(count, 1)
    .map((fraction, n) => ({ n: n + 1, fraction }));
  const quick = { "confirm-timeout": "2s" };

  describe(`the action killed by SIGKILL in mid-deploy, ${what}`, () => {
    const releases = new Releases();
    let site: Site;
    let lifeMs: number;

    beforeAll(async () => {
      site = await world().site();
      await site.deploy(releases.next(migration), quick);
      lifeMs = (await site.deploy(releases.next(migration), quick)).durationMs;
    });

    test.each(points)(
      `leaves one whole release and a free lock, and the next deploy works (point $n of ${String(count)})`,
      async ({ fraction }) => {
        const running = await site.start(releases.next(migration), quick);
        await killAt(running.child, { afterMs: fraction * lifeMs });
        await expectOneWholeRelease(site);
        const next = await site.deploy(releases.next(migration), quick);
        expect(verdictOf(next), next.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
        await expectOneWholeRelease(site);
      },
    );
  });
}
