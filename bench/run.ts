import { startSshdHost } from "../test/support/deploy-host.js";
import type { Site } from "../test/support/site.js";
import { startWorld, type World } from "../test/support/world.js";
import { measureBadRollouts } from "./bad-rollouts.js";
import { measureBackup } from "./backup.js";
import { measureCompose } from "./compose.js";
import { measureBuild } from "./build.js";
import { measureRestore } from "./restore.js";
import { measureRestoreClients } from "./restore-clients.js";
import { measureOffSite } from "./off-site.js";
import { fill } from "./data.js";
import { measureDeploy } from "./deploy.js";
import { measureDjango } from "./django.js";
import { measureGate } from "./gate.js";
import { measureRest } from "./guardian.js";
import { measureKubernetes } from "./kubernetes.js";
import { compare, type Figure, type Measured, rounded } from "./measure.js";
import { type FilledSite, measureMemory } from "./memory.js";
import { badInputRow, good, sizeFigure, statusRow } from "./start-up.js";
import { measureNotify } from "./notify.js";
import { inMemory } from "./in-memory.js";
import { keepResults } from "./kept-results.js";
import { sshClient } from "./ssh-client.js";
import { measureDetaching } from "./steps.js";
import { tables } from "./table.js";
import { measureTestNode } from "./test-node.js";
import { measureUploads } from "./uploads.js";
import { versionOf } from "./version.js";

// bench/run.ts [PART…]: ratios of the same work in the same run, against real peers on this machine. Run it alone.
// Each part's results are kept as soon as they are there.
const pairs = Number(process.env["BELAY_PAIRS"] ?? 15);
const megabytes = Number(process.env["BELAY_BENCH_MB"] ?? 300);

/** Every part by its name, in the order in which they are measured. */
const parts: Readonly<Record<string, (of: World) => Promise<Measured>>> = {
  "start-up": measureStart,
  deploys: async (of) => measureDeploy(of.host, await deployed(of), pairs),
  uploads: () => measureUploads(pairs, megabytes),
  backups: measureDumps,
  notifications: () => measureNotify(pairs),
  gate: () => measureGate(pairs),
  compose: () => measureCompose(pairs),
  builds: () => measureBuild(pairs),
  kubernetes: () => measureKubernetes(pairs),
  "bad-rollouts": () => measureBadRollouts(pairs),
  node: () => inMemory(() => measureTestNode(pairs)),
  django: () => inMemory(() => measureDjango(Math.min(pairs, 7))),
};

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !(name in parts));
if (unknown.length > 0)
  throw new Error(
    `no part is called ${unknown.join(", ")}; there are ${Object.keys(parts).join(", ")}`,
  );

const head = { version: await versionOf(), node: process.version, pairs, megabytes };
for (const [name, measure] of Object.entries(parts)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  process.stdout.write(`${name}, ${String(pairs)} pairs\n`);
  const measured = await measuredIn(measure);
  process.stdout.write(`${tables(measured)}\n`);
  await keepResults(name, { ...head, ...measured });
}

/** Each part has a server to itself: nothing is left of those before. */
async function measuredIn(measure: (of: World) => Promise<Measured>): Promise<Measured> {
  const world = await startWorld({ startHost: startSshdHost });
  try {
    const { comparisons, figures } = await measure(world);
    return { comparisons, figures: figures.map(roundedFigure) };
  } finally {
    await world.stop();
  }
}

async function deployed(of: World): Promise<Site> {
  const site = await of.site();
  good(await site.deploy({ version: "first" }));
  return site;
}

async function measureStart(of: World): Promise<Measured> {
  const { host } = of;
  const site = await deployed(of);
  const ssh = await sshClient(host);
  try {
    return {
      comparisons: [
        await compare(badInputRow(), pairs),
        await compare(statusRow(site, ssh), pairs),
        await measureDetaching(host, pairs),
      ],
      figures: [await sizeFigure("ssh-deploy-with-backup", 1.7), ...(await measureRest())],
    };
  } finally {
    await ssh.remove();
  }
}

async function measureDumps(of: World): Promise<Measured> {
  const large = await filled(of, megabytes);
  const backup = await measureBackup(large.site, of.host, pairs);
  const restore = await measureRestore(large.site, of, pairs);
  const offSite = await measureOffSite(large.site, of.host, pairs);
  const small = await filled(of, megabytes / 10);
  const memory = await measureMemory(of.host, large, small, pairs);
  const clients = await measureRestoreClients(large.site, of);
  return {
    comparisons: [...backup.comparisons, ...restore, ...offSite, ...memory.comparisons],
    figures: [...backup.figures, ...memory.figures, ...clients],
  };
}

/** An app of its own whose database holds so much. */
async function filled(of: World, size: number): Promise<FilledSite> {
  const site = await of.site();
  good(await site.deploy({ version: "with its database" }));
  await fill(site.database, size);
  return { site, megabytes: size };
}

/** Seconds to the millisecond. */
function roundedFigure(figure: Figure): Figure {
  const { value, unit } = figure;
  if (value === undefined) return figure;
  return { ...figure, value: unit === "s" ? Math.round(value * 1000) / 1000 : rounded(value) };
}
