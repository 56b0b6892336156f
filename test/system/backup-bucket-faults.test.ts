import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { httpClient } from "../../src/platform/http-client.js";
import { Bucket } from "../../src/ssh-deploy-with-backup/bucket.js";
import {
  type FaultyStore,
  type StoreRequest,
  startFaultyStore,
} from "../support/peers/faulty-store.js";
import { type ObjectStore, startObjectStore } from "../support/peers/versitygw.js";
import { errorsOf, verdictOf } from "../support/report-of.js";
import type { Inputs, Site } from "../support/site.js";
import { worldOfFile } from "../support/world-of-file.js";

const world = worldOfFile();
const hourMs = 3_600_000;

describe("a bucket that misbehaves", () => {
  let store: ObjectStore;
  let line: FaultyStore;
  let site: Site;

  beforeAll(async () => {
    store = await startObjectStore(["backups"]);
    line = await startFaultyStore(store, { bytesPerSecond: 20_000_000 });
    site = await world().site();
    mkdirSync(join(site.path, "shared/media"), { recursive: true });
    writeFileSync(join(site.path, "shared/media/noise"), randomBytes(12 * 1024 * 1024));
    await world().postgres.admin(`alter role ${site.database.user} createdb`);
    const media = { "media-path": "shared/media", "backup-keep-files": "100" };
    const deployed = await site.deploy(
      { version: "1.0" },
      { ...inputs(), ...media, "backup-keep": "100" },
    );
    expect(verdictOf(deployed), deployed.log.text).toMatchObject({ status: "deployed" });
    // What every operation takes over from the release that serves: parts are small here.
    const record = join(site.path, ".belay/releases", (await site.current()) ?? "");
    writeFileSync(join(record, "upload-most"), "1048576\n");
    writeFileSync(join(record, "upload-part"), "5\n");
  });
  afterAll(async () => {
    await line.stop();
    await store.stop();
  });
  afterEach(() => {
    line.behave();
  });

  const inputs = (): Inputs => ({
    "backup-upload": "s3://backups/shop",
    "backup-upload-endpoint": line.endpoint,
    "aws-region": store.region,
    "aws-access-key-id": store.accessKey,
    "aws-secret-access-key": store.secretKey,
  });
  const backUp = () => site.operate("backup", inputs());
  const folder = () => join(site.path, "backups");
  const stored = (id: string) => join(store.folder, "backups/shop", id);
  const waiting = async () =>
    /not uploaded yet\s+(\S.*)/.exec((await site.operate("status")).log.text)?.[1]?.trim();
  const bucket = () =>
    new Bucket(
      {
        ...{ bucket: "backups", prefix: "shop/", endpoint: store.endpoint, region: store.region },
        ...{ accessKeyId: store.accessKey, secretAccessKey: store.secretKey, sessionToken: "" },
      },
      httpClient({}),
    );
  const unfinished = () => bucket().unfinished();
  const expectStored = (id = "") => {
    const names = readdirSync(join(folder(), id)).filter((name) => name !== "uploaded");
    expect(names).toContain("media.tar.gz");
    for (const name of names)
      expect(sha256(join(stored(id), name)), name).toBe(sha256(join(folder(), id, name)));
  };

  test("not at all takes a large file in parts, several at a time, with a checksum each", async () => {
    line.behave();
    line.misbehave(({ query }) =>
      query.has("lifecycle") ? { status: 200, code: "", body: expiresAfter(90) } : undefined,
    );
    const result = await backUp();
    expect(result.log.text).toContain("the bucket removes objects after 90 days");
    expect(verdictOf(result), result.log.text).toMatchObject({ status: "backed-up" });
    expect(
      line.requests
        .filter(isPart)
        .map(({ query }) => query.get("partNumber"))
        .sort(),
    ).toEqual(["1", "2", "3"]);
    expect(line.mostAtOnce).toBeGreaterThan(1);
    expectStored(result.outputs["backup-id"]);
    expect(await unfinished()).toEqual([]);
    expect(result.log.text).toMatch(/is kept until 100 newer manual backups are whole/);
  });

  test.each([
    ["drops a part half-way", { cutRequestAfter: 2_000_000 }],
    ["answers a part with 500", { status: 500, code: "InternalError" }],
    ["answers a part with 503 for a while", { status: 503, code: "SlowDown" }],
  ] as const)("that %s gets it again, and the backup goes whole", async (_, fault) => {
    let failures = "code" in fault && fault.code === "SlowDown" ? 2 : 1;
    line.misbehave((request) => {
      const fails = isPart(request) && request.query.get("partNumber") === "2" && failures > 0;
      if (fails) failures -= 1;
      return fails ? fault : undefined;
    });
    const result = await backUp();
    expect(failures).toBe(0);
    expect(verdictOf(result), result.log.text).toMatchObject({ status: "backed-up" });
    expectStored(result.outputs["backup-id"]);
  });

  test.each([
    ["refuses to take anything (403)", 403, "AccessDenied", /must be allowed s3:PutObject/],
    ["answers 500 for good in mid-upload", 500, "InternalError", /the next run tries again/],
    ["finds the session expired in mid-upload", 400, "ExpiredToken", /take new ones in a step/],
  ] as const)(
    "that %s fails the backup, says so, leaves no part there, and the next run sends it",
    async (_, status, code, remedy) => {
      // In mid-upload: the first part still went.
      const refused = (request: StoreRequest): boolean =>
        status === 403
          ? request.method === "PUT"
          : isPart(request) && request.query.get("partNumber") !== "1";
      line.misbehave((request) => (refused(request) ? { status, code } : undefined));
      const failed = await backUp();
      expect(verdictOf(failed), failed.log.text).toMatchObject({
        exitCode: 1,
        status: "failed",
        code: "backup-failed",
      });
      expect(errorsOf(failed)).toContain(`the bucket answered ${String(status)} (${code})`);
      expect(errorsOf(failed)).toMatch(remedy);
      expect(failed.log.text).not.toContain("X-Amz-Signature");
      expect(await unfinished()).toEqual([]);
      const id = readdirSync(folder()).sort().at(-1) ?? "";
      expect(existsSync(join(stored(id), "MANIFEST.txt"))).toBe(false);
      expect(await waiting()).toContain(id);
      line.behave();
      const next = await backUp();
      expect(verdictOf(next), next.log.text).toMatchObject({ status: "backed-up" });
      expectStored(id);
      expect((await waiting()) ?? "").not.toContain(id);
    },
  );

  test("that says yes to a file and does not keep it fails the backup", async () => {
    line.misbehave(({ method, path }) =>
      method === "PUT" && path.endsWith("/globals.sql") ? { status: 200, code: "" } : undefined,
    );
    const result = await backUp();
    expect(verdictOf(result), result.log.text).toMatchObject({ status: "failed" });
    expect(errorsOf(result)).toMatch(/globals\.sql: the bucket answered 404/);
  });

  test("whose upload nobody could give up has it given up by the next run", async () => {
    line.misbehave(({ method, query }) =>
      method === "DELETE" || query.get("partNumber") === "2"
        ? { status: 403, code: "AccessDenied" }
        : undefined,
    );
    expect((await backUp()).exitCode).toBe(1);
    expect(await unfinished()).toHaveLength(1);
    line.behave();
    const next = await backUp();
    expect(verdictOf(next), next.log.text).toMatchObject({ status: "backed-up" });
    expect(await unfinished()).toEqual([]);
  });

  test("that holds uploads of backups long gone has those given up that are a day old, and no younger one", async () => {
    const begun = new Map([
      ["old/media.tar.gz", Date.now() - 25 * hourMs],
      ["young/media.tar.gz", Date.now() - 23 * hourMs],
    ]);
    const items = await Promise.all(
      Array.from(begun, async ([key, at]) => {
        const upload = await bucket().begin(key);
        const initiated = new Date(at).toISOString();
        return `<Upload><Key>shop/${key}</Key><UploadId>${upload}</UploadId><Initiated>${initiated}</Initiated></Upload>`;
      }),
    );
    // The store itself knows only uploads of this minute.
    line.misbehave(({ method, query }) =>
      method === "GET" && query.has("uploads")
        ? {
            status: 200,
            code: "",
            body: `<ListMultipartUploadsResult>${items.join("")}</ListMultipartUploadsResult>`,
          }
        : undefined,
    );
    const result = await backUp();
    expect(verdictOf(result), result.log.text).toMatchObject({ status: "backed-up" });
    const left = await unfinished();
    expect(left.map(({ key }) => key)).toEqual(["young/media.tar.gz"]);
    for (const { key, upload } of left) await bucket().abort(key, upload);
  });

  test("that breaks a download off, or changes a bit of it, changes nothing on the server but its backups", async () => {
    const { outputs } = await backUp();
    const id = outputs["backup-id"] ?? "";
    await site.database.query("create table if not exists later (id int)");
    const fromBucket = { ...inputs(), backup: `s3://backups/shop/${id}` };
    rmSync(join(folder(), id), { recursive: true });
    line.misbehave(({ method, path }) =>
      method === "GET" && path.endsWith("/media.tar.gz") ? { flipAnswerAt: 1_000_000 } : undefined,
    );
    const damaged = await site.operate("restore", fromBucket);
    expect(verdictOf(damaged), damaged.log.text).toMatchObject({
      status: "failed",
      code: "backup-damaged",
    });
    expect(existsSync(join(folder(), id))).toBe(false);
    expect(await site.database.query("select count(*) from later")).toBe("0");
    let cuts = 1;
    line.misbehave(({ method, path }) => {
      const fails = method === "GET" && path.endsWith("/media.tar.gz") && cuts > 0;
      if (fails) cuts -= 1;
      return fails ? { cutAnswerAfter: 1_000_000 } : undefined;
    });
    const restored = await site.operate("restore", fromBucket);
    expect(cuts).toBe(0);
    expect(verdictOf(restored), restored.log.text).toMatchObject({ status: "restored" });
    expect(await site.database.query("select to_regclass('later') is null")).toBe("t");
  });
});

/** A bucket's own rule, as S3 answers it; the store here has none. */
function expiresAfter(days: number): string {
  return `<?xml version="1.0"?><LifecycleConfiguration><Rule><Status>Enabled</Status><Expiration><Days>${String(days)}</Days></Expiration></Rule></LifecycleConfiguration>`;
}

function isPart({ method, query }: StoreRequest): boolean {
  return method === "PUT" && query.has("partNumber");
}

function sha256(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}
