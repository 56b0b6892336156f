import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startSshdHost } from "../test/support/deploy-host.js";
import type { Site } from "../test/support/site.js";
import { startWorld, type World } from "../test/support/world.js";
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
import { compare, type Figure, type Measured, rounded } from "./measure.js";
import { type FilledSite, measureMemory } from "./memory.js";
import { badInputRow, good, sizeFigure, statusRow } from "./start-up.js";
import { measureNotify } from "./notify.js";
import { sshClient } from "./ssh-client.js";
import { measureDetaching } from "./steps.js";
import { tables } from "./table.js";
import { measureTestNode } from "./test-node.js";
import { measureUploads } from "./uploads.js";
import { versionOf } from "./version.js";

// Ratios of the same work in the same run, against a real sshd and PostgreSQL on this machine. Run it alone.
const pairs = Number(process.env["BELAY_PAIRS"] ?? 15);
const megabytes = Number(process.env["BELAY_BENCH_MB"] ?? 300);

const world = await startWorld({ startHost: startSshdHost });
try {
  const measured = await measureAll(world);
  const comparisons = measured.flatMap((one) => one.comparisons);
  const figures = measured.flatMap((one) => one.figures).map(roundedFigure);
  const head = { version: await versionOf(), node: process.version, pairs, megabytes };
  const results = { ...head, comparisons, figures };
  const text = tables(comparisons, figures);
  await write("results.json", `${JSON.stringify(results, null, 2)}\n`);
  await write("results.md", text);
  process.stdout.write(text);
} finally {
  await world.stop();
}

async function measureAll(of: World): Promise<readonly Measured[]> {
  const site = await of.site();
  good(await site.deploy({ version: "first" }));
  return [
    await told("start-up and steps", () => measureStart(of, site)),
    await told("deploys", () => measureDeploy(of.host, site, pairs)),
    await told("uploads", () => measureUploads(pairs, megabytes)),
    await told("backups", () => measureDumps(of)),
    await told("notifications", () => measureNotify(pairs)),
    await told("the gate", () => measureGate(pairs)),
    await told("compose", () => measureCompose(pairs)),
    await told("image builds", () => measureBuild(pairs)),
    await told("test-node", () => measureTestNode(pairs)),
    await told("the checks of a Django project", () => measureDjango(Math.min(pairs, 7))),
  ];
}

/** It takes minutes: whoever waits sees for what, and what came out so far. */
async function told(what: string, measure: () => Promise<Measured>): Promise<Measured> {
  process.stderr.write(`bench: ${what}, ${String(pairs)} pairs\n`);
  const measured = await measure();
  process.stderr.write(tables(measured.comparisons, measured.figures.map(roundedFigure)));
  return measured;
}

async function measureStart({ host }: World, site: Site): Promise<Measured> {
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

function roundedFigure(figure: Figure): Figure {
  return { ...figure, ...(figure.value !== undefined && { value: rounded(figure.value) }) };
}

async function write(name: string, text: string): Promise<void> {
  await writeFile(join(import.meta.dirname, name), text);
}
