import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { packPlan } from "../../src/server/plan.js";
import { BelayServer } from "../support/belay-server.js";
import { madeDatabases, settingsOf } from "../support/database-settings.js";
import { exportStatements } from "../support/database.js";
import { makeSteppedClock, type SteppedClock } from "../support/faults/stepped-clock.js";
import { type ObjectStore, startObjectStore } from "../support/peers/versitygw.js";
import { type Postgres, startPostgres } from "../support/postgres.js";
import { verdictOf } from "../support/report-of.js";
import { restoreSteps } from "../support/restore-steps.js";
import { worldOfFile } from "../support/world-of-file.js";

const day = 86_400;
const ways = [
  { way: "ahead", seconds: day },
  { way: "behind", seconds: -day },
] as const;

describe("the server's clock off by a day", () => {
  let clock: SteppedClock;
  let postgres: Postgres;
  let server: BelayServer;
  const rows = () => postgres.query("select count(*) from items");
  const backups = () =>
    readdirSync(join(server.path, "backups")).filter((id) => id.endsWith("-manual"));
  const backUp = async () => {
    const before = new Set(backups());
    const answer = await server.person("backup");
    expect(answer.code, answer.text).toBe(0);
    return backups().find((id) => !before.has(id));
  };

  beforeAll(async () => {
    clock = await makeSteppedClock();
    postgres = await startPostgres();
    await postgres.admin("alter role app createdb");
  });
  afterAll(async () => {
    await postgres.stop();
    await clock.remove();
  });
  beforeEach(async () => {
    await postgres.query("create table items as select generate_series(1, 1000) as id");
    server = await BelayServer.start("dash", clock.env);
    await server.deploy("one", { "databases/1/env": exportStatements(postgres.env()) });
  });
  afterEach(async () => {
    await clock.step(0);
    await server.stop();
    await postgres.query("drop table items");
    const kept = (await madeDatabases(postgres, postgres)).split("\n").filter(Boolean);
    for (const name of kept) await postgres.admin(`drop database ${name}`);
  });

  test.each(ways)(
    "$way after some backups: the latest is the last one that was made, and the newest stay",
    async ({ seconds }) => {
      for (let made = 0; made < 3; made += 1) await backUp();
      await clock.step(seconds);
      await postgres.query("delete from items where id > 10");
      const last = await backUp();
      expect(backups()).toHaveLength(3);
      expect(backups()).toContain(last);
      await postgres.query("delete from items");
      const restored = await restoreSteps(server, "r", {
        backup: "latest",
        "confirm-timeout": "60",
      });
      expect(restored.first("code"), restored.text).toBe("0");
      expect((await server.call(["confirm", "r"])).code).toBe(0);
      expect(await rows()).toBe("10");
    },
  );

  test.each(ways)(
    "$way in the middle of a restore: it goes on, is turned round whole, and what it keeps is not dropped early",
    async ({ seconds }) => {
      await postgres.query("delete from items where id > 10");
      const before = await settingsOf(postgres, postgres);
      const half = async (token: string) => {
        await server.call(["begin", "restore", token], packPlan({ "confirm-timeout": "60" }));
        await server.steps(token, "backup", "load");
        await clock.step(seconds);
        return (await server.steps(token, "stop", "swap", "start")).at(-1);
      };
      const first = await half("r1");
      expect(first?.first("code"), first?.text).toBe("0");
      expect((await server.call(["undo", "r1"], "no\n")).first("outcome")).toBe("undone");
      expect([await rows(), await settingsOf(postgres, postgres)]).toEqual(["10", before]);
      await clock.step(0);
      expect((await half("r2"))?.first("code")).toBe("0");
      expect((await server.call(["confirm", "r2"])).code).toBe(0);
      expect(await rows()).toBe("1000");
      await server.person("tick");
      expect(await madeDatabases(postgres, postgres)).toMatch(/_old$/);
    },
  );
});

describe("the runner's clock off by a day", () => {
  const world = worldOfFile();
  let clock: SteppedClock;
  let store: ObjectStore;
  beforeAll(async () => {
    clock = await makeSteppedClock();
    store = await startObjectStore(["backups"]);
  });
  afterAll(async () => {
    await store.stop();
    await clock.remove();
  });

  // Amazon's own refuses signatures from the future too; the store here takes them.
  test("behind: the deploy goes on, and says that its backup was not uploaded and why", async () => {
    const site = await world().site();
    await site.deploy({ version: "1.0" });
    await clock.step(-day);
    const upload = {
      "backup-upload": "s3://backups/shop",
      "backup-upload-endpoint": store.endpoint,
      "aws-region": store.region,
      "aws-access-key-id": store.accessKey,
      "aws-secret-access-key": store.secretKey,
    };
    const result = await site.deploy({ version: "1.1" }, upload, clock.env);
    expect(verdictOf(result), result.log.text).toMatchObject({ exitCode: 0, status: "deployed" });
    expect(result.log.text).toMatch(/The backup was not uploaded: .*the bucket answered 4\d\d/);
    expect(result.log.text).toMatch(/clock (of the runner|must be right)/);
  });
});
