import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import type { BelayServer } from "../support/belay-server.js";
import { madeDatabases, settingsOf } from "../support/database-settings.js";
import { type Database, type Postgres, startPostgres } from "../support/postgres.js";
import { restoreSteps } from "../support/restore-steps.js";
import { withDatabase } from "../support/server-with-database.js";
import { until } from "../support/until.js";

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

/** What stands before pg_restore; `$REAL` is the one that it hides. Reading the archive alone is left to that one. */
const broken = {
  "fails half-way":
    'case " $* " in *" --exit-on-error "*) "$REAL" "$@" --section=pre-data; exit 1 ;; esac',
  "is killed half-way":
    'case " $* " in *" --exit-on-error "*) "$REAL" "$@" --section=pre-data; kill -KILL $$ ;; esac',
} as const;

describe.concurrent("a restore that goes wrong", () => {
  const it = withDatabase(() => postgres, { name: "wrong ", mayCreateDatabases: true });

  it.for(Object.entries(broken))(
    "because pg_restore %s leaves the old rows with their settings, and says so",
    async ([, text], { server, database, known }) => {
      await server.deploy("one", known());
      await database.query("delete from items where id > 10");
      const before = await settingsOf(postgres, database);
      replacePgRestore(server, text);
      const last = await restoreSteps(server, "r");
      expect(last.all("finding")).toEqual([
        [
          "error",
          "backup-failed",
          expect.stringMatching(/^pg_restore could not load database\.dump \(exit (1|137)\)$/),
          expect.stringContaining("the old data was not touched"),
        ],
      ]);
      await expectOldData(server, database, before);
    },
  );

  it("because its sessions are ended leaves the old rows with their settings", async ({
    server,
    database,
    known,
  }) => {
    await loadsSlowly(database);
    await server.deploy("one", known());
    await database.query("delete from items where id > 10");
    const before = await settingsOf(postgres, database);
    const ending = until(
      "pg_restore's session to be ended",
      async () => {
        const loading = `application_name like 'belay-load-%' and query like 'COPY%' and usename = '${database.user}'`;
        const ended = await postgres.admin(
          `select pg_terminate_backend(pid) from pg_stat_activity where ${loading}`,
        );
        return ended.startsWith("t");
      },
      { timeoutMs: 40_000 },
    );
    const [last] = await Promise.all([restoreSteps(server, "r"), ending]);
    expect(last.all("finding")[0]?.slice(0, 2)).toEqual(["error", "backup-failed"]);
    await expectOldData(server, database, before);
  });

  it("because its step is killed says in which one, and leaves the old rows with their settings", async ({
    server,
    database,
    known,
  }) => {
    await loadsSlowly(database);
    await server.deploy("one", known());
    await database.query("delete from items where id > 10");
    const before = await settingsOf(postgres, database);
    const killing = until(
      "the step that loads to be killed",
      () => {
        const step = /^step load (\d+) /m.exec(readPhase(server))?.[1];
        if (step !== undefined) process.kill(-Number(step), "SIGKILL");
        return step !== undefined;
      },
      { timeoutMs: 40_000 },
    );
    const [last] = await Promise.all([restoreSteps(server, "r"), killing]);
    expect(last.all("finding")).toEqual([
      [
        "error",
        "backup-failed",
        expect.stringMatching(/^the restore stopped in step load: /),
        expect.stringContaining("the undo puts the old data back"),
      ],
    ]);
    await expectOldData(server, database, before);
  });

  function readPhase(server: BelayServer): string {
    const file = join(server.path, ".belay/phase");
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }

  /** After the undo: ten rows, as before, and nothing of the restore. */
  async function expectOldData(server: BelayServer, database: Database, before: string) {
    const undo = await server.call(["undo", "r"], "it could not be loaded\n");
    expect(undo.first("outcome"), undo.text).toBe("undone");
    expect(await database.query("select count(*) from items")).toBe("10");
    expect(await settingsOf(postgres, database)).toBe(before);
    expect(await madeDatabases(postgres, database)).toBe("");
  }

  function replacePgRestore(server: BelayServer, lines: string): void {
    const file = join(dirname(server.path), "bin/pg_restore");
    const real = join(postgres.bin, "pg_restore");
    writeFileSync(file, `#!/bin/dash\nREAL=${real}\n${lines}\nexec "$REAL" "$@"\n`);
    chmodSync(file, 0o755);
  }
});

describe("a database", () => {
  const it = withDatabase(() => postgres, { name: "set ", mayCreateDatabases: true });

  it("with a setting that its role may not make again says so at each deploy, not on the bad day", async ({
    server,
    database,
    known,
  }) => {
    await postgres.admin(`alter database "${database.name}" set log_statement = 'ddl'`);
    const begun = await server.upload("one", known({ "rollback-database": "restore" }), { a: "a" });
    expect([begun.code, begun.all("finding")[0]?.[2]]).toEqual([
      1,
      expect.stringContaining(
        "the setting log_statement of the database may only be made by a superuser",
      ),
    ]);
  });
});

/** A restore of it takes some 5 s: each row that it loads is checked slowly. */
function loadsSlowly(database: Database): Promise<string> {
  return database.query(`
    create function slow(n int) returns bool language plpgsql as $$ begin
      if current_setting('application_name') like 'belay-load-%' then perform pg_sleep(0.005); end if;
      return true;
    end $$;
    alter table items add check (public.slow(id))`);
}
