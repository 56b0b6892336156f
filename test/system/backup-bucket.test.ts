import { createHash, randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { httpClient } from "../../src/platform/http-client.js";
import { packPlan } from "../../src/server/plan.js";
import { Bucket } from "../../src/ssh-deploy-with-backup/bucket.js";
import { BelayServer } from "../support/belay-server.js";
import { type ObjectStore, startObjectStore } from "../support/peers/versitygw.js";
import { verdictOf } from "../support/report-of.js";
import type { Inputs, Site } from "../support/site.js";
import { type World, startWorld } from "../support/world.js";

let store: ObjectStore;
beforeAll(async () => {
  store = await startObjectStore(["backups"]);
});
afterAll(() => store.stop());

describe("backups in a bucket, through the action", () => {
  let world: World;
  let site: Site;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world.stop());
  beforeEach(async () => {
    site = await world.site();
    await world.postgres.admin(`alter role ${site.database.user} createdb`);
  });
  const keys = (): Inputs => ({
    "backup-upload-endpoint": store.endpoint,
    "aws-region": store.region,
    "aws-access-key-id": store.accessKey,
    "aws-secret-access-key": store.secretKey,
  });
  const folder = () => join(site.path, "backups");

  test("go from the server with every deploy, and come back onto one that has lost them", async () => {
    const upload = { "backup-upload": "s3://backups/a/shop", ...keys() };
    await site.deploy({ version: "1.0" });
    const deployed = await site.deploy({ version: "1.1" }, upload);
    expect(verdictOf(deployed), deployed.log.text).toMatchObject({ status: "deployed" });
    const id = deployed.outputs["backup-id"] ?? "";
    for (const name of ["MANIFEST.txt", "database.dump", "globals.sql"])
      expect(sha256(join(store.folder, "backups/a/shop", id, name))).toBe(
        sha256(join(folder(), id, name)),
      );
    expect(deployed.log.text).not.toContain(store.secretKey);
    expect(deployed.log.text).not.toContain("X-Amz-Signature");
    expect(deployed.log.text).toContain("lifecycle");
    await site.database.query("create table lost (id int)");
    rmSync(folder(), { recursive: true });
    const restored = await site.operate("restore", {
      backup: `s3://backups/a/shop/${id}`,
      ...keys(),
    });
    expect(verdictOf(restored), restored.log.text).toMatchObject({ status: "restored" });
    expect(await site.database.query("select to_regclass('lost') is null")).toBe("t");
    const verified = await site.operate("verify-backup", {
      backup: `s3://backups/a/shop/${id}`,
      ...keys(),
    });
    expect(verdictOf(verified), verified.log.text).toMatchObject({ status: "verified" });
  });

  test("come back onto a server that has never seen the app, whose database is gone", async () => {
    const upload = { "backup-upload": "s3://backups/fresh", ...keys() };
    await site.deploy({ version: "1.0" });
    await site.database.query("create table notes as select generate_series(1, 500) as id");
    const { outputs } = await site.operate("backup", upload);
    await world.postgres.admin(`drop database ${site.database.name} with (force)`);
    const fresh = await world.site();
    const restored = await fresh.operate("restore", {
      ...keys(),
      backup: `s3://backups/fresh/${outputs["backup-id"] ?? ""}`,
      "database-url": site.database.url(),
    });
    expect(verdictOf(restored), restored.log.text).toMatchObject({ status: "restored" });
    expect(await site.database.query("select count(*) from notes")).toBe("500");
    expect(restored.outputs["report"]).toContain("recovery time");
    expect(restored.log.text).toContain("database 1 is in place; there was none before");
  });

  test("that were made without a runner go with the next one, and status names them until then", async () => {
    const upload = { "backup-upload": "s3://backups/b", ...keys() };
    await site.deploy({ version: "1.0" }, upload);
    expect((await site.belay("backup", "daily")).code).toBe(0);
    const daily = readdirSync(folder()).find((name) => name.endsWith("-daily")) ?? "";
    expect((await site.operate("status")).log.text).toMatch(
      new RegExp(`not uploaded yet\\s+${daily}`),
    );
    const next = await site.operate("backup", upload);
    expect(verdictOf(next), next.log.text).toMatchObject({ status: "backed-up" });
    expect(existsSync(join(store.folder, "backups/b", daily, "MANIFEST.txt"))).toBe(true);
  });

  test("with a wrong key fail a backup and say why, and only warn a deploy", async () => {
    const wrong = {
      ...keys(),
      "backup-upload": "s3://backups/c",
      "aws-secret-access-key": "wr0ng-s3cret",
    };
    const deployed = await site.deploy({ version: "1.0" }, wrong);
    expect(verdictOf(deployed), deployed.log.text).toMatchObject({ status: "deployed" });
    expect(deployed.log.text).toContain("The backup was not uploaded");
    const backup = await site.operate("backup", wrong);
    expect(verdictOf(backup), backup.log.text).toMatchObject({ exitCode: 1, status: "failed" });
    expect(backup.log.text).toMatch(/403 \(SignatureDoesNotMatch\)/);
    expect(backup.log.text).not.toContain("wr0ng");
    expect(existsSync(join(store.folder, "backups/c"))).toBe(false);
  });
});

