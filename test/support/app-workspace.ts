import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { mustRun } from "./program.js";
import { removeFolder, scratchFolder } from "./scratch.js";

const app = fileURLToPath(new URL("../fixtures/app", import.meta.url));

/** What is wrong with a release, and where it shows. */
export type Broken =
  | "build-fails"
  | "migrate-fails"
  /** The parent refuses it: the restart line fails, the old workers go on. */
  | "does-not-start"
  | "never-ready"
  /** It starts, and its `/health` answers 500: at once, or `brokenAfterMs` after its start. */
  | "answers-500"
  | "fails-later";

export interface AppRelease {
  readonly version: string;
  /** How many migrations it ships: 1 makes the table, 2 adds a column (compatible). */
  readonly migrations?: 1 | 2;
  readonly broken?: Broken;
  readonly brokenAfterMs?: number;
  /** Its last migration takes this long. */
  readonly migrationSeconds?: number;
  /** Further files, path to text. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A checkout of the tiny app, a git repository. */
export interface Workspace {
  readonly path: string;
  /** Makes the work tree that of `release`, commits it and returns the commit. */
  commit(release: AppRelease): Promise<string>;
  /** Makes the work tree that of an earlier commit; `main` is the newest again. */
  checkOut(commit: string): Promise<void>;
  remove(): Promise<void>;
}

/** Makes an empty checkout in a scratch folder. */
export async function makeWorkspace(): Promise<Workspace> {
  const path = await scratchFolder("workspace");
  await git(path, "init", "--quiet", "--initial-branch=main");
  return {
    path,
    commit: async (release) => {
      await write(path, release);
      await git(path, "add", "--all");
      await git(
        path,
        "commit",
        "--quiet",
        "--allow-empty",
        "--message",
        `Release ${release.version}`,
      );
      return (await git(path, "rev-parse", "HEAD")).trim();
    },
    checkOut: async (commit) => {
      await git(path, "checkout", "--quiet", commit);
    },
    remove: () => removeFolder(path),
  };
}

async function write(path: string, release: AppRelease): Promise<void> {
  const { version, broken, brokenAfterMs, migrations = 1 } = release;
  await rm(join(path, "migrations"), { recursive: true, force: true });
  await cp(app, path, { recursive: true });
  const files: Record<string, string> = {
    "version.json": `${JSON.stringify({ version, broken, brokenAfterMs })}\n`,
    ...(migrations > 1 && secondMigration(release)),
    ...(broken === "build-fails" && { "build-fails": "" }),
    ...(broken === "migrate-fails" && {
      "migrations/003_broken.sql": "alter table no_such_table add column x text;\n",
    }),
    ...release.files,
  };
  await rm(join(path, "build-fails"), { force: true });
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(path, name, ".."), { recursive: true });
    await writeFile(join(path, name), text);
  }
}

function secondMigration({ migrationSeconds = 0 }: AppRelease): Record<string, string> {
  const wait =
    migrationSeconds > 0
      ? `do $$ begin perform pg_sleep(${String(migrationSeconds)}); end $$;\n`
      : "";
  return {
    "migrations/002_price.sql": `alter table items add column price integer not null default 0;\n${wait}`,
    "items.sql": "select id, name, price from items order by id\n",
  };
}

async function git(path: string, ...words: string[]): Promise<string> {
  const who = [
    "-c",
    "user.name=Ada",
    "-c",
    "user.email=ada@example.com",
    "-c",
    "commit.gpgsign=false",
  ];
  return mustRun(["git", "-C", path, ...who, ...words]);
}
