import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packPlan, type PlanFields } from "../../src/server/plan.js";
import { BelayServer } from "../support/belay-server.js";
import { exportStatements } from "../support/database.js";
import { type Dockerd, startDockerd } from "../support/peers/dockerd.js";
import { postgresImage, redisImage } from "../support/peers/server-images.js";
import { restoreSteps } from "../support/restore-steps.js";
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
async function run(service: string, options: readonly string[], ...image: string[]): Promise<void> {
  const labels = [`project=${project}`, `service=${service}`, "oneoff=False"].flatMap((label) => [
    "--label",
    `com.docker.compose.${label}`,
  ]);
  await dockerd.docker(["run", "-d", "--name", service, ...labels, ...options, ...image]);
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

describe("media in a volume and Redis in a container", () => {
  const volume = "uploads";
  const inWeb = async (...words: string[]) =>
    (await dockerd.docker(["exec", "web", "sh", "-c", ...words])).trim();
  const cli = async (...words: string[]) =>
    (await dockerd.docker(["exec", "cache", "redis-cli", ...words])).trim();
  const state = async () => [
    await inWeb("cd '/srv/up loads' && ls -A && cat photo && stat -c '%u %a' . a/old 2>&1 || :"),
    await cli("get", "cart"),
    await cli("dbsize"),
  ];
  const media: PlanFields = {
    ...fields,
    "media-path": "web:/srv/up loads/",
    "backup-verify": "read",
    "keep-old-database": "0",
  };
  let before: readonly string[];
  let later: readonly string[];

  beforeAll(async () => {
    await run("web", ["-v", `${volume}:/srv`, "--entrypoint", "sleep"], "redis", "100000");
    await inWeb(
      "mkdir -p '/srv/up loads/a' && cd '/srv/up loads' && echo one > photo && echo 1 > a/old && echo 1 > .hidden && chown 33 a/old && chmod 640 a/old && chmod 750 .",
    );
    await cli("flushall");
    await cli("set", "cart", "shoes");
    await cli("config", "set", "appendonly", "yes");
    await server.deploy("media", media);
    before = await state();
    await inWeb("cd '/srv/up loads' && echo two > photo && rm -r a .hidden && echo 2 > new");
    await cli("set", "cart", "hats");
    await cli("set", "more", "1");
    later = await state();
  });

  const containers = () => dockerd.docker(["ps", "-aq", "--filter", "name=belay_"]);
  const contents = { contents: "media\nredis\n" };

  test("come back with their owners, also while the service is stopped, and go back in an undo", async () => {
    await dockerd.docker(["stop", "-t", "0", "web"]);
    const last = await restoreSteps(server, "m1", contents);
    expect(last.first("code"), last.text).toBe("0");
    await dockerd.docker(["start", "web"]);
    const [files, ...rest] = await state();
    // What was there is kept beside until the confirm.
    expect([files?.replaceAll(/^\.belay-.*\n/gm, ""), ...rest]).toEqual(before);
    expect((await server.call(["undo", "m1"], "no\n")).first("outcome")).toBe("undone");
    expect(await state()).toEqual(later);
    expect(await containers()).toBe("");
  });

  test.each([
    ["the old media were moved away", "away"],
    ["the new ones were put in place", "placed"],
  ])("killed when %s are back as they were, whole", async (_, token) => {
    await server.call(["begin", "restore", token], packPlan({ contents: "media\n" }));
    const attendance = server.attend(token);
    try {
      const [, load] = await server.steps(token, "backup", "load");
      expect(load?.first("code"), load?.text).toBe("0");
      const number = /belay-new-(\d+)/.exec(await inWeb("ls -A '/srv/up loads'"))?.[1] ?? "";
      // As far as the swap would have come.
      await inWeb(
        `cd '/srv/up loads' && mkdir .belay-old-${number} && mv photo new .belay-old-${number}/`,
      );
      if (token === "placed")
        await inWeb(
          `cd '/srv/up loads' && : > .belay-moved-${number} && mv .belay-new-${number}/photo .`,
        );
      writeFileSync(join(server.dot("operations", token, "restore"), "swapping"), "");
      expect((await server.call(["undo", token], "killed\n")).first("outcome")).toBe("undone");
    } finally {
      attendance.stop();
    }
    expect(await state()).toEqual(later);
  });

  test("stay when the restore is confirmed, and what was replaced goes", async () => {
    const last = await restoreSteps(server, "m2", contents);
    expect(last.first("code"), last.text).toBe("0");
    expect((await server.call(["confirm", "m2"])).code).toBe(0);
    expect(await state()).toEqual(before);
    expect(await containers()).toBe("");
    await dockerd.docker(["restart", "cache"]);
    await until("Redis to answer", async () => (await cli("ping").catch(() => "")) === "PONG");
    expect(await cli("get", "cart")).toBe("shoes");
  });

  test("are refused where the next container would not have them, before anything is changed", async () => {
    await server.call(
      ["begin", "restore", "m3"],
      packPlan({ contents: "media\n", "media-path": "web:/etc" }),
    );
    const answers = await server.steps("m3", "backup", "load");
    expect(answers.at(-1)?.all("finding")[0]).toEqual([
      "error",
      "not-writable",
      expect.stringContaining("web:/etc is in no volume that the service may write"),
      expect.stringContaining("by hand as MANIFEST.txt says"),
    ]);
    await server.call(["undo", "m3"], "no\n");
  });
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

test("a project that has never run has nothing to back up yet; one that left a volume must run first", async () => {
  const first = await BelayServer.start("dash", dockerd.env);
  const fresh: PlanFields = {
    project: "fresh",
    "databases/1/env": fields["databases/1/env"] ?? "",
    "databases/1/service": "db",
    "media-path": "web:/srv",
  };
  try {
    await first.upload("one", fresh, { a: "a" });
    const [backup] = await first.steps("one", "backup");
    expect(backup?.first("code"), backup?.text).toBe("0");
    expect(backup?.first("nothing")).toContain("nothing to back up yet");
    await first.call(["undo", "one"], "end\n");
    const label = "com.docker.compose.project=fresh";
    await dockerd.docker(["volume", "create", "--label", label, "fresh_data"]);
    const refused = await first.begin("two", fresh, { a: "a" });
    expect([refused.code, refused.text]).toEqual([
      1,
      expect.stringContaining("no container of service db runs in project fresh"),
    ]);
  } finally {
    await first.stop();
  }
});
