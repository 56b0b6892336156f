import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { packPlan, type PlanFields } from "../../src/server/plan.js";
import { BelayServer } from "../support/belay-server.js";
import { exportStatements } from "../support/database.js";
import { type Dockerd, startDockerd } from "../support/peers/dockerd.js";
import { postgresImage, redisImage } from "../support/peers/server-images.js";
import { until } from "../support/until.js";

const project = "shop";
let dockerd: Dockerd;
let server: BelayServer;

beforeAll(async () => {
  dockerd = await startDockerd();
  await postgresImage(dockerd, "postgres");
  await redisImage(dockerd, "redis");
  await run("db", ["-e", "POSTGRES_PASSWORD=s3cret", "-e", "POSTGRES_USER=shop"], "postgres");
  await run("cache", [], "redis");
  await until("PostgreSQL to answer", async () => (await sql("select 1").catch(() => "")) === "1");
  server = await BelayServer.start("dash", dockerd.env);
});
afterAll(async () => {
  await server.stop();
  await dockerd.stop();
});

/** A container as compose would have made it, for a service that nobody reaches from outside. */
async function run(service: string, options: readonly string[], image: string): Promise<void> {
  const labels = [`project=${project}`, `service=${service}`, "oneoff=False"].flatMap((label) => [
    "--label",
    `com.docker.compose.${label}`,
  ]);
  await dockerd.docker(["run", "-d", "--name", service, ...labels, ...options, image]);
}
const sql = async (text: string) =>
  (await dockerd.docker(["exec", "db", "psql", "-XAtqU", "shop", "-c", text])).trim();
const fields: PlanFields = {
  project,
  "databases/1/env": exportStatements({ PGDATABASE: "shop", PGUSER: "shop" }),
  "databases/1/service": "db",
  "redis/env": exportStatements({ REDIS_HOST: "127.0.0.1" }),
  "redis/service": "cache",
  "media-path": "cache:/data",
  "backup-verify": "restore",
};

test("databases, Redis and volumes inside services are backed up by their own programs, and the database comes back", async () => {
  await sql("create table items as select generate_series(1, 100) as id");
  await dockerd.docker(["exec", "cache", "redis-cli", "set", "cart", "shoes"]);
  await dockerd.docker(["exec", "cache", "sh", "-c", "echo photo > /data/photo"]);
  await server.deploy("one", fields);
  const backups = join(server.path, "backups");
  const folder = join(backups, readdirSync(backups)[0] ?? "");
  const manifest = readFileSync(join(folder, "MANIFEST.txt"), "utf8");
  expect(manifest).toContain("rows: database.dump public.items 100");
  expect(manifest).toMatch(/^redis: .* 1 keys$/m);
  expect(manifest).toContain("media: cache:/data");
  expect(names(join(folder, "media.tar.gz"))).toContain("./photo");
  await sql("delete from items where id > 1");
  await server.call(["begin", "restore", "r"], packPlan({ contents: "database\n" }));
  const attendance = server.attend("r");
  const last = (await server.steps("r", "backup", "load", "stop", "swap", "start")).at(-1);
  attendance.stop();
  expect(last?.first("code"), last?.text).toBe("0");
  expect((await server.call(["confirm", "r"])).code).toBe(0);
  expect(await sql("select count(*) from items")).toBe("100");
});

test("a database whose service does not run stops a deploy before anything is touched", async () => {
  await dockerd.docker(["stop", "db"]);
  const begun = await server.begin("two", fields, { a: "2" });
  expect([begun.code, begun.all("finding")[0]?.[2]]).toEqual([
    1,
    expect.stringContaining("service db"),
  ]);
  expect(server.exists(".belay/phase")).toBe(false);
});

function names(archive: string): string {
  return execFileSync("tar", ["-tzf", archive], { encoding: "utf8" });
}
