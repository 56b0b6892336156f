import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Site } from "../test/support/site.js";
import type { World } from "../test/support/world.js";
import { compare, type ComparisonResult, timed } from "./measure.js";

/** A restore through the action, and a backup that is tried by one, against PostgreSQL's own programs. */
export async function measureRestore(
  site: Site,
  world: World,
  pairs: number,
): Promise<readonly ComparisonResult[]> {
  await world.postgres.admin(`alter role ${site.database.user} createdb`);
  await mustBelay(site, "backup");
  const archive = await newestArchive(site);
  const plain = join(world.host.home.path, "compared.dump");
  const load = () => loadPlain(world, site, archive);
  return [
    await compare(
      {
        name: "restore, gated, without its safety backup",
        ours: "operation: restore",
        peer: "pg_restore -j2",
        target: 1.1,
        runOurs: () => timed(() => restore(site)),
        runPeer: () => timed(load),
      },
      pairs,
    ),
    await compare(
      {
        name: "backup with verification by restore",
        ours: "operation: backup",
        peer: "pg_dump -Fc, then pg_restore -j2",
        target: 1.1,
        runOurs: () => timed(() => backup(site)),
        runPeer: () =>
          timed(async () => {
            await must(world, site, ["pg_dump", "-Fc", "-f", plain]);
            await loadPlain(world, site, plain);
          }),
      },
      pairs,
    ),
  ];
}

async function newestArchive(site: Site): Promise<string> {
  const folder = join(site.path, "backups");
  return join(folder, (await readdir(folder)).sort().at(-1) ?? "", "database.dump");
}

async function restore(site: Site): Promise<void> {
  const result = await site.operate("restore", {
    "safety-backup": "false",
    "keep-old-database": "0s",
    "health-url": `${site.url}/health`,
    "health-interval": "100ms",
  });
  if (result.outputs["status"] !== "restored") throw new Error(result.log.text);
}

async function backup(site: Site): Promise<void> {
  const result = await site.operate("backup", { "backup-verify": "restore" });
  if (result.outputs["status"] !== "backed-up") throw new Error(result.log.text);
}

async function mustBelay(site: Site, ...words: string[]): Promise<void> {
  const { code, stdout, stderr } = await site.belay(...words);
  if (code !== 0) throw new Error(`belay ${words.join(" ")} failed: ${stdout}${stderr}`);
}

/** Into a database of its own, which goes again. */
async function loadPlain(world: World, site: Site, archive: string): Promise<void> {
  const copy = "bench_copy";
  await world.postgres.admin(`create database ${copy} owner ${site.database.user}`);
  try {
    await must(world, site, ["pg_restore", "--exit-on-error", "-j2", "-d", copy, archive]);
  } finally {
    await world.postgres.admin(`drop database ${copy}`);
  }
}

async function must({ host }: World, site: Site, words: readonly string[]): Promise<void> {
  const { code, stderr } = await host.run(words, site.database.env());
  if (code !== 0) throw new Error(`${words[0] ?? ""} failed: ${stderr}`);
}
