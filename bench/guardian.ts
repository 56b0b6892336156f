import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { BelayServer } from "../test/support/belay-server.js";
import type { Figure } from "./measure.js";

/** What the server side costs while it only waits. */
export interface Rest {
  /** Proportional set size of all its processes together, KiB: each shared page counted once among its users. */
  readonly pssKib: number;
  /** Resident set size of all its processes together, KiB: shared pages counted for each. */
  readonly rssKib: number;
  /** Share of one core, 0.001 is 0.1 %. */
  readonly cpu: number;
  readonly processes: number;
}

export interface GuardianAtRest {
  /** The guardian and what it sleeps by. */
  readonly withoutBeats: Rest;
  /** Those and the call that takes the runner's beats, one each 10 s. */
  readonly withBeats: Rest;
}

const beatEveryMs = 10_000;
/** /proc counts time in hundredths of a second. */
const ticksPerSecond = 100;

/** Opens a deploy that waits two minutes for its runner, and measures `seconds` of nothing, without and with beats. */
export async function guardianAtRest(seconds = 30, shell = "sh"): Promise<GuardianAtRest> {
  const server = await BelayServer.start(shell);
  try {
    const fields = { "confirm-timeout": "120" };
    const begun = await server.upload("rest", fields, { "app.txt": "at rest\n" });
    if (begun.code !== 0) throw new Error(`the deploy did not begin: ${begun.text}`);
    const withoutBeats = await rest(server, seconds);
    const attendance = server.attend("rest", beatEveryMs);
    await sleep(1000);
    const withBeats = await rest(server, seconds);
    attendance.stop();
    if (!server.exists(".belay/phase")) throw new Error("the operation was not open all the time");
    return { withoutBeats, withBeats };
  } finally {
    await server.stop();
  }
}

async function rest(server: BelayServer, seconds: number): Promise<Rest> {
  const before = await cpuTicks(await ours(server));
  const started = performance.now();
  await sleep(seconds * 1000);
  const elapsed = (performance.now() - started) / 1000;
  const processes = await ours(server);
  const after = await cpuTicks(processes);
  const memory = await Promise.all(processes.map(memoryOf));
  return {
    pssKib: sum(memory.map(({ pss }) => pss)),
    rssKib: sum(memory.map(({ rss }) => rss)),
    cpu: (after - before) / ticksPerSecond / elapsed,
    processes: processes.length,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

/** The processes that run the server's program, and what they have started. */
async function ours(server: BelayServer): Promise<readonly string[]> {
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const known = await Promise.all(
    ids.map(async (id) => ({
      id,
      parent: (await statOf(id))[1] ?? "",
      command: await readFile(`/proc/${id}/cmdline`, "latin1").catch(() => ""),
    })),
  );
  const programs = known.filter(({ command }) => command.split("\0").includes(server.program));
  const roots = new Set(programs.map(({ id }) => id));
  return known.filter(({ id, parent }) => roots.has(id) || roots.has(parent)).map(({ id }) => id);
}

/** What they have used so far, with the children that have ended: utime, stime, cutime and cstime. */
async function cpuTicks(ids: readonly string[]): Promise<number> {
  const stats = await Promise.all(ids.map(statOf));
  return sum(stats.flatMap((fields) => fields.slice(11, 15).map(Number)));
}

/** The fields of /proc/ID/stat after the command's name, from the state on; none when it has ended. */
async function statOf(id: string): Promise<readonly string[]> {
  const stat = await readFile(`/proc/${id}/stat`, "latin1").catch(() => "");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

async function memoryOf(id: string): Promise<{ readonly pss: number; readonly rss: number }> {
  const rollup = await readFile(`/proc/${id}/smaps_rollup`, "latin1");
  const of = (name: string): number =>
    Number(new RegExp(`^${name}: +(\\d+)`, "m").exec(rollup)?.[1]);
  return { pss: of("Pss"), rss: of("Rss") };
}

/** Memory as proportional set size in MB, and the share of a core in percent, with a runner that beats. */
export async function measureRest(): Promise<readonly Figure[]> {
  const { withBeats } = await guardianAtRest();
  const megabytes = (withBeats.pssKib * 1024) / 1e6;
  return [
    {
      name: "the server side at rest, memory (its share, PSS)",
      unit: "MB",
      target: 3,
      value: megabytes,
    },
    {
      name: "the server side at rest, of a core",
      unit: "%",
      target: 0.1,
      value: withBeats.cpu * 100,
    },
  ];
}
