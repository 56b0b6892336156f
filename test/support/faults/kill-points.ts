import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { BelayServer } from "../belay-server.js";
import { chaos } from "../chaos.js";
import { exportStatements } from "../database.js";
import { Points, programWithKillPoints } from "../kill-points.js";
import { type Postgres, startPostgres } from "../postgres.js";
import { until } from "../until.js";
import { databaseStories, plainStories, type Story } from "./kill-stories.js";
import { tried } from "./tried.js";

/** Every tenth point from the seed on, every twentieth where two kills follow each other; in full all, and every fifth. */
const full = process.env["BELAY_FAULTS"] === "full";
const strideOf = ({ again }: { readonly again: boolean }): number => (full ? (again ? 5 : 1) : 10);
/** Tries side by side: most of each is waiting. */
const slots = [1, 2, 3, 4, 5, 6] as const;
const lastRelease = { "app.txt": "two\n", same: "same\n" };

/**
 * What one shell must survive: all belay processes killed after each state-changing command of a story, and in its
 * second half again after one of those of the `tick` that repairs it.
 */
export function killPointContract(shell: string): void {
  const { integer } = chaos(`kill-points, ${shell}`);
  describe(`all belay processes killed after each of their state-changing commands, under ${shell}`, () => {
    let postgres: Postgres;
    beforeAll(async () => {
      postgres = await startPostgres();
      await postgres.query("create table items (id int primary key); insert into items values (1)");
      // The scratch homes in memory: there is much to flush.
      vi.stubEnv("TMPDIR", "/dev/shm");
    });
    afterAll(async () => {
      vi.unstubAllEnvs();
      await postgres.stop();
    });

    const stories = [
      ...plainStories.map((story) => ({ story, name: story.name, again: false })),
      ...databaseStories.map((story) => ({ story, name: story.name, again: false })),
      ...databaseStories.map((story) => ({
        story,
        name: `${story.name}, and the tick killed too`,
        again: true,
      })),
    ];
    it.each(stories)(
      "$name: then one tick, and one whole release serves that fits the schema, and a next deploy works",
      async ({ story, name, again }) => {
        const base = await deployedTwice(shell, story, postgres);
        const stride = strideOf({ again });
        let killedAt = 0;
        try {
          await everyPoint({ first: integer(1, stride), stride }, async (point, slot) => {
            const second = again ? integer(1, 40) : undefined;
            const one = new Try(shell, base, story, postgres, slot);
            const killed = await one.run(point, second);
            if (!killed) return false;
            tried();
            killedAt += 1;
            return true;
          });
        } finally {
          await base.stop();
        }
        console.log(`${shell}, ${name}: killed at ${String(killedAt)} points`);
        expect(killedAt).toBeGreaterThan(0);
      },
      1_200_000,
    );
  });
}

/** Calls `survives` with each `stride`th point from `first`, until it says that the story ended before its point. */
async function everyPoint(
  { first, stride }: { readonly first: number; readonly stride: number },
  survives: (point: number, slot: number) => Promise<boolean>,
): Promise<void> {
  let next = first;
  let end = 1000;
  const work = async (slot: number): Promise<void> => {
    while (next < end) {
      const point = next;
      next += stride;
      if (!(await survives(point, slot))) end = Math.min(end, point);
    }
  };
  const done = await Promise.allSettled(slots.map(work));
  for (const one of done) if (one.status === "rejected") throw one.reason;
  if (end === 1000) throw new Error("the story never ends without being killed");
}

/** A server with two confirmed releases, to be copied for each try. */
async function deployedTwice(
  shell: string,
  story: Story,
  postgres: Postgres,
): Promise<BelayServer> {
  const base = await BelayServer.start(shell);
  const fields = { ...story.fields, ...databaseOf(story, postgres, "app") };
  await base.deploy("one", { ...fields, migrate: "" }, { "app.txt": "one\n", same: "same\n" });
  await base.deploy("two", { ...fields, migrate: "" }, lastRelease);
  return base;
}

function databaseOf(story: Story, postgres: Postgres, name: string): Record<string, string> {
  if (!story.migrates) return {};
  const statements = exportStatements({ ...postgres.env(), PGDATABASE: name });
  return { "databases/1/env": statements, env: statements };
}

/** One kill, or two, on a copy of a server and of its database. */
class Try {
  readonly #database: string;
  readonly #shell: string;
  readonly #base: BelayServer;
  readonly #story: Story;
  readonly #postgres: Postgres;

  constructor(shell: string, base: BelayServer, story: Story, postgres: Postgres, slot: number) {
    this.#shell = shell;
    this.#base = base;
    this.#story = story;
    this.#postgres = postgres;
    this.#database = `slot${String(slot)}`;
  }

