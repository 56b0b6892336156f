import { readdirSync, readFileSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { packPlan } from "../../src/server/plan.js";
import { BelayServer, shells } from "../support/belay-server.js";
import { exportStatements } from "../support/database.js";
import { type Postgres, startPostgres } from "../support/postgres.js";
import { mustRun } from "../support/program.js";
import { withDatabase } from "../support/server-with-database.js";
import { until } from "../support/until.js";

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

describe.concurrent.each(shells)("a backup, under %s", (shell) => {
  const it = withDatabase(() => postgres, { shell });
  it("takes a backup that restores, before anything changes", async ({
    server,
    database,
    known,
  }) => {
    await server.upload("one", known(), { a: "a" });
    const [backup] = await server.steps("one", "backup");
    const id = backup?.first("backup-id") ?? "";
    expect(id).toMatch(/^\d{8}T\d{6}Z-deploy$/);
    const folder = backup?.first("backup-path") ?? "";
    expect(readdirSync(folder).sort()).toEqual(["MANIFEST.txt", "database.dump", "globals.sql"]);
    const manifest = readFileSync(join(folder, "MANIFEST.txt"), "utf8");
    expect(manifest).toContain(`file: database.dump bytes`);
    expect(manifest).toContain(backup?.first("backup-sha256"));
    expect(manifest).toContain("pg_restore --create --exit-on-error");
    const copy = await postgres.createDatabase(`copy of ${database.name}`);
    await mustRun(
      [
        join(postgres.bin, "pg_restore"),
        "--no-owner",
        "-d",
        copy.name,
        join(folder, "database.dump"),
      ],
      { env: copy.env() },
    );
    expect(await copy.query("select count(*), max(name) from items")).toBe("1000|item 999");
  });
});

// They mostly wait.
describe.concurrent("backups", () => {
  const it = withDatabase(() => postgres);
  it("takes the name of a database as it is, with quotes, blanks and an equals sign", async ({
    server,
  }) => {
    const odd = await postgres.createDatabase("o'dd = \\");
    const env = Object.entries(odd.env()).map(
      ([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`,
    );
    await server.upload("one", { "databases/1/env": env.join("") }, { a: "a" });
    const [backup] = await server.steps("one", "backup");
    expect([backup?.first("code"), backup?.all("finding")]).toEqual(["0", []]);
    // What a person pastes is quoted.
    const manifest = readFileSync(join(backup?.first("backup-path") ?? "", "MANIFEST.txt"), "utf8");
    expect(manifest).toContain(`makes the database '${odd.name.replaceAll("'", "'\\''")}'`);
  });

  it("says what is the matter with a database that does not answer, before anything is touched", async ({
    server,
    database,
  }) => {
    const env = { ...database.env(), PGPASSWORD: "wrong-s3cret" };
    const begun = await server.upload(
      "one",
      { "databases/1/env": exportStatements(env) },
      { a: "a" },
    );
    expect(begun.code).toBe(1);
    expect(begun.all("finding")[0]?.slice(0, 3)).toEqual([
      "error",
      "backup-failed",
      expect.stringContaining(`database ${database.name} does not answer at 127.0.0.1`),
    ]);
    expect(begun.text).not.toContain("wrong-s3cret");
    expect(server.exists(".belay/phase")).toBe(false);
  });

  it("says that there is nothing to back up yet when the first deploy's database does not exist", async ({
    server,
  }) => {
    const env = { ...postgres.env(), PGDATABASE: "not_there" };
    await server.upload("one", { "databases/1/env": exportStatements(env) }, { a: "a" });
    const [backup] = await server.steps("one", "backup");
    expect([backup?.first("code"), backup?.first("nothing")]).toEqual([
      "0",
      "nothing to back up yet: the database does not exist",
    ]);
  });

  it("ends with 4 where a person wants a backup and there is nothing to back up", async ({
    server,
  }) => {
    await server.deploy("one");
    const answer = await server.person("backup");
    expect([answer.code, answer.text]).toEqual([4, expect.stringContaining("nothing to back up")]);
  });

  it("stops the deploy when pg_dump fails in the middle, and leaves no half backup", async ({
    server,
    database,
    known,
    backups,
  }) => {
    await server.upload("one", known(), { a: "a" });
    // The dump waits for a lock; then the server ends its session.
    const lock = database.query("begin; lock table items; select pg_sleep(3)").catch(() => "");
    const ended = until("the dump's session to be ended", async () => {
      const dumps = `datname = '${database.name}' and application_name like 'belay-backup-%' and wait_event_type = 'Lock'`;
      return (
        (await postgres.admin(
          `select pg_terminate_backend(pid) from pg_stat_activity where ${dumps}`,
        )) === "t"
      );
    });
    const [backup] = await server.steps("one", "backup");
    await ended;
    expect(backup?.first("code")).toBe("1");
    expect(backup?.all("finding")[0]).toEqual([
      "error",
      "backup-failed",
      expect.stringContaining("pg_dump failed"),
      expect.anything(),
    ]);
    expect(backups()).toEqual([]);
    await lock;
  });

  it("finds a flipped byte and a dump cut short when a backup is verified again", async ({
    server,
    known,
    backups,
  }) => {
    await server.deploy("one", known({ "backup-compression": "none" }));
    const id = backups()[0] ?? "";
    const dump = join(server.path, "backups", id, "database.dump");
    const verify = async (token: string) => {
      await server.call(["begin", "verify-backup", token], packPlan({ backup: "latest" }));
      const [answer] = await server.steps(token, "verify-backup");
      await server.call(["undo", token], "end\n");
      return answer;
    };
    expect((await verify("v1"))?.first("backup-id")).toBe(id);
    const bytes = readFileSync(dump);
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    writeFileSync(dump, bytes);
    expect((await verify("v2"))?.all("finding")[0]).toEqual([
      "error",
      "backup-damaged",
      expect.stringContaining("reads back with sha256"),
      expect.anything(),
    ]);
    truncateSync(dump, middle);
    expect((await verify("v3"))?.all("finding")[0]).toEqual([
      "error",
      "backup-damaged",
      expect.stringContaining("has not its"),
      expect.anything(),
    ]);
  });

  it("keeps as many as were asked for, and never prunes the one before the last confirmed release", async ({
    server,
    known,
    backups,
  }) => {
    const fields = known({ "backup-keep": "deploy=2\nmanual=1\n" });
    await server.deploy("one", fields);
    await server.deploy("two", fields);
    const before = backups();
    for (const token of ["f1", "f2", "f3"]) {
      await server.upload(token, fields, { a: token });
      await server.steps(token, "backup");
      await server.call(["undo", token], "no\n");
    }
    expect((await server.person("backup")).code).toBe(0);
    expect((await server.person("backup")).code).toBe(0);
    await server.deploy("three", fields);
    expect(backups().filter((id) => id.endsWith("manual"))).toHaveLength(1);
    const deploys = backups().filter((id) => id.endsWith("deploy"));
    expect(deploys).toHaveLength(2);
    expect(before).toHaveLength(2);
  });

  it("warns when the newest daily backup is older than 26 h, and only where there are daily ones", async ({
    server,
    known,
    backups,
  }) => {
    await server.deploy("one", known());
    const warnings = async () =>
      (await server.call(["check", "deploy"], packPlan({}))).all("finding");
    expect(await warnings()).toEqual([]);
    expect((await server.person("backup", "daily")).code).toBe(0);
    expect(await warnings()).toEqual([]);
    const daily = backups().find((id) => id.endsWith("-daily")) ?? "";
    const old = new Date(Date.now() - 27 * 3_600_000);
    utimesSync(join(server.path, "backups", daily, "MANIFEST.txt"), old, old);
    expect((await warnings())[0]).toEqual([
      "warning",
      "backup-failed",
      `the newest daily backup, ${daily}, is older than 26 h`,
      expect.stringContaining("belay backup daily"),
    ]);
  });

  it("lets deploys of two paths that share a database in one after the other", async ({
    server,
    known,
  }) => {
    await server.upload("one", known({ "confirm-timeout": "60" }), { a: "a" });
    const other = await BelayServer.start("dash", { HOME: server.env["HOME"] ?? "" });
    try {
      const waited = await other.upload("two", known({ "lock-timeout": "1" }), { a: "a" });
      expect([waited.code, waited.first("locked")]).toEqual([
        3,
        `a deploy of ${server.path}, which uses the same database`,
      ]);
      await server.call(["undo", "one"], "end\n");
      expect((await other.upload("three", known(), { a: "a" })).code).toBe(0);
    } finally {
      await other.stop();
    }
  });

  it("keeps the password out of every readable file and every command line", async ({
    server,
    database,
    known,
  }) => {
    await server.upload("one", known({ migrate: 'ps -eo args > "$BELAY_PATH/ps"' }), { a: "a" });
    await server.steps("one", "backup", "migrate");
    expect(server.read("ps")).toContain("belay-");
    expect(server.read("ps")).not.toContain(database.password);
  });
});
