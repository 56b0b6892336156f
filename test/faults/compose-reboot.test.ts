import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chaos } from "../support/chaos.js";
import {
  type ComposeStack,
  makeImages,
  makeStack,
  type StackOver,
} from "../support/compose-stack.js";
import { faultCount } from "../support/fault-count.js";
import { Points, programWithKillPoints } from "../support/kill-points.js";
import { type Dockerd, startDockerd } from "../support/peers/dockerd.js";
import { endProcess } from "../support/processes.js";
import { until } from "../support/until.js";

const { points } = chaos("compose-reboot");
const reboots = faultCount({ few: 2, full: 10 });

let dockerd: Dockerd;
let stack: ComposeStack;
let counter: Points;
let kill = 0;

beforeAll(async () => {
  dockerd = await startDockerd();
  await makeImages(dockerd);
  stack = await makeStack(dockerd, { program: programWithKillPoints() });
  counter = new Points(stack.server);
  const first = await stack.deploy("first", "v1", restarting("v1"));
  expect(first.first("code"), first.text).toBe("0");
});

afterAll(async () => {
  await stack.stop();
  await dockerd.stop();
});

/** Services that docker starts again, as on a server. */
function restarting(version: string): StackOver {
  const text = stack.files(version)["compose.yaml"] ?? "";
  const files = {
    "compose.yaml": text.replaceAll(/^ {4}image:/gm, "    restart: always\n    image:"),
  };
  return { files };
}

/** Everything dies at once, the daemon and the containers too; then the daemon comes up, in another boot. */
async function reboot(): Promise<void> {
  const ids = (await dockerd.docker(["ps", "-q"])).split("\n").filter(Boolean);
  const pids = (await dockerd.docker(["inspect", "-f", "{{.State.Pid}}", ...ids])).split("\n");
  process.kill(dockerd.pid(), "SIGKILL");
  for (const pid of pids.map(Number).filter((one) => one > 1)) await endProcess(pid);
  await dockerd.restart("SIGKILL");
  stack.server.env["BELAY_BOOT_ID"] = randomUUID();
}

async function deployKilledAt(point: number, token: string, version: string): Promise<number> {
  counter.killAfter(point);
  await stack.deploy(token, version, restarting(version)).catch(() => undefined);
  const { count, killed } = counter;
  counter.forget();
  expect(count).toBeGreaterThan(0);
  // A deploy that took fewer commands than the one that was counted was not killed; never all of them.
  if (point > 0) expect(killed || count < point, `${String(count)} of ${String(point)}`).toBe(true);
  if (killed) kill += 1;
  return count;
}

test("the host restarted anywhere in a deploy: one tick leaves one whole release serving, and the next deploy works", async () => {
  const length = await deployKilledAt(0, "counted", "v3");
  for (const [number, at] of points(reboots, length).entries()) {
    const point = Math.max(1, Math.round(at));
    await deployKilledAt(point, `killed-${String(number)}`, "v2");
    await reboot();
    await until("tick", async () => (await stack.server.person("tick")).code !== 1, {
      timeoutMs: 60_000,
    });
    const status = await stack.server.call(["status"]);
    const where = `restarted after ${String(point)} of ${String(length)}: ${status.text}`;
    expect(status.first("phase"), where).toBe("none");
    await expect.poll(() => stack.answer().catch(String), { timeout: 30_000 }).toMatch(/^v[23]$/);
    const answer = await stack.answer();
    expect(stack.server.read("current/compose.yaml"), where).toContain(`web:${answer}`);
    for (const name of ["web", "worker"])
      expect(await stack.containers(name), where).toEqual([
        expect.stringContaining(`web:${answer} running`),
      ]);
    const next = await stack.deploy(`next-${String(number)}`, "v3", restarting("v3"));
    expect(next.first("code"), `${where}${next.text}`).toBe("0");
    expect(await stack.answer(), where).toBe("v3");
    console.log(`restarted after ${String(point)} of ${String(length)}: ${answer} served`);
  }
  expect(kill).toBeGreaterThan(0);
}, 1_500_000);
