import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { packPlan } from "../../src/server/plan.js";
import { BelayServer } from "../support/belay-server.js";
import { chaos } from "../support/chaos.js";
import { madeDatabases, settingsOf } from "../support/database-settings.js";
import { exportStatements } from "../support/database.js";
import { faultCount } from "../support/fault-count.js";
import { tried } from "../support/faults/tried.js";
import { type Postgres, startPostgres } from "../support/postgres.js";
import { restoreSteps } from "../support/restore-steps.js";
import { until } from "../support/until.js";

const tries = faultCount({ few: 3, full: 20 });
/** It waits for more than a minute. */
const forGood = ["the whole undo"].slice(0, faultCount({ few: 0, full: 1 }));
const patient = { "confirm-timeout": "300" };

describe("PostgreSQL crashes", () => {
  const { integer } = chaos("database-gone");
  let postgres: Postgres;
  let server: BelayServer;
  let settings: string;
  const media = () => join(server.path, "shared/media/photo");
  const rows = () => postgres.query("select count(*) from items");

  beforeAll(async () => {
    // What was committed must have survived, or nothing could be said of it.
    postgres = await startPostgres({ settings: { synchronous_commit: "on" } });
    await postgres.admin("alter role app createdb");
    await postgres.query("create table items as select generate_series(1, 50000) as id");
    await postgres.admin("alter database app set work_mem = '7MB'");
    settings = await settingsOf(postgres, postgres);
  });
  afterAll(() => postgres.stop());

  beforeEach(async () => {
    server = await BelayServer.start("dash");
    mkdirSync(dirname(media()), { recursive: true });
    writeFileSync(media(), "50000");
    await server.deploy("one", {
      "databases/1/env": exportStatements(postgres.env()),
      "media-path": "shared/media",
      "backup-keep-files": "100",
      "keep-old-database": "0",
    });
  });
  afterEach(async () => {
    await server.stop();
    await postgres.query("truncate items; insert into items select generate_series(1, 50000)");
  });

  async function loseRows(): Promise<void> {
    await postgres.query("delete from items where id > 10");
    writeFileSync(media(), "10");
  }
  const expectData = async (count: string): Promise<void> => {
    expect([await rows(), readFileSync(media(), "utf8")]).toEqual([count, count]);
    expect(await settingsOf(postgres, postgres)).toBe(settings);
  };

  test("in mid-dump: no half backup stays, the message names the database, and the next one is whole", async () => {
    await server.call(["begin", "backup", "b"], packPlan(patient));
    const lock = postgres.query("begin; lock table items; select pg_sleep(60)").catch(() => "");
    const active = (what: string) => async (): Promise<boolean> =>
      (await postgres.admin(`select count(*) from pg_stat_activity where ${what}`)) === "1";
    await until("the lock to be held", active("wait_event = 'PgSleep'"));
    const running = server.steps("b", "backup");
    const waits = "application_name like 'belay-backup-%' and wait_event_type = 'Lock'";
    await until("the dump to wait for the lock", active(waits), { timeoutMs: 60_000 });
    await postgres.shutDown();
    await lock;
    const [backup] = await running;
    expect(backup?.all("finding")[0]).toEqual([
      "error",
      "backup-failed",
      expect.stringMatching(/^pg_dump failed \(exit 1\) on database app$/),
      expect.stringContaining("nothing was changed"),
    ]);
    await postgres.startAgain();
    expect((await server.call(["undo", "b"], "no backup\n")).first("outcome")).toBe("undone");
    expect((await server.person("backup")).code).toBe(0);
    expect((await server.person("backups")).text.trim().split("\n")).toHaveLength(2);
  });

  test(`${String(tries)} times at a random moment of a restore: the old data are there, or the restored ones, whole, and the app gets in`, async () => {
    await loseRows();
    const start = performance.now();
    expect((await restoreSteps(server, "whole", patient)).first("code")).toBe("0");
    const longest = performance.now() - start;
    await server.call(["undo", "whole"], "only to know how long it takes\n");
    for (let number = 0; number < tries; number += 1) {
      const token = `try${String(number)}`;
      const running = restoreSteps(server, token, patient);
      await sleep(integer(0, Math.ceil(longest)));
      await postgres.shutDown();
      await postgres.startAgain();
      const last = await running;
      const said = last.text;
      if (last.first("code") === "0") {
        await expectData("50000");
        tried();
      } else if (last.code === 0) {
        expect(last.all("finding")[0]?.[3], said).toMatch(/old data|nothing was changed|above/);
      }
      if (server.exists(".belay/phase"))
        expect((await server.call(["undo", token], "it crashed\n")).first("outcome"), said).toBe(
          "undone",
        );
      await expectData("10");
      expect(await madeDatabases(postgres, postgres)).toBe("");
      tried();
    }
    await restoreSteps(server, "last", patient);
    expect((await server.call(["confirm", "last"])).code).toBe(0);
    await expectData("50000");
  });

  test("after the restore is in place, and is away for a while: the undo waits for it", async () => {
    await loseRows();
    expect((await restoreSteps(server, "r", patient)).first("code")).toBe("0");
    await postgres.shutDown();
    const undoing = server.call(["undo", "r"], "the gate did not open\n");
    await sleep(8000);
    await postgres.startAgain();
    expect((await undoing).first("outcome")).toBe("undone");
    await expectData("10");
    expect(await madeDatabases(postgres, postgres)).toBe("");
  });

  test.each(forGood)(
    "after the restore is in place, and is away for %s: the hold says where both data are",
    async () => {
      await loseRows();
      expect((await restoreSteps(server, "r", patient)).first("code")).toBe("0");
      const old = await madeDatabases(postgres, postgres);
      await postgres.shutDown();
      const undo = await server.call(["undo", "r"], "the gate did not open\n");
      expect(undo.first("outcome")).toBe("undo-failed");
      expect(server.read(".belay/hold")).toContain(
        `the old data if there is no database ${old} beside it`,
      );
      await postgres.startAgain();
      expect(await rows()).toBe("50000");
      await server.person("release-hold");
    },
  );
});
