import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { packPlan } from "../../src/server/plan.js";
import type { Answer, BelayServer } from "../support/belay-server.js";
import { exportStatements } from "../support/database.js";
import { type Postgres, startPostgres } from "../support/postgres.js";
import { restoreSteps } from "../support/restore-steps.js";
import { withDatabase } from "../support/server-with-database.js";

let postgres: Postgres;
beforeAll(async () => {
  // Replication slots are of the kind that a database has.
  postgres = await startPostgres({ settings: { wal_level: "logical" } });
});
afterAll(() => postgres.stop());

let count = 0;
/** A backup of the label `manual`; the answer of its step. */
async function backUp(server: BelayServer, fields = {}): Promise<Answer | undefined> {
  const token = `b${String((count += 1))}`;
  await server.call(
    ["begin", "backup", token],
    packPlan({ "backup-label": "manual", "confirm-timeout": "60", ...fields }),
  );
  const [answer] = await server.steps(token, "backup");
  expect(answer?.first("code"), answer?.text).toBe("0");
  await server.call(["confirm", token]);
  return answer;
}
const contents = (answer: Answer | undefined) =>
  Object.fromEntries(answer?.all("content").map(([name = "", text = ""]) => [name, text]) ?? []);

// They mostly wait.
describe.concurrent("what is told of a backup", () => {
  const it = withDatabase(() => postgres, { name: "told ", mayCreateDatabases: true });

  it("is its sizes, its rows, the difference to the one before, and until when it is kept", async ({
    server,
    database,
    known,
  }) => {
    mkdirSync(join(server.path, "shared/media"), { recursive: true });
    writeFileSync(join(server.path, "shared/media/photo"), "photo");
    await database.query("analyze");
    const fields = known({ "media-path": "shared/media", "backup-keep": "manual=1\n" });
    await server.deploy("one", fields);
    const first = contents(await backUp(server));
    expect(first).toMatchObject({
      rows: "public.items, about: 1000",
      kept: "until a newer manual backup is whole; its media and configuration until 1 newer backups have them",
    });
    expect(first["database.dump"]).toMatch(/^\d+ bytes$/);
    await database.query(
      "insert into items select n, md5(n::text) from generate_series(2000, 4000) n",
    );
    expect(contents(await backUp(server))["database.dump"]).toMatch(
      /^\d+ bytes, \d{4,} more than before$/,
    );
  });

  it("is a warning where the database has lost half of its size", async ({
    server,
    database,
    known,
  }) => {
    await server.deploy("one", known());
    await backUp(server);
    await database.query("truncate items");
    const answer = await backUp(server);
    expect(answer?.all("finding")).toEqual([
      [
        "warning",
        "backup-failed",
        expect.stringMatching(
          /^what was dumped has shrunk from \d+ to \d+ bytes since backup \S+-manual$/,
        ),
        expect.stringContaining("still has it"),
      ],
    ]);
    expect(contents(answer)["database.dump"]).toMatch(/fewer than before$/);
  });

  it("names keys and environments that leave the server with it", async ({ server, known }) => {
    writeFileSync(join(server.path, ".env.production"), "SECRET_KEY=x");
    const fields = known({
      "config-paths": ".env.production\n",
      "backup-upload": "s3://acme/shop",
    });
    await server.deploy("one", fields);
    const answer = await backUp(server);
    expect(answer?.all("finding")).toContainEqual([
      "warning",
      "config",
      expect.stringMatching(
        /^config\.tar\.gz of \S+ holds .*\.env\.production : they leave the server/,
      ),
      expect.stringContaining("who may read the bucket"),
    ]);
  });
});

describe("a backup", () => {
  const it = withDatabase(() => postgres, { name: "kept ", mayCreateDatabases: true });

  it("of several databases is one, with an archive for each, and comes back as one", async ({
    server,
    database,
    known,
  }) => {
    const other = await postgres.createDatabase("the other one");
    await postgres.admin(`alter role "${other.user}" createdb`);
    await other.query("create table notes as select generate_series(1, 7) as id");
    await server.deploy("one", known({ "databases/2/env": exportStatements(other.env()) }));
    await database.query("delete from items");
    await other.query("delete from notes");
    const first = await restoreSteps(server, "r0");
    expect(first.first("code"), first.text).toBe("0");
    expect((await server.call(["undo", "r0"], "no\n")).first("outcome")).toBe("undone");
    expect(await database.query("select count(*) from items")).toBe("0");
    expect(await other.query("select count(*) from notes")).toBe("0");
    const last = await restoreSteps(server, "r");
    expect(last.first("code"), last.text).toBe("0");
    expect((await server.call(["confirm", "r"])).code).toBe(0);
    expect(await database.query("select count(*) from items")).toBe("1000");
    expect(await other.query("select count(*) from notes")).toBe("7");
  });

  it("that a restore runs from stays, however few of its label do", async ({
    server,
    known,
    backups,
  }) => {
    await server.deploy("one", known({ "backup-keep": "safety=1\n" }));
    expect((await restoreSteps(server, "r1")).first("code")).toBe("0");
    await server.call(["confirm", "r1"]);
    const source = backups().find((id) => id.endsWith("-safety")) ?? "";
    const last = await restoreSteps(server, "r2", { backup: source });
    expect(last.first("code"), last.text).toBe("0");
    expect(backups()).toContain(source);
    expect(readFileSync(server.dot("phase"), "utf8")).toContain(`source ${source}\n`);
    expect((await server.call(["confirm", "r2"])).code).toBe(0);
    expect(backups().filter((id) => id.endsWith("-safety"))).not.toContain(source);
  });

  it("names at each deploy what a restore would leave behind", async ({
    server,
    database,
    known,
  }) => {
    const slot = `slot_${String(process.pid)}`;
    await postgres.admin(`alter role "${database.user}" replication`);
    await database.query(`select pg_create_logical_replication_slot('${slot}', 'pgoutput')`);
    try {
      const check = await server.call(["check", "deploy"], packPlan(known()));
      expect(check.all("fact")).toContainEqual([
        "a restore leaves behind",
        `replication slot ${slot}`,
      ]);
    } finally {
      await database.query(`select pg_drop_replication_slot('${slot}')`);
    }
  });
});
