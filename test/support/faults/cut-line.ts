import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { chaos } from "../chaos.js";
import { faultCount } from "../fault-count.js";
import { Releases } from "../migrations.js";
import { verdictOf } from "../report-of.js";
import type { ActionResult } from "../run-action.js";
import { expectOneWholeRelease } from "../scenarios/whole-release.js";
import type { Site } from "../site.js";
import { startTcpProxy } from "../tcp-proxy.js";
import type { World } from "../world.js";

interface Cut {
  readonly n: number;
  readonly fraction: number;
}

const quick = { "confirm-timeout": "2s", "connect-retries": "2", "connect-timeout": "2s" };

/** The connection is cut at points spread over the life of a deploy; every second time it never comes back. */
export function cutLine(world: () => World, migration: boolean): void {
  const what = migration ? "with a migration" : "without a migration";
  const count = faultCount(8);
  const cuts = chaos(`cut ${what}`)
    .points(count, 1)
    .map((fraction, n): Cut => ({ n: n + 1, fraction }));

  describe(`the connection cut in mid-deploy, ${what}`, () => {
    const releases = new Releases();
    let site: Site;
    let life: { readonly bytes: number; readonly ms: number };

    beforeAll(async () => {
      site = await world().site();
      await site.deploy(releases.next(migration), quick);
      const proxy = await startTcpProxy(world().host.port);
      const { durationMs } = await site.deploy(releases.next(migration), through(proxy.port));
      life = { bytes: proxy.forwarded, ms: durationMs };
      await proxy.close();
    });

    test.each(cuts.filter(({ n }) => n % 2 === 1))(
      `once is made up for (cut $n of ${String(count)})`,
      async ({ fraction }) => {
        const proxy = await startTcpProxy(world().host.port);
        proxy.cutAfter(Math.ceil(fraction * life.bytes));
        const result = await site.deploy(releases.next(migration), through(proxy.port));
        await proxy.close();
        expect(verdictOf(result), result.log.text).toMatchObject({
          exitCode: 0,
          status: "deployed",
        });
        expect(await site.current()).toBe(result.outputs["release"]);
        await expectNextDeploy(site, releases.next(migration));
      },
    );

    test.each(cuts.filter(({ n }) => n % 2 === 0))(
      `for good leaves one whole release and a free lock, and the next deploy works (cut $n of ${String(count)})`,
      async ({ fraction }) => {
        const proxy = await startTcpProxy(world().host.port);
        const running = await site.start(releases.next(migration), through(proxy.port));
        await sleep(fraction * life.ms);
        proxy.refuse();
        proxy.cut();
        const result = await running.done;
        await proxy.close();
        await expectTold(site, result);
        await expectNextDeploy(site, releases.next(migration));
      },
    );
  });
}

function through(port: number): Record<string, string> {
  return { ...quick, port: String(port) };
}

/** Green only when the release really serves; else a failure of the connection. */
async function expectTold(site: Site, result: ActionResult): Promise<void> {
  await expectOneWholeRelease(site);
  const { exitCode, code } = verdictOf(result);
  if (exitCode === 0) expect(await site.current()).toBe(result.outputs["release"]);
  else expect(["connection-lost", "host-unreachable"]).toContain(code);
}

async function expectNextDeploy(site: Site, release: Parameters<Site["deploy"]>[0]): Promise<void> {
  await expectOneWholeRelease(site);
  const next = await site.deploy(release, quick);
  expect(verdictOf(next), next.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
  await expectOneWholeRelease(site);
}
