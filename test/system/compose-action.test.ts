import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ComposeSite, makeComposeSite } from "../support/compose-site.js";
import { makeImages } from "../support/compose-stack.js";
import { startLoad } from "../support/load.js";
import { type Dockerd, startDockerd } from "../support/peers/dockerd.js";
import { webImage } from "../support/peers/images.js";

let dockerd: Dockerd;
let site: ComposeSite;

beforeAll(async () => {
  dockerd = await startDockerd();
  await makeImages(dockerd);
  await webImage(dockerd, { name: "web:late", version: "late", behaviour: { failAfterMs: 8000 } });
  site = await makeComposeSite(dockerd);
});

afterAll(async () => {
  await site.stop();
  await dockerd.stop();
});

test("a user whom docker does not let in is told the command that helps", async () => {
  const refused = await site.deploy("v1");
  expect(refused.exitCode).toBe(1);
  expect(refused.log.text).toMatch(/docker does not let \S+ in.*sudo usermod -aG docker/);
  await site.allow();
});

test("a deploy rolls, tells what happens to each service, and loses no request", async () => {
  const first = await site.deploy("v1");
  expect(first.outputs["status"], first.log.text).toBe("deployed");
  const load = startLoad(`${site.url}/?take=50ms`, { requestsPerSecond: 100 });
  const planned = await site.deploy("v2", { "dry-run": "true" });
  expect(planned.outputs["status"], planned.log.text).toBe("planned");
  expect(planned.log.text).toContain("service web: roll (its image or configuration has changed)");
  expect(await site.answer()).toBe("v1");
  const second = await site.deploy("v2");
  expect(second.outputs["status"], second.log.text).toBe("deployed");
  expect(second.outputs["downtime-ms"]).toBe("0");
  expect(second.summary).toContain("service worker");
  const { failures } = await load.stop();
  expect(failures).toEqual([]);
  expect(await site.answer()).toBe("v2");
});

test("a version that fails while it is observed is put back, and its failures are all there are", async () => {
  const load = startLoad(`${site.url}/`, { requestsPerSecond: 100 });
  const late = await site.deploy("late", { "health-observe": "20s", "health-successes": "1" });
  expect(late.outputs["status"], late.log.text).toBe("rolled-back");
  const { failures, versions } = await load.stop();
  expect(new Set(failures.map(({ reason }) => reason.slice(0, 10)))).toEqual(
    new Set(["status 500"]),
  );
  expect([...versions.keys()]).toEqual(["v2", "late"]);
  expect(await site.answer()).toBe("v2");
});

test("the downtime of a recreate agrees with what a load counts", async () => {
  const load = startLoad(`${site.url}/`, { requestsPerSecond: 100, timeoutMs: 1000 });
  const recreated = await site.deploy("v3", { rollout: "recreate" });
  expect(recreated.outputs["status"], recreated.log.text).toBe("deployed");
  expect(recreated.log.text).toContain("web: replacing its container: rollout is recreate");
  const times = (await load.stop()).failures.map(({ atMs }) => atMs);
  const counted = Math.max(...times) - Math.min(...times);
  console.log(
    `downtime-ms ${recreated.outputs["downtime-ms"] ?? ""}, a load saw ${String(counted)} ms`,
  );
  const downtime = Number(recreated.outputs["downtime-ms"]);
  expect(Math.abs(downtime - counted)).toBeLessThan(counted * 0.2);
});

test("a rollback and a status need host, key and path alone", async () => {
  const back = await site.operate("rollback");
  expect(back.outputs["status"], back.log.text).toBe("rolled-back");
  expect(await site.answer()).toBe("v2");
  const status = await site.operate("status");
  expect(status.outputs["release"]).toBe(back.outputs["release"]);
});

test("a command of one time runs in the recorded release; its exit code is the step's", async () => {
  const ran = await site.operate("run", { command: "grep -c image: compose.yaml", service: "" });
  expect(ran.outputs["status"], ran.log.text).toBe("ran");
  expect(ran.outputs["exit-code"]).toBe("0");
  const failed = await site.operate("run", { command: "exit 23" });
  expect(failed.exitCode).toBe(1);
  expect(failed.outputs["exit-code"], failed.log.text).toBe("23");
  expect(failed.outputs["status"]).toBe("failed");
  const without = await site.operate("run");
  expect(without.log.text).toContain("command");
});

test("a stack that runs is adopted by a workflow; one whose gate stays closed is not", async () => {
  const own = await makeComposeSite(dockerd);
  try {
    await own.allow();
    const folder = join(own.host.home.path, "by-hand");
    await mkdir(folder);
    const port = new URL(own.url).port;
    const text = `services: {web: {image: "web:v1", ports: ["127.0.0.1:${port}:8080"], stop_grace_period: 1s}}\n`;
    await writeFile(join(folder, "docker-compose.yml"), text);
    await dockerd.docker(["compose", "--project-directory", folder, "-p", "by-hand", "up", "-d"]);
    const format = "{{.Id}} {{.State.StartedAt}} {{.RestartCount}}";
    const running = (): Promise<string> =>
      dockerd.docker(["inspect", "-f", format, "by-hand-web-1"]);
    const before = await running();
    const health = { project: "by-hand", "health-url": own.url, "health-interval": "100ms" };
    const closed = await own.operate("adopt", {
      ...health,
      "health-expect": "nothing of the kind",
      "health-timeout": "2s",
    });
    expect(closed.outputs["status"], closed.log.text).toBe("failed");
    expect(closed.outputs["failed-step"], closed.log.text).toBe("gate");
    const planned = await own.operate("adopt", { ...health, "dry-run": "true" });
    expect(planned.outputs["status"], planned.log.text).toBe("planned");
    expect(planned.log.text).toContain(`by-hand, in ${folder}`);
    const adopted = await own.operate("adopt", health);
    expect(adopted.outputs["status"], adopted.log.text).toBe("adopted");
    expect(adopted.outputs["release"]).toMatch(/-adopted$/);
    expect(await running()).toBe(before);
  } finally {
    await dockerd.docker(["rm", "-f", "by-hand-web-1"]);
    await own.stop();
  }
});
