import { join } from "node:path";
import type { Check, Lane } from "../../checks/check.js";
import { findBase } from "../../checks/changed-lines.js";
import { type CheckOutcome, failed, passed, skipped } from "../../checks/result.js";
import { programCommand } from "../../commands/packages.js";
import type { ChildEnd } from "../../ports/children.js";
import { checkRights, type DatabaseServer, withDatabase } from "../databases.js";
import { endText } from "../program-end.js";
import { type Manner, runIn, type Site } from "../site.js";
import { compatibility } from "./compatibility.js";
import { appliedRows, type Migration, migrationsAt, migrationsIn } from "./migrations.js";
import type { PrismaFiles } from "./schema.js";

/** Valid for Prisma, and reached by nobody. */
const placeholder = "postgresql://belay:belay@127.0.0.1:1/belay";

/** The check that the schema is valid and gives a client; the others stand on it. */
export function schemaCheck(files: PrismaFiles, site: Site): Check {
  return {
    name: `${site.label}prisma`,
    run: async (signal, print) => {
      const url = site.inputs.databaseUrl || placeholder;
      for (const words of [["validate"], ["generate"]]) {
        const end = await prisma(words, files, site, url, { signal, print });
        if (end.code !== 0) return failed(endText(end, `prisma ${words.join(" ")}`));
      }
      return passed();
    },
  };
}

/** The checks of the migrations; each has databases of its own, so that they may run beside all others. */
export function migrationLanes(files: PrismaFiles, site: Site): readonly Lane[] {
  if (files.migrations === undefined) return [];
  const { migrations } = files;
  const check = (name: string, body: (look: MigrationLook) => Promise<CheckOutcome>): Check => ({
    name: `${site.label}${name}`,
    run: async (signal, print) => {
      const why = reasonToSkip(files, site);
      if (why !== undefined) return skipped(why);
      const look = { files, migrations, site, manner: { signal, print } };
      await checkRights(serverOf(look));
      return body(look);
    },
  });
  return [[check("migrate", applied)], [check("compatible", compatible)]];
}

interface MigrationLook {
  readonly files: PrismaFiles;
  /** The folder, from the repository's root. */
  readonly migrations: string;
  readonly site: Site;
  readonly manner: Pick<Manner, "signal" | "print">;
}

function reasonToSkip({ provider }: PrismaFiles, { inputs }: Site): string | undefined {
  if (provider !== "postgresql" && provider !== "")
    return `the migrations are for ${provider}, and only those for PostgreSQL are applied`;
  return inputs.databaseUrl === "" ? noDatabase : undefined;
}

const noDatabase =
  "there is no `database-url`: give the job `services: { postgres: { image: postgres:17, env: { POSTGRES_PASSWORD: postgres }, ports: ['5432:5432'], options: --health-cmd pg_isready --health-interval 2s } }` and this step `database-url: postgresql://postgres:postgres@localhost:5432/postgres`";

/** To an empty database, then over the base with its rows; then nothing of the schema may be missing. */
async function applied(look: MigrationLook): Promise<CheckOutcome> {
  const fresh = await withDatabase(serverOf(look), async ({ url }) => {
    const argv = ["migrate", "deploy"];
    const end = await prisma(argv, look.files, look.site, url, look.manner);
    if (end.code !== 0)
      return failed(`on an empty database: ${endText(end, "prisma migrate deploy")}`);
    // Through an adapter Prisma has to apply the migrations once more, which takes an empty database.
    return look.files.hasAdapter ? passed() : drift(look, url);
  });
  if (fresh.status === "passed" && look.files.hasAdapter) {
    const drifted = await withDatabase(serverOf(look), ({ url }) => drift(look, url));
    if (drifted.status === "failed") return drifted;
  }
  if (fresh.status === "failed") return fresh;
  return overBase(look);
}

