import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ServerMemory } from "../../../../src/gate/server-checks/memory.js";
import { RoundReader } from "../../../../src/gate/server-checks/round-reader.js";
import { serverScript } from "../../../../src/gate/server-checks/script.js";
import { until } from "../../../support/until.js";
import { command, load } from "./checks.js";
import { CheckServer, readAnswers, shells } from "./check-server.js";

describe.each(shells)("a round of checks under %s", (shell) => {
  let server: CheckServer;
  beforeEach(async () => (server = await CheckServer.start(shell)));
  afterEach(() => server.stop());

  it("asks all side by side: many slow ones take as long as one", async () => {
    const checks = Array.from({ length: 12 }, (_, at) => command(`c${String(at)}`, "sleep 0.5"));
    const began = Date.now();
    const findings = await server.ask(...checks);
    expect([...findings.values()].map(({ state }) => state)).toEqual(checks.map(() => "healthy"));
    expect(Date.now() - began).toBeLessThan(3000);
  });

  it("ends a stuck one in its time, with all that it started, and tells the others at once", async () => {
    const mark = `belay-test-${randomBytes(6).toString("hex")}`;
    const stuck = command("stuck", `MARK=${mark} sleep 100 & MARK=${mark} sleep 100`, {
      attemptTimeoutMs: 2000,
    });
    const findings = await server.ask(stuck, command("quick", "echo hi"));
    expect(findings.get("stuck")).toMatchObject({
      state: "unhealthy",
      reason: "no answer within 2.0 s",
      tookMs: 2000,
    });
    expect(findings.get("quick")).toMatchObject({ state: "healthy" });
    expect(findings.get("quick")?.afterMs).toBeLessThan(1900);
    await until("what the stuck check started to end", () => environmentsWith(mark).length === 0);
  });

  it("leaves nothing running that a good check started", async () => {
    const mark = `belay-test-${randomBytes(6).toString("hex")}`;
    const check = command("c", `MARK=${mark} sleep 100 >/dev/null 2>&1 & echo started`);
    expect(await server.find(check)).toMatchObject({ state: "healthy" });
    await until("what it started to end", () => environmentsWith(mark).length === 0);
  });

  it("never mixes the answers of checks that print much at a time", async () => {
    const checks = Array.from({ length: 6 }, (_, at) => {
      const word = `word-of-${String(at)} `;
      const matches = new RegExp(`^(?:${word}){2000}$`);
      return command(`c${String(at)}`, `yes '${word.trim()}' | head -n 2000 | tr '\\n' ' '`, {
        matches,
      });
    });
    const findings = await server.ask(...checks);
    expect([...findings.values()].map(({ reason }) => reason)).toEqual(
      checks.map(() => "the output matches"),
    );
  });

  it("takes in little of an endless output, whatever bytes it is of", async () => {
    let told = 0;
    const checks = [command("endless", "head -c 50000000 /dev/urandom", { matches: /^/ })];
    const script = serverScript(checks, server.memory);
    const chunks: Buffer[] = [];
    const code = await server.run(script, (bytes) => {
      told += bytes.length;
      chunks.push(bytes);
    });
    expect(code).toBe(0);
    expect(told).toBeLessThan(4 * 64 * 1024 + 4096);
    const findings = readAnswers(Buffer.concat(chunks), checks, server.memory);
    expect(findings.get("endless")).toMatchObject({ state: "healthy" });
  });

  it("gives no check the script to read, nor an end of it before its time", async () => {
    const findings = await server.ask(
      command("reads", "cat; exit 7", { exitCode: 7 }),
      command("exits", "exit 5", { exitCode: 5 }),
      command("broken", "if ; then ((", { exitCode: 2 }),
      command("kills", "kill -9 $$; sleep 9"),
      command("last", "echo still here"),
    );
    expect(Array.from(findings, ([name, { state }]) => `${name} ${state}`).sort()).toEqual([
      "broken healthy",
      "exits healthy",
      "kills unhealthy",
      "last healthy",
      "reads healthy",
    ]);
  });

  it("works where setsid is missing", async () => {
    await server.install("setsid", "exit 127");
    server.lacks("command -v setsid");
    expect(await server.find(command("c", "echo hi; sleep 0.1"))).toMatchObject({
      state: "healthy",
    });
  });

  it("tells how long each check took on the server", async () => {
    const { tookMs } = await server.find(command("c", "sleep 0.4"));
    expect(tookMs).toBeGreaterThanOrEqual(380);
    expect(tookMs).toBeLessThan(3000);
  });
});

