import { readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { until } from "./until.js";

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  readonly zombie: boolean;
}

/** False for one that has ended, also when nobody has fetched its exit code yet. */
export function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${String(pid)}/stat`, "utf8"));
  } catch {
    return false;
  }
}

/** The ids of the processes that `parent` started and that still run. */
export async function childrenOf(parent: number): Promise<number[]> {
  return (await processes())
    .filter((one) => one.parent === parent && !one.zombie)
    .map(({ pid }) => pid);
}

/** The ids of the processes that run as the user with this id. */
export async function processesOfUser(uid: number): Promise<number[]> {
  const running = (await processes()).filter(({ zombie }) => !zombie);
  const owned = running.map(async ({ pid }) => {
    const status = await readFile(`/proc/${String(pid)}/status`, "utf8").catch(() => "");
    return new RegExp(`^Uid:\\t${String(uid)}\\t`, "m").test(status) ? [pid] : [];
  });
  return (await Promise.all(owned)).flat();
}

/** The ids of the processes, but for this one, on whose command line something lies in `folder`. */
export async function processesNaming(folder: string): Promise<number[]> {
  const running = (await processes()).filter(({ pid, zombie }) => pid !== process.pid && !zombie);
  const found = running.map(async ({ pid }) => {
    const line = await readFile(`/proc/${String(pid)}/cmdline`, "utf8").catch(() => "");
    return line.includes(`${folder}/`) ? [pid] : [];
  });
  return (await Promise.all(found)).flat();
}

/** Kills a process and waits until it is gone; with `name` only when that is still its name. */
export async function endProcess(pid: number, name?: string): Promise<void> {
  if (pid <= 1) return;
  const running = async (): Promise<boolean> =>
    (await processes()).some(
      (one) => one.pid === pid && !one.zombie && (name ?? one.name) === one.name,
    );
  if (!(await running())) return;
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    return;
  }
  await until(`process ${String(pid)} to end`, async () => !(await running()));
}

async function processes(): Promise<Process[]> {
  const ids = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry));
  const found = ids.map(async (id) => {
    const stat = await readFile(`/proc/${id}/stat`, "utf8").catch(() => "");
    // The name may itself hold brackets and spaces.
    const [, name = "", state, parent] = /^\d+ \((.*)\) (\S) (\d+)/s.exec(stat) ?? [];
    return parent === undefined
      ? []
      : [{ pid: Number(id), parent: Number(parent), name, zombie: state === "Z" }];
  });
  return (await Promise.all(found)).flat();
}
