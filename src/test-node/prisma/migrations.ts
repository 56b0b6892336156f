import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileAt, filesAt } from "../../commands/git.js";
import type { Children } from "../../ports/children.js";

/** A migration of Prisma: a folder with one SQL file. */
export interface Migration {
  readonly name: string;
  /** Of its SQL, from the repository's root. */
  readonly file: string;
  readonly sql: string;
}

const mostSql = 16 << 20;

/** The migrations of the checkout, in their order. */
export async function migrationsIn(
  workspace: string,
  folder: string,
): Promise<readonly Migration[]> {
  const entries = await readdir(join(workspace, folder), { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const read = names.sort().map(async (name) => {
    const file = join(folder, name, "migration.sql");
    const sql = await readFile(join(workspace, file), "utf8").catch(() => undefined);
    return sql === undefined ? [] : [{ name, file, sql }];
  });
  return (await Promise.all(read)).flat();
}

/** The migrations of a commit, in their order; undefined where git cannot tell. */
export async function migrationsAt(
  commit: string,
  folder: string,
  { children, workspace }: { readonly children: Children; readonly workspace: string },
): Promise<readonly Migration[] | undefined> {
  const print = (argv: readonly string[]): ReturnType<Children["run"]> =>
    children.run({ argv, cwd: workspace, keepStdout: mostSql });
  const listed = await print(filesAt(commit, folder));
  if (listed.code !== 0 || listed.isCut) return undefined;
  const files = listed.stdout.split("\0").filter((file) => file.endsWith("/migration.sql"));
  const migrations: Migration[] = [];
  for (const file of files.sort()) {
    const { code, stdout, isCut } = await print(fileAt(commit, file));
    if (code !== 0 || isCut) return undefined;
    migrations.push({ name: file.split("/").at(-2) ?? "", file, sql: stdout });
  }
  return migrations;
}

/** What lies between two states of the migrations. */
export interface MigrationChanges {
  readonly added: readonly Migration[];
  /** Those that the base has with another text: where they were applied, nobody applies them again. */
  readonly edited: readonly Migration[];
  readonly removed: readonly Migration[];
}

export function compareMigrations(
  base: readonly Migration[],
  now: readonly Migration[],
): MigrationChanges {
  const before = new Map(base.map((one) => [one.name, one]));
  const after = new Set(now.map(({ name }) => name));
  return {
    added: now.filter(({ name }) => !before.has(name)),
    edited: now.filter(({ name, sql }) => before.has(name) && before.get(name)?.sql !== sql),
    removed: base.filter(({ name }) => !after.has(name)),
  };
}

/** SQL that notes migrations as applied, in the table that Prisma keeps of them. */
export function appliedRows(migrations: readonly Migration[]): string {
  const rows = migrations.map(({ name, sql }, at) => {
    const checksum = createHash("sha256").update(sql).digest("hex");
    const id = `00000000-0000-4000-8000-${String(at).padStart(12, "0")}`;
    return `insert into "_prisma_migrations" (id, checksum, finished_at, migration_name, applied_steps_count) values ('${id}', '${checksum}', now(), '${name.replaceAll("'", "''")}', 1);`;
  });
  return [table, ...rows].join("\n");
}

const table = `create table if not exists "_prisma_migrations" (
  id varchar(36) primary key not null, checksum varchar(64) not null, finished_at timestamptz,
  migration_name varchar(255) not null, logs text, rolled_back_at timestamptz,
  started_at timestamptz not null default now(), applied_steps_count integer not null default 0);`;
