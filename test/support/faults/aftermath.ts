import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import type { DatabaseWriter } from "../database-writer.js";
import { runProgram } from "../program.js";
import { expectOneWholeRelease, expectWholeFiles } from "../scenarios/whole-release.js";
import type { Inputs, Site } from "../site.js";
import { until } from "../until.js";
import type { World } from "../world.js";
import { belayProcesses } from "./server-processes.js";
import type { SiteUnderFault } from "./site-under-fault.js";

/** What must hold once the server has dealt with a fault: the spine's promise, line by line. */
export async function expectPromiseKept({ world, site, writer }: SiteUnderFault): Promise<void> {
  await expectOneWholeRelease(site);
  await expectNothingHalf(site);
  await expectNoProcess(world, site);
  await expectNoLock(world, site);
  await expectNoRowLost(site, writer);
}

/** That, and the next deploy works and sweeps up what the fault has left. */
export async function expectNextDeploy(under: SiteUnderFault, over?: Inputs): Promise<void> {
  await under.deploy(over);
  await expectPromiseKept(under);
  await expectNothingLeft(under.site);
}

/** What stands under the name of a release or of a backup is whole, and was in service or belongs to one that was. */
async function expectNothingHalf(site: Site): Promise<void> {
  const served = await servedReleases(site);
  const releases = await names(join(site.path, "releases"));
  for (const id of releases) {
    expect(served).toContain(id);
    await expectWholeFiles(site, id);
  }
  for (const id of await names(join(site.path, "backups"))) await expectWholeBackup(site, id);
}

/** No release or backup under a temporary name, no plan, no link, nothing that was to be removed. */
async function expectNothingLeft(site: Site): Promise<void> {
  const dot = join(site.path, ".belay");
  expect(await names(join(dot, "incoming"))).toEqual([]);
  expect(await names(join(dot, "trash"))).toEqual([]);
  expect(await names(join(dot, "tmp"))).toEqual([]);
  expect((await names(dot)).filter((name) => /^(next|back|ballast|.*\.new)$/.test(name))).toEqual(
    [],
  );
  expect((await names(join(dot, "releases"))).sort()).toEqual(
    (await names(join(site.path, "releases"))).sort(),
  );
}

async function servedReleases(site: Site): Promise<readonly string[]> {
  const folder = join(site.path, ".belay/history");
  const closed = (await names(folder)).filter((name) => /\.(un)?confirmed$/.test(name));
  const records = await Promise.all(closed.map((name) => readFile(join(folder, name), "utf8")));
  return records.map((record) => /^new (.*)$/m.exec(record)?.[1] ?? "");
}

async function expectWholeBackup(site: Site, id: string): Promise<void> {
  expect(id).not.toMatch(/\.partial$/);
  const folder = join(site.path, "backups", id);
  const manifest = await readFile(join(folder, "MANIFEST.txt"), "utf8");
  const files = [...manifest.matchAll(/^file: (\S+) bytes (\d+) sha256 ([0-9a-f]{64})$/gm)];
  expect(files.map(([, name]) => name)).toEqual(
    expect.arrayContaining(["database.dump", "globals.sql"]),
  );
  for (const [, name = "", size, sha256] of files) {
    const bytes = await readFile(join(folder, name));
    expect({
      name,
      size: String(bytes.length),
      sha256: createHash("sha256").update(bytes).digest("hex"),
    }).toEqual({ name, size, sha256 });
  }
}

/** A call whose line broke off may need a moment to see it. */
async function expectNoProcess(world: World, site: Site): Promise<void> {
  let left = "";
  const none = async (): Promise<boolean> => {
    const found = await belayProcesses(world.host.home.path, site);
    left = found.map(({ pid, command }) => `${String(pid)} ${command}`).join("\n");
    return found.length === 0;
  };
  await until("belay's processes to end", none).catch(() => undefined);
  expect(left).toBe("");
}

/** Nor is that of the record, nor that of the database. */
async function expectNoLock({ host, postgres }: World, site: Site): Promise<void> {
  const database = await postgres.admin(
    `select system_identifier || '-' || md5(datname) from pg_control_system(), pg_database where datname = '${site.database.name}'`,
  );
  const locks = [
    join(site.path, ".belay/lock"),
    join(site.path, ".belay/phase.lock"),
    join(host.home.path, ".belay/locks", `database-${database}`),
  ];
  for (const lock of locks) {
    await readFile(lock);
    const taken = await runProgram(["flock", "-n", lock, "true"]);
    expect({ lock, code: taken.code }).toEqual({ lock, code: 0 });
  }
}

/** All that was committed is there, and nobody's insert was refused. */
async function expectNoRowLost(site: Site, writer: DatabaseWriter): Promise<void> {
  const committed = [...writer.committed];
  expect(committed.length).toBeGreaterThan(0);
  const rows = await site.database.query("select id from items where name like 'written %'");
  const there = new Set(rows.split("\n").map(Number));
  expect(committed.filter((id) => !there.has(id))).toEqual([]);
  expect(there.size).toBeGreaterThanOrEqual(committed.length);
  expect(writer.refused).toBe("");
}

async function names(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
