import { afterAll, beforeAll, expect, test } from "vitest";
import { type ComposeStack, makeImages, makeStack } from "../support/compose-stack.js";
import { type Dockerd, startDockerd } from "../support/peers/dockerd.js";
import { until } from "../support/until.js";

let dockerd: Dockerd;
let stack: ComposeStack;

beforeAll(async () => {
  dockerd = await startDockerd();
  await makeImages(dockerd);
  stack = await makeStack(dockerd);
  const first = await stack.deploy("first", "v1", restarting("v1"));
  expect(first.first("code"), first.text).toBe("0");
});

afterAll(async () => {
  await stack.stop();
  await dockerd.stop();
});

/** Services that docker starts again, as on a server. */
function restarting(version: string) {
  const text = stack.files(version)["compose.yaml"] ?? "";
  return {
    files: {
      "compose.yaml": text.replaceAll(/^ {4}image:/gm, "    restart: unless-stopped\n    image:"),
    },
  };
}

test("the docker daemon restarted in mid-deploy: one whole release serves, and the next deploy works", async () => {
  const deploying = stack.deploy("cut", "v2", restarting("v2"));
  await until("the new container", async () => (await stack.containers("web")).length === 2, {
    timeoutMs: 60_000,
  });
  await dockerd.restart();
  const cut = await deploying;
  const wanted = cut.first("code") === "0" ? "v2" : "v1";
  await expect.poll(() => stack.answer().catch(String), { timeout: 60_000 }).toBe(wanted);
  const next = await stack.deploy("next", "v3", restarting("v3"));
  expect(next.first("code"), next.text).toBe("0");
  expect(await stack.answer()).toBe("v3");
  expect(await stack.containers("web")).toEqual([expect.stringContaining("web:v3 running")]);
});
