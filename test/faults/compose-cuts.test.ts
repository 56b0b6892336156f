import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chaos } from "../support/chaos.js";
import { type ComposeSite, type Inputs, makeComposeSite } from "../support/compose-site.js";
import { makeImages } from "../support/compose-stack.js";
import { faultCount } from "../support/fault-count.js";
import { type Load, startLoad } from "../support/load.js";
import { type Dockerd, startDockerd } from "../support/peers/dockerd.js";
import { startTcpProxy } from "../support/tcp-proxy.js";
import { until } from "../support/until.js";

const count = faultCount({ few: 4, full: 20 });
const cuts = chaos("compose-cuts")
  .points(count, 1)
  .map((fraction, n) => ({ n: n + 1, fraction }));

let dockerd: Dockerd;
let site: ComposeSite;
/** How long a deploy takes, and how many bytes its connection carries. */
let life: { readonly ms: number; readonly bytes: number };

beforeAll(async () => {
  dockerd = await startDockerd();
  await makeImages(dockerd);
  site = await makeComposeSite(dockerd);
  await site.allow();
  await deployed("v1");
  const proxy = await startTcpProxy(site.host.port);
  const began = performance.now();
  await deployed("v3", through(proxy.port));
  life = { ms: performance.now() - began, bytes: proxy.forwarded };
  await proxy.close();
});

afterAll(async () => {
  await site.stop();
  await dockerd.stop();
});

// Forced: what is deployed next may be what serves already.
const quick = { "confirm-timeout": "3s", "health-successes": "1", force: "true" };

const through = (port: number): Inputs => ({
  ...quick,
  host: `${site.host.user}@127.0.0.1:${String(port)}`,
  "known-hosts": site.host.hostKey,
});

async function deployed(version: string, over: Inputs = quick): Promise<void> {
  const result = await site.deploy(version, over);
  expect(result.outputs["status"], result.log.text).toBe("deployed");
}

async function settled(): Promise<void> {
  const open = (): boolean => existsSync(join(site.path, ".belay/phase"));
  await until("the operation to be closed", () => !open(), { timeoutMs: 60_000 });
}

/** One release serves, the whole of it and nothing beside it; nobody was turned away meanwhile; the next deploy works. */
async function expectWhole(load: Load, versions: readonly string[]): Promise<string> {
  const answer = await site.answer();
  expect(versions).toContain(answer);
  expect(await readFile(join(site.path, "current/compose.yaml"), "utf8")).toContain(
    `web:${answer}`,
  );
  const images = (service: string): Promise<string> =>
    dockerd.docker([
      ...["ps", "-a", "--filter", `label=com.docker.compose.service=${service}`],
      ...["--format", "{{.Image}} {{.State}}"],
    ]);
  // What was confirmed as the line dropped is tidied up by the guardian.
  for (const service of ["web", "worker"])
    await expect.poll(() => images(service), { timeout: 20_000 }).toBe(`web:${answer} running\n`);
  const { failures } = await load.stop();
  expect(failures).toEqual([]);
  await deployed("v3");
  return answer;
}

const startedLoad = (): Load =>
  startLoad(`${site.url}/?take=50ms`, { requestsPerSecond: 50, atMostMs: 120_000 });

test.each(cuts.filter(({ n }) => n % 2 === 1))(
  `a connection that is cut once is made up for (cut $n of ${String(count)})`,
  async ({ fraction }) => {
    const load = startedLoad();
    const proxy = await startTcpProxy(site.host.port);
    proxy.cutAfter(Math.ceil(fraction * life.bytes));
    await deployed("v2", through(proxy.port));
    await proxy.close();
    expect(await expectWhole(load, ["v2"])).toBe("v2");
  },
);

test.each(cuts.filter(({ n }) => n % 2 === 0))(
  `one that is cut for good leaves one whole release (cut $n of ${String(count)})`,
  async ({ fraction }) => {
    const load = startedLoad();
    const proxy = await startTcpProxy(site.host.port);
    const deploying = site.deploy("v2", through(proxy.port));
    await sleep(fraction * life.ms);
    proxy.refuse();
    proxy.cut();
    const result = await deploying;
    await proxy.close();
    await settled();
    const answer = await expectWhole(load, ["v2", "v3"]);
    if (result.exitCode === 0) expect(answer).toBe("v2");
    console.log(`cut at ${fraction.toFixed(2)}: ${answer} served`);
  },
);
