import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ComposeStack, makeImages, makeStack } from "../support/compose-stack.js";
import { type Dockerd, startDockerd } from "../support/peers/dockerd.js";
import { busyboxImage } from "../support/peers/images.js";
import { type Registry, startRegistry } from "../support/peers/registry.js";
import { mountSmallDisk, type SmallDisk } from "../support/small-disk.js";

let disk: SmallDisk;
let dockerd: Dockerd;
let registry: Registry;
let stack: ComposeStack;

beforeAll(async () => {
  disk = await mountSmallDisk({ megabytes: 700 });
  await mkdir(join(disk.path, "docker"));
  dockerd = await startDockerd({ options: [`--data-root=${join(disk.path, "docker")}`] });
  registry = await startRegistry();
  await busyboxImage(dockerd, "busybox:test");
  await makeImages(dockerd);
  stack = await makeStack(dockerd);
  const first = await stack.deploy("first", "v1");
  expect(first.first("code"), first.text).toBe("0");
});

afterAll(async () => {
  await stack.stop();
  await registry.stop();
  await dockerd.stop();
  await disk.unmount();
});

/** An image of the version v2 that is 60 MB larger than any other, and is in the registry alone. */
async function pushLarge(): Promise<string> {
  const name = `${registry.address}/web:large`;
  // Random bytes: what can be packed would fit in the end.
  await dockerd.docker(["build", "-q", "-t", name, "-"], { input: large });
  await dockerd.docker(["push", "--quiet", name]);
  const format = "{{index .RepoDigests 0}}";
  const reference = (await dockerd.docker(["image", "inspect", "--format", format, name])).trim();
  await dockerd.docker(["rmi", "-f", name]);
  await dockerd.docker(["builder", "prune", "-af"]);
  return reference;
}

const large = "FROM busybox:test\nRUN head -c 60000000 /dev/urandom >/large\n";

test("a disk that fills up in a pull is told, nothing is touched, and with room the next deploy works", async () => {
  const reference = await pushLarge();
  const before = await stack.containers("web");
  const load = stack.load({ requestsPerSecond: 50 });
  const compose = (stack.files("v2")["compose.yaml"] ?? "").replace(
    /worker:\n {4}image: web:v2/,
    "worker:\n    image: web:v2\n    entrypoint: [sleep, '600']",
  );
  const files = { "compose.yaml": compose };
  const fields = { images: `worker=${reference}\n` };
  const pulled = await fullInPull(fields, files);
  expect(pulled.first("code"), pulled.text).toBe("1");
  expect(pulled.all("finding")[0]?.slice(0, 2), pulled.text).toEqual(["error", "disk-full"]);
  expect(pulled.text).toContain("docker image prune");
  expect(await stack.containers("web")).toEqual(before);
  await disk.empty();
  const next = await stack.deploy("next", "v2", { fields, files });
  expect(next.first("code"), next.text).toBe("0");
  expect(await stack.answer()).toBe("v2");
  expect((await load.stop()).failures).toEqual([]);
});

/** A deploy whose disk is full from the pull on. */
async function fullInPull(
  fields: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>>,
) {
  const all = { strategy: "compose", proxy: "nginx:nginx", project: stack.project, ...fields };
  const begun = await stack.server.upload("full", all, stack.files("v2", files));
  expect(begun.code, begun.text).toBe(0);
  await disk.fill(20_000_000);
  const pulled = await stack.server.call(["receive", "full", "pull-1", "plain"], "end\n");
  const undone = await stack.server.call(["undo", "full"], "it failed\n");
  expect(undone.first("outcome"), undone.text).toBe("undone");
  return pulled;
}
