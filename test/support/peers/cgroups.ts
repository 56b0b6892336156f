import { readdir, readFile, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { endProcess } from "../processes.js";
import { until } from "../until.js";

/** Kills all processes of a top-level cgroup, in every hierarchy, and removes it with those below it. */
export async function removeCgroup(name: string): Promise<void> {
  for (const root of await hierarchies()) await removeTree(join(root, name));
}

/** Removes these cgroups, below which nothing may be, where nobody uses them. */
export async function removeUnusedCgroups(names: readonly string[]): Promise<void> {
  for (const root of await hierarchies()) {
    for (const name of names) await rmdir(join(root, name)).catch(() => undefined);
  }
}

/** Version 2 has one, version 1 one for each controller. */
export async function hierarchies(): Promise<readonly string[]> {
  const mounts = await readFile("/proc/self/mounts", "utf8");
  return mounts
    .split("\n")
    .map((line) => line.split(" "))
    .flatMap(([, path = "", type]) => (type === "cgroup" || type === "cgroup2" ? [path] : []));
}

async function removeTree(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (entry.isDirectory()) await removeTree(join(folder, entry.name));
  }
  await until(`${folder} to be empty`, () => emptied(folder), { timeoutMs: 30_000 });
}

/** What is being started or is dying in it makes it busy for a moment. */
async function emptied(folder: string): Promise<boolean> {
  const pids = await readFile(join(folder, "cgroup.procs"), "utf8").catch(() => "");
  for (const pid of pids.split("\n").filter(Boolean)) await endProcess(Number(pid));
  return rmdir(folder).then(
    () => true,
    (failure: unknown) => {
      const { code } = failure as NodeJS.ErrnoException;
      if (code !== "ENOENT" && code !== "EBUSY") throw failure;
      return code === "ENOENT";
    },
  );
}
