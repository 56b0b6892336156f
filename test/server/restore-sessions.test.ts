import { afterAll, beforeAll, describe, expect } from "vitest";
import { type Postgres, startPostgres } from "../support/postgres.js";
import { restoreSteps } from "../support/restore-steps.js";
import { withDatabase } from "../support/server-with-database.js";
import { until } from "../support/until.js";

let postgres: Postgres;
beforeAll(async () => {
  // A worker that finds something comes at once, and takes its time.
  postgres = await startPostgres({
    settings: {
      autovacuum_naptime: "1s",
      autovacuum_vacuum_cost_delay: "100ms",
      autovacuum_vacuum_cost_limit: "1",
    },
  });
});
afterAll(() => postgres.stop());

describe.concurrent("a restore of a database that is in use", () => {
  const it = withDatabase(() => postgres, { name: "used ", mayCreateDatabases: true });

  it("by an autovacuum worker ends it, though none but a superuser may", async ({
    server,
    database,
    known,
  }) => {
    await server.deploy("one", known());
    await database.query(
      "insert into items select n, repeat('x', 500) from generate_series(2000, 20000) n; delete from items where id > 10",
    );
    await until(
      "a worker to be at it",
      async () => {
        const who = `datname = '${database.name}' and backend_type = 'autovacuum worker'`;
        return (await postgres.admin(`select count(*) from pg_stat_activity where ${who}`)) !== "0";
      },
      { timeoutMs: 60_000 },
    );
    const last = await restoreSteps(server, "r");
    expect(last.code, last.text).toBe(0);
    expect(await database.query("select count(*) from items")).toBe("1000");
  });

  it("by a superuser stops, says so, and leaves the rows that are there", async ({
    server,
    database,
    known,
  }) => {
    await server.deploy("one", known());
    await database.query("delete from items where id > 10");
    const asleep = postgres.admin("select pg_sleep(300)", database.name).catch(() => undefined);
    const sleeping = `datname = '${database.name}' and query like '%pg_sleep(300)%' and usename = 'postgres'`;
    const sessions = `select count(*) from pg_stat_activity where ${sleeping}`;
    await until("the session", async () => (await postgres.admin(sessions)) === "1");
    const last = await restoreSteps(server, "r");
    expect(last.all("finding")).toEqual([
      [
        "error",
        "backup-failed",
        expect.stringContaining("superuser"),
        expect.stringContaining("pg_stat_activity"),
      ],
    ]);
    const undo = await server.call(["undo", "r"], "it could not be swapped\n");
    expect(undo.first("outcome"), undo.text).toBe("undone");
    expect(await database.query("select count(*) from items")).toBe("10");
    await postgres.admin(
      `select pg_terminate_backend(pid) from pg_stat_activity where ${sleeping}`,
    );
    await asleep;
  });
});