describe("the answer of a round", () => {
  const checks = [command("a", "echo one"), command("b", "exit 3"), load("memory")];
  let whole: Buffer;
  beforeEach(async () => {
    const server = await CheckServer.start("dash");
    const chunks: Buffer[] = [];
    await server.run(serverScript(checks, new ServerMemory()), (bytes) => chunks.push(bytes));
    await server.stop();
    whole = Buffer.concat(chunks);
  });
  const read = (bytes: Uint8Array) => readAnswers(bytes, checks, new ServerMemory());

  it("is read whatever a login shell prints before and after it", () => {
    const noise = Buffer.from(
      "Welcome to \u001b[1mhost\u001b[0m\nbelay-checks 2\nLast login: never",
    );
    const after = Buffer.from("\nlogout\nbelay-end 0000 9 0.0 0.0\n");
    const findings = read(Buffer.concat([noise, whole, after]));
    expect(Array.from(findings, ([name, { state }]) => [name, state])).toEqual(
      Array.from(read(whole), ([name, { state }]) => [name, state]),
    );
    expect(findings.get("a")).toMatchObject({ state: "healthy" });
  });

  it("that is cut anywhere has a finding for every check, and healthy are only whole ones", () => {
    const complete = read(whole);
    for (let length = 0; length < whole.length; length += 1) {
      const findings = read(whole.subarray(0, length));
      expect([...findings.keys()].sort()).toEqual(["a", "b", "memory"]);
      for (const [name, finding] of findings) {
        if (finding.state === "unhealthy" && finding.reason !== complete.get(name)?.reason)
          expect(finding.reason).toMatch(
            /^(?:the server ran none|the server's answer broke off|no answer)/,
          );
        else expect(finding).toEqual(complete.get(name));
      }
    }
    expect(read(whole.subarray(0, 10)).get("a")?.state).toBe("unhealthy");
  });

  it("comes in pieces of any size, and is told as soon as it is whole", () => {
    const reader = new RoundReader(checks, new ServerMemory());
    const early = Array.from(whole, (byte) => reader.add(Buffer.of(byte))).flat();
    expect(early.map(({ check }) => check.name).sort()).toEqual(["a", "b", "memory"]);
    expect(reader.end()).toEqual([]);
  });

  it("that is damaged is none", () => {
    const text = whole.toString();
    const damaged = [
      text.replace(/belay-hex 0000: /, "belay-hex 0000:"),
      text.replace(/belay-hex 0000/, "belay-hex 0009"),
      text.replace(/^belay-end (\d{4}) .*$/m, "belay-end $1 x 0.0 0.0"),
      text.replace("belay-checks 1\n", "belay-checks 1\nsomething else\n"),
    ];
    for (const one of damaged) {
      const findings = [...read(Buffer.from(one)).values()];
      expect(findings.map(({ reason }) => reason)).toContain("the server's answer is damaged");
      expect(findings).toHaveLength(3);
    }
  });

  it("that never comes says what the server printed instead, on one line", () => {
    const said = Buffer.from("This account is currently\nnot available.\n");
    expect(read(said).get("a")).toMatchObject({
      state: "unhealthy",
      reason: "the server ran none of the checks",
      body: "This account is currently not available.",
    });
    expect(read(Buffer.alloc(3_000_000, "x")).get("a")?.state).toBe("unhealthy");
  });

  it("keeps no more of an answer than was asked for", () => {
    const line = `belay-hex 0000:${" 78".repeat(16)}\n`;
    const flood = Buffer.from(`\nbelay-checks 1\n${line.repeat(10_000)}`);
    expect(read(flood).get("a")?.reason).toBe("the server's answer is damaged");
  });
});

/** The processes whose environment holds the text. */
function environmentsWith(text: string): readonly string[] {
  return readdirSync("/proc").filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const state = readFileSync(`/proc/${name}/stat`, "latin1").replace(/^.*\) /s, "")[0];
      return state !== "Z" && readFileSync(`/proc/${name}/environ`, "latin1").includes(text);
    } catch {
      return false;
    }
  });
}
