import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Ask } from "../../../src/gate/sample.js";
import { asker } from "../../../src/gate/ask.js";
import type { CommandCheck, Finding } from "../../../src/gate/check.js";
import { Gate } from "../../../src/gate/gate.js";
import { httpClient } from "../../../src/platform/http-client.js";
import { systemClock as clock } from "../../../src/platform/system-clock.js";
import { tcpClient as tcp } from "../../../src/platform/tcp-client.js";
import type { RemoteHost } from "../../../src/ports/remote-host.js";
import { freePort } from "../../support/free-port.js";
import { checkDefaults, gateInputs, httpCheck } from "../../support/gate-inputs.js";
import { removeFolder, scratchFolder } from "../../support/scratch.js";
import { sshHost } from "../../support/ssh-connection.js";
import { sshKey } from "../../support/ssh-key.js";
import { type SshServer, startSshServer } from "../../support/ssh-server.js";

const key = sshKey();
let home: string;
let server: SshServer;
let host: RemoteHost;
let ask: Ask;

beforeEach(async () => {
  home = await scratchFolder("gate-home");
  server = await startSshServer({ home, publicKeys: [key.publicKey] });
  host = sshHost({
    host: `deploy@127.0.0.1:${String(server.port)}`,
    "known-hosts": server.knownHosts,
    "private-key": key.privateKey,
  });
  ask = asker({ http: httpClient({}), tcp, clock, host });
});
afterEach(async () => {
  await host.close();
  await server.close();
  await removeFolder(home);
});

function command(line: string, over: Partial<CommandCheck> = {}): CommandCheck {
  const { name = line } = over;
  return {
    kind: "command",
    ...checkDefaults,
    command: line,
    place: undefined,
    exitCode: 0,
    matches: undefined,
    ...over,
    name,
  };
}

/** Asks, and tells after how many milliseconds the answer was there. */
async function timed(line: string, timeoutMs = 5000): Promise<Finding & { readonly atMs: number }> {
  const begun = performance.now();
  const finding = await ask(command(line), { timeoutMs });
  return { ...finding, atMs: performance.now() - begun };
}

describe("checks on a server", () => {
  it("that are due together share one command of one connection", async () => {
    const lines = Array.from({ length: 10 }, (_, at) => `echo ${String(at)}`);
    const findings = await Promise.all(lines.map((line) => timed(line)));
    expect(findings.map(({ state }) => state)).toEqual(lines.map(() => "healthy"));
    expect(server.commands).toHaveLength(1);
    expect(server.accepted()).toBe(1);
    await timed("true");
    expect(server.commands).toHaveLength(2);
    expect(server.accepted()).toBe(1);
  });

  it("are told as soon as each is known: a stuck one holds nobody up", async () => {
    const stuck = timed("sleep 60", 1500);
    const [quick, failed] = await Promise.all([timed("true"), timed("exit 3")]);
    expect(quick).toMatchObject({ state: "healthy" });
    expect(failed).toMatchObject({ state: "unhealthy" });
    expect(Math.max(quick.atMs, failed.atMs)).toBeLessThan(1300);
    const late = await stuck;
    expect(late).toMatchObject({ state: "unhealthy", reason: "no answer within 1.5 s" });
    expect(late.atMs).toBeLessThan(4000);
  });

  it("are asked again over a new connection when the line was cut", async () => {
    const cut = timed("sleep 1; echo late");
    await clock.sleep(500);
    server.dropAll();
    expect((await cut).state).toBe("unhealthy");
    expect((await timed("true")).state).toBe("healthy");
    expect(server.accepted()).toBe(2);
  });

  it("say why, with what to do, while the server cannot be reached", async () => {
    await server.close();
    const finding = await timed("true");
    expect(finding).toMatchObject({ state: "unhealthy" });
    expect(finding.reason).toContain(`127.0.0.1:${String(server.port)}`);
    expect(finding.remedy).not.toBe("");
  });

  it("are left at once when the gate gives up", async () => {
    const cancel = new AbortController();
    const work = ask(command("sleep 60"), { timeoutMs: 60_000, signal: cancel.signal });
    await clock.sleep(300);
    const begun = performance.now();
    cancel.abort(new Error("enough"));
    await expect(work).rejects.toThrow("enough");
    expect(performance.now() - begun).toBeLessThan(500);
  });
});

it("a check that nobody waits for any more is not asked", async () => {
  const signal = AbortSignal.abort(new Error("the gate is open"));
  const work = ask(command("true"), { timeoutMs: 5000, signal });
  await expect(work).rejects.toThrow("the gate is open");
  expect(server.commands).toEqual([]);
});

it("a gate of slow checks at a short interval ends when all are healthy", async () => {
  const checks = ["sleep 0.3", "sleep 0.2", "true"].map((line) => command(line));
  const inputs = gateInputs(checks, { intervalMs: 100, timeoutMs: 30_000 });
  for (let run = 0; run < 3; run += 1) {
    const gate = new Gate(inputs, { ask, clock }, { info: () => undefined });
    await gate.open(new AbortController().signal);
    expect(gate.result.status).toBe("healthy");
  }
});

describe("through the server", () => {
  let app: Server | undefined;
  afterEach(async () => {
    await new Promise((resolve) => (app ? app.close(resolve) : resolve(undefined)));
    app = undefined;
  });

  async function serve(): Promise<number> {
    const made = (app = createServer(({ headers }, answer) => answer.end(headers.host)));
    await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve));
    return (made.address() as AddressInfo).port;
  }

  it("an address is asked on the same connection", async () => {
    const port = await serve();
    const check = httpCheck({
      url: `http://127.0.0.1:${String(port)}/`,
      via: "server",
      hostHeader: "app.example",
      expect: "app.example",
    });
    const [first, second] = await Promise.all([
      ask(check, { timeoutMs: 3000 }),
      ask(command("true"), { timeoutMs: 3000 }),
    ]);
    expect([first.state, second.state]).toEqual(["healthy", "healthy"]);
    expect(server.accepted()).toBe(1);
  });

  it("a port is touched, and one that is shut is named", async () => {
    const port = await serve();
    const shut = await freePort();
    const check = { kind: "tcp", name: "db", ...checkDefaults, host: "127.0.0.1" } as const;
    const limits = { timeoutMs: 3000 };
    const open = await ask({ ...check, port, via: "server" }, limits);
    const refused = await ask({ ...check, port: shut, via: "server" }, limits);
    expect(open.state).toBe("healthy");
    expect(refused.reason).toContain(`no connection from the server to 127.0.0.1:${String(shut)}`);
  });
});
