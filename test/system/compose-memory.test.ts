import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ComposeStack, makeImages, makeStack } from "../support/compose-stack.js";
import { type Dockerd, startDockerd } from "../support/peers/dockerd.js";

let dockerd: Dockerd;
let stack: ComposeStack;

/** What the server believes to have, in MiB. */
function available(mib: number): void {
  const file = join(dirname(stack.server.path), "meminfo");
  writeFileSync(file, `MemAvailable: ${String(mib * 1024)} kB\n`);
  stack.server.env["BELAY_MEMINFO"] = file;
}

const extra = { "extra.yaml": 'services: {extra: {image: "web:v1"}}\n' };
const fields = { "compose-files": "compose.yaml\nextra.yaml\n", "make-room": "extra\n" };

beforeAll(async () => {
  dockerd = await startDockerd();
  await makeImages(dockerd);
  stack = await makeStack(dockerd);
  const first = await stack.deploy("first", "v1", { fields, files: extra });
  expect(first.first("code"), first.text).toBe("0");
});

afterAll(async () => {
  await stack.stop();
  await dockerd.stop();
});

test("where two fit but not for long, the old one is stopped, and an undo starts it again", async () => {
  available(60);
  const before = await stack.containers("web");
  const begun = await stack.begin("short", "v2", { fields, files: extra });
  expect(begun.first("code"), begun.text).toBe("0");
  expect(await stack.answer()).toBe("v2");
  expect((await stack.containers("web")).map((line) => line.split(" ").at(-1)).sort()).toEqual([
    "exited",
    "running",
  ]);
  const undone = await stack.server.call(["undo", "short"], "enough\n");
  expect(undone.first("outcome"), undone.text).toBe("undone");
  expect(await stack.answer()).toBe("v1");
  expect(await stack.containers("web")).toEqual(before);
});

test("where there is no room for two, make-room is tried, given back, and the line says why it recreates", async () => {
  available(20);
  const [room = ""] = await stack.containers("extra");
  const answer = await stack.deploy("none", "v2", { fields, files: extra });
  expect(answer.first("code"), answer.text).toBe("0");
  const said = stack.server.read(".belay/operations/none/steps/activate/out");
  expect(said).toContain("stopping extra to make room");
  expect(said).toMatch(
    /web: replacing its container: a second one needs about \d+ MiB of memory, and 20 MiB are available/,
  );
  expect(await stack.containers("extra")).toEqual([room]);
  expect(await stack.answer()).toBe("v2");
});
