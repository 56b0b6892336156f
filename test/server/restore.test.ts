import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { packPlan } from "../../src/server/plan.js";
import { shells } from "../support/belay-server.js";
import { madeDatabases, settingsOf } from "../support/database-settings.js";
import { type Database, type Postgres, startPostgres } from "../support/postgres.js";
import { restoreSteps } from "../support/restore-steps.js";
import { withDatabase } from "../support/server-with-database.js";

const restart = 'echo "$BELAY_RELEASE" >>"$BELAY_PATH/starts"';
const name = `it's "app" `;
let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

describe.concurrent.each(shells)("a restore, under %s", (shell) => {
  const it = withDatabase(() => postgres, { shell, name, mayCreateDatabases: true });

  it("brings the rows back, with the settings, grants and owner of today, and keeps what it replaced", async ({
    server,
    database,
    known,
    backups,
  }) => {
    await server.deploy("one", known({ restart }));
    const name = quoted(database.name);
    await database.query("delete from items where id > 10");
    await postgres.admin(`alter database ${name} set work_mem = '7MB'`);
    await postgres.admin(`alter database ${name} set search_path = "$user", public, 'o''dd'`);
    await postgres.admin(`alter database ${name} connection limit 77`);
    await postgres.admin(`revoke connect on database ${name} from public`);
    const before = await settingsOf(postgres, database);
    const last = await restoreSteps(server, "r", { backup: "latest", contents: "database\n" });
    expect([last.first("code"), last.all("finding")]).toEqual(["0", []]);
    expect((await server.call(["confirm", "r"])).code).toBe(0);
    expect(await rows(database)).toBe("1000");
    expect(await settingsOf(postgres, database)).toBe(before);
    expect(await madeDatabases(postgres, database)).toMatch(/^belay_[0-9a-f]{8}_\d+_1_old$/);
    expect(server.read("starts").trim().split("\n")).toHaveLength(2);
    expect(backups().some((id) => id.endsWith("-safety"))).toBe(true);
  });
});

