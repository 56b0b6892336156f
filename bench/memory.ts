import { setTimeout as sleep } from "node:timers/promises";
import type { DeployHost } from "../test/support/deploy-host.js";
import { processesOf } from "../test/support/home-processes.js";
import type { Site } from "../test/support/site.js";
import { type Figure, inTurn, type Measured, resultOf } from "./measure.js";
import { megabytesOf } from "./process-memory.js";
import { good } from "./start-up.js";

const everyMs = 20;

/** Megabytes. */
interface Peaks {
  readonly action: number;
  readonly server: number;
}

/** A site, and how many megabytes its database holds. */
export interface FilledSite {
  readonly site: Site;
  readonly megabytes: number;
}

/** The memory that a backup of a large database takes, against that of a small one: it must not grow with the dump. */
export async function measureMemory(
  host: DeployHost,
  large: FilledSite,
  small: FilledSite,
  pairs: number,
): Promise<Measured> {
  const [most, least] = await inTurn(
    () => peaksOfBackup(host, large.site),
    () => peaksOfBackup(host, small.site),
    pairs,
  );
  const names = (who: string) => ({
    name: `memory of ${who} in a backup`,
    ours: `${String(large.megabytes)} MB of rows`,
    peer: `${String(small.megabytes)} MB`,
    unit: "MB",
    // What is the same but for chance: when the garbage is collected, which processes live side by side.
    target: 1.1,
  });
  const comparisons = (["action", "server"] as const).map((who) =>
    resultOf(
      names(who === "action" ? "the action" : "the server side"),
      most.map((peaks) => peaks[who]),
      least.map((peaks) => peaks[who]),
    ),
  );
  return { comparisons, figures: [serverFigure(most)] };
}

function serverFigure(peaks: readonly Peaks[]): Figure {
  return {
    name: "memory on the server in a backup, beside PostgreSQL's own programs",
    value: Math.max(...peaks.map(({ server }) => server)),
    unit: "MB",
    target: 30,
  };
}

async function peaksOfBackup(host: DeployHost, site: Site): Promise<Peaks> {
  const { child, done } = await site.startOperation("backup");
  const peaks = { action: 0, server: 0 };
  const over = new AbortController();
  const ended = done.finally(() => over.abort());
  while (!over.signal.aborted) {
    peaks.action = Math.max(peaks.action, await megabytesOf(child.pid ?? 0, "VmHWM"));
    peaks.server = Math.max(peaks.server, await serverMegabytes(host));
    await sleep(everyMs);
  }
  good(await ended);
  return peaks;
}

/** All that the deploy user runs but PostgreSQL's own programs and the app; what several share counts once (Pss). */
async function serverMegabytes({ home, node }: DeployHost): Promise<number> {
  const running = await processesOf(home.path);
  const ours = running.filter(
    ({ command }) => !/(?:^|\/)(?:pg_\w+|psql) /.test(`${command} `) && !command.startsWith(node),
  );
  const sizes = await Promise.all(ours.map(({ pid }) => megabytesOf(pid, "Pss")));
  return sizes.reduce((sum, size) => sum + size, 0);
}
