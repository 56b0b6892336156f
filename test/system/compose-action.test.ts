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
  // Beyond the 20 %: the raster of both, and a probe that was under way at the end.
  expect(Math.abs(downtime - counted)).toBeLessThan(counted * 0.2 + 500);
});

test("a rollback and a status need host, key and path alone", async () => {
  const back = await site.operate("rollback");
  expect(back.outputs["status"], back.log.text).toBe("rolled-back");
  expect(await site.answer()).toBe("v2");
  const status = await site.operate("status");
  expect(status.outputs["release"]).toBe(back.outputs["release"]);
});
