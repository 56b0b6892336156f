import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packPlan } from "../../src/server/plan.js";
import { BelayServer } from "../support/belay-server.js";
import { chaos } from "../support/chaos.js";
import { exportStatements } from "../support/database.js";
import { faultCount } from "../support/fault-count.js";
import { tried } from "../support/faults/tried.js";
import { type Redis, startRedis } from "../support/peers/redis.js";
import { type Postgres, startPostgres } from "../support/postgres.js";

const places = faultCount({ few: 1, full: 20 });
const files = [
  "database.dump",
  "globals.sql",
  "redis.rdb",
  "media.tar.gz",
  "config.tar.gz",
  "MANIFEST.txt",
] as const;

describe("a bit flipped in a stored backup", () => {
  const { integer } = chaos("flipped-backup");
  let postgres: Postgres;
  let redis: Redis;
  let server: BelayServer;
  let backup = "";
  let count = 0;

  beforeAll(async () => {
    [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
    await postgres.query("create table items as select generate_series(1, 5000) as id");
    await redis.cli(["mset", "a", "1", "b", "2"]);
    server = await BelayServer.start("dash");
    mkdirSync(join(server.path, "shared/media"), { recursive: true });
    writeFileSync(join(server.path, "shared/media/photo"), "photo".repeat(1000));
    writeFileSync(join(server.path, "app.conf"), "color=green\n".repeat(100));
    await server.deploy("one", {
      "databases/1/env": exportStatements(postgres.env()),
      "redis/env": exportStatements({ REDIS_HOST: "127.0.0.1", REDIS_PORT: String(redis.port) }),
      "media-path": "shared/media",
      "config-paths": "app.conf\n",
    });
    const folder = join(server.path, "backups");
    backup = join(folder, readdirSync(folder)[0] ?? "");
    cpSync(backup, join(server.path, "good"), { recursive: true });
  });
  afterAll(async () => {
    await server.stop();
    await Promise.all([redis.stop(), postgres.stop()]);
  });

  const verify = async () => {
    const token = `v${String((count += 1))}`;
    await server.call(["begin", "verify-backup", token], packPlan({ backup: "latest" }));
    const [answer] = await server.steps(token, "verify-backup");
    await server.call(["undo", token], "end\n");
    return answer;
  };

  test("is none, and the backup verifies", async () => {
    expect((await verify())?.first("code")).toBe("0");
  });

  test.each(files)(`in %s is found, at ${String(places)} random places`, async (name) => {
    for (let number = 0; number < places; number += 1) {
      const bytes = readFileSync(join(server.path, "good", name));
      const at = integer(0, bytes.length - 1);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync(join(backup, name), bytes);
      const answer = await verify();
      expect(answer?.all("finding")[0]?.[1], `${name} at ${String(at)}`).toBe("backup-damaged");
      tried();
    }
    rmSync(backup, { recursive: true });
    cpSync(join(server.path, "good"), backup, { recursive: true });
  });
});
