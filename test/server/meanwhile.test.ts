import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type Answer, BelayServer, shells } from "../support/belay-server.js";
import { until } from "../support/until.js";

const restart = 'sleep 0.4; echo "$BELAY_RELEASE" >>"$BELAY_PATH/log"';
const patient = { restart, "confirm-timeout": "60", actor: "alice", "run-url": "https://run/41" };

interface Deployed {
  readonly server: BelayServer;
  /** The release that serves. */
  readonly first: string;
}

/** Each test has a server of its own, with two confirmed releases. */
const withDeploys = (shell: string) =>
  test.extend<Deployed>({
    // eslint-disable-next-line no-empty-pattern
    server: async ({}, use) => {
      const server = await BelayServer.start(shell);
      await server.deploy("zero", patient);
      await server.deploy("first", { ...patient, "lock-timeout": "1" });
      await use(server);
      await server.stop();
    },
    first: async ({ server }, use) => {
      await use(server.current() ?? "");
    },
  });

// They mostly wait.
describe.concurrent.each(shells)("beside an operation that is going on, under %s", (shell) => {
  const it = withDeploys(shell);

  it("`tick` each second changes nothing and exits 4, through a deploy, an undo and a rollback", async ({
    server,
    first,
  }) => {
    const ticks = keepTicking(server);
    await server.upload("two", patient, { "app.txt": "two", "d/e": "x" });
    await server.steps("two", "build", "activate");
    await sleep(1500);
    const confirmed = await server.call(["confirm", "two"]);
    await server.upload("three", patient, { "app.txt": "three" });
    await server.steps("three", "activate");
    const undo = await server.call(["undo", "three"], "no\n");
    const back = await server.person("rollback", first);
    const codes = await ticks.stop();
    expect(codes.length).toBeGreaterThan(4);
    expect(new Set(codes)).toEqual(new Set([4]));
    expect(confirmed.code).toBe(0);
    expect(undo.first("outcome")).toBe("undone");
    expect(back.text).toContain(`${first} serves`);
    expect(
      server
        .outcomes()
        .slice(2)
        .map((name) => name.split(".").at(-1)),
    ).toEqual(["confirmed", "undone", "confirmed"]);
  });

  it("`tick` leaves every file of an open operation as it is", async ({ server }) => {
    await server.upload("two", patient, { a: "2" });
    await server.steps("two", "activate");
    const before = everyFile(server);
    expect((await server.person("tick")).code).toBe(4);
    expect(everyFile(server)).toEqual(before);
  });

  it.for(["rollback", "backup", "release-hold"])(
    "a person's `belay %s` is told whose the lock is, ends with 3 and changes nothing",
    async (words, { server }) => {
      await server.upload("two", patient, { a: "2" });
      await server.steps("two", "activate");
      const before = everyFile(server);
      const answer = await server.person(...words.split(" "));
      expect([answer.code, answer.text]).toEqual([
        3,
        expect.stringMatching(/locked by alice, https:\/\/run\/41, since 20/),
      ]);
      expect(everyFile(server)).toEqual(before);
      expect((await server.call(["confirm", "two"])).code).toBe(0);
    },
  );

  it("a person's `belay hold` lets the open deploy end and refuses the next", async ({
    server,
  }) => {
    await server.upload("two", patient, { a: "2" });
    await server.steps("two", "activate");
    expect((await server.person("hold", "why")).code).toBe(0);
    expect((await server.call(["confirm", "two"])).code).toBe(0);
    const refused = await server.upload("three", patient, { a: "3" });
    expect([refused.code, refused.first("held")]).toEqual([3, expect.stringContaining("why")]);
  });

  it("a deploy that waited for one that ended as a hold is refused with the hold's reason", async ({
    server,
  }) => {
    await server.deploy("two", { ...patient, restart: 'test ! -e "$BELAY_PATH/broken"' });
    await server.upload(
      "three",
      { ...patient, restart: 'touch "$BELAY_PATH/broken"; exit 1' },
      { a: "3" },
    );
    await server.steps("three", "activate");
    const waiting = server.upload("four", { "lock-timeout": "30" }, { a: "4" });
    await sleep(500);
    expect((await server.call(["undo", "three"], "no\n")).first("outcome")).toBe("undo-failed");
    const refused = await waiting;
    expect([refused.code, refused.first("held")]).toEqual([
      3,
      expect.stringContaining("could not be put back"),
    ]);
    expect(server.outcomes().at(-1)).toBe("three.undo-failed");
  });

  it("an undo that is asked for beside a take-over does not end it half-way", async ({
    server,
  }) => {
    await server.deploy("two", { ...patient, restart: 'sleep 2; echo back >>"$BELAY_PATH/log"' });
    await server.upload("three", { ...patient, restart: "true" }, { a: "3" });
    await server.steps("three", "activate");
    process.kill(guardian(server), "SIGKILL");
    const tick = server.person("tick");
    await until("the undo to begin", () => server.read(".belay/phase").includes("step undo-1"));
    const pid = guardian(server);
    const undo = await server.call(["undo", "three"], "cancelled\n");
    expect(undo.first("outcome")).toBe("undone");
    expect((await tick).code).toBe(5);
    const closed = readdirSync(server.dot("history")).find((name) => name.includes("three"));
    expect(server.read(".belay/history", closed ?? "")).toContain(`guardian ${String(pid)} `);
    expect(server.read("log").split("back\n")).toHaveLength(3);
  });

  it("an undo or a confirm is acted upon at once, however long the guardian may nap", async ({
    server,
  }) => {
    const slow = { "confirm-timeout": "1200", restart: "true" };
    for (const token of ["u1", "u2", "u3"]) {
      await server.upload(token, slow, { a: token });
      const started = performance.now();
      expect((await server.call(["undo", token], "no\n")).first("outcome")).toBe("undone");
      expect(performance.now() - started).toBeLessThan(10_000);
    }
    const started = performance.now();
    await server.deploy("good", slow);
    expect(performance.now() - started).toBeLessThan(30_000);
  });

  it("a guardian that is gone is replaced as soon as an undo is asked for", async ({
    server,
    first,
  }) => {
    await server.upload("two", patient, { a: "2" });
    await server.steps("two", "activate");
    process.kill(guardian(server), "SIGKILL");
    const undo = await server.call(["undo", "two"], "the gate did not open\n");
    expect(undo.all("outcome")).toEqual([["undone", `the gate did not open; ${first} serves`]]);
  });
});

function guardian(server: BelayServer): number {
  return Number(/^guardian (\d+)/m.exec(server.read(".belay/phase"))?.[1]);
}

/** Calls `tick` each second until it is stopped; gives the exit codes. */
function keepTicking(server: BelayServer): { stop(): Promise<readonly number[]> } {
  const stopped = new AbortController();
  const ticking = (async () => {
    const codes: number[] = [];
    while (!stopped.signal.aborted) {
      const answer: Answer = await server.person("tick");
      codes.push(answer.code);
      await sleep(1000);
    }
    return codes;
  })();
  return {
    stop: () => {
      stopped.abort();
      return ticking;
    },
  };
}

/** Names, modes, sizes, times and texts of all that lies below the path. */
function everyFile(server: BelayServer): readonly string[] {
  const listing = execFileSync(
    "find",
    [server.path, "-type", "f", "-printf", "%P %m %s %T@ %i\n", "-o", "-printf", "%P %m %l\n"],
    { encoding: "utf8" },
  );
  return [...listing.split("\n").sort(), readFileSync(server.dot("phase"), "utf8")];
}
