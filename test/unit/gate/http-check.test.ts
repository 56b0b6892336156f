import dns from "node:dns";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, connect, isIP } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Finding, HttpCheck, JsonCondition } from "../../../src/gate/check.js";
import { askHttp } from "../../../src/gate/http-check.js";
import { compileJsonPath } from "../../../src/gate/json-path.js";
import { httpClient } from "../../../src/platform/http-client.js";
import { systemClock as clock } from "../../../src/platform/system-clock.js";
import type { Dial } from "../../../src/ports/dial.js";
import { type Certificate, makeCertificate, makeIssuer } from "../../support/certificate.js";
import { freePort } from "../../support/free-port.js";
import { httpCheck } from "../../support/gate-inputs.js";
import { startWebServer, type WebServer } from "../../support/web-server.js";

const http = httpClient({});
const ended: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

async function serve(listener: RequestListener, certificate?: Certificate): Promise<WebServer> {
  const server = await startWebServer(listener, certificate);
  ended.push(() => server.stop());
  return server;
}

function ask(over: Partial<HttpCheck>, timeoutMs = 2000, dial?: Dial): Promise<Finding> {
  return askHttp(httpCheck(over), { timeoutMs }, { http, clock, dial });
}

/** Asks an app that answers with this status, body and headers. */
async function asked(
  answer: { status?: number; body?: string; headers?: Record<string, string> },
  over: Partial<HttpCheck> = {},
): Promise<Finding> {
  const { status = 200, body = "", headers = {} } = answer;
  const { port } = await serve((_, response) => void response.writeHead(status, headers).end(body));
  return ask({ url: `http://127.0.0.1:${String(port)}/health`, ...over });
}

/** Every name has these addresses, in this order, until it is restored. */
function resolvingTo(addresses: readonly string[]) {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  const lookup = (_name: string, _options: unknown, done: (...found: unknown[]) => void): void =>
    done(null, all);
  return vi.spyOn(dns, "lookup").mockImplementation(lookup as typeof dns.lookup);
}

function selecting(path: string): JsonCondition["select"] {
  const select = compileJsonPath(path);
  if (typeof select !== "function") throw new Error(select.problem);
  return select;
}

describe("the status", () => {
  it.each([
    [204, undefined, "healthy"],
    [302, undefined, "unhealthy"],
    [401, [[401, 401]] as const, "healthy"],
    [
      500,
      [
        [200, 299],
        [500, 501],
      ] as const,
      "healthy",
    ],
    [502, [[200, 204]] as const, "unhealthy"],
  ])("%d is judged by what is wanted", async (status, wanted, state) => {
    const over = wanted === undefined ? {} : { status: wanted };
    expect((await asked({ status }, over)).state).toBe(state);
  });
});

describe("the body", () => {
  it.each([
    ["version: 2.4.1", /^version: 2\./m, "healthy", ""],
    ["starting", /ready/m, "unhealthy", "200, but nothing in the body matches /ready/"],
    ["a".repeat(50), /(a|a)*b/m, "unhealthy", "200, but /(a|a)*b/ takes too long on this body"],
  ])("%s is looked at with a pattern", async (body, pattern, state, reason) => {
    const finding = await asked({ body }, { body: pattern });
    expect(finding).toMatchObject({ state });
    expect(finding.reason).toContain(reason);
  });

  it.each([
    [{ path: "$.status", equals: "ok" }, undefined],
    [{ path: "$.status", equals: "up" }, '$.status is "ok", not "up"'],
    [{ path: "$.db[?@.name=='main'].up", equals: true }, undefined],
    [{ path: "$.queue", matches: /^[0-9]$/ }, "$.queue is 12, not what matches ^[0-9]$"],
    [{ path: "$.version", matches: /abc/ }, "nothing at $.version"],
    [{ path: "$.deep", equals: { a: [1] } }, undefined],
  ])("meets the condition %j, or it is said what is there instead", async (given, problem) => {
    const condition = { ...given, select: selecting(given.path) };
    const body = JSON.stringify({
      status: "ok",
      db: [{ name: "main", up: true }],
      queue: 12,
      deep: { a: [1] },
    });
    const finding = await asked({ body }, { json: [condition] });
    expect(finding.reason).toBe(problem === undefined ? "healthy" : `200, but ${problem}`);
  });

  it("that is no JSON is named", async () => {
    const finding = await asked(
      { body: "<html>" },
      { json: [{ path: "$.a", select: selecting("$.a"), equals: 1 }] },
    );
    expect(finding).toMatchObject({ reason: "200, but the body is no JSON", body: "<html>" });
  });

  it("of 100 MB is not read to its end, and none of it is kept", async () => {
    const chunk = Buffer.alloc(1 << 20, "x");
    const { port, sent } = await serve((_, response) => {
      let left = 100;
      const more = (): void => {
        while (left > 0 && response.write(chunk)) left -= 1;
        if (left === 0) response.end();
      };
      response.on("drain", more);
      more();
    });
    const url = `http://127.0.0.1:${String(port)}/`;
    const before = process.memoryUsage.rss();
    for (let round = 0; round < 10; round += 1)
      expect((await ask({ url, expect: "abc" })).reason).toContain("without the expected text");
    expect(process.memoryUsage.rss() - before).toBeLessThan(150 << 20);
    expect(sent()).toBeLessThan(200 << 20);
  });
});

