import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test, type TestAPI } from "vitest";
import type { PlanFields } from "../../src/server/plan.js";
import { BelayServer } from "./belay-server.js";
import { type Database, exportStatements } from "./database.js";
import type { Postgres } from "./postgres.js";

/** What each test of `withDatabase` has to itself. */
export interface ServerWithDatabase {
  readonly server: BelayServer;
  /** A table `items` of 1,000 rows, `1|item 1` and so on. */
  readonly database: Database;
  /** The fields of a plan that names the database. */
  readonly known: (fields?: PlanFields) => PlanFields;
  /** The ids of the backups, oldest first. */
  readonly backups: () => readonly string[];
}

export interface WithDatabaseOptions {
  readonly shell?: string;
  /** What the names of the databases begin with. */
  readonly name?: string;
  /** Whether the database's owner is allowed what a restore needs. */
  readonly mayCreateDatabases?: boolean;
}

const thousandItems =
  "create table items (id int primary key, name text); insert into items select n, 'item ' || n from generate_series(1, 1000) n";
let count = 0;
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A test with the server program and a database of its own on the PostgreSQL that runs by then. */
export function withDatabase(
  postgres: () => Postgres,
  { shell = "dash", name = "app", mayCreateDatabases = false }: WithDatabaseOptions = {},
): TestAPI<ServerWithDatabase> {
  return test.extend<ServerWithDatabase>({
    // eslint-disable-next-line no-empty-pattern
    database: async ({}, use) => {
      const database = await postgres().createDatabase(`${name}${String((count += 1))}`);
      await database.query(thousandItems);
      if (mayCreateDatabases)
        await postgres().admin(`alter role ${quoted(database.user)} createdb`);
      await use(database);
    },
    // eslint-disable-next-line no-empty-pattern
    server: async ({}, use) => {
      const server = await BelayServer.start(shell);
      await use(server);
      await server.stop();
    },
    known: async ({ database }, use) => {
      await use((fields = {}) => ({
        "databases/1/env": exportStatements(database.env()),
        ...fields,
      }));
    },
    backups: async ({ server }, use) => {
      await use(() => readdirSync(join(server.path, "backups")).sort());
    },
  });
}
