import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { httpClient } from "../../../src/platform/http-client.js";
import { makeCertificate, makeIssuer } from "../../support/certificate.js";
import { freePort } from "../../support/free-port.js";
import { type MisbehavingApp, startMisbehavingApp } from "../../support/misbehaving-app.js";

const http = httpClient({});
let app: MisbehavingApp;

beforeAll(async () => {
  app = await startMisbehavingApp();
});
afterAll(() => app.stop());

function ask(
  path: string,
  more: { timeoutMs?: number; maxBodyBytes?: number; signal?: AbortSignal } = {},
) {
  return http.request({ url: `${app.url}/${path}`, timeoutMs: 2000, ...more });
}

async function reasonOf(work: Promise<unknown>): Promise<string> {
  const failure = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(Error);
  return (failure as Error).message;
}

describe("an answer", () => {
  it("comes with status, headers and body", async () => {
    const answer = await ask("healthy");
    expect(answer).toMatchObject({ status: 200, body: "version abc123 is up" });
    expect(answer.headers["connection"]).toBe("close");
  });

  it("has its bytes as they came, whatever they are", async () => {
    const bytes = Buffer.from([0xef, 0xbb, 0xbf, 0xff, 0x00, 0x7b]);
    const server = createServer((_, answer) => answer.end(bytes)).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const answer = await http.request({ url: `http://127.0.0.1:${port}/`, timeoutMs: 2000 });
    server.close();
    expect(Buffer.from(answer.bytes ?? [])).toEqual(bytes);
  });

  it("of a client that keeps connections comes over one that is there", async () => {
    const sockets = new Set<unknown>();
    const server = createServer(({ socket }, answer) => {
      sockets.add(socket);
      answer.end("fine");
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const request = { url: `http://127.0.0.1:${port}/`, timeoutMs: 2000 };
    const keeping = httpClient({}, { keepAlive: true });
    for (let round = 0; round < 3; round += 1) await keeping.request(request);
    expect(sockets.size).toBe(1);
    for (let round = 0; round < 2; round += 1) await http.request(request);
    expect(sockets.size).toBe(3);
    server.closeAllConnections();
    server.close();
  });

  it("is no failure when its status is an error", async () => {
    expect(await ask("broken")).toMatchObject({ status: 500 });
  });

  it("is the redirect itself, never what it leads to", async () => {
    const before = app.count();
    expect(await ask("moved")).toMatchObject({ status: 302, headers: { location: "/login" } });
    expect(app.count()).toBe(before + 1);
  });

  it("that never ends is cut at the limit and then no longer read", async () => {
    const answer = await ask("huge", { maxBodyBytes: 100_000 });
    expect(answer.body).toHaveLength(100_000);
  });

  it("is cut at 64 KiB when no limit is given", async () => {
    expect((await ask("huge")).body).toHaveLength(64 * 1024);
  });

  it("is there as soon as its headers are, when no body is wanted", async () => {
    expect(await ask("slow", { maxBodyBytes: 0 })).toMatchObject({ status: 200, body: "" });
  });

  it("is cut between characters, not through one", async () => {
    const server = createServer((_, answer) => answer.end("aéé")).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    const { body } = await http.request({
      url: `http://127.0.0.1:${port}/`,
      timeoutMs: 2000,
      maxBodyBytes: 4,
    });
    server.close();
    expect(body).toBe("aé");
  });
});

describe("a request", () => {
  it("keeps its own Host header", async () => {
    const { body } = await http.request({
      url: `${app.url}/headers`,
      timeoutMs: 2000,
      headers: { host: "app.example" },
    });
    expect(JSON.parse(body)).toMatchObject({ host: "app.example", "user-agent": "belay" });
  });

  it("sends its body with its length", async () => {
    const url = `${app.url}/headers`;
    const { body } = await http.request({ url, method: "POST", body: "héllo", timeoutMs: 2000 });
    expect(JSON.parse(body)).toMatchObject({ "content-length": "6" });
  });
});

describe("no answer", () => {
  it("says that the connection was refused, and by whom", async () => {
    const port = await freePort();
    const reason = await reasonOf(
      http.request({ url: `http://127.0.0.1:${port}/`, timeoutMs: 2000 }),
    );
    expect(reason).toBe(`connection refused by 127.0.0.1:${port}`);
  });

  it.each([
    ["hang", "no answer within 150 ms"],
    ["slow", "the answer began but did not end within 150 ms"],
    ["reset", "connection reset"],
    ["half", "connection closed before the answer was whole"],
    ["garbage", "the answer is no HTTP"],
  ])("of an app that does %s is named in one line", async (path, reason) => {
    expect(await reasonOf(ask(path, { timeoutMs: 150 }))).toBe(reason);
  });

  it("says that the name was not found", async () => {
    const reason = await reasonOf(
      http.request({ url: "http://no-such-name.invalid/", timeoutMs: 5000 }),
    );
    expect(reason).toMatch(/^name (not found|server does not answer): no-such-name\.invalid$/);
  });

  it("ends at once when the signal aborts", async () => {
    const cancel = new AbortController();
    setTimeout(() => cancel.abort(), 30);
    expect(await reasonOf(ask("hang", { timeoutMs: 60_000, signal: cancel.signal }))).toBe(
      "cancelled",
    );
  });
});

describe("over TLS", () => {
  const issuer = makeIssuer();
  const trusted = getCACertificates("default");
  beforeAll(() => setDefaultCACertificates([...trusted, issuer.cert]));
  afterAll(() => setDefaultCACertificates(trusted));

  async function askSecure(
    certificate: Parameters<typeof startMisbehavingApp>[0],
    client = http,
  ): Promise<string> {
    const secure = await startMisbehavingApp(certificate);
    const request = client.request({ url: `${secure.url}/healthy`, timeoutMs: 2000 });
    return request
      .then(
        ({ body }) => body,
        (error: unknown) => (error as Error).message,
      )
      .finally(() => secure.stop());
  }

  it("an app with a trusted certificate answers", async () => {
    expect(await askSecure(makeCertificate({ issuer }))).toBe("version abc123 is up");
  });

  it("a self-signed certificate is refused and named", async () => {
    expect(await askSecure(makeCertificate())).toBe("TLS: certificate is self-signed");
  });

  it("an expired certificate is named with its last day", async () => {
    const certificate = makeCertificate({
      issuer,
      validFrom: new Date("2020-01-01T00:00:00Z"),
      validTo: new Date("2021-02-03T04:05:06Z"),
    });
    expect(await askSecure(certificate)).toBe("TLS: certificate expired on 2021-02-03");
  });

  it("a certificate of the future is named with its first day", async () => {
    const certificate = makeCertificate({
      issuer,
      validFrom: new Date("2090-01-01T00:00:00Z"),
      validTo: new Date("2091-01-01T00:00:00Z"),
    });
    expect(await askSecure(certificate)).toBe(
      "TLS: certificate is not valid yet, only from 2090-01-01",
    );
  });

  it("a certificate for another host is named with that host", async () => {
    const certificate = makeCertificate({ issuer, name: "other.example" });
    expect(await askSecure(certificate)).toBe(
      "TLS: certificate is for another name: other.example",
    );
  });

  it("an issuer that nobody trusts is named", async () => {
    const certificate = makeCertificate({ issuer: makeIssuer("Unknown CA") });
    expect(await askSecure(certificate)).toMatch(/^TLS: certificate's issuer is not trusted/);
  });

  it("a handshake that the server breaks off is named with the reason", async () => {
    const secure = createSecureServer({
      ...makeCertificate({ issuer }),
      maxVersion: "TLSv1.1",
      minVersion: "TLSv1",
    });
    await new Promise<void>((resolve) => secure.listen(0, "127.0.0.1", resolve));
    const { port } = secure.address() as AddressInfo;
    const reason = await reasonOf(
      http.request({ url: `https://localhost:${port}/`, timeoutMs: 2000 }),
    );
    secure.close();
    expect(reason).toMatch(/^TLS: the handshake failed: .*(version|alert)/);
  });

  it("a port without TLS is named", async () => {
    const url = `${app.url.replace("http:", "https:")}/healthy`;
    const reason = await reasonOf(http.request({ url, timeoutMs: 2000 }));
    expect(reason).toBe("TLS: the port answers, but does not speak TLS");
  });

  it("an expired certificate behind a proxy is named", async () => {
    const proxy = createServer().on("connect", ({ url }, socket) => {
      const upstream = connect(Number(url?.split(":")[1]), "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        upstream.pipe(socket).pipe(upstream);
      });
      upstream.on("error", () => socket.destroy());
      socket.on("error", () => upstream.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const { port } = proxy.address() as AddressInfo;
    const dates = {
      validFrom: new Date("2020-01-01T00:00:00Z"),
      validTo: new Date("2021-02-03T04:05:06Z"),
    };
    const proxied = httpClient({ HTTPS_PROXY: `http://127.0.0.1:${port}` });
    const reason = await askSecure(makeCertificate({ issuer, ...dates }), proxied);
    proxy.close();
    expect(reason).toMatch(/^TLS: certificate expired/);
  });
});

describe("a proxy of the environment", () => {
  async function withProxy<T>(body: (url: string) => Promise<T>): Promise<T> {
    const proxy = createServer(({ url }, answer) => void answer.end(`proxied ${url ?? ""}`));
    proxy.on("connect", (_, socket) => socket.end("HTTP/1.1 403 Forbidden\r\n\r\n"));
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const { port } = proxy.address() as AddressInfo;
    return body(`127.0.0.1:${port}`).finally(() => proxy.close());
  }

  it("is asked for what is not in NO_PROXY", async () => {
    const body = await withProxy(async (proxy) => {
      const client = httpClient({ HTTP_PROXY: `http://${proxy}`, NO_PROXY: "127.0.0.1" });
      const direct = await client.request({ url: `${app.url}/healthy`, timeoutMs: 2000 });
      const proxied = await client.request({ url: "http://app.invalid/x", timeoutMs: 2000 });
      return [direct.body, proxied.body];
    });
    expect(body).toEqual(["version abc123 is up", "proxied http://app.invalid/x"]);
  });

  it("that refuses the tunnel is named with its answer and without its password", async () => {
    const reason = await withProxy((proxy) => {
      const client = httpClient({ HTTPS_PROXY: `http://user:hidden@${proxy}` });
      return reasonOf(client.request({ url: "https://app.invalid/", timeoutMs: 2000 }));
    });
    expect(reason).toBe("the proxy refused the way there: HTTP/1.1 403 Forbidden");
  });

  it("whose variable is no URL is said without showing it", async () => {
    const client = httpClient({ HTTP_PROXY: "http://user:hidden@:x" });
    const failure: unknown = await client
      .request({ url: "http://app.invalid/", timeoutMs: 2000 })
      .catch((error: unknown) => error);
    expect((failure as Error).message).toBe(
      "the proxy variable of the environment is no usable URL",
    );
    expect(JSON.stringify(failure, ["message", "cause", "stack"])).not.toContain("hidden");
  });
});
