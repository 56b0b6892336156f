import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import type { Site } from "../site.js";

/**
 * What must hold after any fault: one whole release serves, healthy, over a schema that its code knows, the lock is
 * free, no operation is open and nobody has to release a hold.
 */
export async function expectOneWholeRelease(site: Site): Promise<void> {
  await site.settled(30_000);
  const id = await site.current();
  expect(await site.serving()).toMatchObject({ status: 200, release: id });
  await expectWholeFiles(site, id ?? "none");
  await expectFittingSchema(site, id ?? "none");
  const hold = await readFile(join(site.path, ".belay/hold"), "utf8").catch(() => "none");
  expect(hold).toBe("none");
}

/** Every file of the release is what its manifest says. */
export async function expectWholeFiles(site: Site, id: string): Promise<void> {
  const manifest = await readFile(join(site.path, ".belay/releases", id, "files"), "utf8");
  const files = manifest.split("\n").map((line) => line.split("\t"));
  expect(files.length).toBeGreaterThan(1);
  for (const [type, , , sha256, path] of files) {
    if (type !== "f") continue;
    const bytes = await readFile(join(site.path, "releases", id, path ?? ""));
    expect({ path, sha256: createHash("sha256").update(bytes).digest("hex") }).toEqual({
      path,
      sha256,
    });
  }
}

/** Every migration that the code needs is there, whole: its row and, for those that add one, its column. */
async function expectFittingSchema(site: Site, id: string): Promise<void> {
  const names = await readdir(join(site.path, "releases", id, "migrations"));
  const needed = names.map((name) => name.replace(/\.sql$/, ""));
  const applied = (await site.database.query("select version from schema_migrations")).split("\n");
  expect(applied).toEqual(expect.arrayContaining(needed));
  const columns = await site.database.query(
    "select column_name from information_schema.columns where table_name = 'items'",
  );
  const added = applied.flatMap((version) => /^(\d+)_column$/.exec(version)?.[1] ?? []);
  const numbered = columns.split("\n").filter((column) => /^c\d+$/.test(column));
  expect(numbered.sort()).toEqual(added.map((number) => `c${number}`).sort());
}
