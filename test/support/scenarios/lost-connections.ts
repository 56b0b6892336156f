import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { verdictOf } from "../report-of.js";
import type { Site } from "../site.js";
import { startTcpProxy, type Line, type TcpProxy } from "../tcp-proxy.js";
import { until } from "../until.js";
import type { World } from "../world.js";
import { stepStarted } from "./step-started.js";

/** What becomes of a deploy when the line to the server is bad. */
export function lostConnections(world: () => World): void {
  describe("a bad line", () => {
    let site: Site;
    let proxy: TcpProxy;

    beforeAll(async () => {
      site = await world().site();
      await site.deploy({ version: "1.0" });
    });

    afterEach(() => proxy.close());

    const through = async (line?: Line): Promise<Record<string, string>> => {
      proxy = await startTcpProxy(world().host.port, line);
      return { port: String(proxy.port) };
    };

    test("cut in a step is taken up again, and the step runs once", async () => {
      const before = 'echo run >>"../../shared/runs"\nsleep 1.5\necho done waiting\n';
      const running = await site.start({ version: "2.0" }, { ...(await through()), before });
      const cutting = sleep(0).then(async () => {
        await stepStarted(site, "before");
        await sleep(300);
        proxy.cut();
      });
      const result = await running.done;
      await cutting;
      expect(verdictOf(result), result.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
      expect(result.log.text).toContain("done waiting");
      expect(proxy.accepted).toBeGreaterThan(1);
      const { stdout } = await world().host.run(["cat", `${site.path}/shared/runs`]);
      expect(stdout).toBe("run\n");
    });

    test("that never comes back ends the deploy, and the server undoes by itself", async () => {
      const running = await site.start(
        { version: "3.0" },
        { ...(await through()), before: "sleep 20\n" },
      );
      await stepStarted(site, "before");
      proxy.refuse();
      proxy.cut();
      const result = await running.done;
      expect(verdictOf(result), result.log.text).toMatchObject({
        exitCode: 1,
        code: "connection-lost",
      });
      await site.settled();
      expect(await site.serving()).toMatchObject({ status: 200, version: "2.0" });
    });

    test("that is slow and far away only takes longer", async () => {
      const result = await site.deploy(
        { version: "5.0" },
        await through({ delayMs: 40, bytesPerSecond: 200_000 }),
      );
      expect(verdictOf(result), result.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
    });
  });
}

/** A line that goes dead without a word. */
export function stalledLine(world: () => World): void {
  test("a line that stalls silently is noticed within 15 s and replaced", async () => {
    const site = await world().site();
    const proxy = await startTcpProxy(world().host.port);
    const inputs = { port: String(proxy.port), before: "sleep 3\n", "confirm-timeout": "60s" };
    const running = await site.start({ version: "1.0" }, inputs);
    await stepStarted(site, "before");
    const stalledAt = performance.now();
    proxy.stallOld();
    await until("a new connection", () => proxy.accepted > 1, { timeoutMs: 30_000 });
    expect(performance.now() - stalledAt).toBeLessThan(15_500);
    const result = await running.done;
    await proxy.close();
    expect(verdictOf(result), result.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
  });
}
