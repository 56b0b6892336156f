import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { itemsOf, memberAt, parseJson, textAt } from "../kit/json.js";
import type { ImageName } from "./image-name.js";
import type { DockerEnvironment } from "../ports/docker-environment.js";
import { basicOf, type Login } from "./registry/registry.js";

/** How Docker's client finds `image`'s registry in its configuration. */
function keyOf({ registry }: ImageName): string {
  return registry === "docker.io" ? "https://index.docker.io/v1/" : registry;
}

/** The client's own configuration; empty where there is none. */
export async function readClientConfig(folder: string): Promise<Readonly<Record<string, unknown>>> {
  const text = await readFile(join(folder, "config.json"), "utf8").catch(() => "");
  const config = parseJson(text);
  return typeof config === "object" && config !== null ? (config as Record<string, unknown>) : {};
}

/** Who has logged in to the image's registry before, such as by `docker login` in a step before this one. */
export async function storedLogin(
  image: ImageName,
  docker: DockerEnvironment,
): Promise<Login | undefined> {
  const config = await readClientConfig(docker.config);
  const encoded = textAt(config, "auths", keyOf(image), "auth");
  const text = Buffer.from(encoded, "base64").toString();
  const at = text.indexOf(":");
  return at < 1 ? undefined : { username: text.slice(0, at), password: text.slice(at + 1) };
}

/**
 * Makes a configuration in `scratch` that is the client's own plus this login, and returns the variables that
 * lead to it: builders, plugins and contexts stay those of the user, and the login is gone with the folder.
 */
export async function writeClientConfig(
  scratch: string,
  image: ImageName,
  login: Login,
  docker: DockerEnvironment,
): Promise<Readonly<Record<string, string>>> {
  const folder = join(scratch, "docker");
  await mkdir(folder, { mode: 0o700 });
  const config = withLogin(await readClientConfig(docker.config), image, login, docker);
  await writeFile(join(folder, "config.json"), JSON.stringify(config), { mode: 0o600 });
  await symlink(join(docker.config, "contexts"), join(folder, "contexts"));
  return { DOCKER_CONFIG: folder, BUILDX_CONFIG: docker.buildx };
}

function withLogin(
  config: Readonly<Record<string, unknown>>,
  image: ImageName,
  login: Login,
  docker: DockerEnvironment,
): unknown {
  const key = keyOf(image);
  const plugins = itemsOf(memberAt(config, "cliPluginsExtraDirs"));
  return {
    ...config,
    auths: { ...objectAt(config, "auths"), [key]: { auth: basicOf(login).replace("Basic ", "") } },
    // An empty name takes this one registry away from the user's credential store.
    credHelpers: { ...objectAt(config, "credHelpers"), [key]: "" },
    cliPluginsExtraDirs: [...plugins, join(docker.config, "cli-plugins")],
  };
}

function objectAt(value: unknown, name: string): object {
  const found = memberAt(value, name);
  return typeof found === "object" && found !== null ? found : {};
}
