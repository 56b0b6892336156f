import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { httpClient } from "../../src/platform/http-client.js";
import { packPlan } from "../../src/server/plan.js";
import { Bucket } from "../../src/ssh-deploy-with-backup/bucket.js";
import { BelayServer } from "../support/belay-server.js";
import { madeDatabases, settingsOf } from "../support/database-settings.js";
import { exportStatements } from "../support/database.js";
import { type ObjectStore, startObjectStore } from "../support/peers/versitygw.js";
import { type Postgres, startPostgres } from "../support/postgres.js";
import { restoreSteps } from "../support/restore-steps.js";
import { mountSmallDisk, type SmallDisk } from "../support/small-disk.js";

const patient = { "confirm-timeout": "120" };
const mebibyte = 1024 * 1024;

/** What `start` makes lies on the disk. */
async function onDisk<T>(disk: SmallDisk, start: () => Promise<T>): Promise<T> {
  vi.stubEnv("TMPDIR", disk.path);
  try {
    return await start();
  } finally {
    vi.unstubAllEnvs();
  }
}

describe("a restore onto a full disk", () => {
  let postgres: Postgres;
  let disk: SmallDisk;
  let server: BelayServer;
  const media = () => join(server.path, "shared/media");

  beforeAll(async () => {
    postgres = await startPostgres();
    await postgres.admin("alter role app createdb");
    await postgres.query("create table items as select generate_series(1, 1000) as id");
  });
  afterAll(() => postgres.stop());
  beforeEach(async () => {
    disk = await mountSmallDisk({ megabytes: 96 });
    server = await onDisk(disk, () => BelayServer.start("dash"));
    mkdirSync(media(), { recursive: true });
    writeFileSync(join(media(), "noise"), randomBytes(8 * mebibyte));
    await server.deploy("one", {
      "databases/1/env": exportStatements(postgres.env()),
      "media-path": "shared/media",
      "backup-keep-files": "100",
      "keep-old-database": "0",
    });
    writeFileSync(join(media(), "noise"), "new");
  });
  afterEach(async () => {
    await disk.empty();
    await server.stop();
    await disk.unmount();
  });

  const expectUndone = async () => {
    const undo = await server.call(["undo", "r"], "the disk is full\n");
    expect(undo.first("outcome"), undo.text).toBe("undone");
    expect(readFileSync(join(media(), "noise"), "utf8")).toBe("new");
    expect(readdirSync(join(server.path, "shared"))).toEqual(["media"]);
    expect(await postgres.query("select count(*) from items")).toBe("1000");
    expect(await madeDatabases(postgres, postgres)).toBe("");
    expect(
      readdirSync(join(server.path, "backups")).filter((id) => id.endsWith(".partial")),
    ).toEqual([]);
  };
  // A disk that is full to the last block has no room for what the step itself would say.
  const full = [
    "error",
    "disk-full",
    expect.stringMatching(/^the disk of .* is full: /) as string,
    expect.stringContaining("free some space there") as string,
  ];

  it("that fills up while the media are unpacked says so, is undone, and comes whole once there is room", async () => {
    await server.call(["begin", "restore", "r"], packPlan(patient));
    await server.steps("r", "backup");
    await disk.fill(2 * mebibyte);
    const [load] = await server.steps("r", "load");
    expect(load?.all("finding")[0], load?.text).toEqual(full);
    await expectUndone();
    await disk.empty();
    expect((await restoreSteps(server, "again", patient)).first("code")).toBe("0");
    expect((await server.call(["confirm", "again"])).code).toBe(0);
    expect(readFileSync(join(media(), "noise"))).toHaveLength(8 * mebibyte);
  });

  describe("of a backup that is in a bucket", () => {
    let store: ObjectStore;
    beforeAll(async () => {
      store = await startObjectStore(["backups"]);
    });
    afterAll(() => store.stop());

    it("that fills up during the download says so, and leaves no half backup", async () => {
      const id = "20260101T000000Z-deploy";
      const object = join(store.folder, "backups", id);
      mkdirSync(object);
      writeFileSync(join(object, "media.tar.gz"), randomBytes(8 * mebibyte));
      const { signGet } = bucketOf(store);
      await server.call(
        ["begin", "restore", "r"],
        packPlan({ ...patient, backup: id, fetch: "true" }),
      );
      await server.steps("r", "backup");
      await disk.fill(2 * mebibyte);
      const { url } = await signGet(`${id}/media.tar.gz`);
      const line = ["get", id, "media.tar.gz", "0", "-", "-", url].join("\t");
      const fetched = await server.call(["receive", "r", "fetch-1", "plain"], `${line}\nend\n`);
      expect(fetched.all("finding")[0], fetched.text).toEqual(full);
      await expectUndone();
    });
  });

  it("whose database cannot be tried beside itself for want of room is refused as a backup", async () => {
    await disk.fill(48 * mebibyte);
    await server.call(
      ["begin", "backup", "r"],
      packPlan({ ...patient, "backup-verify": "restore", "media-path": "" }),
    );
    const [backup] = await server.steps("r", "backup");
    expect(backup?.all("finding")[0], backup?.text).toEqual([
      "error",
      "disk-full",
      expect.stringContaining("app restored beside itself needs"),
      expect.stringContaining("backup-verify: read"),
    ]);
    await expectUndone();
  });
});

