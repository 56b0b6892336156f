import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { dockerBuildx } from "../commands/buildx.js";
import { itemsOf, memberAt } from "../kit/json.js";
import type { DockerEnvironment } from "../ports/docker-environment.js";
import { readClientConfig } from "./client-config.js";

/** Where Docker's client looks for plugins of the whole machine. */
const systemFolders = [
  "/usr/local/lib/docker/cli-plugins",
  "/usr/local/libexec/docker/cli-plugins",
  "/usr/lib/docker/cli-plugins",
  "/usr/libexec/docker/cli-plugins",
];

/**
 * The words that start buildx: its own program where Docker's client would find it, else the client. The client
 * starts every plugin once to be told what it is, which takes longer than most of what it is asked for; and
 * killed by a cancelled job, it may leave the plugin running.
 */
export async function findBuildx(docker: DockerEnvironment): Promise<readonly string[]> {
  const config = await readClientConfig(docker.config);
  const named = itemsOf(memberAt(config, "cliPluginsExtraDirs")).map(String);
  const folders = [...named, join(docker.config, "cli-plugins"), ...systemFolders];
  for (const folder of folders) {
    const program = join(folder, "docker-buildx");
    if (await isProgram(program)) return [program];
  }
  return dockerBuildx;
}

async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
