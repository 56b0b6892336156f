import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, realpath, rename } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fetching } from "../node-project.js";
import { mustRun } from "../program.js";
import { removeFolder, scratchFolder } from "../scratch.js";
import { serverPath } from "./daemon.js";
import type { Dockerd } from "./dockerd.js";
import { hostImage } from "./host-root.js";

/**
 * Node with npm and the user `node`, as in the official image, and with the packages of the lockfile in `project`:
 * `npm ci` needs no network there, and runs no install scripts, because what they fetch cannot be had.
 */
export async function nodeImage(dockerd: Dockerd, name: string, project: string): Promise<string> {
  const npm = dirname(dirname(await realpath((await where("npm")).trim())));
  const node = process.execPath;
  const environment = { cache: packages, offline: "true", ignore_scripts: "true" };
  const variables = Object.entries(environment).map(([key, value]) => `npm_config_${key}=${value}`);
  return hostImage(dockerd, {
    name,
    programs: [node],
    files: [npm],
    trees: { [packages]: await packagesOf(project) },
    users: ["node:x:1000:1000::/home/node:/bin/sh"],
    links: {
      "/usr/bin/node": node,
      "/usr/bin/npm": join(npm, "bin/npm-cli.js"),
      "/usr/bin/npx": join(npm, "bin/npx-cli.js"),
    },
    dockerfile: [`ENV PATH=/usr/bin:/usr/sbin HOME=/tmp ${variables.join(" ")}`, 'CMD ["node"]'],
  });
}

const packages = "/var/cache/npm";

function where(program: string): Promise<string> {
  const env = { PATH: `${dirname(process.execPath)}:${serverPath()}` };
  return mustRun(["sh", "-c", 'command -v "$1"', "sh", program], { env });
}

/** npm's cache with what the lockfile names and nothing else, fetched once. */
async function packagesOf(project: string): Promise<string> {
  const sum = createHash("sha256").update(await readFile(join(project, "package-lock.json")));
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "belay-peers");
  const kept = join(cache, `npm-packages-${sum.digest("hex").slice(0, 12)}`);
  if (existsSync(kept)) return kept;
  const fetched = await mkdtemp(`${kept}.`);
  const scratch = await scratchFolder("packages");
  try {
    for (const file of ["package.json", "package-lock.json"])
      await cp(join(project, file), join(scratch, file));
    const words = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--cache", fetched];
    const env = { ...(process.env as Record<string, string>), ...fetching() };
    await mustRun(words, { cwd: scratch, env });
    await removeFolder(join(fetched, "_logs"));
    await rename(fetched, kept);
  } finally {
    await removeFolder(scratch);
    await removeFolder(fetched);
  }
  return kept;
}