describe("no good answer within the attempt's time", () => {
  it.each<[string, RequestListener, string]>([
    ["accepts and never answers", () => undefined, "no answer within 300 ms"],
    [
      "sends one byte at a time",
      (_, response) => {
        const timer = setInterval(() => response.write("x"), 20);
        response.on("close", () => clearInterval(timer));
      },
      "the answer began but did not end within 300 ms",
    ],
    ["resets", (_, response) => response.socket?.resetAndDestroy(), "connection reset"],
  ])("of a server that %s is named", async (_, listener, reason) => {
    const { port } = await serve(listener);
    const begun = performance.now();
    const finding = await ask({ url: `http://127.0.0.1:${String(port)}/` }, 300);
    expect(finding).toMatchObject({ state: "unhealthy", reason });
    expect(performance.now() - begun).toBeLessThan(1500);
  });

  it("of a name with several addresses, all of them dead, names each", async () => {
    const port = await freePort();
    const lookup = resolvingTo(["::1", "127.0.0.1"]);
    const { reason } = await ask({ url: `http://app.example:${String(port)}/` });
    lookup.mockRestore();
    expect(reason).toBe(
      `connection refused by [::1]:${String(port)} and 127.0.0.1:${String(port)}`,
    );
  });

  it("of a name that nobody knows is named, with a remedy", async () => {
    const finding = await ask({ url: "http://no-such-name.invalid/" });
    expect(finding.reason).toMatch(/^name (not found|server does not answer): no-such-name/);
    expect(finding.remedy).toContain("DNS");
  });
});

it("a name with several addresses is healthy though one of them is dead", async () => {
  const { port } = await serve((_, response) => void response.end("fine"));
  const lookup = resolvingTo(["::1", "127.0.0.1"]);
  const finding = await ask({ url: `http://app.example:${String(port)}/` });
  lookup.mockRestore();
  expect(finding.state).toBe("healthy");
});

