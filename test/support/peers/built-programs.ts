import { createHash } from "node:crypto";
import { access, constants, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

const pins = new URL("../../peers/go.mod", import.meta.url);
const webServerSource = new URL("../../peers/web-server/main.go", import.meta.url);

const modules = {
  buildkitd: "github.com/moby/buildkit",
  "docker-buildx": "github.com/docker/buildx",
  "docker-compose": "github.com/docker/compose/v2",
} as const;

export type PinnedProgram = keyof typeof modules;

/** The path of a program that `test/peers/install system` built from its Go module; throws when it is missing. */
export async function builtProgram(name: PinnedProgram): Promise<string> {
  return cached(name, await pinnedVersion(name));
}

/** The version, without its `v`, that test/peers/go.mod pins. */
export async function pinnedVersion(name: PinnedProgram): Promise<string> {
  const words = (await readFile(pins, "utf8")).split("\n").map((line) => line.trim().split(/\s+/));
  const version = words.find(([module]) => module === modules[name])?.[1];
  if (version === undefined) throw new Error(`test/peers/go.mod pins no ${modules[name]}`);
  return version.replace(/^v/, "");
}

/** The path of the web server of our test images, built from the source as it stands. */
export async function webServer(): Promise<string> {
  const sum = createHash("sha256").update(await readFile(webServerSource));
  return cached("web-server", sum.digest("hex").slice(0, 12));
}

async function cached(name: string, version: string): Promise<string> {
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const program = join(cache, "belay-peers", `${name}-${version}`, name);
  await access(program, constants.X_OK).catch(() => {
    throw new Error(`${name} ${version} is missing: run test/peers/install system`);
  });
  return program;
}
