import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type ComposeStack, makeImages, makeStack } from "../support/compose-stack.js";
import { type LoadResult, startLoad } from "../support/load.js";
import { type Dockerd, startDockerd } from "../support/peers/dockerd.js";
import { until } from "../support/until.js";

let dockerd: Dockerd;
let stack: ComposeStack;

beforeAll(async () => {
  dockerd = await startDockerd();
  await makeImages(dockerd);
});

beforeEach(async () => {
  stack = await makeStack(dockerd);
  const first = await stack.deploy("first", "v1");
  expect(first.first("code"), first.text).toBe("0");
  expect(await stack.answer()).toBe("v1");
});

afterEach(() => stack.stop());
afterAll(() => dockerd.stop());

/** Runs `body` under load on new and on kept connections, short answers and long ones; none must be lost. */
async function underLoad(body: () => Promise<void>): Promise<ReadonlySet<string>> {
  const loads = ["0ms", "100ms", "200ms"].flatMap((take) =>
    [false, true].map((keepAlive) =>
      startLoad(`${stack.url}/?take=${take}`, { requestsPerSecond: 200 / 6, keepAlive }),
    ),
  );
  const enough = sleep(7000);
  await body();
  // A thousand requests at least, however quickly the body was done.
  await enough;
  const results: LoadResult[] = await Promise.all(loads.map((load) => load.stop()));
  for (const { failures } of results) expect(failures).toEqual([]);
  const requests = results.reduce((sum, result) => sum + result.requests, 0);
  expect(requests).toBeGreaterThan(1000);
  return new Set(results.flatMap(({ versions }) => [...versions.keys()]));
}

test("a rolling deploy loses no request, and its undo neither", async () => {
  const versions = await underLoad(async () => {
    const second = await stack.begin("second", "v2");
    expect(second.first("code"), second.text).toBe("0");
    await until("the new version", async () => (await stack.answer()) === "v2");
    expect(await stack.containers("web")).toHaveLength(2);
    const undone = await stack.server.call(["undo", "second"], "enough\n");
    expect(undone.first("outcome"), undone.text).toBe("undone");
    const third = await stack.deploy("third", "v3");
    expect(third.first("code"), third.text).toBe("0");
  });
  expect(versions).toEqual(new Set(["v1", "v2", "v3"]));
  expect(await stack.answer()).toBe("v3");
  expect(await stack.containers("web")).toEqual([expect.stringContaining("web:v3 running")]);
  expect(await stack.containers("worker")).toEqual([expect.stringContaining("web:v3 running")]);
});

const ended = /^service web: \S+ has (?:ended with exit code|restarted \(exit code) \d+/;

test.each([
  ["crash", "no", ended],
  ["crash", "always", ended],
  ["sick", "no", /^service web: \S+ is unhealthy, as its health check says$/],
])(
  "an image that is %s, with restart %s, never answers, and the old container goes on",
  async (version, policy, why) => {
    const text = stack.files(version)["compose.yaml"] ?? "";
    const restart = `    restart: "${policy}"\n    image:`;
    const files = { "compose.yaml": text.replace(/^ {4}image:/m, restart) };
    const before = await stack.containers("web");
    const versions = await underLoad(async () => {
      const bad = await stack.deploy("bad", version, { files });
      expect(bad.first("code")).toBe("1");
      expect(bad.all("finding").at(-1)?.[2]).toMatch(why);
    });
    expect(versions).toEqual(new Set(["v1"]));
    expect(await stack.containers("web")).toEqual(before);
    expect(await stack.containers("worker")).toEqual([expect.stringContaining("web:v1 running")]);
    expect(readFileSync(stack.server.dot("phase"), { encoding: "utf8", flag: "a+" })).toBe("");
  },
);