describe("a file that is too large for one piece", () => {
  let server: BelayServer;
  beforeEach(async () => {
    server = await BelayServer.start("dash");
    return () => server.stop();
  });
  const bucket = () =>
    new Bucket(
      {
        bucket: "backups",
        prefix: "parts/",
        endpoint: store.endpoint,
        region: store.region,
        accessKeyId: store.accessKey,
        secretAccessKey: store.secretKey,
        sessionToken: "",
      },
      httpClient({}),
    );

  test("goes in parts with a checksum each, whatever their order, and is put together by the bucket", async () => {
    const media = join(server.path, "shared/media");
    await mkdir(media, { recursive: true });
    writeFileSync(join(media, "noise"), randomBytes(12 * 1024 * 1024));
    const fields = {
      "media-path": media,
      "backup-upload": "s3://backups/parts",
      "upload-most": "1048576",
      "upload-part": "5",
    };
    await server.call(
      ["begin", "backup", "one"],
      packPlan({ ...fields, "backup-label": "manual" }),
    );
    const [backup] = await server.steps("one", "backup");
    const parts = backup?.all("part") ?? [];
    expect(parts.map(([, name, number]) => [name, number])).toEqual([
      ["media.tar.gz", "1"],
      ["media.tar.gz", "2"],
      ["media.tar.gz", "3"],
    ]);
    const id = backup?.first("backup-id") ?? "";
    const key = `${id}/media.tar.gz`;
    const upload = await bucket().begin(key);
    expect(await bucket().unfinished()).toEqual([{ key, upload, stale: false }]);
    const sums = parts.map((part) => Buffer.from(part[5] ?? "", "hex").toString("base64"));
    const lines = await Promise.all(
      parts.map(async ([, name = "", number = "", skip = "", count = ""], index) => {
        const signed = await bucket().signPart(key, upload, index + 1, sums[index] ?? "");
        const headers = Object.entries(signed.headers).map(
          ([header, value]) => `${header}: ${value}`,
        );
        return ["put", id, name, number, skip, count, signed.url, ...headers].join("\t");
      }),
    );
    const sent = await server.call(
      ["receive", "one", "send-1", "plain"],
      [...lines.reverse(), "end", ""].join("\n"),
    );
    const answers = sent.all("transferred");
    expect(
      answers.map((answer) => answer[3]),
      sent.text,
    ).toEqual(["200", "200", "200"]);
    const done = answers
      .map(([, , number = "", , tag = ""]) => ({ number: Number(number), tag }))
      .sort((a, b) => a.number - b.number)
      .map((part, index) => ({ ...part, sha256: sums[index] ?? "" }));
    await bucket().complete(key, upload, done);
    const file = join(server.path, "backups", id, "media.tar.gz");
    expect(sha256(join(store.folder, "backups/parts", key))).toBe(sha256(file));
    expect((await bucket().look(key)).bytes).toBe(readFileSync(file).length);
    expect(await bucket().unfinished()).toEqual([]);
    await server.call(["undo", "one"], "end\n");
  });

  test("that is not what its checksum says is refused by the bucket", async () => {
    await mkdir(join(server.path, "backups/b1"), { recursive: true });
    writeFileSync(join(server.path, "backups/b1/database.dump"), "rows");
    await server.call(["begin", "backup", "one"], packPlan({ "backup-label": "manual" }));
    const wrong = createHash("sha256").update("other rows").digest("base64");
    const signed = await bucket().signPut("b1/database.dump", wrong);
    const headers = Object.entries(signed.headers).map(([name, value]) => `${name}: ${value}`);
    const line = ["put", "b1", "database.dump", "0", "-", "-", signed.url, ...headers].join("\t");
    const sent = await server.call(["receive", "one", "send-1", "plain"], `${line}\nend\n`);
    expect(sent.all("transferred")[0]?.[3], sent.text).toBe("400");
    expect(existsSync(join(store.folder, "backups/parts/b1/database.dump"))).toBe(false);
    await server.call(["undo", "one"], "end\n");
  });
});

function sha256(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}
