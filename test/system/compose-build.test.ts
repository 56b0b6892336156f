import { afterAll, beforeAll, expect, test } from "vitest";
import { type ComposeStack, makeImages, makeStack } from "../support/compose-stack.js";
import { type Dockerd, startDockerd } from "../support/peers/dockerd.js";

let dockerd: Dockerd;
let stack: ComposeStack;

beforeAll(async () => {
  dockerd = await startDockerd();
  await makeImages(dockerd);
  stack = await makeStack(dockerd);
});

afterAll(async () => {
  await stack.stop();
  await dockerd.stop();
});

/** Its app is built on the server, from the release's own folder. */
function built(version: string) {
  const text = stack.files("v1")["compose.yaml"] ?? "";
  return {
    fields: { build: "true" },
    files: {
      "compose.yaml": text.replace("image: web:v1", "build: ."),
      Dockerfile: `FROM web:v1\nENV VERSION=${version}\n`,
    },
  };
}

const imageOf = async (name: string): Promise<string> =>
  (await dockerd.docker(["inspect", "--format", "{{.Image}} {{.Config.Image}}", name])).trim();

test("an image that compose builds is pinned by its id, kept by a tag, and rolled when it changed", async () => {
  const first = await stack.deploy("first", "v1", built("one"));
  expect(first.first("code"), first.text).toBe("0");
  expect(await stack.answer()).toBe("one");
  const [web = ""] = await stack.containers("web");
  const [id, named] = (await imageOf(web.split(" ")[0] ?? "")).split(" ");
  expect(named).toBe(id);
  const same = await stack.deploy("same", "v1", built("one"));
  expect(same.first("code"), same.text).toBe("0");
  expect(await stack.containers("web")).toEqual([web]);
  const second = await stack.deploy("second", "v1", built("two"));
  expect(second.first("code"), second.text).toBe("0");
  expect(await stack.answer()).toBe("two");
  await dockerd.docker(["image", "prune", "--force"]);
  const back = await stack.server.person("rollback");
  expect(back.code, back.text).toBe(0);
  expect(await stack.answer()).toBe("one");
});

test("a build that fails changes nothing", async () => {
  const { fields, files } = built("three");
  const broken = { fields, files: { ...files, Dockerfile: "FROM web:v1\nCOPY missing /\n" } };
  const failed = await stack.deploy("broken", "v1", broken);
  expect(failed.first("code")).toBe("1");
  expect(await stack.answer()).toBe("one");
  expect(stack.server.outcomes().at(-1)).toBe("broken.undone");
});
