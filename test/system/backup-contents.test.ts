import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { packPlan, type PlanFields } from "../../src/server/plan.js";
import { BelayServer } from "../support/belay-server.js";
import { type Database, exportStatements } from "../support/database.js";
import { startPgBouncer } from "../support/peers/pgbouncer.js";
import { type Redis, type RedisOptions, startRedis } from "../support/peers/redis.js";
import { type Postgres, startPostgres } from "../support/postgres.js";
import { mustRun, runProgram } from "../support/program.js";

let postgres: Postgres;
let database: Database;
let server: BelayServer;
let count = 0;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());
beforeEach(async () => {
  server = await BelayServer.start("dash");
  database = await postgres.createDatabase(`shop ${String((count += 1))}`);
  await postgres.admin(`alter role "${database.user}" createdb`);
  await database.query("create table items as select generate_series(1, 1000) as id");
});
afterEach(() => server.stop());

const known = (fields: PlanFields = {}): PlanFields => ({
  "databases/1/env": exportStatements(database.env()),
  ...fields,
});

async function restore(token: string, fields: PlanFields = {}) {
  const begun = await server.call(["begin", "restore", token], packPlan(fields));
  expect(begun.code, begun.text).toBe(0);
  const attendance = server.attend(token);
  try {
    const last = (await server.steps(token, "backup", "load", "stop", "swap", "start")).at(-1);
    expect(last?.first("code"), last?.text).toBe("0");
  } finally {
    attendance.stop();
  }
}

function newest(): string {
  const folder = join(server.path, "backups");
  return join(folder, readdirSync(folder).sort().at(-1) ?? "");
}

describe("Redis in a backup", () => {
  let redis: Redis;
  const start = async (options: RedisOptions) => {
    redis = await startRedis(options);
    await redis.cli(["mset", "cart:1", "shoes", "cart:2", "hats"]);
    await redis.cli(["set", "session", "x", "EX", "3600"]);
  };
  const redisFields = (password: string): PlanFields => ({
    "redis/env": exportStatements({
      REDIS_HOST: "127.0.0.1",
      REDIS_PORT: String(redis.port),
      ...(password !== "" && { REDISCLI_AUTH: password }),
    }),
  });
  afterEach(() => redis.stop());

  test.each([
    ["that appends to a file", { appendonly: true, password: "it's a s3cret" }],
    ["that writes snapshots", { appendonly: false }],
  ])(
    "%s comes back where it is named, survives a crash, and goes back in an undo",
    async (_, options: RedisOptions) => {
      await start(options);
      await server.deploy("one", known(redisFields(options.password ?? "")));
      expect(readFileSync(join(newest(), "MANIFEST.txt"), "utf8")).toMatch(/^redis: .*, 3 keys$/m);
      await redis.cli(["flushall"]);
      await redis.cli(["set", "new", "1"]);
      await restore("r1", { backup: "latest" });
      await server.call(["undo", "r1"], "not named, so not touched\n");
      expect(await redis.cli(["get", "new"])).toBe("1");
      await restore("r2", { backup: "latest", contents: "redis\n" });
      expect([await redis.cli(["get", "cart:1"]), await redis.cli(["dbsize"])]).toEqual([
        "shoes",
        "3",
      ]);
      expect((await server.call(["undo", "r2"], "no\n")).first("outcome")).toBe("undone");
      expect([await redis.cli(["get", "new"]), await redis.cli(["dbsize"])]).toEqual(["1", "1"]);
      await restore("r3", { backup: "latest", contents: "redis\n" });
      expect((await server.call(["confirm", "r3"])).code).toBe(0);
      expect(await redis.cli(["config", "get", "masterauth"])).toBe("masterauth\n");
      if (options.appendonly === false) await redis.cli(["save"]);
      await redis.restart("SIGKILL");
      expect([await redis.cli(["get", "cart:2"]), await redis.cli(["dbsize"])]).toEqual([
        "hats",
        "3",
      ]);
    },
  );

  test("that cannot be reached stops the deploy before anything is touched, and its password is nowhere", async () => {
    await start({ password: "s3cret" });
    const begun = await server.begin("one", known(redisFields("wr0ng-s3cret")), { a: "a" });
    expect([begun.code, begun.text]).toEqual([1, expect.stringContaining("Redis does not answer")]);
    expect(begun.text).not.toContain("wr0ng");
  });
});