  /** False when the story ended before its point came. */
  async run(point: number, second: number | undefined): Promise<boolean> {
    const server = await BelayServer.start(this.#shell);
    const when = `killed at ${String(point)}, then at ${String(second)}`;
    try {
      await this.#copy(server);
      const points = new Points(server);
      const fields = {
        ...this.#story.fields,
        ...databaseOf(this.#story, this.#postgres, this.#database),
      };
      await this.#story.before(server, fields);
      points.killAfter(point);
      const said = await this.#story.act(server, fields);
      const killed = points.killed;
      if (!killed && server.exists(".belay/phase"))
        throw new Error(`the story broke off without being killed, ${when}: ${said}`);
      await nobodyRuns(server);
      if (second !== undefined) {
        points.killAfter(second);
        await server.person("tick");
        await nobodyRuns(server);
      }
      points.forget();
      await server.person("tick");
      await this.#expectWhole(server, when);
      await this.#expectNextDeploy(server, when);
      return killed;
    } finally {
      await server.stop();
    }
  }

  async #copy(server: BelayServer): Promise<void> {
    rmSync(server.path, { recursive: true });
    mkdirSync(server.path);
    cpSync(this.#base.path, server.path, { recursive: true, verbatimSymlinks: true });
    server.use(programWithKillPoints());
    if (!this.#story.migrates) return;
    for (const id of readdirSync(server.dot("releases")))
      writeFileSync(
        server.dot("releases", id, "databases/1/env"),
        databaseOf(this.#story, this.#postgres, this.#database)["databases/1/env"] ?? "",
      );
    await this.#postgres.admin(`drop database if exists ${this.#database} with (force)`);
    await this.#postgres.admin(`create database ${this.#database} template app owner app`);
  }

  async #expectWhole(server: BelayServer, when: string): Promise<void> {
    expect(existsSync(server.dot("phase")), when).toBe(false);
    execFileSync("flock", ["-n", server.dot("lock"), "true"]);
    const text = server.read("current/app.txt");
    const last = server.outcomes().at(-1) ?? "";
    const all = `${when}: ${last}, serves ${text}`;
    // What serves is what was restarted last.
    expect(server.read("log").trim().split("\n").at(-1), all).toBe(text.trim());
    expect(server.read("current/same"), all).toBe("same\n");
    if (text === "new\n") expect(last, all).toMatch(/^new\.(un)?confirmed$/);
    else if (last.startsWith("new.") && this.#story.fields["migrations"] !== "forward-only")
      expect(last, all).toBe("new.undone");
    if (this.#story.migrates) await this.#expectFits(server, all);
    const backups = existsSync(join(server.path, "backups"))
      ? readdirSync(join(server.path, "backups"))
      : [];
    if (last === "new.undone")
      expect(
        backups.filter((name) => name.endsWith(".partial")),
        all,
      ).toEqual([]);
  }

  /** Code meets a schema that it can work with, or the server says that it does not and holds deploys. */
  async #expectFits(server: BelayServer, when: string): Promise<void> {
    const sessions = `select count(*) from pg_stat_activity where datname = '${this.#database}' and application_name like 'belay%'`;
    await until(
      `no session of ours to be left, ${when}`,
      async () => (await this.#postgres.admin(sessions)) === "0",
    );
    const migrated = this.#columns(this.#database) === "2";
    const serves = server.read("current/app.txt").trim();
    if (serves === "new") expect(migrated, when).toBe(true);
    else if (this.#story.fields["migrations"] === "forward-only" && migrated) {
      expect(server.outcomes().at(-1), when).toBe("new.undo-failed");
      expect(server.read(".belay/hold"), when).toMatch(/MANIFEST\.txt there has the commands/);
    }
  }

  #columns(name: string): string {
    const env = { ...this.#postgres.env(), PGDATABASE: name };
    const sql = "select count(*) from information_schema.columns where table_name = 'items'";
    return execFileSync(join(this.#postgres.bin, "psql"), ["-XAtqc", sql], {
      env,
      encoding: "utf8",
    }).trim();
  }

  /** Whatever the killed one left is gone after the next deploy. */
  async #expectNextDeploy(server: BelayServer, when: string): Promise<void> {
    if (server.exists(".belay/hold")) await server.person("release-hold");
    const fields = {
      ...this.#story.fields,
      ...databaseOf(this.#story, this.#postgres, this.#database),
    };
    await server.deploy(
      "next",
      { ...fields, ...this.#story.next, "confirm-timeout": "60" },
      { "app.txt": "next\n" },
    );
    expect(server.read("log").trim().split("\n").at(-1), when).toBe("next");
    const releases = readdirSync(join(server.path, "releases")).sort();
    expect(releases, when).toEqual(readdirSync(server.dot("releases")).sort());
    expect(releases.length, when).toBeLessThanOrEqual(3);
    expect(readlinkSync(join(server.path, "current")), when).toBe(
      `releases/${releases.at(-1) ?? ""}`,
    );
    for (const name of [".belay/incoming", ".belay/trash", ".belay/tmp"]) {
      expect(
        server.exists(name) ? readdirSync(join(server.path, name)) : [],
        `${when}: ${name}`,
      ).toEqual([]);
    }
    const backups = server.exists("backups") ? readdirSync(join(server.path, "backups")) : [];
    expect(
      backups.filter((name) => name.endsWith(".partial")),
      when,
    ).toEqual([]);
    expect(readFileSync(server.dot("lock"), "utf8")).toBe("");
  }
}

async function nobodyRuns(server: BelayServer): Promise<void> {
  await until("belay's processes to be gone", () => processes(server) === "", {
    timeoutMs: 60_000,
    intervalMs: 100,
  });
}

function processes(server: BelayServer): string {
  const ids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return spawnSync(
    "grep",
    ["-laF", server.dot("bin"), ...ids.map((pid) => `/proc/${pid}/cmdline`)],
    {
      encoding: "utf8",
    },
  ).stdout;
}