describe("redirects", () => {
  function redirecting(paths: Readonly<Record<string, string>>): RequestListener {
    return ({ url = "" }, response) => {
      const location = paths[url];
      if (location === undefined) response.end(`at ${url}`);
      else response.writeHead(302, { location }).end();
    };
  }

  it("are not followed unless that is asked for", async () => {
    const { port } = await serve(redirecting({ "/": "/login" }));
    const url = `http://127.0.0.1:${String(port)}/`;
    expect((await ask({ url })).reason).toBe("302 Found to /login");
    expect((await ask({ url, followRedirects: true, expect: "at /login" })).state).toBe("healthy");
  });

  it("in a circle are named", async () => {
    const { port } = await serve(redirecting({ "/": "/a?secret=1", "/a?secret=1": "/" }));
    const url = `http://127.0.0.1:${String(port)}/`;
    const { reason } = await ask({ url, followRedirects: true });
    expect(reason).toBe(`redirects lead back to ${url}`);
  });

  it("without end are named", async () => {
    const endless: RequestListener = ({ url = "/" }, response) =>
      void response.writeHead(302, { location: `${url}x` }).end();
    const { port } = await serve(endless);
    const { reason } = await ask({
      url: `http://127.0.0.1:${String(port)}/`,
      followRedirects: true,
    });
    expect(reason).toBe("more than 10 redirects");
  });

  it("share the time of one attempt", async () => {
    const { port } = await serve(({ url = "/" }, response) => {
      setTimeout(() => response.writeHead(302, { location: `${url}x` }).end(), 150);
    });
    const begun = performance.now();
    await ask({ url: `http://127.0.0.1:${String(port)}/`, followRedirects: true }, 400);
    expect(performance.now() - begun).toBeLessThan(1200);
  });

  it("take no credential to another origin", async () => {
    const other = await serve(
      ({ headers }, response) => void response.end(JSON.stringify(headers)),
    );
    const target = `http://localhost:${String(other.port)}/`;
    const { port } = await serve(redirecting({ "/": target }));
    const header = { Authorization: "Bearer tok-123456789" };
    const url = `http://127.0.0.1:${String(port)}/`;
    const finding = await ask({ url, followRedirects: true, headers: header, expect: "none" });
    expect(finding.body).toContain("user-agent");
    expect(finding.body).not.toContain("authorization");
  });
});

describe("what is sent", () => {
  it("is the method, the headers and the name of the host", async () => {
    const { port } = await serve(({ method, headers }, response) => {
      response.end(`${method ?? ""} ${headers.host ?? ""} ${String(headers["x-probe"])}`);
    });
    const finding = await ask({
      url: `http://127.0.0.1:${String(port)}/`,
      method: "POST",
      hostHeader: "green.example",
      headers: { "X-Probe": "one" },
      expect: "POST green.example one",
    });
    expect(finding.state).toBe("healthy");
  });

  it("shows nowhere, however the app echoes it", async () => {
    const { port } = await serve(({ headers }, response) => {
      const text = JSON.stringify({ got: headers.authorization, pad: "x".repeat(5000) });
      response.writeHead(500, { location: headers.authorization }).end(`${"y".repeat(140)}${text}`);
    });
    const headers = { Authorization: "Bearer tok-123456789" };
    const url = `http://127.0.0.1:${String(port)}/`;
    const json = [{ path: "$", select: selecting("$"), equals: 1 }];
    for (const over of [{}, { status: [[500, 500]] as const, json }]) {
      const text = JSON.stringify(await ask({ url, headers, ...over }));
      expect(text).not.toContain("tok-12");
    }
  });
});

