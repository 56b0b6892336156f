import { readdirSync, readFileSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { packPlan, type PlanFields } from "../../src/server/plan.js";
import { BelayServer, shells } from "../support/belay-server.js";
import { startPostgres, type Database, type Postgres } from "../support/postgres.js";
import { until } from "../support/until.js";

describe("backups and schemas", () => {
  let postgres: Postgres;
  let database: Database;
  let server: BelayServer;
  let count = 0;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());
  beforeEach(async () => {
    database = await postgres.createDatabase(`app${String((count += 1))}`);
    await database.query(
      "create table items (id int primary key, name text); insert into items select n, 'item ' || n from generate_series(1, 1000) n",
    );
  });
  afterEach(() => server.stop());

  const begin = async (shell = "dash"): Promise<void> => {
    server = await BelayServer.start(shell);
  };
  const known = (fields: PlanFields = {}): PlanFields => ({
    "databases/1/env": statements(database.env()),
    ...fields,
  });
  const psql = (sql: string): string => `psql -XAtq -v ON_ERROR_STOP=1 "${url()}" -c "${sql}"`;
  const url = (): string => database.url();
  const backups = (): string[] => readdirSync(join(server.path, "backups")).sort();

  it.each(shells)(
    "takes a backup that restores, before anything changes, under %s",
    async (shell) => {
      await begin(shell);
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
      const copy = await postgres.createDatabase(`copy${String((count += 1))}`);
      const { mustRun } = await import("../support/program.js");
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
    },
  );

  it("takes the name of a database as it is, with quotes, blanks and an equals sign", async () => {
    await begin();
    const odd = await postgres.createDatabase(`o'dd = \\ ${String((count += 1))}`);
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

  it("says what is the matter with a database that does not answer, before anything is touched", async () => {
    await begin();
    const env = { ...database.env(), PGPASSWORD: "wrong-s3cret" };
    const begun = await server.upload("one", { "databases/1/env": statements(env) }, { a: "a" });
    expect(begun.code).toBe(1);
    expect(begun.all("finding")[0]?.slice(0, 3)).toEqual([
      "error",
      "backup-failed",
      expect.stringContaining(`database ${database.name} does not answer at 127.0.0.1`),
    ]);
    expect(begun.text).not.toContain("wrong-s3cret");
    expect(server.exists(".belay/phase")).toBe(false);
  });

  it("says that there is nothing to back up yet when the first deploy's database does not exist", async () => {
    await begin();
    const env = { ...postgres.env(), PGDATABASE: "not_there" };
    await server.upload("one", { "databases/1/env": statements(env) }, { a: "a" });
    const [backup] = await server.steps("one", "backup");
    expect([backup?.first("code"), backup?.first("nothing")]).toEqual([
      "0",
      "nothing to back up yet: the database does not exist",
    ]);
  });

  it("ends with 4 where a person wants a backup and there is nothing to back up", async () => {
    await begin();
    await server.deploy("one");
    const answer = await server.person("backup");
    expect([answer.code, answer.text]).toEqual([4, expect.stringContaining("nothing to back up")]);
  });

  it("stops the deploy when pg_dump fails in the middle, and leaves no half backup", async () => {
    await begin();
    await server.upload("one", known(), { a: "a" });
    // The dump waits for a lock; then the server ends its session.
    const lock = database.query("begin; lock table items; select pg_sleep(3)").catch(() => "");
    const ended = until("the dump's session to be ended", async () => {
      const dumps = "application_name = 'belay-one-backup' and wait_event_type = 'Lock'";
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

  it("finds a flipped byte and a dump cut short when a backup is verified again", async () => {
    await begin();
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

  it("keeps as many as were asked for, and never prunes the one before the last confirmed release", async () => {
    await begin();
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

  it("warns when the newest daily backup is older than 26 h, and only where there are daily ones", async () => {
    await begin();
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

  it("tells a changed schema from an unchanged one", async () => {
    await begin();
    await server.upload("one", known({ migrate: psql("alter table items add price int") }), {
      a: "a",
    });
    const changed = (await server.steps("one", "backup", "migrate")).at(-1);
    expect(changed?.first("schema")).toBe("changed");
    await server.call(["undo", "one"], "end\n");
    await server.upload("two", known({ migrate: psql("select 1") }), { a: "a" });
    const same = (await server.steps("two", "backup", "migrate")).at(-1);
    expect(same?.first("schema")).toBe("unchanged");
  });

  it("counts applied migrations as the schema", async () => {
    await begin();
    await database.query("create table django_migrations (id int, name text)");
    await server.upload(
      "one",
      known({ migrate: psql("insert into django_migrations values (1, '0001')") }),
      { a: "a" },
    );
    expect((await server.steps("one", "backup", "migrate")).at(-1)?.first("schema")).toBe(
      "changed",
    );
  });

  it("alone, with a changed schema and `compatible`, keeps a healthy new release as unconfirmed", async () => {
    await begin();
    await server.deploy("one", known());
    const migrate = psql("alter table items add price int");
    await server.upload("two", known({ migrate, "confirm-timeout": "8" }), { a: "2" });
    await server.steps("two", "backup", "migrate", "activate");
    await closed("two", "unconfirmed");
    const next = await server.upload("three", known(), { a: "3" });
    expect(next.first("unconfirmed")).toBe(server.current());
    await server.call(["settle", server.current() ?? "", "healthy"]);
    expect(server.outcomes()).toContain("two.confirmed");
  });

  it.each([{ "health-url": "http://127.0.0.1:9/" }, { "health-checks": "exit 1\n" }])(
    "alone, with a changed schema and a new release that fails %j, goes back where code may",
    async (sick) => {
      await begin();
      const first = await server.deploy("one", known());
      const times = { "health-timeout": "1", "confirm-timeout": "8" };
      await server.upload(
        "two",
        known({ ...sick, ...times, migrate: psql("alter table items add price int") }),
        { a: "2" },
      );
      await server.steps("two", "backup", "migrate", "activate");
      await closed("two", "undone");
      expect(server.current()).toBe(first);
    },
  );

  it("forward-only: never puts old code over a changed schema, and holds deploys with the way to the data", async () => {
    await begin();
    await server.deploy("one", known());
    const fields = known({
      migrations: "forward-only",
      migrate: psql("alter table items add price int"),
      "confirm-timeout": "60",
    });
    await server.upload("two", fields, { a: "2" });
    await server.steps("two", "backup", "migrate", "activate");
    const now = server.current();
    const undo = await server.call(["undo", "two"], "the gate did not open\n");
    expect([undo.code, undo.first("outcome")]).toEqual([6, "undo-failed"]);
    expect(server.current()).toBe(now);
    expect(server.read(".belay/hold")).toMatch(/MANIFEST\.txt there has the commands/);
  });

  it("forward-only: goes back as ever while the schema is what it was", async () => {
    await begin();
    const first = await server.deploy("one", known());
    await server.upload("two", known({ migrations: "forward-only", migrate: psql("select 1") }), {
      a: "2",
    });
    await server.steps("two", "backup", "migrate", "activate");
    expect((await server.call(["undo", "two"], "no\n")).first("outcome")).toBe("undone");
    expect(server.current()).toBe(first);
  });

  it("ends a migration that still runs in the database, and sees it ended, before it undoes", async () => {
    await begin();
    const first = await server.deploy("one", known());
    await server.upload("two", known({ migrate: psql("select pg_sleep(600)") }), { a: "2" });
    await server.steps("two", "backup");
    const step = server.start(["--porcelain", "step", "two", "migrate", "0"]);
    const sessions = () =>
      postgres.admin(
        "select count(*) from pg_stat_activity where application_name like 'belay-two-migrate'",
      );
    await until("the migration to run", async () => (await sessions()) === "1");
    const undo = await server.call(["undo", "two"], "cancelled\n");
    expect(undo.first("outcome")).toBe("undone");
    expect(await sessions()).toBe("0");
    expect(server.current()).toBe(first);
    step.kill();
  });

  it("asks for across-migrations before it rolls back to a release of another schema", async () => {
    await begin();
    const one = await server.deploy("one", known());
    await server.deploy("two", known({ migrate: psql("alter table items add price int") }));
    const refused = await server.person("rollback");
    expect(refused.text).toContain("across-migrations: true");
    expect((await server.person("rollback", "--across-migrations")).text).toContain(
      `${one} serves`,
    );
  });

  it("lets deploys of two paths that share a database in one after the other", async () => {
    await begin();
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

  it("keeps the password out of every readable file and every command line", async () => {
    await begin();
    await server.upload("one", known({ migrate: 'ps -eo args > "$BELAY_PATH/ps"' }), { a: "a" });
    await server.steps("one", "backup", "migrate");
    expect(server.read("ps")).toContain("belay-");
    expect(server.read("ps")).not.toContain(database.password);
  });

  async function closed(token: string, outcome: string): Promise<void> {
    const name = await until(
      "the guardian to act",
      () => server.outcomes().find((one) => one.startsWith(`${token}.`)),
      { timeoutMs: 20_000 },
    );
    expect(name).toBe(`${token}.${outcome}`);
  }
});

function statements(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => `export ${name}='${value}'\n`)
    .join("");
}
