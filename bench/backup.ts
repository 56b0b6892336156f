import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { DeployHost } from "../test/support/deploy-host.js";
import type { Site } from "../test/support/site.js";
import { compare, type Comparison, type Figure, type Measured, timed } from "./measure.js";

/** A backup that was read back, checksummed and flushed, against a dump that was only written; then their sizes. */
export async function measureBackup(
  site: Site,
  host: DeployHost,
  pairs: number,
): Promise<Measured> {
  const comparisons = [await compare(backupRow(site, host), pairs)];
  return { comparisons, figures: await sizeFigures(site, host) };
}

function backupRow(site: Site, host: DeployHost): Comparison {
  return {
    name: "backup with verification",
    ours: "belay backup",
    peer: "pg_dump -Fc",
    target: 0.65,
    runOurs: () =>
      timed(async () => {
        const { code, stdout, stderr } = await site.belay("backup");
        if (code !== 0 || !stdout.includes("read back and whole"))
          throw new Error(`belay backup took no backup: ${stdout}${stderr}`);
      }),
    runPeer: () => timed(() => dump(site, host)),
  };
}

/** The newest backup's archive and the last plain dump, and what both were made of. */
async function sizeFigures(site: Site, host: DeployHost): Promise<readonly Figure[]> {
  const backups = join(site.path, "backups");
  const newest = (await readdir(backups)).sort().at(-1) ?? "";
  const ours = await stat(join(backups, newest, "database.dump"));
  const plain = await stat(plainDump(host));
  await dump(site, host, "-Z0");
  const whole = await stat(plainDump(host));
  return [
    {
      name: "archive of the backup, against pg_dump -Fc",
      value: ours.size / plain.size,
      unit: "x",
      target: 1.3,
    },
    { name: "the rows that are dumped", value: whole.size / 1e6, unit: "MB" },
    { name: "pg_dump -Fc makes of them", value: (plain.size / whole.size) * 100, unit: "%" },
  ];
}

async function dump({ database }: Site, host: DeployHost, ...options: string[]): Promise<void> {
  const words = ["pg_dump", "-Fc", ...options, "-f", plainDump(host)];
  const { code, stderr } = await host.run(words, database.env());
  if (code !== 0) throw new Error(`pg_dump failed: ${stderr}`);
}

function plainDump(host: DeployHost): string {
  return join(host.home.path, "plain.dump");
}
