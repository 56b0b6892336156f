import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BelayServer, shells } from "../support/belay-server.js";
import { until } from "../support/until.js";

describe.each(shells)("a server that was restarted in mid-deploy, under %s", (shell) => {
  let server: BelayServer;
  beforeEach(async () => {
    server = await BelayServer.start(shell);
  });
  afterEach(() => server.stop());

  it("ends a step of an undo that was begun after the restart and broke off, before it tries again", async () => {
    // The first way back hangs, the second does not.
    const restart = [
      'echo "$$" >>"$BELAY_PATH/restarts"',
      'if [ "$(wc -l <"$BELAY_PATH/restarts")" -eq 3 ]; then sleep 600; fi',
    ].join("\n");
    const first = await server.deploy("one", { restart }, { a: "one" });
    await server.upload("two", { restart, "confirm-timeout": "60" }, { a: "two" });
    await server.steps("two", "activate");
    await killGuardian(server);
    server.env["BELAY_BOOT_ID"] = "another-boot";
    const tick = server.start(["tick"]);
    await until("the way back to hang", () => restarts(server).length === 3);
    await killGuardian(server);
    tick.kill("SIGKILL");
    const hanging = restarts(server)[2] ?? 0;
    expect(isAlive(hanging)).toBe(true);
    const again = await server.person("tick");
    expect(again.code, again.text).toBe(5);
    expect(isAlive(hanging)).toBe(false);
    expect(server.current()).toBe(first);
    expect(restarts(server)).toHaveLength(4);
    expect((await server.person("history")).text).toMatch(
      / undone: the server was restarted in the middle of it; then the process .* was killed; .*; last step: activate; by /,
    );
  });
});

function restarts(server: BelayServer): number[] {
  if (!server.exists("restarts")) return [];
  return server.read("restarts").trim().split("\n").map(Number);
}

async function killGuardian(server: BelayServer): Promise<void> {
  const pid = Number(/^guardian (\d+)/m.exec(server.read(".belay/phase"))?.[1]);
  process.kill(pid, "SIGKILL");
  await until("the guardian to be dead", () => !isAlive(pid));
}

/** False for what has ended, also while nobody has fetched its exit code yet. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${String(pid)}/stat`, "utf8"));
  } catch {
    return false;
  }
}
