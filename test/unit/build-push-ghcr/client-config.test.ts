import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { storedLogin, writeClientConfig } from "../../../src/build-push-ghcr/client-config.js";
import { parseImageName } from "../../../src/build-push-ghcr/image-name.js";
import type { DockerEnvironment } from "../../../src/ports/docker-environment.js";
import { removeFolder, scratchFolder } from "../../support/scratch.js";

let folder: string;
let docker: DockerEnvironment;
beforeEach(async () => {
  folder = await scratchFolder("client-config");
  const config = join(folder, "users");
  await mkdir(config);
  docker = {
    ...{ config, buildx: join(config, "buildx"), sourceDateEpoch: "" },
    ...{ cacheService: {}, scannerVariables: [] },
  };
});
afterEach(() => removeFolder(folder));

const image = parseImageName("ghcr.io/ada/climbing") ?? expect.fail("no name");
const login = { username: "ada", password: "pass:word" };

async function userConfig(config: object): Promise<void> {
  await writeFile(join(docker.config, "config.json"), JSON.stringify(config));
}

it("keeps everything of the user's but the login to this registry, and nobody else may read it", async () => {
  await userConfig({
    credsStore: "desktop",
    currentContext: "remote",
    auths: { "https://index.docker.io/v1/": { auth: "eA==" }, "ghcr.io": { auth: "b2xk" } },
    cliPluginsExtraDirs: ["/opt/plugins"],
  });
  const env = await writeClientConfig(folder, image, login, docker);
  expect(env["BUILDX_CONFIG"]).toBe(docker.buildx);
  const file = join(env["DOCKER_CONFIG"] ?? "", "config.json");
  expect(JSON.parse(await readFile(file, "utf8"))).toEqual({
    credsStore: "desktop",
    // The store of the user would not be asked for this one, nor be written to.
    credHelpers: { "ghcr.io": "" },
    currentContext: "remote",
    auths: {
      "https://index.docker.io/v1/": { auth: "eA==" },
      "ghcr.io": { auth: Buffer.from("ada:pass:word").toString("base64") },
    },
    cliPluginsExtraDirs: ["/opt/plugins", join(docker.config, "cli-plugins")],
  });
  expect((await stat(file)).mode & 0o077).toBe(0);
});

it("finds who has logged in before, and nobody where nobody has", async () => {
  expect(await storedLogin(image, docker)).toBeUndefined();
  await userConfig({
    auths: { "ghcr.io": { auth: Buffer.from("ada:pass:word").toString("base64") } },
  });
  expect(await storedLogin(image, docker)).toEqual(login);
  const hub = parseImageName("ada/climbing") ?? expect.fail("no name");
  expect(await storedLogin(hub, docker)).toBeUndefined();
  await userConfig({ auths: "broken" });
  expect(await storedLogin(image, docker)).toBeUndefined();
});
