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

/** The authorities that this machine trusts: a proxy of a network may have its own. */
const authorities = "/etc/ssl/certs/ca-certificates.crt";
/** Where npm finds the packages in an image that has those of a project. */
const packages = "/var/cache/npm";

/**
 * Node of the running version with the machine's npm and the user `node`, to be used like the official image; returns
 * its id. With `packagesOf`, a folder with a lockfile, `npm ci` of that needs no network there, and runs no install
 * scripts, because what they fetch cannot be had.
 */
export async function nodeBaseImage(
  dockerd: Dockerd,
  name: string,
  { packagesOf }: { readonly packagesOf?: string } = {},
): Promise<string> {
  const npm = dirname(dirname(await realpath(await where("npm"))));
  const trusted = existsSync(authorities) ? [authorities] : [];
  const offline = [`cache=${packages}`, "offline=true", "ignore_scripts=true"];
  return hostImage(dockerd, {
    name,
    programs: [process.execPath, ...(await separateLibraries())],
    files: [npm, ...trusted],
    ...(packagesOf !== undefined && { trees: { [packages]: await cacheOf(packagesOf) } }),
    leaveOut: /\/npm\/(?:docs|man)$/,
    users: ["node:x:1000:1000::/home/node:/bin/sh"],
    texts: { "/home/node/README": "The home of node.\n" },
    links: {
      "/usr/bin/node": process.execPath,
      "/usr/bin/npm": join(npm, "bin/npm-cli.js"),
      "/usr/bin/npx": join(npm, "bin/npx-cli.js"),
    },
    dockerfile: [
      "ENV PATH=/usr/bin:/usr/sbin HOME=/tmp",
      ...trusted.map((file) => `ENV NODE_EXTRA_CA_CERTS=${file}`),
      ...(packagesOf === undefined ? [] : offline.map((word) => `ENV npm_config_${word}`)),
      'CMD ["node"]',
    ],
  });
}

/** What modules in machine code were linked with, when libraries of C were more than one. */
async function separateLibraries(): Promise<readonly string[]> {
  const loaded = await mustRun(["ldd", process.execPath]);
  const folder = dirname(/=> (\/\S+\/libc\.so\.6)/.exec(loaded)?.[1] ?? "");
  const names = ["librt.so.1", "libpthread.so.0", "libdl.so.2", "libutil.so.1"];
  return names.map((name) => join(folder, name));
}

async function where(program: string): Promise<string> {
  const env = { PATH: `${dirname(process.execPath)}:${serverPath()}` };
  return (await mustRun(["sh", "-c", 'command -v "$1"', "sh", program], { env })).trim();
}

/** npm's cache with what the lockfile of `project` names and nothing else, fetched once. */
async function cacheOf(project: string): Promise<string> {
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
