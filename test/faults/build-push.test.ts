import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type BuildSite, startBuildSite } from "../support/build-site.js";
import {
  leftovers,
  ownBuilders,
  slowDockerfile,
  wholeDigestOf,
} from "../support/build-under-fault.js";
import { chaos, killAt } from "../support/chaos.js";
import { faultCount } from "../support/fault-count.js";
import { tried } from "../support/faults/tried.js";
import { buildkitImage } from "../support/peers/server-images.js";
import { processesNaming } from "../support/processes.js";
import { errorsOf, reportOf } from "../support/report-of.js";
import type { ActionResult, RunningAction } from "../support/run-action.js";
import { removeFolder, scratchFolder } from "../support/scratch.js";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.js";
import { until } from "../support/until.js";

const { points, integer, pick } = chaos("build-push");
const tries = faultCount({ few: 3, full: 20 });

let site: BuildSite;
/** The registry over a slow line, so that a push takes its time. */
let line: TcpProxy;
let temp: string;

beforeAll(async () => {
  site = await startBuildSite();
  await buildkitImage(site.dockerd, "moby/buildkit:buildx-stable-1");
  await site.checkout.write({ "Dockerfile.slow": slowDockerfile });
  line = await startTcpProxy(Number(site.registry.address.split(":")[1]), {
    bytesPerSecond: 4_000_000,
  });
});
afterAll(async () => {
  await line.close();
  await site.stop();
});
beforeEach(async () => {
  temp = await scratchFolder("runner-temp");
});
afterEach(() => removeFolder(temp));

/** Builds an image that was never built, by a builder of its own, and gives it `tag`. */
async function start(tag: string): Promise<RunningAction> {
  const image = `127.0.0.1:${String(line.port)}/ada/climbing`;
  const what = { image, file: "Dockerfile.slow", "build-args": `TOKEN=${randomUUID()}` };
  const inputs = { ...what, builder: "", cache: "off", tags: `type=raw,value=${tag}` };
  return site.start({ inputs, facts: { GITHUB_SHA: await site.checkout.commit() }, temp });
}

/** A run that nothing disturbs. */
async function succeed(tag: string): Promise<ActionResult> {
  const running = await start(tag);
  const result = await running.done;
  expect(errorsOf(result)).toBe("");
  expect(await wholeDigestOf(site, tag)).toBe(result.outputs["digest"]);
  expect((await running.post()).log.annotations).toEqual([]);
  expect(await leftovers(site, temp)).toEqual([]);
  return result;
}

/** As the runner cancels: SIGINT, and SIGTERM for who is still there 7.5 s later. */
async function cancel({ child, done }: RunningAction, afterMs: number): Promise<ActionResult> {
  await Promise.race([sleep(afterMs), done]);
  child.kill("SIGINT");
  await Promise.race([sleep(7500, undefined, { ref: false }), done]);
  if (child.exitCode === null) child.kill("SIGTERM");
  await Promise.race([sleep(2500, undefined, { ref: false }), done]);
  if (child.exitCode === null) child.kill("SIGKILL");
  return done;
}

/** Runs the post step, and expects nothing of the run to be left; false where that had nothing to clean up yet. */
async function expectCleanedUp(running: RunningAction, where: string): Promise<boolean> {
  const { state } = await running.done;
  for (const name of await ownBuilders(site)) expect(name, where).toBe(state["builder"]);
  expect((await running.post()).log.annotations, where).toEqual([]);
  expect(await leftovers(site, temp), where).toEqual([]);
  return Object.keys(state).length > 0;
}

describe("image build: the job is cancelled", () => {
  it("at any moment: builder, login and processes are gone, and the next run works", async () => {
    const tag = "cancelled";
    const { durationMs } = await succeed(tag);
    let begun = 0;
    for (const at of points(tries, durationMs)) {
      tried();
      const before = await site.digestOf(tag);
      const running = await start(tag);
      const result = await cancel(running, at);
      const where = `after ${at.toFixed()} of ${String(durationMs)} ms: ${result.log.text}`;
      const now = await wholeDigestOf(site, tag);
      if (!(await expectCleanedUp(running, where))) continue;
      begun += 1;
      expect([0, 1], where).toContain(result.exitCode);
      if (result.exitCode === 1) expect(reportOf(result).error?.code, where).toBe("cancelled");
      const named = (result.outputs["tags"] ?? "").includes(`:${tag}`);
      expect(now, where).toBe(named ? result.outputs["digest"] : before);
      console.log(`cancelled after ${at.toFixed()} of ${String(durationMs)} ms`);
    }
    expect(begun).toBeGreaterThan(0);
    await succeed(tag);
  }, 900_000);
});

describe("image build: the action is killed", () => {
  it("at any moment: its build ends, the next run works, and the post step cleans up", async () => {
    const tag = "killed";
    const { durationMs } = await succeed(tag);
    let kills = 0;
    for (const at of points(tries, durationMs)) {
      tried();
      const running = await start(tag);
      if (await killAt(running.child, { afterMs: at })) kills += 1;
      const where = `after ${at.toFixed()} of ${String(durationMs)} ms`;
      await until("the build to end", async () => (await processesNaming(temp)).length === 0);
      // Its tag was put by then or was not; it never names half an image.
      await wholeDigestOf(site, tag);
      // The runner may be gone with it: the next run meets its builder and its login.
      const next = await start(tag);
      const good = await next.done;
      expect(errorsOf(good), where).toBe("");
      expect(await wholeDigestOf(site, tag), where).toBe(good.outputs["digest"]);
      await next.post();
      await expectCleanedUp(running, where);
      console.log(`killed ${where}`);
    }
    expect(kills).toBeGreaterThan(0);
  }, 900_000);
});

describe("image build: two commits at once", () => {
  it("in any order: the tag ends at the younger one", async () => {
    const tag = "at-once";
    const common = { file: "Dockerfile.quick", tags: `type=raw,value=${tag}` };
    await site.checkout.write({
      "Dockerfile.quick": "FROM scratch\nARG TOKEN\nLABEL token=$TOKEN\n",
    });
    for (let round = 0; round < faultCount({ few: 4, full: 40 }); round += 1) {
      tried();
      const commits = [await site.checkout.commit(), await site.checkout.commit()];
      const delays = [0, integer(0, 400)];
      if (pick([true, false])) delays.reverse();
      const results = await Promise.all(
        commits.map(async (sha, at) => {
          await sleep(delays[at]);
          const inputs = { ...common, "build-args": `TOKEN=${randomUUID()}` };
          return site.build({ inputs, facts: { GITHUB_SHA: sha } });
        }),
      );
      expect(results.map(errorsOf)).toEqual(["", ""]);
      expect(await site.digestOf(tag), `older after ${String(delays)} ms`).toBe(
        results[1]?.outputs["digest"],
      );
    }
  }, 600_000);
});