describe("a restore whose PostgreSQL has no room", () => {
  let disk: SmallDisk;
  let postgres: Postgres;
  let server: BelayServer;
  beforeAll(async () => {
    disk = await mountSmallDisk({ megabytes: 256 });
    postgres = await onDisk(disk, () => startPostgres({ settings: { synchronous_commit: "on" } }));
    await postgres.admin("alter role app createdb");
    await postgres.query(
      "create table items as select n as id, repeat(md5(n::text), 20) as text from generate_series(1, 40000) n",
    );
    server = await BelayServer.start("dash");
  });
  afterAll(async () => {
    await disk.empty();
    await server.stop();
    await postgres.stop();
    await disk.unmount();
  });

  it("leaves the old data with their settings, and comes whole once there is room", async () => {
    await server.deploy("one", {
      "databases/1/env": exportStatements(postgres.env()),
      "keep-old-database": "0",
    });
    await postgres.query("delete from items where id > 10");
    const before = await settingsOf(postgres, postgres);
    await server.call(["begin", "restore", "r"], packPlan(patient));
    await server.steps("r", "backup");
    await disk.fill(18 * mebibyte);
    const [load] = await server.steps("r", "load");
    expect(load?.first("code"), load?.text).toBe("1");
    expect(load?.all("finding")[0]?.[1]).toBe("backup-failed");
    expect(load?.output).toMatch(/No space left on device|server closed the connection/);
    expect(load?.all("finding")[0]?.[3]).toContain("the old data");
    await disk.empty();
    // A write-ahead log that finds no room ends the server.
    if (!(await answers())) {
      await postgres.shutDown();
      await postgres.startAgain();
    }
    const undo = await server.call(["undo", "r"], "no room\n");
    expect(undo.first("outcome"), undo.text).toBe("undone");
    expect(await postgres.query("select count(*) from items")).toBe("10");
    expect([await settingsOf(postgres, postgres), await madeDatabases(postgres, postgres)]).toEqual(
      [before, ""],
    );
    expect((await restoreSteps(server, "again", patient)).first("code")).toBe("0");
    expect((await server.call(["confirm", "again"])).code).toBe(0);
    expect(await postgres.query("select count(*) from items")).toBe("40000");
  });

  const answers = () =>
    postgres.query("select 1").then(
      () => true,
      () => false,
    );
});

function bucketOf({ endpoint, region, accessKey, secretKey }: ObjectStore) {
  const bucket = new Bucket(
    {
      ...{ bucket: "backups", prefix: "", endpoint, region },
      ...{ accessKeyId: accessKey, secretAccessKey: secretKey, sessionToken: "" },
    },
    httpClient({}),
  );
  return { signGet: (key: string) => bucket.signGet(key) };
}
