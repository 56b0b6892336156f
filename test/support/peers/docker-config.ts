import { chmod, copyFile, link, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { builtProgram } from "./built-programs.js";

/** Puts compose and buildx where every user of the machine can run them; they lie in a private cache. */
export async function publishPlugins(folder: string): Promise<void> {
  await mkdir(folder);
  for (const name of ["docker-compose", "docker-buildx"] as const) {
    const program = await builtProgram(name);
    await link(program, join(folder, name)).catch(() => copyFile(program, join(folder, name)));
  }
  await chmod(folder, 0o755);
}

/** Makes a folder for DOCKER_CONFIG: no logins yet, and the plugins are found. */
export async function writeDockerConfig(folder: string, plugins: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, "config.json"),
    `${JSON.stringify({ cliPluginsExtraDirs: [plugins] })}\n`,
    { mode: 0o600 },
  );
}
