import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Check } from "../../../../src/gate/check.js";
import { recordedChecks } from "../../../../src/gate/server-checks/recorded.js";
import { CheckServer, shells } from "./check-server.js";
import { command, container, load, postgres, redis } from "./checks.js";
import { installDocker } from "./stand-in-docker.js";

describe.each(shells)("what a server asks by itself, under %s", (shell) => {
  let server: CheckServer;
  beforeEach(async () => (server = await CheckServer.start(shell)));
  afterEach(() => server.stop());

  const passes = async (...checks: readonly Check[]): Promise<boolean> => {
    const printed: Buffer[] = [];
    const code = await server.run(recordedChecks(checks), (bytes) => printed.push(bytes));
    expect(Buffer.concat(printed).toString()).toBe("");
    expect([0, 1]).toContain(code);
    return code === 0;
  };

  it("is a command's exit code, and its pattern where that is plain text", async () => {
    expect(await passes(command("c", "echo 'a b'; exit 0"))).toBe(true);
    expect(await passes(command("c", "exit 3"))).toBe(false);
    expect(await passes(command("c", "exit 3", { exitCode: 3 }))).toBe(true);
    expect(await passes(command("c", "echo version 2", { matches: /version 2/ }))).toBe(true);
    expect(await passes(command("c", "echo version 1", { matches: /version 2/ }))).toBe(false);
    expect(await passes(command("c", "echo version 1", { matches: /version [23]/ }))).toBe(true);
  });

  it("needs every check to pass, whatever they print", async () => {
    const loud = "head -c 300000 /dev/zero | tr '\\0' x; echo 'belay-code 0'";
    expect(await passes(command("a", loud), command("b", "true"))).toBe(true);
    expect(await passes(command("a", `${loud}; exit 1`), command("b", "true"))).toBe(false);
    expect(
      await passes(command("a", "true"), command("b", "printf '\\nbelay-code 0'; exit 1")),
    ).toBe(false);
  });

  it("gives up on a command after its time", async () => {
    const began = Date.now();
    expect(await passes(command("c", "sleep 30", { attemptTimeoutMs: 300 }))).toBe(false);
    expect(Date.now() - began).toBeLessThan(10_000);
  });

  it("is docker's view of the containers", async () => {
    const state = (status: string, health: string, exitCode = 0): string =>
      `{"id":"i","name":"n","status":"${status}","exitCode":${String(exitCode)},"killedForMemory":false,` +
      `"restarts":0,"created":"c","finished":"f","health":"${health}","said":"","error":""}\n`;
    const judged = [];
    for (const inspect of [
      state("running", ""),
      state("running", "healthy"),
      state("running", "starting"),
      state("running", "unhealthy"),
      state("restarting", ""),
      state("exited", ""),
      state("exited", "", 143) + state("running", "healthy"),
      state("exited", "", 1) + state("running", "healthy"),
    ]) {
      await installDocker(server, { running: ["web-1"], inspect: { "web-1": inspect } });
      judged.push(await passes(container()));
    }
    expect(judged).toEqual([true, true, false, false, false, false, true, false]);
    await installDocker(server, { down: true });
    expect(await passes(container())).toBe(false);
  });

  it("is PostgreSQL that accepts connections, and Redis that answers PING", async () => {
    const connections = { warning: 1, critical: 2 };
    const database = postgres("postgresql://app:pw@db.example/shop", { connections });
    await server.install("pg_isready", '[ "$PGPASSWORD" = pw ]');
    expect(await passes(database)).toBe(true);
    await server.install("pg_isready", "exit 2");
    expect(await passes(database)).toBe(false);
    await server.install("redis-cli", "read -r _; echo PONG");
    expect(await passes(redis({}))).toBe(true);
    await server.install("redis-cli", "echo NOAUTH Authentication required.");
    expect(await passes(redis({}))).toBe(false);
  });

  it("is nothing where no check is one that the server can judge alone", () => {
    expect(recordedChecks([load("cpu")])).toBe("");
  });
});
