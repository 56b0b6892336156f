import { once } from "node:events";
import { createServer } from "node:net";
import { connect } from "node:tls";
import { describe, expect, test } from "vitest";
import { makeCertificate } from "../support/certificate.js";
import { type Nginx, startNginx } from "../support/peers/nginx.js";
import { startRedis } from "../support/peers/redis.js";
import { stopAfter } from "../support/peers/stop-after.js";
import { useTracedFolder } from "../support/peers/traced-folder.js";
import { runProgram } from "../support/program.js";

useTracedFolder();

describe("Redis", () => {
  test("serves with a password, keeps its data over a crash, and leaves nothing behind", async () => {
    const password = "pa55 \"wörd'#";
    const [one, other] = await Promise.all([
      startRedis({ password, appendonly: true, config: ["appendfsync always"] }),
      startRedis({ maxmemory: "64mb" }),
    ]);
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
    const both = await Promise.all([
      startNginx({ certificate, config: says("one") }),
      startNginx({ certificate, config: says("two") }),
    ]);
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
