import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startSshdHost } from "../test/support/deploy-host.js";
import { startWorld } from "../test/support/world.js";
import { fill } from "./data.js";
import { compare, rounded } from "./measure.js";
import {
  archiveFigure,
  backupRow,
  badInputRow,
  deployFigures,
  type Figure,
  sizeFigure,
  statusRow,
  versionOf,
} from "./rows.js";
import { sshClient } from "./ssh-client.js";
import { tables } from "./table.js";

// Ratios of the same work in the same run, against a real sshd and PostgreSQL on this machine. Run it alone.
const pairs = Number(process.env["BELAY_PAIRS"] ?? 15);
const megabytes = Number(process.env["BELAY_BENCH_MB"] ?? 300);

const world = await startWorld({ startHost: startSshdHost });
try {
  const site = await world.site();
  const ssh = await sshClient(world.host);
  const deploy = async (version: string): Promise<void> => {
    const { exitCode, log } = await site.deploy({ version });
    if (exitCode !== 0) throw new Error(`the deploy failed: ${JSON.stringify(log)}`);
  };
  await deploy("first");
  const figures: Figure[] = [await sizeFigure(), ...(await deployFigures(world.host, site))];
  const comparisons = [
    await compare(badInputRow(), pairs),
    await compare(statusRow(site, ssh), pairs),
  ];
  // The deploys above named no database, and `belay backup` takes what the running release has recorded.
  await deploy("with its database");
  await fill(site.database, megabytes);
  comparisons.push(await compare(backupRow(site, world.host), pairs));
  figures.push(await archiveFigure(site, world.host));
  await ssh.remove();
  const results = {
    version: await versionOf(),
    node: process.version,
    pairs,
    megabytes,
    comparisons,
    figures,
  };
  const text = tables(
    comparisons,
    figures.map((figure) => ({ ...figure, value: rounded(figure.value) })),
  );
  await writeFile(
    join(import.meta.dirname, "results.json"),
    `${JSON.stringify(results, null, 2)}\n`,
  );
  await writeFile(join(import.meta.dirname, "results.md"), text);
  process.stdout.write(text);
} finally {
  await world.stop();
}
