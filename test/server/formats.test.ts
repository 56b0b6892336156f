import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { packPlan } from "../../src/server/plan.js";
import { BelayServer, programText } from "../support/belay-server.js";
import { until } from "../support/until.js";

/** Two confirmed releases and an open deploy whose server was switched off after it had activated the third. */
const recorded = join(import.meta.dirname, "../fixtures/records/format-1");
const [first, second] = ["20261121T101103Z-fb66d57", "20261121T101103Z-27078b5"];

describe("records of format 1, as they were written", () => {
  let server: BelayServer;
  beforeEach(async () => {
    server = await BelayServer.start("dash");
    cpSync(recorded, server.path, { recursive: true, verbatimSymlinks: true });
  });
  afterEach(() => server.stop());

  it("an open operation of before a reboot is ended by `tick`, with the recorded lines and environment", async () => {
    expect((await server.person("tick")).code).toBe(5);
    expect(server.current()).toBe(second);
    expect(server.read("log")).toBe(`${second} it's old\n`);
    expect(server.outcomes().at(-1)).toBe("33333333-cccc.undone");
  });

  it("status, history and rollback read them", async () => {
    await server.person("tick");
    expect((await server.call(["status"])).all("candidate")[0]?.[0]).toBe(first);
    expect((await server.person("rollback")).text).toContain(`${first} serves`);
    expect(
      (await server.person("history")).text.split("\n").filter((line) => line !== ""),
    ).toHaveLength(4);
  });

  it("the version of the program that began an operation ends it, where it is still there", async () => {
    await server.person("tick");
    const text = Buffer.from(programText).toString();
    const call = 'take-over) take_over "$1" ;;';
    expect(text).toContain(call);
    server.use(
      Buffer.from(text.replace(call, `take-over) echo yes >"$root/by-older"; take_over "$1" ;;`)),
    );
    await server.call(["begin", "deploy", "older"], packPlan({ "confirm-timeout": "60" }));
    process.kill(Number(/^guardian (\d+)/m.exec(server.read(".belay/phase"))?.[1]), "SIGKILL");
    server.use(programText);
    await until("the tick to find it", async () => (await server.person("tick")).code === 5);
    expect(server.read("by-older")).toBe("yes\n");
    expect(server.outcomes().at(-1)).toBe("older.undone");
  });

  it("a newer format is refused, never guessed, and nothing is touched", async () => {
    writeFileSync(
      server.dot("phase"),
      server.read(".belay/phase").replace("belay-phase 1", "belay-phase 2"),
    );
    const before = server.read(".belay/phase");
    const begun = await server.call(["begin", "deploy", "new"], packPlan({}));
    expect(begun.all("finding")[0]).toEqual([
      "error",
      "config",
      expect.stringContaining("newer version of Belay"),
      expect.anything(),
    ]);
    expect((await server.person("tick")).code).toBe(1);
    expect(server.read(".belay/phase")).toBe(before);
  });
});