test("MANIFEST.txt restores everything by hand, onto another server, by its commands alone", async () => {
  const redis = await startRedis({});
  const other = await startPostgres();
  const media = join(server.path, "shared/my media");
  try {
    await redis.cli(["set", "cart", "shoes"]);
    mkdirSync(media, { recursive: true });
    writeFileSync(join(media, "it's.jpg"), "photo");
    writeFileSync(join(server.path, "app.conf"), "color=green");
    await postgres.admin(`alter database "${database.name}" set work_mem = '7MB'`);
    const fields = {
      "redis/env": exportStatements({ REDIS_HOST: "127.0.0.1", REDIS_PORT: String(redis.port) }),
      "media-path": media,
      "config-paths": "app.conf\n",
    };
    await server.deploy("one", known(fields));
    rmSync(media, { recursive: true });
    rmSync(join(server.path, "app.conf"));
    await redis.cli(["flushall"]);
    const commands = readFileSync(join(newest(), "MANIFEST.txt"), "utf8").match(/^ {2}\S.*$/gm);
    expect(commands?.length).toBeGreaterThan(6);
    await other.admin("create role operator superuser login password 'known'");
    const admin = { PGHOST: "127.0.0.1", PGPORT: String(other.port), PGUSER: "operator" };
    const password = "known";
    await mustRun(["sh", "-e", "-c", commands?.join("\n") ?? ""], {
      cwd: newest(),
      env: { ...process.env, ...admin, PGPASSWORD: password },
    });
    const name = `select string_agg(setconfig::text, '') from pg_db_role_setting`;
    expect(await other.admin(name)).toContain("work_mem=7MB");
    const restored = { ...admin, PGPASSWORD: password, PGDATABASE: database.name };
    const rows = await mustRun([join(other.bin, "psql"), "-XAtc", "select count(*) from items"], {
      env: restored,
    });
    expect(rows.trim()).toBe("1000");
    expect(readFileSync(join(media, "it's.jpg"), "utf8")).toBe("photo");
    expect(readFileSync(join(server.path, "app.conf"), "utf8")).toBe("color=green");
    expect(await redis.cli(["get", "cart"])).toBe("shoes");
    await restoresAgain(redis);
  } finally {
    await redis.stop();
    await other.stop();
  }
});

/** The archive that a person has restored from is what it was. */
async function restoresAgain(redis: Redis): Promise<void> {
  await server.call(["begin", "verify-backup", "v"], packPlan({ backup: "latest" }));
  expect((await server.steps("v", "verify-backup"))[0]?.first("code")).toBe("0");
  await server.call(["undo", "v"], "end\n");
  expect(await redis.cli(["info", "replication"])).toContain("role:master");
}

describe("clients of the database during a restore", () => {
  test("through PgBouncer in transaction mode see no error", async () => {
    const pooler = await startPgBouncer({
      postgresPort: postgres.port,
      bin: postgres.bin,
      users: { [database.user]: database.password },
    });
    try {
      const console = {
        PGHOST: "127.0.0.1",
        PGPORT: String(pooler.port),
        PGUSER: "pgbouncer_admin",
        PGPASSWORD: "pgbouncer_admin",
      };
      await server.deploy("one", known({ "pgbouncer/env": exportStatements(console) }));
      await database.query("delete from items where id > 10");
      const clients = askForever({ ...database.env(), PGPORT: String(pooler.port) }, 4);
      await restore("r", { backup: "latest" });
      await server.call(["confirm", "r"]);
      const { answers, errors } = await clients.stop();
      expect(errors).toEqual([]);
      expect([...answers]).toEqual(["10", "1000"]);
    } finally {
      await pooler.stop();
    }
  });

  test("that reconnect at once in a loop do not keep it from its renames", async () => {
    await server.deploy("one", known());
    await database.query("delete from items where id > 10");
    const clients = askForever(database.env(), 4);
    try {
      await restore("r", { backup: "latest" });
      await server.call(["confirm", "r"]);
    } finally {
      const { answers } = await clients.stop();
      expect([...answers]).toEqual(["10", "1000"]);
    }
  });
});