/** The migrations and the schema must come to the same. */
async function drift(look: MigrationLook, url: string): Promise<CheckOutcome> {
  const { files, site, manner } = look;
  const words = driftWords(files, join(site.platform.run.workspace, look.migrations));
  const argv = ["migrate", "diff", ...words, "--exit-code"];
  const end = await prisma(argv, files, site, url, { ...manner, keepStdout: 64 << 10 });
  if (end.code === 0) return passed();
  if (end.code !== 2) return failed(endText(end, "prisma migrate diff"));
  const lines = end.stdout.split("\n").map((line) => line.trim());
  const named = lines
    .filter((line) => /^\[[+*-]\]|^(?:Added|Removed|Changed)\b/.test(line))
    .slice(0, 5);
  return failed(
    `the schema has drifted from the migrations: ${named.join("; ")}. Make a migration with \`prisma migrate dev\`.`,
  );
}

/** Never with the database's URL: whoever lists the processes of the machine would read its password. */
function driftWords(
  { schema, major, hasAdapter }: PrismaFiles,
  migrations: string,
): readonly string[] {
  if (major >= 7) return ["--from-config-datasource", "--to-schema", schema];
  const from = hasAdapter
    ? ["--from-migrations", migrations]
    : ["--from-schema-datasource", schema];
  return [...from, "--to-schema-datamodel", schema];
}

async function overBase(look: MigrationLook): Promise<CheckOutcome> {
  const base = await baseMigrations(look);
  if (typeof base === "string") return passed([], `not tried over an earlier state: ${base}`);
  const { files, site, manner } = look;
  return withDatabase(serverOf(look), async ({ url, query }) => {
    for (const { sql } of base) await query(sql);
    await query(appliedRows(base));
    const seeded = await seed(look, url);
    if (seeded !== undefined) return seeded;
    const end = await prisma(["migrate", "deploy"], files, site, url, manner);
    const state =
      site.inputs.seed.length === 0
        ? "the earlier state, without rows"
        : "the earlier state with its rows";
    return end.code === 0
      ? passed([], `also over ${state}`)
      : failed(`over ${state}: ${endText(end, "prisma migrate deploy")}`);
  });
}

async function seed(
  { site, manner, files }: MigrationLook,
  url: string,
): Promise<CheckOutcome | undefined> {
  if (site.inputs.seed.length === 0) return undefined;
  const argv = [
    "bash",
    "--noprofile",
    "--norc",
    "-eo",
    "pipefail",
    "-c",
    site.inputs.seed.join("\n"),
  ];
  const end = await runIn(site, argv, {
    ...manner,
    env: { DATABASE_URL: url, [files.variable]: url },
  });
  return end.code === 0 ? undefined : failed(endText(end, "seed"));
}

async function compatible(look: MigrationLook): Promise<CheckOutcome> {
  const base = await baseMigrations(look);
  if (typeof base === "string") return skipped(base);
  const { workspace } = look.site.platform.run;
  const now = await migrationsIn(workspace, look.migrations);
  return withDatabase(serverOf(look), (database) => compatibility(base, now, database));
}

/** Those of the state that is compared with; else why nobody knows them. */
async function baseMigrations(look: MigrationLook): Promise<readonly Migration[] | string> {
  const { site, migrations, manner } = look;
  const { platform, children } = site;
  const { workspace } = platform.run;
  const checkout = { children, workspace, signal: manner.signal };
  const base = await findBase(await platform.event(), checkout);
  if ("unknown" in base) return base.unknown;
  const found = await migrationsAt(base.commit, migrations, checkout);
  return found ?? "git could not read the migrations of the earlier state";
}

function serverOf({ site, manner }: MigrationLook): DatabaseServer {
  const { children, inputs, env, project, scratch } = site;
  const path = env["PATH"] ?? "";
  return { children, url: inputs.databaseUrl, path, cwd: project.folder, scratch, ...manner };
}

function prisma(
  words: readonly string[],
  files: PrismaFiles,
  site: Site,
  url: string,
  manner: Manner,
): Promise<ChildEnd> {
  const argv = programCommand(site.project.manager.name, "prisma", words);
  // It asks its maker's server for news and offers hints, none of which belongs into a log.
  const quiet = { CHECKPOINT_DISABLE: "1", PRISMA_HIDE_UPDATE_MESSAGE: "1", NO_COLOR: "1" };
  const env = { ...quiet, DATABASE_URL: url, [files.variable]: url };
  return runIn(site, argv, { ...manner, env: { ...env, PATH: site.env["PATH"] } });
}
