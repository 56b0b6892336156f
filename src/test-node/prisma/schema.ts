import { readFile, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { parseJson, textAt } from "../../kit/json.js";
import { dependsOn, type Project } from "../project.js";

/** Where a project keeps what Prisma needs. */
export interface PrismaFiles {
  /** The schema's file, or the folder of its parts. */
  readonly schema: string;
  /** The folder of the migrations, from the repository's root; undefined where there is none. */
  readonly migrations: string | undefined;
  /** As the schema says it; "" where it does not. */
  readonly provider: string;
  /** The variable that holds the database's URL. */
  readonly variable: string;
  /** Prisma's engine reaches the database through an adapter of the project's own. */
  readonly hasAdapter: boolean;
  /** Of the prisma that is installed. */
  readonly major: number;
}

/** Prisma's files of the project; undefined where it uses none. */
export async function findPrisma(
  project: Project,
  workspace: string,
): Promise<PrismaFiles | undefined> {
  if (!dependsOn(project, "prisma") && !dependsOn(project, "@prisma/client")) return undefined;
  const config = await configText(project.folder);
  const schema = await firstThere(project.folder, schemaPlaces(project.manifest, config));
  if (schema === undefined) return undefined;
  const text = await schemaText(schema);
  const migrations = await migrationsOf(project.folder, schema, config);
  return {
    schema,
    migrations: migrations && relative(workspace, migrations),
    provider: /^\s*provider\s*=\s*"(\w+)"/m.exec(datasourceOf(text))?.[1] ?? "",
    variable: variableOf(text, config),
    hasAdapter: /\badapter\b\s*[:(,]/.test(config.replace(/experimental:\s*\{[^}]*\}/, "")),
    major: await majorOf(project),
  };
}

function schemaPlaces(manifest: unknown, config: string): readonly string[] {
  const inConfig = /\bschema:\s*["'`]([^"'`]+)["'`]/.exec(config)?.[1] ?? "";
  const named = [inConfig, textAt(manifest, "prisma", "schema")].filter((one) => one !== "");
  return [...named, "prisma/schema.prisma", "schema.prisma", "prisma/schema"];
}

async function configText(folder: string): Promise<string> {
  const names = ["prisma.config.ts", "prisma.config.mts", "prisma.config.js", "prisma.config.mjs"];
  const texts = names.map((name) => readFile(join(folder, name), "utf8").catch(() => ""));
  return (await Promise.all(texts)).find((text) => text !== "") ?? "";
}

async function firstThere(folder: string, places: readonly string[]): Promise<string | undefined> {
  for (const place of places) {
    const path = join(folder, place);
    if ((await stat(path).catch(() => undefined)) !== undefined) return path;
  }
  return undefined;
}

async function schemaText(schema: string): Promise<string> {
  const isFolder = (await stat(schema)).isDirectory();
  return readFile(isFolder ? join(schema, "schema.prisma") : schema, "utf8").catch(() => "");
}

/** Beside the schema, unless the configuration names another place. */
async function migrationsOf(
  folder: string,
  schema: string,
  config: string,
): Promise<string | undefined> {
  const named = /\bmigrations:\s*\{[^}]*\bpath:\s*["'`]([^"'`]+)["'`]/.exec(config)?.[1];
  const path = named === undefined ? join(dirname(schema), "migrations") : join(folder, named);
  return (await stat(path).catch(() => undefined))?.isDirectory() === true ? path : undefined;
}

function datasourceOf(text: string): string {
  return /^\s*datasource\s+\w+\s*\{([^}]*)\}/m.exec(text)?.[1] ?? "";
}

function variableOf(text: string, config: string): string {
  const inSchema = /\burl\s*=\s*env\("(\w+)"\)/.exec(datasourceOf(text))?.[1];
  const inConfig = /\bprocess\.env(?:\.(\w+)|\[["'](\w+)["']\])|\benv\(["'](\w+)["']\)/.exec(
    config,
  );
  return inSchema ?? inConfig?.[1] ?? inConfig?.[2] ?? inConfig?.[3] ?? "DATABASE_URL";
}

async function majorOf({ folder, root }: Project): Promise<number> {
  for (const place of [folder, root]) {
    const path = join(place, "node_modules/prisma/package.json");
    const version = textAt(parseJson(await readFile(path, "utf8").catch(() => "")), "version");
    if (version !== "") return Number.parseInt(version, 10);
  }
  return 0;
}
