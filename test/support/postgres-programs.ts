import { access, readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";

/** The one command that brings what `findPostgres` looks for. */
export const installPostgres = "sudo apt-get install -y postgresql";

/** An installation of PostgreSQL. */
export interface PostgresPrograms {
  /** The folder of initdb, postgres, psql, pg_dump and pg_restore. */
  readonly bin: string;
  /** The folder of all that they need. */
  readonly home: string;
}

/** The machine's own: the newest of Debian's, else on PATH, else in /usr/local/bin. */
export async function findPostgres(): Promise<PostgresPrograms | undefined> {
  const path = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  for (const folder of [...(await debianFolders()), ...path, "/usr/local/bin"]) {
    if (await isWhole(folder)) return { bin: folder, home: dirname(folder) };
  }
  return undefined;
}

/** The programs of a second major version, 16.2, which `test/peers/install system` brings; throws when missing. */
export async function secondPostgres(): Promise<PostgresPrograms> {
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const home = join(cache, "belay-peers/pgserver-0.1.4");
  const bin = join(home, "pgserver/pginstall/bin");
  if (!(await isWhole(bin)))
    throw new Error("PostgreSQL 16 is missing: run test/peers/install system");
  return { bin, home };
}

async function debianFolders(): Promise<string[]> {
  const root = "/usr/lib/postgresql";
  const versions = await readdir(root).catch(() => []);
  return versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(root, version, "bin"));
}

async function isWhole(folder: string): Promise<boolean> {
  const programs = ["initdb", "postgres", "psql", "pg_dump", "pg_restore"];
  const found = programs.map((program) =>
    access(join(folder, program)).then(
      () => true,
      () => false,
    ),
  );
  return (await Promise.all(found)).every(Boolean);
}
