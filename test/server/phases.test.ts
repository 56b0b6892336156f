import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packPlan } from "../../src/server/plan.js";
import { type Answer, BelayServer } from "../support/belay-server.js";
import { until } from "../support/until.js";

const token = "the-operation";
const plan = packPlan({ "confirm-timeout": "60", "lock-timeout": "20" });
const impatient = packPlan({ "lock-timeout": "1" });
/** The way back takes a while when somebody wants to look at it. */
const restart = 'if [ -e "$BELAY_PATH/slow" ]; then sleep 2; fi';

type Call = (server: BelayServer) => Promise<Answer>;

/** How each event of the table in docs/protocol.md comes about. */
const events: Readonly<Record<string, Call>> = {
  "`begin`, same token": (server) => server.call(["begin", "deploy", token], plan),
  "`begin`, another token": (server) => server.call(["begin", "deploy", "another"], plan),
  "`step`, `receive`": (server) => server.call(["step", token, "build", "0"]),
  "a beat": (server) => server.call(["attend", token], "beat\n"),
  "`confirm`": (server) => server.call(["confirm", token]),
  "`undo`": (server) => server.call(["undo", token], "asked\n"),
  "no beat for `confirm-timeout`": (server) => server.person("tick"),
  "the guardian dies": (server) => server.person("tick"),
  "`tick`": (server) => server.person("tick"),
};

/** How an operation comes into each phase; `closed` is as undone. */
const phases: Readonly<Record<string, (server: BelayServer, timeout: string) => Promise<void>>> = {
  "no such record": () => Promise.resolve(),
  "`open`": async (server, timeout) => {
    const build = 'echo built >> "$BELAY_PATH/built"';
    await server.upload(token, { restart, build, "confirm-timeout": timeout }, { a: "new" });
  },
  "`deciding`": async (server) => {
    const fields = {
      restart,
      migrate: "true",
      "health-checks": slowAnswer(server),
      "health-timeout": "1",
    };
    await server.upload(token, { ...fields, "confirm-timeout": "60" }, { a: "new" });
    server.touch("slow-answer");
    await server.steps(token, "migrate", "activate");
    // Whoever comes next takes the guardian's place.
    process.kill(guardian(server), "SIGKILL");
    server.start(["tick"]);
    await until("it to decide", () => server.read(".belay/phase").includes("phase deciding"));
  },
  "`undoing`": async (server, timeout) => {
    await phases["`open`"]?.(server, timeout);
    await server.steps(token, "activate");
    server.touch("slow");
    server.start(["--porcelain", "undo", token]).stdin?.end("wanted\n");
    await until("the undo to begin", () => server.read(".belay/phase").includes("phase undoing"));
  },
  closed: async (server, timeout) => {
    await phases["`open`"]?.(server, timeout);
    await server.call(["undo", token], "wanted\n");
  },
};

/** A check of the server's own that fails after a while: until then it decides. */
const slowAnswer = (server: BelayServer): string =>
  `[ ! -e '${server.path}/slow-answer' ] || sleep 1\nexit 1\n`;

const ending = (answer: Answer): unknown => [answer.code, answer.first("late")];
const guardian = (server: BelayServer): number =>
  Number(/^guardian (\d+)/m.exec(server.read(".belay/phase"))?.[1]);