/** Clients that ask one after the other on new connections; the rows that they saw, in order, and what went wrong. */
function askForever(env: Record<string, string>, clients: number) {
  const answers = new Set<string>();
  const errors: string[] = [];
  let going = true;
  const one = async () => {
    while (going) {
      const words = [join(postgres.bin, "psql"), "-XAtc", "select count(*) from items"];
      const { code, stdout, stderr } = await runProgram(words, { env });
      if (code === 0) answers.add(stdout.trim());
      else errors.push(stderr.trim());
    }
  };
  const all = Promise.all(Array.from({ length: clients }, one));
  return {
    stop: async () => {
      going = false;
      await all;
      return { answers, errors };
    },
  };
}

/** The name of a scratch database that a killed one has left. */
function leftScratch(): string {
  const sum = createHash("sha256").update(`${hostname()}:${server.path}`).digest("hex");
  return `belay_${sum.slice(0, 8)}_77_1_trial`;
}

describe("verification by restore", () => {
  test("counts the rows of every table again, and leaves no database behind", async () => {
    await database.query('create schema other; create table other."odd name" as select 1 as x');
    await database.query("select lo_create(0)");
    await server.deploy("one", known({ "backup-verify": "restore" }));
    const manifest = readFileSync(join(newest(), "MANIFEST.txt"), "utf8");
    expect(manifest).toContain("verified: restore");
    expect(manifest).toContain("rows: database.dump public.items 1000");
    expect(manifest).toContain('rows: database.dump other."odd name" 1');
    expect(manifest).toContain("rows: database.dump large objects 1");
    expect(await postgres.admin("select count(*) from pg_database where datname ~ '_trial$'")).toBe(
      "0",
    );
  });

  test("of a backup that is there compares rows where they are known, tables where they are not", async () => {
    const drill = async (token: string): Promise<readonly string[]> => {
      const plan = packPlan(known({ "backup-verify": "restore" }));
      await server.call(["begin", "verify-backup", token], plan);
      const [step] = await server.steps(token, "verify-backup");
      await server.call(["undo", token], "end\n");
      expect(step?.first("code"), step?.text).toBe("0");
      return step?.all("drilled")[0] ?? [];
    };
    await server.deploy("one", known());
    const tables = "1 tables with 1000 rows, all tables there; only of a backup taken with";
    expect(await drill("d1")).toEqual(["database.dump", expect.stringContaining(tables)]);
    await server.deploy("two", known({ "backup-verify": "restore" }));
    await postgres.admin(`create database ${leftScratch()} owner "${database.user}"`);
    expect(await drill("d2")).toEqual(["database.dump", "1 tables with 1000 rows, all rows there"]);
    expect(await postgres.admin("select count(*) from pg_database where datname ~ '_trial$'")).toBe(
      "0",
    );
  });

  test("finds rows that a dump has lost, although every program says that it went well", async () => {
    const bin = join(server.path, "../bin");
    const text = `#!/bin/sh
case " $* " in *" -Fc "*) set -- "$@" --exclude-table-data=items ;; esac
exec ${join(postgres.bin, "pg_dump")} "$@"
`;
    writeFileSync(join(bin, "pg_dump"), text, { mode: 0o755 });
    writeFileSync(
      join(bin, "pg_dumpall"),
      `#!/bin/sh\nexec ${join(postgres.bin, "pg_dumpall")} "$@"\n`,
      { mode: 0o755 },
    );
    await server.upload("one", known({ "backup-verify": "restore" }), { a: "a" });
    const [backup] = await server.steps("one", "backup");
    expect([backup?.first("code"), backup?.all("finding")[0]]).toEqual([
      "1",
      ["error", "backup-damaged", expect.stringContaining("public.items 1000"), expect.anything()],
    ]);
    expect(readdirSync(join(server.path, "backups"))).toEqual([]);
  });
});
