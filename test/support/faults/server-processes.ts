import { readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { processesOf } from "../home-processes.js";
import { childrenOf } from "../processes.js";
import type { Site } from "../site.js";
import { until } from "../until.js";

export interface ServerProcess {
  readonly pid: number;
  readonly command: string;
}

/**
 * What Belay still runs on the server for the site: of the processes of its user's home those that run the program of
 * its path, carry the mark of a step, or work below the path. The app itself is not ours.
 */
export async function belayProcesses(home: string, site: Site): Promise<readonly ServerProcess[]> {
  const [all, app] = await Promise.all([processesOf(home), appProcesses(site)]);
  const ours = await Promise.all(all.map(async (one) => (await isOurs(one, site)) && one));
  return ours.filter((one) => one !== false).filter(({ pid }) => !app.has(pid));
}

/** Kills all of them at once, again until none is left: what is just starting goes too. */
export async function killBelayProcesses(home: string, site: Site): Promise<number> {
  const killed = new Set<number>();
  await until("all of belay's processes to be dead", async () => {
    const found = await belayProcesses(home, site);
    for (const { pid } of found) {
      killed.add(pid);
      kill(pid);
    }
    return found.length === 0;
  });
  return killed.size;
}

async function isOurs({ pid, command }: ServerProcess, site: Site): Promise<boolean> {
  const folder = join("/proc", String(pid));
  const environment = await readFile(join(folder, "environ"), "utf8").catch(() => "");
  const cwd = await readlink(join(folder, "cwd")).catch(() => "");
  return (
    command.includes(`${site.path}/`) ||
    `${cwd}/`.startsWith(`${site.path}/`) ||
    (environment.includes("\0BELAY_STEP=") && environment.includes(`BELAY_PATH=${site.path}\0`))
  );
}

/** The app's parent and all below it. */
async function appProcesses(site: Site): Promise<ReadonlySet<number>> {
  const parent = Number(await readFile(join(site.path, "shared/run/pid"), "utf8").catch(() => ""));
  const found = new Set<number>();
  const add = async (pid: number): Promise<void> => {
    found.add(pid);
    for (const child of await childrenOf(pid)) await add(child);
  };
  if (parent > 0) await add(parent);
  return found;
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended in between.
  }
}
