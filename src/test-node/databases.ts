import { randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseDatabaseUrl } from "../commands/postgres.js";
import { BelayError } from "../kit/errors.js";
import type { ChildEnd, Children } from "../ports/children.js";

/** A database of our own on the server of `database-url`. */
export interface ScratchDatabase {
  readonly url: string;
  /** Runs SQL, up to the first statement that fails; gives the rows that it printed. */
  readonly query: (sql: string) => Promise<string>;
}

export interface DatabaseServer {
  readonly children: Children;
  readonly url: string;
  readonly path: string;
  readonly cwd: string;
  /** A folder for files of ours. */
  readonly scratch: string;
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}

const mostRows = 32 << 20;

/** Fails unless the server can be reached and its user may create databases; says what to change. */
export async function checkRights(server: DatabaseServer): Promise<void> {
  const rights = await psql(
    server,
    server.url,
    "select rolcreatedb or rolsuper from pg_roles where rolname = current_user",
  );
  if (rights.trim() === "t") return;
  const { variables } = addressOf(server.url);
  const user = variables.find(({ name }) => name === "PGUSER")?.value ?? "the user";
  throw new BelayError(
    "config",
    `${user} of \`database-url\` may not create databases, which each check needs for itself`,
    `Run \`ALTER ROLE "${user}" CREATEDB\` in a step before this one, or take the user that the service made.`,
  );
}

/** Gives `use` an empty database, and drops it afterwards, whoever still stands in it. */
export async function withDatabase<T>(
  server: DatabaseServer,
  use: (database: ScratchDatabase) => Promise<T>,
): Promise<T> {
  const name = `belay_${randomBytes(6).toString("hex")}`;
  await psql(server, server.url, `create database "${name}" template template0`);
  const url = urlWith(server.url, name);
  try {
    return await use({ url, query: (sql) => psql(server, url, sql) });
  } finally {
    const later = { ...server, signal: AbortSignal.timeout(30_000) };
    await psql(later, server.url, `drop database if exists "${name}" with (force)`).catch(
      (failure: unknown) => server.print(`${String(failure)}\n`),
    );
  }
}

async function psql(server: DatabaseServer, url: string, sql: string): Promise<string> {
  const { children, path, cwd, scratch, signal } = server;
  const variables = addressOf(url).variables.map(({ name, value }) => [name, value] as const);
  const env = { PATH: path, ...Object.fromEntries(variables), PGCONNECT_TIMEOUT: "10" };
  // A migration may be longer than an argument, and no program of ours has a standard input.
  const file = join(scratch, `${randomBytes(6).toString("hex")}.sql`);
  await writeFile(file, sql, { mode: 0o600 });
  try {
    const argv = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-f", file];
    const end = await children.run({ argv, cwd, env, keepStdout: mostRows, signal });
    if (end.code !== 0) throw failureOf(end);
    return end.stdout;
  } finally {
    await rm(file, { force: true });
  }
}

function failureOf({ tail }: ChildEnd): BelayError {
  const lines = tail.split("\n").map((line) => line.replace(/^psql:(?:\S+?:\d+:)? ?/, "").trim());
  const said = lines.find((line) => /ERROR|FATAL|error:/.test(line)) ?? "nothing";
  const isDown = /could not connect|connection to server|Connection refused/.test(tail);
  const remedy = isDown
    ? "Is the service of the job there, with its port published, and healthy before the steps begin?"
    : "Look at the statement that it names.";
  return new BelayError("command-failed", `the database said: ${said}`, remedy);
}

function addressOf(
  url: string,
): Extract<ReturnType<typeof parseDatabaseUrl>, { variables: unknown }> {
  const address = parseDatabaseUrl(url);
  if ("problem" in address)
    throw new BelayError(
      "config",
      `\`database-url\`: the URL ${address.problem}`,
      "Write for example `postgresql://postgres:postgres@localhost:5432/postgres`.",
    );
  return address;
}

/** The same server with another database; the rest of the URL stays as it was written. */
function urlWith(url: string, name: string): string {
  return url.replace(
    /^([^:]+:\/\/[^/?#]*)(?:\/[^?#]*)?/,
    (_, server: string) => `${server}/${name}`,
  );
}
