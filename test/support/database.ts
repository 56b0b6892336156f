import { join } from "node:path";
import { mustRun } from "./program.js";

/** A database with a role of its own that owns it and may do nothing else. */
export interface Database {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly user: string;
  readonly password: string;
  /** `postgresql://user:password@host:port/name`. */
  url(): string;
  /** PGHOST and so on, as psql and an app read them. */
  env(): Record<string, string>;
  /** Runs SQL through psql as the owner and returns unaligned rows; throws psql's error. */
  query(sql: string): Promise<string>;
}

/** The lines of a plan's `databases/N/env` for a login. */
export function exportStatements(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`)
    .join("");
}

/** Makes a role and a database of its own, both called `name`; `root` is a superuser's login. */
export async function createDatabase(
  bin: string,
  root: Database,
  name: string,
  password: string,
): Promise<Database> {
  const quoted = `"${name.replaceAll('"', '""')}"`;
  // An escape string: its meaning does not depend on the backslashes in the password.
  const secret = password.replaceAll("\\", "\\\\").replaceAll("'", "''");
  await root.query(`create role ${quoted} login password E'${secret}'`);
  await root.query(`create database ${quoted} owner ${quoted}`);
  return database(bin, root.port, name, name, password);
}

/** A login to a database that is there. */
export function database(
  bin: string,
  port: number,
  name: string,
  user: string,
  password: string,
): Database {
  const host = "127.0.0.1";
  const env = {
    PGHOST: host,
    PGPORT: String(port),
    PGDATABASE: name,
    PGUSER: user,
    PGPASSWORD: password,
  };
  return {
    host,
    port,
    name,
    user,
    password,
    url: () =>
      `postgresql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${String(port)}/${encodeURIComponent(name)}`,
    env: () => ({ ...env }),
    query: async (sql) => {
      const rows = await mustRun([join(bin, "psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-f", "-"], {
        env,
        input: sql,
      });
      return rows.trimEnd();
    },
  };
}