// They mostly wait.
describe.concurrent("a restore", () => {
  const it = withDatabase(() => postgres, { name, mayCreateDatabases: true });

  it("is undone to the old rows after the swap, and leaves nothing behind", async ({
    server,
    database,
    known,
  }) => {
    await server.deploy("one", known({ restart, stop: 'echo stop >>"$BELAY_PATH/starts"' }));
    await database.query("delete from items where id > 10");
    const before = await settingsOf(postgres, database);
    expect((await restoreSteps(server, "r")).first("code")).toBe("0");
    expect(await rows(database)).toBe("1000");
    const undo = await server.call(["undo", "r"], "the gate did not open\n");
    expect([undo.first("outcome"), await rows(database)]).toEqual(["undone", "10"]);
    expect(await madeDatabases(postgres, database)).toBe("");
    expect(await settingsOf(postgres, database)).toBe(before);
    // Stopped once; started by the restore, and again by its undo.
    expect(server.read("starts").trim().split("\n").slice(1)).toEqual([
      "stop",
      server.current(),
      server.current(),
    ]);
    expect(existsSync(server.dot("operations/r/restore"))).toBe(false);
  });

  it("by a person at the server says how long it took; kept databases go when their time is over", async ({
    server,
    database,
    known,
  }) => {
    await server.deploy("one", known({ "keep-old-database": "0" }));
    await database.query("drop table items");
    const answer = await server.person("restore", "latest");
    expect([answer.code, answer.text]).toEqual([0, expect.stringMatching(/was restored in \d+ s/)]);
    expect(await rows(database)).toBe("1000");
    expect(await madeDatabases(postgres, database)).toBe("");
  });

  it("refuses a damaged backup before anything is touched", async ({
    server,
    database,
    known,
    backups,
  }) => {
    await server.deploy("one", known());
    const dump = join(server.path, "backups", backups()[0] ?? "", "database.dump");
    const bytes = readFileSync(dump);
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    writeFileSync(dump, bytes);
    await database.query("delete from items where id > 10");
    const last = await restoreSteps(server, "r");
    expect(last.all("finding")[0]?.slice(0, 2)).toEqual(["error", "backup-damaged"]);
    expect((await server.call(["undo", "r"], "no\n")).first("outcome")).toBe("undone");
    expect([await rows(database), await madeDatabases(postgres, database)]).toEqual(["10", ""]);
  });

  it("takes a backup for whole although the server's openssl does not", async ({
    server,
    database,
    known,
  }) => {
    await server.deploy("one", known());
    const openssl = join(server.env["HOME"] ?? "", "bin/openssl");
    writeFileSync(openssl, "#!/bin/sh\nprintf '%064d *stdin\\n' 0\n", { mode: 0o755 });
    await database.query("delete from items where id > 10");
    expect((await restoreSteps(server, "r")).first("code")).toBe("0");
    expect(await rows(database)).toBe("1000");
  });

  it("says before anything is touched that the role may not create databases", async ({
    server,
    database,
    known,
  }) => {
    await server.deploy("one", known());
    await postgres.admin(`alter role ${quoted(database.user)} nocreatedb`);
    const begun = await restoreSteps(server, "r");
    expect([begun.code, begun.all("finding")[0]?.[2]]).toEqual([
      1,
      expect.stringContaining("may not create databases"),
    ]);
    expect(server.exists(".belay/phase")).toBe(false);
    const check = await server.call(["check", "deploy"], packPlan(known()));
    expect([check.code, check.all("fact").flat()]).toEqual([
      0,
      expect.arrayContaining([expect.stringContaining("not allowed: the role")]),
    ]);
  });

  it("brings back a database that is gone, and one onto a server that never had it", async ({
    server,
    database,
    known,
  }) => {
    await server.deploy("one", known());
    await postgres.admin(`drop database ${quoted(database.name)}`);
    expect((await restoreSteps(server, "r")).first("code")).toBe("0");
    await server.call(["confirm", "r"]);
    expect(await rows(database)).toBe("1000");
    expect(await owner(database)).toBe(database.user);
  });

  it("puts media and configuration in place by renames, and back in an undo", async ({
    server,
    known,
  }) => {
    const media = join(server.path, "shared/my media");
    const config = join(server.path, "app.conf");
    mkdirSync(join(media, "a"), { recursive: true });
    writeFileSync(join(media, "a/one"), "1");
    writeFileSync(config, "old");
    await server.deploy(
      "one",
      known({ "media-path": "shared/my media\n", "config-paths": "app.conf\n" }),
    );
    writeFileSync(join(media, "a/one"), "2");
    writeFileSync(join(media, "two"), "2");
    writeFileSync(config, "new");
    const state = () => [
      readFileSync(join(media, "a/one"), "utf8"),
      existsSync(join(media, "two")),
      readFileSync(config, "utf8"),
    ];
    expect((await restoreSteps(server, "r1")).first("code")).toBe("0");
    expect(state()).toEqual(["1", false, "old"]);
    await server.call(["undo", "r1"], "no\n");
    expect(state()).toEqual(["2", true, "new"]);
    expect(readdirSync(join(server.path, "shared"))).toEqual(["my media"]);
    expect((await restoreSteps(server, "r2")).first("code")).toBe("0");
    await server.call(["confirm", "r2"]);
    expect(state()).toEqual(["1", false, "old"]);
  });

  it("brings the data back with the old release when a deploy fails after its schema changed", async ({
    server,
    database,
    known,
  }) => {
    const promise = { "rollback-database": "restore", migrations: "forward-only" };
    const first = await server.deploy("one", known(promise));
    const psql = `psql -XAtq -v ON_ERROR_STOP=1 "${database.url()}" -c "alter table items add price int; delete from items"`;
    await server.upload("two", known({ ...promise, migrate: psql }), { a: "2" });
    const attendance = server.attend("two");
    const last = (await server.steps("two", "backup", "migrate", "activate")).at(-1);
    expect(last?.first("code")).toBe("0");
    const undo = await server.call(["undo", "two"], "the gate did not open\n");
    attendance.stop();
    expect([undo.first("outcome"), server.current()]).toEqual(["undone", first]);
    expect(await rows(database)).toBe("1000");
    expect(await database.query("select * from items where id = 1")).toBe("1|item 1");
    expect(await madeDatabases(postgres, database)).toMatch(/_old$/);
  });
});

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const rows = (database: Database): Promise<string> => database.query("select count(*) from items");

const owner = (database: Database): Promise<string> =>
  postgres.admin(
    `select pg_get_userbyid(datdba) from pg_database where datname = ${literal(database.name)}`,
  );
