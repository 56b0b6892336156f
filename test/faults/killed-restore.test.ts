import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packPlan } from "../../src/server/plan.js";
import { BelayServer } from "../support/belay-server.js";
import { chaos } from "../support/chaos.js";
import { exportStatements } from "../support/database.js";
import { faultCount } from "../support/fault-count.js";
import { tried } from "../support/faults/tried.js";
import { processesOf } from "../support/home-processes.js";
import { type Postgres, startPostgres } from "../support/postgres.js";
import { until } from "../support/until.js";

const tries = faultCount({ few: 3, full: 20 });

describe("all processes of a restore killed at a random moment", () => {
  const { integer } = chaos("killed-restore");
  let postgres: Postgres;
  let server: BelayServer;
  let longest = 0;
  const media = () => join(server.path, "shared/media/photo");

  beforeAll(async () => {
    postgres = await startPostgres();
    await postgres.admin("alter role app createdb");
    await postgres.query("create table items as select generate_series(1, 50000) as id");
    await postgres.admin("alter database app set work_mem = '7MB'");
    server = await BelayServer.start("dash");
    mkdirSync(dirname(media()), { recursive: true });
    writeFileSync(media(), "1000");
    await server.deploy("one", {
      "databases/1/env": exportStatements(postgres.env()),
      "media-path": "shared/media",
      "backup-keep-files": "100",
      "keep-old-database": "0",
    });
    const start = performance.now();
    await restore("whole");
    longest = performance.now() - start;
    await server.call(["confirm", "whole"]);
  });
  afterAll(async () => {
    await server.stop();
    await postgres.stop();
  });

  async function restore(token: string): Promise<void> {
    await server.call(["begin", "restore", token], packPlan({ "confirm-timeout": "60" }));
    await server.steps(token, "backup", "load", "stop", "swap", "start");
  }

  test(`${String(tries)} times: one tick, and the old data are there, whole, with their settings`, async () => {
    for (let number = 0; number < tries; number += 1) {
      const token = `try${String(number)}`;
      await postgres.query("delete from items where id > 10");
      writeFileSync(media(), "10");
      const running = restore(token);
      await sleep(integer(0, Math.ceil(longest)));
      await killAll();
      await running;
      await killAll();
      if (existsSync(server.dot("phase"))) {
        const tick = await server.person("tick");
        expect([0, 5], tick.text).toContain(tick.code);
      }
      expect(existsSync(server.dot("phase"))).toBe(false);
      const rows = await postgres.query("select count(*) from items");
      expect([rows, readFileSync(media(), "utf8")], token).toEqual(["10", "10"]);
      expect(await postgres.query("show work_mem")).toBe("7MB");
      expect(
        await postgres.admin("select count(*) from pg_database where datname like 'belay%'"),
      ).toBe("0");
      tried();
    }
    await restore("last");
    expect((await server.call(["confirm", "last"])).code).toBe(0);
    expect(await postgres.query("select count(*) from items")).toBe("50000");
  });

  /** Ends whatever runs for this server's home, by the ids of what we started. */
  async function killAll(): Promise<void> {
    await until("all of it to be gone", async () => {
      const left = await processesOf(server.env["HOME"] ?? "");
      for (const { pid } of left) {
        try {
          process.kill(pid, "SIGKILL");
        } catch {
          // It ended in between.
        }
      }
      return left.length === 0;
    });
  }
});
