import { afterAll, beforeAll, expect, test } from "vitest";
import { chaos } from "../support/chaos.js";
import { type ComposeStack, makeImages, makeStack } from "../support/compose-stack.js";
import { faultCount } from "../support/fault-count.js";
import { Points, programWithKillPoints } from "../support/kill-points.js";
import { type Dockerd, startDockerd } from "../support/peers/dockerd.js";
import { until } from "../support/until.js";

const { points } = chaos("compose-kills");
const kills = faultCount({ few: 4, full: 20 });

let dockerd: Dockerd;
let stack: ComposeStack;
let counter: Points;
let kill = 0;

beforeAll(async () => {
  dockerd = await startDockerd();
  await makeImages(dockerd);
  stack = await makeStack(dockerd, { program: programWithKillPoints() });
  counter = new Points(stack.server);
  const first = await stack.deploy("first", "v1");
  expect(first.first("code"), first.text).toBe("0");
});

afterAll(async () => {
  await stack.stop();
  await dockerd.stop();
});

/** Deploys, all belay processes being killed after their state-changing command number `point`; returns how many there were. */
async function deployKilledAt(point: number, token: string, version: string): Promise<number> {
  counter.killAfter(point);
  await stack.deploy(token, version).catch(() => undefined);
  const { count, killed } = counter;
  counter.forget();
  expect(count).toBeGreaterThan(0);
  // A deploy that took fewer commands than the one that was counted was not killed; never all of them.
  if (point > 0) expect(killed || count < point, `${String(count)} of ${String(point)}`).toBe(true);
  if (killed) kill += 1;
  return count;
}

test("killed anywhere in a deploy, one tick leaves one whole release serving, no request failed, and the next deploy works", async () => {
  const length = await deployKilledAt(0, "counted", "v3");
  for (const [number, at] of points(kills, length).entries()) {
    const point = Math.max(1, Math.round(at));
    const version = number % 2 === 0 ? "v1" : "v2";
    const load = stack.load({ requestsPerSecond: 50, atMostMs: 200_000 });
    await deployKilledAt(point, `killed-${String(number)}`, version);
    await until("tick", async () => (await stack.server.person("tick")).code !== 1, {
      timeoutMs: 60_000,
    });
    const status = await stack.server.call(["status"]);
    const { failures, versions } = await load.stop();
    const where = `killed at ${String(point)} of ${String(length)}: ${status.text}`;
    expect(status.first("phase"), where).toBe("none");
    expect(failures, where).toEqual([]);
    expect(
      [...versions.keys()].every((one) => one === "v3" || one === version),
      where,
    ).toBe(true);
    const answer = await stack.answer();
    const image = stack.server.read("current/compose.yaml");
    expect(image, where).toContain(`web:${answer}`);
    for (const name of ["web", "worker"])
      expect(await stack.containers(name), where).toEqual([
        expect.stringContaining(`web:${answer} running`),
      ]);
    const good = await stack.deploy(`next-${String(number)}`, "v3");
    expect(good.first("code"), `${where}${good.text}`).toBe("0");
    expect(await stack.answer(), where).toBe("v3");
    console.log(`killed at ${String(point)} of ${String(length)}: ${answer} served`);
  }
  expect(kill).toBeGreaterThan(0);
}, 3_000_000);
