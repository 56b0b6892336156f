import { createServer, type Server } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { measureDowntime } from "../../../src/gate/downtime.js";
import { asker } from "../../../src/gate/ask.js";
import { Gate } from "../../../src/gate/gate.js";
import type { GateResult } from "../../../src/gate/gate-result.js";
import { httpClient } from "../../../src/platform/http-client.js";
import { systemClock } from "../../../src/platform/system-clock.js";
import { tcpClient as tcp } from "../../../src/platform/tcp-client.js";
import { gateInputs, httpCheck } from "../../support/gate-inputs.js";
import { freePort } from "../../support/free-port.js";
import { makeCertificate } from "../../support/certificate.js";
import { type MisbehavingApp, startMisbehavingApp } from "../../support/misbehaving-app.js";
import { RecordingLog } from "../../support/recording-log.js";

const http = httpClient({});
const ended: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

async function start(
  certificate?: Parameters<typeof startMisbehavingApp>[0],
): Promise<MisbehavingApp> {
  const app = await startMisbehavingApp(certificate);
  ended.push(() => app.stop());
  return app;
}

interface Wanted {
  readonly expect?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

async function wait(
  url: string,
  { expect: text, timeoutMs = 300, signal = new AbortController().signal }: Wanted = {},
  log = new RecordingLog(),
): Promise<GateResult> {
  const check = httpCheck({ name: url, url, expect: text });
  const inputs = gateInputs([check], { timeoutMs, intervalMs: 50 });
  const asking = { ask: asker({ http, tcp, clock: systemClock }), clock: systemClock };
  const gate = new Gate(inputs, asking, log);
  await gate.open(signal);
  return gate.result;
}

async function answering(port: number, status: number): Promise<Server> {
  const server = createServer((_, answer) => void answer.writeHead(status).end("version abc123"));
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const stop = () => new Promise((resolve) => server.close(resolve));
  ended.push(stop);
  return server;
}

describe("the gate of a real app", () => {
  it("opens for the right version", async () => {
    const { url } = await start();
    const result = await wait(`${url}/healthy`, { expect: "abc123" });
    expect(result).toMatchObject({ attempts: 3, errorRate: 0 });
  });

  it.each([
    ["broken", "500 Internal Server Error", "<h1>Traceback</h1> KeyError: 'DATABASE'"],
    ["gateway", "502 Bad Gateway", "the body is empty"],
    ["moved", "302 Found to /login", "the body is empty"],
    ["nowhere", "404 Not Found", "no such page"],
    ["old", '200, but without the expected text "abc123"', "version 000000 is up"],
    ["reset", "connection reset", ""],
    ["half", "connection closed before the answer was whole", ""],
    ["garbage", "the answer is no HTTP", ""],
    ["flapping", "503 Service Unavailable", ""],
    ["hang", "no answer within ", ""],
    ["slow", "the answer began but did not end within ", ""],
    ["huge", '200, but without the expected text "abc123"', "xxxx"],
  ])("stays shut for one that is %s, and says so", async (path, reason, body) => {
    const { url } = await start();
    const failure: unknown = await wait(
      `${url}/${path}`,
      path === "flapping" ? {} : { expect: "abc123" },
    ).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: "BelayError", code: "gate-timeout" });
    const { message } = failure as Error;
    expect(message).toContain(`${url}/${path} was not healthy 3 times in a row within 300 ms: `);
    expect(message).toContain(reason);
    expect(message).toContain(body);
    expect(message).not.toMatch(/[\r\n]/);
  });

  it("stays shut for a certificate that nobody trusts", async () => {
    const { url } = await start(makeCertificate());
    await expect(wait(`${url}/healthy`)).rejects.toThrow("TLS: certificate is self-signed");
  });

  it("waits a late start out", async () => {
    const port = await freePort();
    const log = new RecordingLog();
    const open = wait(`http://127.0.0.1:${port}/`, { timeoutMs: 5000 }, log);
    await systemClock.sleep(200);
    await answering(port, 200);
    expect((await open).timeToHealthyMs).toBeGreaterThanOrEqual(200);
    expect(log.of("info").join("\n")).toContain(`connection refused by 127.0.0.1:${port}`);
  });

  it("is left at once when the run is cancelled", async () => {
    const { url } = await start();
    const cancel = new AbortController();
    const open = wait(`${url}/hang`, { timeoutMs: 60_000, signal: cancel.signal });
    setTimeout(() => cancel.abort(), 50);
    const begun = performance.now();
    await expect(open).rejects.toMatchObject({ code: "cancelled" });
    expect(performance.now() - begun).toBeLessThan(1000);
  });
});

describe("the downtime of a real app", () => {
  it("is the time between its end and its new start", async () => {
    const port = await freePort();
    const old = await answering(port, 200);
    const downtime = measureDowntime(`http://127.0.0.1:${port}/`, http, systemClock);
    await systemClock.sleep(250);
    await new Promise((resolve) => old.close(resolve));
    await systemClock.sleep(500);
    await answering(port, 200);
    await systemClock.sleep(250);
    const measured = await downtime.stop();
    expect(measured).toBeGreaterThanOrEqual(300);
    expect(measured).toBeLessThan(900);
  });
});
