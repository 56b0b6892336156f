import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BelayServer, shells } from "../support/belay-server.js";
import { chaos } from "../support/chaos.js";
import { programWithKillPoints } from "../support/kill-points.js";
import { tried } from "../support/faults/tried.js";
import { until } from "../support/until.js";

const { integer } = chaos("kill-points");
/** Every tenth point from the seed on, unless all are asked for. */
const stride = process.env["BELAY_FAULTS"] === "full" ? 1 : 10;
const files = { "app.txt": "new\n", "d/run.sh": "#!/bin/sh\n", same: "same\n" };
const restart = 'cat app.txt >> "$BELAY_PATH/log"';
const fields = {
  restart,
  build: "touch built",
  migrate: "touch migrated",
  "confirm-timeout": "60",
  "keep-releases": "2",
};

type Story = (server: BelayServer) => Promise<void>;

/** Each ends early when a call does: its runner would be told the same. */
const stories: readonly (readonly [string, Story])[] = [
  [
    "a whole deploy",
    async (server) => {
      if ((await server.upload("new", fields, files)).code !== 0) return;
      const steps = await server.steps("new", "build", "backup", "migrate", "activate");
      if (steps.at(-1)?.first("code") === "0") await server.call(["confirm", "new"]);
    },
  ],
  [
    "a deploy that is undone",
    async (server) => {
      if ((await server.upload("new", fields, files)).code !== 0) return;
      await server.steps("new", "build", "backup", "activate");
      await server.call(["undo", "new"], "the gate did not open\n");
    },
  ],
  [
    "a rollback",
    async (server) => {
      await server.person("rollback");
    },
  ],
];

describe.each(shells)(
  "all belay processes killed after each of their state-changing commands, under %s",
  (shell) => {
    let base: BelayServer;
    beforeAll(async () => {
      base = await BelayServer.start(shell);
      await base.deploy("one", fields, { "app.txt": "one\n", same: "same\n" });
      await base.deploy("two", fields, { "app.txt": "two\n", same: "same\n" });
    });
    afterAll(() => base.stop());

    it.each(stories)(
      "%s: then one tick, and one whole release serves, nothing is held, a next deploy works",
      async (name, story) => {
        let tries = 0;
        for (let point = integer(1, stride); ; point += stride) {
          tries += 1;
          if (!(await survives(shell, base, story, point))) break;
          tried();
          if (tries > 1000) throw new Error("the story never ends without being killed");
        }
        console.log(`${shell}, ${name}: killed at ${String(tries - 1)} points`);
        expect(tries).toBeGreaterThan(3);
      },
      900_000,
    );
  },
);

/** Runs the story on a copy of `base`, killed at `point`; false when it ended before that point came. */
async function survives(
  shell: string,
  base: BelayServer,
  story: Story,
  point: number,
): Promise<boolean> {
  const server = await BelayServer.start(shell);
  const points = join(dirname(server.path), "points");
  try {
    rmSync(server.path, { recursive: true });
    mkdirSync(server.path);
    cpSync(base.path, server.path, { recursive: true, verbatimSymlinks: true });
    server.use(programWithKillPoints());
    server.env["BELAY_POINTS"] = points;
    server.env["BELAY_KILL_AT"] = String(point);
    await story(server);
    delete server.env["BELAY_KILL_AT"];
    const killed = existsSync(`${points}.killed`);
    await until("belay's processes to be gone", () => processes(server) === "", {
      timeoutMs: 20_000,
    });
    await server.person("tick");
    expectWhole(server, `killed at ${String(point)}`);
    await server.deploy("next", fields, { "app.txt": "next\n" });
    expect(server.read("log").trim().split("\n").at(-1)).toBe("next");
    expectTidy(server);
    return killed;
  } finally {
    await server.stop();
  }
}

function processes(server: BelayServer): string {
  return spawnSync(
    "grep",
    ["-laF", server.dot("bin"), ...pids().map((pid) => `/proc/${pid}/cmdline`)],
    { encoding: "utf8" },
  ).stdout;
}

function pids(): string[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name));
}

function expectWhole(server: BelayServer, when: string): void {
  expect(existsSync(server.dot("phase")), when).toBe(false);
  execFileSync("flock", ["-n", server.dot("lock"), "true"]);
  const current = server.current() ?? "";
  const text = server.read("current/app.txt");
  // What serves is what was restarted last.
  expect(server.read("log").trim().split("\n").at(-1), when).toBe(text.trim());
  expect(server.read("releases", current, "same"), when).toBe("same\n");
  const last = server.outcomes().at(-1) ?? "";
  // Without a database nobody knows whether the migration changed the schema: the healthy new release stays.
  if (text === "new\n") expect(last, when).toMatch(/^new\.(un)?confirmed$/);
  else if (last.startsWith("new.")) expect(last, when).toBe("new.undone");
}

/** After the next deploy nothing of the killed one is left. */
function expectTidy(server: BelayServer): void {
  const releases = readdirSync(join(server.path, "releases")).sort();
  expect(releases).toEqual(readdirSync(server.dot("releases")).sort());
  expect(releases.length).toBeLessThanOrEqual(3);
  expect(readlinkSync(join(server.path, "current"))).toBe(`releases/${releases.at(-1) ?? ""}`);
  for (const name of ["incoming", "trash"]) {
    expect(existsSync(server.dot(name)) ? readdirSync(server.dot(name)) : []).toEqual([]);
  }
  expect(readFileSync(server.dot("lock"), "utf8")).toBe("");
}
