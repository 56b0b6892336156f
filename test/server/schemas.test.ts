import { afterAll, beforeAll, describe, expect } from "vitest";
import { BelayServer } from "../support/belay-server.js";
import { type Database, exportStatements } from "../support/database.js";
import { type Postgres, startPostgres } from "../support/postgres.js";
import { withDatabase } from "../support/server-with-database.js";
import { until } from "../support/until.js";

const psql = (database: Database, sql: string): string =>
  `psql -XAtq -v ON_ERROR_STOP=1 "${database.url()}" -c "${sql}"`;

// They mostly wait.
describe.concurrent("a schema that a deploy changes", () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());
  const it = withDatabase(() => postgres);

  it("tells a changed schema from an unchanged one", async ({ server, database, known }) => {
    await server.upload(
      "one",
      known({ migrate: psql(database, "alter table items add price int") }),
      {
        a: "a",
      },
    );
    const changed = (await server.steps("one", "backup", "migrate")).at(-1);
    expect(changed?.first("schema")).toBe("changed");
    await server.call(["undo", "one"], "end\n");
    await server.upload("two", known({ migrate: psql(database, "select 1") }), { a: "a" });
    const same = (await server.steps("two", "backup", "migrate")).at(-1);
    expect(same?.first("schema")).toBe("unchanged");
  });

  it("counts applied migrations as the schema", async ({ server, database, known }) => {
    await database.query("create table django_migrations (id int, name text)");
    await server.upload(
      "one",
      known({ migrate: psql(database, "insert into django_migrations values (1, '0001')") }),
      { a: "a" },
    );
    expect((await server.steps("one", "backup", "migrate")).at(-1)?.first("schema")).toBe(
      "changed",
    );
  });

  it("alone, with a changed schema and `compatible`, keeps a healthy new release as unconfirmed", async ({
    server,
    database,
    known,
  }) => {
    await server.deploy("one", known());
    const migrate = psql(database, "alter table items add price int");
    await server.upload("two", known({ migrate, "confirm-timeout": "8" }), { a: "2" });
    await activate(server, "two");
    await closed(server, "two", "unconfirmed");
    const next = await server.upload("three", known(), { a: "3" });
    expect(next.first("unconfirmed")).toBe(server.current());
    await server.call(["settle", server.current() ?? "", "healthy"]);
    expect(server.outcomes()).toContain("two.confirmed");
  });

  it.for([{ "health-url": "http://127.0.0.1:9/" }, { "health-checks": "exit 1\n" }])(
    "alone, with a changed schema and a new release that fails %j, goes back where code may",
    async (sick, { server, database, known }) => {
      const first = await server.deploy("one", known());
      const times = { "health-timeout": "1", "confirm-timeout": "8" };
      await server.upload(
        "two",
        known({ ...sick, ...times, migrate: psql(database, "alter table items add price int") }),
        { a: "2" },
      );
      await activate(server, "two");
      await closed(server, "two", "undone");
      expect(server.current()).toBe(first);
    },
  );

  it("forward-only: never puts old code over a changed schema, and holds deploys with the way to the data", async ({
    server,
    database,
    known,
  }) => {
    await server.deploy("one", known());
    const fields = known({
      migrations: "forward-only",
      migrate: psql(database, "alter table items add price int"),
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

  it("forward-only: goes back as ever while the schema is what it was", async ({
    server,
    database,
    known,
  }) => {
    const first = await server.deploy("one", known());
    await server.upload(
      "two",
      known({ migrations: "forward-only", migrate: psql(database, "select 1") }),
      {
        a: "2",
      },
    );
    await server.steps("two", "backup", "migrate", "activate");
    expect((await server.call(["undo", "two"], "no\n")).first("outcome")).toBe("undone");
    expect(server.current()).toBe(first);
  });

  it("ends a migration that still runs in the database, and sees it ended, before it undoes", async ({
    server,
    database,
    known,
  }) => {
    const first = await server.deploy("one", known());
    await server.upload("two", known({ migrate: psql(database, "select pg_sleep(600)") }), {
      a: "2",
    });
    await server.steps("two", "backup");
    const step = server.start(["--porcelain", "step", "two", "migrate", "0"]);
    const sessions = () =>
      postgres.admin(
        `select count(*) from pg_stat_activity where application_name like 'belay-migrate-%' and datname = '${database.name}'`,
      );
    await until("the migration to run", async () => (await sessions()) === "1");
    const undo = await server.call(["undo", "two"], "cancelled\n");
    expect(undo.first("outcome")).toBe("undone");
    expect(await sessions()).toBe("0");
    expect(server.current()).toBe(first);
    step.kill();
  });

  it("ends no session of another path, though role and token of its operation are the same", async ({
    server,
    database,
  }) => {
    const other = await BelayServer.start("dash");
    const elsewhere = await postgres.createDatabase(`beside ${database.name}`);
    try {
      const [here, there] = await Promise.all([
        migrating(server, database),
        migrating(other, elsewhere),
      ]);
      expect((await server.call(["undo", "same"], "end\n")).first("outcome")).toBe("undone");
      expect([await sessions(database), await sessions(elsewhere)]).toEqual(["0", "1"]);
      expect((await other.call(["undo", "same"], "end\n")).first("outcome")).toBe("undone");
      expect(await sessions(elsewhere)).toBe("0");
      here.kill();
      there.kill();
    } finally {
      await other.stop();
    }
  });

  const sessions = ({ name }: Database): Promise<string> =>
    postgres.admin(
      `select count(*) from pg_stat_activity where datname = '${name}' and query ~ 'sleep.600'`,
    );

  /** A deploy whose migration runs on, as the superuser. */
  async function migrating(server: BelayServer, database: Database) {
    const env = exportStatements({ ...postgres.env(), PGDATABASE: database.name });
    const migrate = "psql -XAtqc 'select pg_sleep(600)'";
    await server.upload("same", { "databases/1/env": env, env, migrate }, { a: "1" });
    const step = server.start(["--porcelain", "step", "same", "migrate", "0"]);
    await until("the migration to run", async () => (await sessions(database)) === "1");
    return step;
  }

  it("asks for across-migrations before it rolls back to a release of another schema", async ({
    server,
    database,
    known,
  }) => {
    const one = await server.deploy("one", known());
    await server.deploy(
      "two",
      known({ migrate: psql(database, "alter table items add price int") }),
    );
    const refused = await server.person("rollback");
    expect(refused.text).toContain("across-migrations: true");
    expect((await server.person("rollback", "--across-migrations")).text).toContain(
      `${one} serves`,
    );
  });

  it("rolls back to a first release that made its database, where no migration came between", async ({
    server,
    database,
  }) => {
    await postgres.admin(`alter role "${database.user}" createdb`);
    const name = `${database.name}_made`;
    const env = exportStatements({ ...database.env(), PGDATABASE: name });
    const made = { "databases/1/env": env, env };
    const migrate = `psql -XAtqc 'create database ${name}' postgres && psql -XAtqc 'create table items (id int)'`;
    const one = await server.deploy("one", { ...made, migrate });
    await server.deploy("two", { ...made, migrate: "psql -XAtqc 'select 1'" });
    expect((await server.person("rollback")).text).toContain(`${one} serves`);
  });

  it("knows the schema of an app that migrates when it starts", async ({
    server,
    database,
    known,
  }) => {
    await server.deploy("one", known());
    const restart = psql(database, "alter table items add if not exists price int");
    const two = await server.deploy("two", known({ restart }));
    await server.deploy("three", known());
    expect((await server.person("rollback")).text).toContain(`${two} serves`);
    expect((await server.person("rollback")).text).toContain("across-migrations: true");
  });
});

/** All steps of a runner that is heard no more from then on. */
async function activate(server: BelayServer, token: string): Promise<void> {
  const attendance = server.attend(token);
  await server.steps(token, "backup", "migrate", "activate");
  attendance.stop();
}

async function closed(server: BelayServer, token: string, outcome: string): Promise<void> {
  const name = await until(
    "the guardian to act",
    () => server.outcomes().find((one) => one.startsWith(`${token}.`)),
    { timeoutMs: 90_000 },
  );
  expect(name).toBe(`${token}.${outcome}`);
}
