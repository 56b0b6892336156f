import { afterAll, beforeAll, expect, test } from "vitest";
import { type ComposeStack, makeImages, makeStack } from "../support/compose-stack.js";
import { type Dockerd, startDockerd } from "../support/peers/dockerd.js";
import { type Registry, startRegistry } from "../support/peers/registry.js";
import { mustRun } from "../support/program.js";

const password = "correct-horse-battery";

let dockerd: Dockerd;
let registry: Registry;
let stack: ComposeStack;
/** By version the reference with its digest. */
const pushed = new Map<string, string>();

beforeAll(async () => {
  dockerd = await startDockerd();
  registry = await startRegistry({ password });
  await makeImages(dockerd);
  await dockerd.docker(
    ["login", "--username", registry.username, "--password-stdin", registry.address],
    { input: password },
  );
  for (const version of ["v1", "v2"]) pushed.set(version, await push(version));
  await dockerd.docker(["logout", registry.address]);
  stack = await makeStack(dockerd);
});

afterAll(async () => {
  await stack.stop();
  await registry.stop();
  await dockerd.stop();
});

/** Pushes `web:<version>` and takes it away from the daemon; returns its reference by digest. */
async function push(version: string): Promise<string> {
  const name = `${registry.address}/shop/web:${version}`;
  await dockerd.docker(["tag", `web:${version}`, name]);
  await dockerd.docker(["push", "--quiet", name]);
  const format = "{{index .RepoDigests 0}}";
  const reference = (await dockerd.docker(["image", "inspect", "--format", format, name])).trim();
  await dockerd.docker(["rmi", name, `web:${version}`]);
  return reference;
}

const login = () => `${registry.address}\n${registry.username}\n${password}\nend\n`;
const images = (version: string) => {
  const reference = pushed.get(version) ?? "";
  return `web=${reference}\nworker=${reference}\n`;
};

test("a login that the registry refuses is named, and nothing is touched", async () => {
  const wrong = `${registry.address}\n${registry.username}\nwrong-word\nend\n`;
  const answer = await stack.deploy("refused", "v1", {
    fields: { images: images("v1") },
    login: wrong,
  });
  expect(answer.all("finding")).toEqual([
    [
      "error",
      "registry-denied",
      expect.stringContaining("refused the login"),
      expect.stringContaining("registry-password"),
    ],
  ]);
  expect(stack.server.current()).toBeUndefined();
  expect(await stack.containers("web")).toEqual([]);
});

test("images are pulled by digest with a login that stays nowhere", async () => {
  const answer = await stack.deploy("pulled", "v1", {
    fields: { images: images("v1") },
    login: login(),
  });
  expect(answer.first("code"), answer.text).toBe("0");
  expect(await stack.answer()).toBe("v1");
  const home = stack.server.env["HOME"] ?? "";
  const leak = await mustRun([
    "sh",
    "-c",
    'grep -rlF -e "$1" -e "$2" "$3" || :',
    "sh",
    password,
    btoa(`${registry.username}:${password}`),
    home,
  ]);
  expect(leak).toBe("");
  const second = await stack.deploy("pulled-2", "v2", {
    fields: { images: images("v2") },
    login: login(),
  });
  expect(second.first("code"), second.text).toBe("0");
  expect(await stack.answer()).toBe("v2");
});

test("a digest that is nowhere is refused before anything changes", async () => {
  const missing = images("v2").replace(/sha256:\w+/, `sha256:${"1".repeat(64)}`);
  const before = await stack.containers("web");
  const answer = await stack.deploy("missing", "v1", {
    fields: { images: missing },
    login: login(),
  });
  expect(answer.all("finding")).toEqual([
    ["error", "config", expect.stringContaining("is not in its registry"), expect.any(String)],
  ]);
  expect(await stack.containers("web")).toEqual(before);
});

test("a rollback needs no registry, also after a prune of images", async () => {
  await registry.shutDown();
  await dockerd.docker(["image", "prune", "--force"]);
  const back = await stack.server.person("rollback");
  expect(back.code, back.text).toBe(0);
  expect(await stack.answer()).toBe("v1");
  const tags = await dockerd.docker(["images", "--format", "{{.Repository}}:{{.Tag}}"]);
  expect(tags).toContain(`belay/${stack.project}-web:${stack.server.current() ?? ""}`);
});
