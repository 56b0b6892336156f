import type { DeployHost } from "../test/support/deploy-host.js";
import type { ActionResult } from "../test/support/run-action.js";
import { connectionInputs, type Site } from "../test/support/site.js";
import { startTcpProxy } from "../test/support/tcp-proxy.js";
import { inTurn, type Measured, resultOf, spreadOf, timed } from "./measure.js";
import { good } from "./start-up.js";

/** Far above what chance adds, so that the round trips can be counted. */
export const roundTripMs = 50;

interface Deploy {
  readonly ms: number;
  /** Beyond the restart lines. */
  readonly beyondMs: number;
}

/**
 * A deploy that changes one file, with a gate and no backup: near, and over a line whose round trip is 50 ms longer.
 * What those add is its round trips in a row.
 */
export async function measureDeploy(
  host: DeployHost,
  site: Site,
  pairs: number,
): Promise<Measured> {
  const near = await startTcpProxy(host.port);
  const far = await startTcpProxy(host.port, { delayMs: roundTripMs / 2 });
  try {
    const [slow, fast] = await inTurn(
      () => deploy(host, site, far.port),
      () => deploy(host, site, near.port),
      pairs,
    );
    const took = resultOf(
      {
        name: "deploy that changes one file, gate of one answer, no backup",
        ours: `${String(roundTripMs)} ms more of round trip`,
        peer: "loopback",
      },
      slow.map(({ ms }) => ms),
      fast.map(({ ms }) => ms),
    );
    const beyond = spreadOf(fast.map(({ beyondMs }) => beyondMs));
    const trips = (took.oursSpread.median - took.peerSpread.median) / roundTripMs;
    return {
      comparisons: [took],
      figures: [
        { name: "that deploy, round trips in a row", value: trips, unit: "" },
        {
          name: "that deploy beyond the app's own restart, median",
          value: beyond.median,
          unit: "ms",
        },
        {
          name: "that deploy beyond the app's own restart, minimum",
          value: beyond.minimum,
          unit: "ms",
        },
      ],
    };
  } finally {
    await near.close();
    await far.close();
  }
}

let version = 0;

async function deploy(host: DeployHost, site: Site, port: number): Promise<Deploy> {
  version += 1;
  const over = {
    ...connectionInputs(host, site.path),
    port: String(port),
    restart: timedRestart,
    "health-successes": "1",
    "database-url": "",
    migrate: "",
    build: "",
    "confirm-timeout": "30s",
  };
  // The commit before it is the checkout's matter, not the deploy's.
  const action = await site.start({ version: String(version) }, over);
  let result: ActionResult | undefined;
  const ms = await timed(async () => (result = await action.done));
  if (result === undefined) throw new Error("the action left no result");
  good(result);
  return { ms, beyondMs: ms - restartMs(result) };
}

const timedRestart = [
  "begun=$(date +%s%N)",
  "sh restart.sh",
  'echo "bench: the restart took $((($(date +%s%N) - begun) / 1000000)) ms"',
].join("\n");

function restartMs(result: ActionResult): number {
  const [, ms] = /bench: the restart took (\d+) ms/.exec(JSON.stringify(result.log)) ?? [];
  if (ms === undefined) throw new Error("the restart did not say how long it took");
  return Number(ms);
}
