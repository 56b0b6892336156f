import { afterAll, beforeAll, expect, test } from "vitest";
import { type ComposeStack, makeImages, makeStack } from "../support/compose-stack.js";
import { type Dockerd, startDockerd } from "../support/peers/dockerd.js";
import { removeFolder, scratchFolder } from "../support/scratch.js";

let dockerd: Dockerd;
let stack: ComposeStack;
let config: string;

beforeAll(async () => {
  dockerd = await startDockerd();
  await makeImages(dockerd);
  // A client without the plugin.
  config = await scratchFolder("docker-config");
  stack = await makeStack(dockerd, { env: { DOCKER_CONFIG: config } });
});

afterAll(async () => {
  await stack.stop();
  await dockerd.stop();
  await removeFolder(config);
});

test("docker-compose 1.29 recreates, says why and how long it took, and goes back", async () => {
  const first = await stack.deploy("first", "v1");
  expect(first.first("code"), first.text).toBe("0");
  expect(await stack.answer()).toBe("v1");
  const load = stack.load({ requestsPerSecond: 50 });
  const second = await stack.deploy("second", "v2");
  expect(second.first("code"), second.text).toBe("0");
  const recreated = stack.server
    .read(".belay/operations/second/steps/activate/results")
    .split("\n")
    .map((line) => line.split("\t"));
  const [, , away = "0", why] = recreated.find(([, name]) => name === "web") ?? [];
  expect(why).toContain("docker-compose 1.x");
  const { failures } = await load.stop();
  const times = failures.map(({ atMs }) => atMs);
  // What it says is an upper bound: from before the stop to the word of the health check.
  expect(Number(away)).toBeGreaterThan(Math.max(...times) - Math.min(...times));
  const back = await stack.server.person("rollback");
  expect(back.code, back.text).toBe(0);
  expect(await stack.answer()).toBe("v1");
  expect(await stack.containers("web")).toHaveLength(1);
});

test("rolling gives one error with the way to a newer one", async () => {
  const refused = await stack.deploy("rolling", "v3", { fields: { rollout: "rolling" } });
  expect(refused.all("finding")).toEqual([
    [
      "error",
      "tool-too-old",
      expect.stringContaining("1.29.2"),
      expect.stringContaining("docker-compose-plugin"),
    ],
  ]);
});