/** What each cell of the table promises. */
const meanings: Readonly<Record<string, (server: BelayServer, event: Call) => Promise<void>>> = {
  "opens it": async (server, event) => {
    expect((await event(server)).first("begun")).toMatch(/Z-nosha$/);
  },
  "answers as before": async (server, event) => {
    expect((await event(server)).first("begun")).toBe(
      /^new (.*)$/m.exec(server.read(".belay/phase"))?.[1],
    );
  },
  "waits for its end, `late`": async (server, event) => {
    expect(ending(await event(server))).toEqual([5, "undone"]);
  },
  "`late`": async (server, event) => {
    expect(ending(await event(server))).toEqual([5, "undone"]);
  },
  "`late unknown`": async (server, event) => {
    const answer = await event(server);
    expect([answer.code, answer.first("late")]).toEqual([1, "unknown"]);
  },
  "waits for the lock; with no owner there, ends it first": async (server, event) => {
    expect((await server.call(["begin", "deploy", "third"], impatient)).code).toBe(3);
    process.kill(guardian(server), "SIGKILL");
    const answer = await event(server);
    expect(answer.all("recovered")).toEqual([[token, "undone"]]);
    expect(answer.first("begun")).toBeDefined();
  },
  "the same": async (server, event) => {
    expect((await server.call(["begin", "deploy", "third"], impatient)).code).toBe(3);
    expect((await event(server)).first("begun")).toBeDefined();
  },
  "runs once; the same name again only follows": async (server, event) => {
    expect((await event(server)).first("code")).toBe("0");
    expect((await event(server)).first("code")).toBe("0");
    expect(server.read("built")).toBe("built\n");
  },
  counts: async (server, event) => {
    const before = server.read(".belay/operations", token, "beat");
    expect((await event(server)).first("beat")).toBe("open");
    expect(server.read(".belay/operations", token, "beat")).not.toBe(before);
  },
  "closes as `confirmed`, or is refused when nothing was activated": async (server, event) => {
    expect((await event(server)).code).toBe(1);
    await server.steps(token, "activate");
    expect((await event(server)).first("confirmed")).toBe(server.current());
  },
  "`confirmed` again, else `late`": async (server, event) => {
    expect(ending(await event(server))).toEqual([5, "undone"]);
    await server.deploy("good");
    expect((await server.call(["confirm", "good"])).first("confirmed")).toBe(server.current());
  },
  "wakes the guardian, which undoes": async (server, event) => {
    expect((await event(server)).all("outcome")[0]?.[0]).toBe("undone");
  },
  "follows the undo": async (server, event) => {
    const answer = await event(server);
    expect([answer.code, answer.first("outcome")]).toEqual([0, "undone"]);
    expect(answer.output).toContain("undoing: wanted");
  },
  "follows what is decided": async (server, event) => {
    const answer = await event(server);
    expect([answer.code, answer.first("outcome")]).toEqual([0, "undone"]);
  },
  "tells the outcome": async (server, event) => {
    expect((await event(server)).all("outcome")[0]).toEqual(["undone", expect.anything()]);
  },
  "the guardian decides alone": async (server) => {
    await until("the guardian to act", () => !server.exists(".belay/phase"), { timeoutMs: 15_000 });
    expect(server.outcomes().at(-1)).toBe(`${token}.undone`);
  },
  "whoever comes next (any call, `tick`) takes the lock and decides alone": async (
    server,
    event,
  ) => {
    process.kill(guardian(server), "SIGKILL");
    await until("the tick to find it", async () => (await event(server)).code === 5);
    expect(server.outcomes().at(-1)).toBe(`${token}.undone`);
  },
  "the same as of `open`": async (server, event) => {
    process.kill(guardian(server), "SIGKILL");
    await until("the tick to find it", async () => (await event(server)).code === 5);
    expect(server.outcomes().at(-1)).toBe(`${token}.undone`);
    expect(server.read("current/app.txt")).toBe("first");
  },
  "the undo is repeated": async (server, event) => {
    process.kill(guardian(server), "SIGKILL");
    await until("the tick to find it", async () => (await event(server)).code === 5);
    expect(server.outcomes().at(-1)).toBe(`${token}.undone`);
    expect(server.read("current/app.txt")).toBe("first");
  },
  "exit 4": async (server, event) => {
    expect((await event(server)).code).toBe(4);
  },
  "exit 4 while the guardian lives": async (server, event) => {
    expect((await event(server)).code).toBe(4);
  },
};

const table = readTable(readFileSync(join(import.meta.dirname, "../../docs/protocol.md"), "utf8"));

// They mostly wait.
describe.concurrent("what docs/protocol.md says of each event in each phase", () => {
  it.each(table)("$event, $phase: $cell", async ({ event, phase, cell }) => {
    const call = events[event];
    if (call === undefined) throw new Error(`the table has an event without a test: ${event}`);
    const meaning = meanings[cell];
    if (meaning === undefined) throw new Error(`the table has a cell without a test: ${cell}`);
    const server = await BelayServer.start("dash");
    try {
      await server.deploy("first", { restart });
      await phases[phase]?.(server, event.startsWith("no beat") ? "2" : "60");
      await meaning(server, call);
    } finally {
      await server.stop();
    }
  });
});

interface Cell {
  readonly event: string;
  readonly phase: string;
  readonly cell: string;
}

/** The cells of the table whose first column is `event`; empty ones are impossible. */
function readTable(page: string): readonly Cell[] {
  const rows = page
    .slice(page.indexOf("| event |"))
    .split("\n\n")[0]
    ?.split("\n")
    .map((line) =>
      line
        .split("|")
        .map((cell) => cell.trim())
        .slice(1, -1),
    );
  const [head = [], , ...body] = rows ?? [];
  return body.flatMap(([event = "", ...cells]) =>
    cells.flatMap((cell, at) => (cell === "" ? [] : [{ event, phase: head[at + 1] ?? "", cell }])),
  );
}
