import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ComposeStack, makeImages, makeStack } from "../support/compose-stack.js";
import { type Dockerd, startDockerd } from "../support/peers/dockerd.js";

let dockerd: Dockerd;
let stack: ComposeStack;

beforeAll(async () => {
  dockerd = await startDockerd();
  await makeImages(dockerd);
  stack = await makeStack(dockerd);
  for (const version of ["v1", "v2"]) {
    const good = await stack.deploy(version, version);
    expect(good.first("code"), good.text).toBe("0");
  }
});

afterAll(async () => {
  await stack.stop();
  await dockerd.stop();
});

/** What somebody types in the folder of the release, without our files and names. */
async function byHand(...words: readonly string[]): Promise<void> {
  const current = join(stack.server.path, "current");
  const options = ["-p", stack.project, "--project-directory", current];
  await dockerd.docker(["compose", ...options, "-f", join(current, "compose.yaml"), ...words]);
}

test("what people type between deploys: whatever was made by hand, the next deploy and rollback leave one whole release", async () => {
  await dockerd.docker(["image", "prune", "-f"]);
  await byHand("up", "-d");
  const third = await stack.deploy("third", "v3");
  expect(third.first("code"), third.text).toBe("0");
  await byHand("up", "-d", "--force-recreate", "--no-deps", "--scale", "worker=2", "web", "worker");
  await dockerd.docker(["image", "prune", "-f"]);
  const back = await stack.server.person("rollback");
  expect(back.code, back.text).toBe(0);
  await expect.poll(() => stack.answer().catch(String), { timeout: 10_000 }).toBe("v2");
  for (const name of ["web", "worker"])
    expect(await stack.containers(name)).toEqual([expect.stringContaining("web:v2 running")]);
  const status = await stack.server.call(["status"]);
  expect(status.all("finding"), status.text).toEqual([]);
});

test("a stack that was taken down by hand comes back with the next deploy", async () => {
  await byHand("down");
  const next = await stack.deploy("after-down", "v3");
  expect(next.first("code"), next.text).toBe("0");
  await expect.poll(() => stack.answer().catch(String), { timeout: 10_000 }).toBe("v3");
});
