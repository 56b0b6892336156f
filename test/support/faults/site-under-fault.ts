import { type DatabaseWriter, startDatabaseWriter } from "../database-writer.js";
import { Releases } from "../migrations.js";
import { verdictOf } from "../report-of.js";
import { type ActionResult, type RunningAction } from "../run-action.js";
import type { Inputs, Site } from "../site.js";
import { expect } from "vitest";
import type { World } from "../world.js";
import { startTcpProxy } from "../tcp-proxy.js";

/** The server acts by itself soon, and the runner gives a dead line up soon. */
export const quick = {
  "confirm-timeout": "2s",
  "connect-retries": "2",
  "connect-timeout": "2s",
} as const;

const longestMs = 120_000;

interface Life {
  ms: number;
  bytes: number;
}

/** An app that is deployed again and again while its users write. */
export interface SiteUnderFault {
  readonly world: World;
  readonly site: Site;
  readonly writer: DatabaseWriter;
  /** What a good deploy took the last time: fractions of it are the moments of the faults. */
  readonly life: Readonly<Life>;
  /** Starts a deploy of the next release; `facts` replaces facts of its run. */
  start(over?: Inputs, facts?: Inputs): Promise<RunningAction>;
  /** Deploys the next release, which must succeed. */
  deploy(over?: Inputs): Promise<ActionResult>;
  stop(): Promise<void>;
}

/** A good deploy that hangs is told with what it has printed. */
async function inTime(running: RunningAction): Promise<ActionResult> {
  const over = AbortSignal.timeout(longestMs);
  over.addEventListener("abort", () => running.child.kill("SIGKILL"));
  const result = await running.done;
  if (over.aborted)
    throw new Error(`a deploy did not end in ${String(longestMs)} ms: ${running.printed()}`);
  return result;
}

/** Makes it and deploys twice; `migration`: each release brings one. */
export async function siteUnderFault(world: World, migration: boolean): Promise<SiteUnderFault> {
  const site = await world.site();
  const releases = new Releases();
  const start = (over: Inputs = {}, facts?: Inputs): Promise<RunningAction> =>
    site.start(releases.next(migration), { ...quick, ...over }, facts);
  const life: Life = { ms: 0, bytes: 0 };
  const deploy = async (over?: Inputs): Promise<ActionResult> => {
    const result = await inTime(await start(over));
    expect(verdictOf(result), result.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
    expect(await site.current()).toBe(result.outputs["release"]);
    life.ms = result.durationMs;
    return result;
  };
  await deploy();
  const writer = startDatabaseWriter(world.postgres.bin, site.database, { rowsPerSecond: 5 });
  const proxy = await startTcpProxy(world.host.port);
  await deploy({ port: String(proxy.port) });
  life.bytes = proxy.forwarded;
  await proxy.close();
  return { world, site, writer, life, start, deploy, stop: () => writer.stop() };
}
