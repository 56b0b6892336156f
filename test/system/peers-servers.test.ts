import { once } from "node:events";
import { createServer } from "node:net";
import { connect } from "node:tls";
import { describe, expect, test } from "vitest";
import { makeCertificate } from "../support/certificate.js";
import { type Nginx, startNginx } from "../support/peers/nginx.js";
import { type PgBouncer, startPgBouncer } from "../support/peers/pgbouncer.js";
import { startRedis } from "../support/peers/redis.js";
import { startAll, stopAfter } from "../support/peers/stop-after.js";
import { useTracedFolder } from "../support/peers/traced-folder.js";
import { type ObjectStore, startObjectStore } from "../support/peers/versitygw.js";
import { database } from "../support/database.js";
import { startPostgres } from "../support/postgres.js";
import { mustRun, runProgram } from "../support/program.js";

useTracedFolder();

describe("Redis", () => {
  test("serves with a password, keeps its data over a crash, and leaves nothing behind", async () => {
    const password = "pa55 \"wörd'#";
    const [one, other] = await startAll(
      startRedis({ password, appendonly: true, config: ["appendfsync always"] }),
      startRedis({ maxmemory: "64mb" }),
    );
    await stopAfter([one, other], async () => {
      expect(await one.cli(["set", "name", "value"])).toBe("OK");
      await one.restart("SIGKILL");
      expect(await one.cli(["get", "name"])).toBe("value");
      expect(await other.cli(["get", "name"])).toBe("");
      expect(await other.cli(["config", "get", "maxmemory"])).toBe("maxmemory\n67108864");
      const stranger = ["redis-cli", "-e", "-p", String(one.port), "get", "name"];
      expect((await runProgram(stranger)).stderr).toContain("NOAUTH");
    });
  });

  test("says why it does not start", async () => {
    await expect(startRedis({ config: ["no-such-setting yes"] })).rejects.toThrow(
      /no-such-setting/,
    );
  });
});

describe("nginx", () => {
  const says = (text: string) => (_: string, ports: { http: number; tls: number }) =>
    `server {
      listen 127.0.0.1:${String(ports.http)};
      listen 127.0.0.1:${String(ports.tls)} ssl;
      ssl_certificate tls/cert.pem;
      ssl_certificate_key tls/key.pem;
      location / { return 200 "${text}"; }
    }`;

  test("serves http and https, reloads, and leaves nothing behind, side by side with another", async () => {
    const certificate = makeCertificate({ name: "shop.test" });
    const both = await startAll(
      startNginx({ certificate, config: says("one") }),
      startNginx({ certificate, config: says("two") }),
    );
    await stopAfter(both, async () => {
      const [one, two] = both;
      expect(await Promise.all(both.map(page))).toEqual(["one", "two"]);
      expect(await namesShown(one.tlsPort, certificate.cert)).toContain("shop.test");
      await one.reload(says("three"));
      expect(await Promise.all([page(one), page(two)])).toEqual(["three", "two"]);
      await expect(one.reload(() => "server { listen nowhere")).rejects.toThrow(/emerg/);
      expect(await page(one)).toBe("three");
    });
  });

  test("says why it does not start: a port that is taken", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    try {
      const address = taken.address();
      const port = typeof address === "object" ? String(address?.port) : "";
      const config = (): string => `server { listen 127.0.0.1:${port}; }`;
      await expect(startNginx({ config })).rejects.toThrow("Address already in use");
    } finally {
      taken.close();
    }
  });
});

describe("PgBouncer", () => {
  test("passes databases on, is paused and resumed, and leaves nothing behind", async () => {
    const postgres = await startPostgres();
    const password = 'pa55 "wörd';
    const shop = await postgres.createDatabase("shop", password);
    await stopAfter(postgres, async () => {
      const users = { shop: password };
      const server = { postgresPort: shop.port, bin: postgres.bin };
      const options = { ...server, users, databases: ["shop"] };
      const both = await startAll(startPgBouncer(options), startPgBouncer(options));
      await stopAfter(both, async () => {
        for (const { port } of both) {
          const through = database(postgres.bin, port, "shop", "shop", password);
          expect(await through.query("select current_user")).toBe("shop");
        }
        const [one] = both;
        await one.admin("PAUSE shop");
        expect(await pausedDatabases(one)).toEqual(["shop"]);
        await one.admin("RESUME shop");
        await one.restart();
        const stranger = database(postgres.bin, one.port, "shop", "shop", "wrong");
        await expect(stranger.query("select 1")).rejects.toThrow(/SASL authentication failed/);
      });
    });
  });
});

describe("the object store", () => {
  test("keeps what is put with the right key, over a restart, and refuses others", async () => {
    const [one, other] = await startAll(startObjectStore(["backups"]), startObjectStore([]));
    await stopAfter([one, other], async () => {
      const put = await curl(one, one.secretKey, "backups/a", ["--data-binary", "content"]);
      expect(put).toEqual({ status: "200", body: "" });
      await one.restart();
      expect(await curl(one, one.secretKey, "backups/a")).toEqual({
        status: "200",
        body: "content",
      });
      expect((await curl(one, "wrong", "backups/a")).status).toBe("403");
      expect((await curl(other, other.secretKey, "backups/a")).status).toBe("404");
    });
  });
});

/** Of `SHOW DATABASES` the names where the column `paused`, the last but one, is 1. */
async function pausedDatabases(pgbouncer: PgBouncer): Promise<readonly string[]> {
  const rows = (await pgbouncer.admin("SHOW DATABASES")).split("\n").map((row) => row.split("\t"));
  return rows.flatMap((row) => (row.at(-2) === "1" ? [row[0] ?? ""] : []));
}

async function curl(
  store: ObjectStore,
  secret: string,
  path: string,
  words: readonly string[] = [],
): Promise<{ status: string; body: string }> {
  const unsigned = ["--header", "x-amz-content-sha256: UNSIGNED-PAYLOAD"];
  const signed = ["--aws-sigv4", `aws:amz:${store.region}:s3`, "--config", "-", ...unsigned];
  const method = words.length > 0 ? ["--request", "PUT"] : [];
  const output = ["--silent", "--write-out", "\n%{http_code}"];
  const said = await mustRun(
    ["curl", ...signed, ...method, ...output, ...words, `${store.endpoint}/${path}`],
    { input: `user = "${store.accessKey}:${secret}"\n` },
  );
  const [, body = "", status = ""] = /^(.*)\n(\d+)$/s.exec(said) ?? [];
  return { status, body };
}

function url(port: number): string {
  return `http://127.0.0.1:${String(port)}/`;
}

async function page({ port }: Nginx): Promise<string> {
  return (await fetch(url(port))).text();
}

async function namesShown(port: number, ca: string): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1", ca, servername: "shop.test" });
  await once(socket, "secureConnect");
  const names = socket.getPeerCertificate().subjectaltname ?? "";
  socket.destroy();
  return names;
}
