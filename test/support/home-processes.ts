import { readdir, readFile } from "node:fs/promises";
import { until } from "./until.js";

export interface HomeProcess {
  readonly pid: number;
  readonly command: string;
}

/** The live processes that were started for a scratch home: those whose environment says HOME is that folder. */
export async function processesOf(home: string): Promise<readonly HomeProcess[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const looked = await Promise.all(pids.map((pid) => look(pid, home)));
  return looked.filter((found) => found !== undefined);
}

/** Ends what is still running for a scratch home (TERM, then KILL) and sees it gone. */
export async function endProcessesOf(home: string): Promise<void> {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    const gone = async (): Promise<boolean> => {
      const left = await processesOf(home);
      for (const { pid } of left) send(pid, signal);
      return left.length === 0;
    };
    const done = await until("the processes to end", gone, { timeoutMs: 2000 }).catch(() => false);
    if (done) return;
  }
  throw new Error(`processes of ${home} survive SIGKILL`);
}

async function look(pid: number, home: string): Promise<HomeProcess | undefined> {
  try {
    const environment = await readFile(`/proc/${String(pid)}/environ`, "utf8");
    if (!environment.split("\0").includes(`HOME=${home}`)) return undefined;
    const words = await readFile(`/proc/${String(pid)}/cmdline`, "utf8");
    return { pid, command: words.split("\0").join(" ").trim() };
  } catch {
    return undefined;
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended in between.
  }
}