describe("over TLS", () => {
  const issuer = makeIssuer();
  const inDays = (days: number) => new Date(Date.now() + days * 86_400_000);
  const fine: RequestListener = (_, response) => void response.end("fine");

  async function askTls(certificate: Certificate, over: Partial<HttpCheck> = {}): Promise<Finding> {
    const { port } = await serve(fine, certificate);
    return ask({ url: `https://localhost:${String(port)}/`, ca: issuer.cert, ...over });
  }

  it("an authority of one's own is trusted, and only for this check", async () => {
    const certificate = makeCertificate({ issuer });
    expect((await askTls(certificate)).state).toBe("healthy");
    expect((await askTls(certificate, { ca: undefined })).state).toBe("hopeless");
  });

  it.each<[string, Certificate, string]>([
    [
      "expired",
      makeCertificate({ issuer, validFrom: inDays(-20), validTo: inDays(-2) }),
      "TLS: certificate expired on ",
    ],
    [
      "for another host",
      makeCertificate({ issuer, name: "other.example" }),
      "TLS: certificate is for another name: other.example",
    ],
    ["self-signed", makeCertificate(), "TLS: certificate is self-signed"],
    [
      "of an unknown issuer",
      makeCertificate({ issuer: makeIssuer("Unknown") }),
      "TLS: certificate's issuer is not trusted",
    ],
  ])("a certificate that is %s can never pass", async (_, certificate, reason) => {
    const finding = await askTls(certificate);
    expect(finding.state).toBe("hopeless");
    expect(finding.reason).toContain(reason);
    expect(finding.remedy).toContain("certificate");
  });

  it("a certificate that is not valid yet may become so", async () => {
    const certificate = makeCertificate({ issuer, validFrom: inDays(1), validTo: inDays(9) });
    expect(await askTls(certificate)).toMatchObject({ state: "unhealthy" });
  });

  it.each([
    [30, "healthy", "healthy"],
    [14, "degraded", "in 13 days"],
    [5, "hopeless", "in 4 days"],
  ])("a certificate of %d days is %s", async (days, state, reason) => {
    const certificate = makeCertificate({ issuer, validTo: inDays(days) });
    const minDays = { warning: 21, critical: 7 };
    const finding = await askTls(certificate, { minDays });
    expect(finding).toMatchObject({ state, value: days - 1, unit: "days" });
    expect(finding.reason).toContain(reason);
  });

  it("the name of the host is the one that the certificate must be for", async () => {
    const { port } = await serve(fine, makeCertificate({ issuer, name: "app.example" }));
    const green = { url: `https://127.0.0.1:${String(port)}/`, ca: issuer.cert };
    expect((await ask({ ...green, hostHeader: "app.example" })).state).toBe("healthy");
    expect((await ask(green)).reason).toContain("TLS: certificate is for another name");
  });
});

describe("through another way", () => {
  /** Opens each connection to the one port that is there, as a server would that knows the name. */
  function dialTo(port: number, seen: string[] = []): Dial {
    return ({ host, port: wanted }) => {
      seen.push(`${host}:${String(wanted)}`);
      return Promise.resolve(connect(port, "127.0.0.1"));
    };
  }

  it("an app is asked where only the server reaches it", async () => {
    const { port } = await serve(({ headers }, response) => void response.end(headers.host));
    const seen: string[] = [];
    const url = "http://internal.invalid:8080/";
    const finding = await ask({ url, expect: "internal.invalid:8080" }, 2000, dialTo(port, seen));
    expect(finding.state).toBe("healthy");
    expect(seen).toEqual(["internal.invalid:8080"]);
  });

  it("its certificate is judged all the same", async () => {
    const issuer = makeIssuer();
    const url = "https://internal.invalid/";
    const listener: RequestListener = (_, response) => void response.end("fine");
    const good = await serve(listener, makeCertificate({ issuer, name: "internal.invalid" }));
    const bad = await serve(listener, makeCertificate({ issuer, name: "other.invalid" }));
    const minDays = { critical: 3 };
    const check = { url, ca: issuer.cert, minDays: { critical: 0 } };
    expect((await ask(check, 2000, dialTo(good.port))).state).toBe("healthy");
    expect((await ask({ ...check, minDays }, 2000, dialTo(good.port))).state).toBe("hopeless");
    const finding = await ask(check, 2000, dialTo(bad.port));
    expect(finding.reason).toBe("TLS: certificate is for another name: other.invalid");
  });

  it("that cannot be had is the finding", async () => {
    const dial: Dial = () => Promise.reject(new Error("no connection from the server to db:1"));
    const { reason } = await ask({ url: "http://db:1/" }, 500, dial);
    expect(reason).toBe("no connection from the server to db:1");
  });

  it("that hangs ends with the attempt", async () => {
    const dial: Dial = (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason as Error));
      });
    expect((await ask({ url: "http://db:1/" }, 200, dial)).reason).toBe("no answer within 200 ms");
  });

  it("that never speaks leaves no connection behind", async () => {
    const silent = createServer();
    const open = new Set<unknown>();
    silent.on("connection", (socket) => {
      open.add(socket);
      socket.on("close", () => open.delete(socket)).on("error", () => undefined);
    });
    silent.removeAllListeners("request");
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as AddressInfo;
    await ask({ url: "http://x.invalid/" }, 200, dialTo(port));
    await clock.sleep(100);
    expect(open.size).toBe(0);
    await new Promise((resolve) => silent.close(resolve));
  });
});
