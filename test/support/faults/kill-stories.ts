import { existsSync } from "node:fs";
import type { PlanFields } from "../../../src/server/plan.js";
import type { Answer, BelayServer } from "../belay-server.js";
import { until } from "../until.js";

/** What happens on a server while it is killed; each ends early when a call does, as its runner would. */
export interface Story {
  readonly name: string;
  readonly fields: PlanFields;
  /** Whether it migrates a database. */
  readonly migrates: boolean;
  /** What a later deploy has otherwise. */
  readonly next: PlanFields;
  /** What comes before the part in which it is killed. */
  before(server: BelayServer, fields: PlanFields): Promise<void>;
  /** What was said last. */
  act(server: BelayServer, fields: PlanFields): Promise<string>;
}

const files = { "app.txt": "new\n", "d/run.sh": "#!/bin/sh\n", same: "same\n" };
const restart = 'cat app.txt >> "$BELAY_PATH/log"';
const plain: PlanFields = {
  restart,
  build: "touch built",
  migrate: "touch migrated",
  "confirm-timeout": "60",
  "keep-releases": "2",
};
const migrating: PlanFields = {
  ...plain,
  "backup-keep": "deploy=2\n",
  migrate: "psql -XAtq -v ON_ERROR_STOP=1 -c 'alter table items add if not exists price int'",
};
const nothing = (): Promise<void> => Promise.resolve();

/** Steps, and `then` when all went well. */
async function inTurn(
  server: BelayServer,
  steps: readonly string[],
  then: () => Promise<Answer>,
): Promise<string> {
  const last = (await server.steps("new", ...steps)).at(-1);
  return (last?.first("code") === "0" ? await then() : last)?.text ?? "";
}

/** Those that need no database. */
export const plainStories: readonly Story[] = [
  {
    name: "a whole deploy",
    fields: plain,
    migrates: false,
    next: {},
    before: nothing,
    act: async (server: BelayServer, fields: PlanFields): Promise<string> => {
      const begun = await server.upload("new", fields, files);
      if (begun.code !== 0) return begun.text;
      const steps = ["build", "backup", "migrate", "activate"];
      return inTurn(server, steps, () => server.call(["confirm", "new"]));
    },
  },
  {
    name: "a deploy that is undone",
    fields: plain,
    migrates: false,
    next: {},
    before: async (server: BelayServer, fields: PlanFields): Promise<void> => {
      await server.upload("new", fields, files);
    },
    act: async (server: BelayServer): Promise<string> => {
      await server.steps("new", "activate");
      return (await server.call(["undo", "new"], "the gate did not open\n")).text;
    },
  },
  {
    name: "a rollback",
    fields: plain,
    migrates: false,
    next: {},
    before: nothing,
    act: async (server) => (await server.person("rollback")).text,
  },
];

/** The restart lines of a release that does not start. */
const sick = `${restart}; test "$(cat app.txt)" != new`;

/** Migrates, and activates where that is said; the beats are heard all the time. */
async function migrated(server: BelayServer, fields: PlanFields, ...more: string[]): Promise<void> {
  await server.upload("new", fields, files);
  const attendance = server.attend("new");
  await server.steps("new", "backup", "migrate", ...more);
  attendance.stop();
}

/** No beats any more: until the guardian has acted, or was killed. */
const nobody = async (server: BelayServer): Promise<string> => {
  await until(
    "the guardian to act or die",
    () =>
      !server.exists(".belay/phase") || existsSync(`${server.env["BELAY_POINTS"] ?? ""}.killed`),
    { timeoutMs: 60_000, intervalMs: 50 },
  );
  return "nothing: nobody asked";
};

/** Those with a backup and a migration in a real database. */
export const databaseStories: readonly Story[] = [
  {
    name: "a deploy with backup and migration",
    fields: migrating,
    migrates: true,
    next: {},
    before: async (server: BelayServer, fields: PlanFields): Promise<void> => {
      await server.upload("new", fields, files);
    },
    act: (server) =>
      inTurn(server, ["backup", "migrate", "activate"], () => server.call(["confirm", "new"])),
  },
  {
    name: "a deploy with a migration that is undone",
    fields: { ...migrating, restart: sick },
    migrates: true,
    next: { restart },
    before: (server: BelayServer, fields: PlanFields): Promise<void> =>
      migrated(server, fields, "activate"),
    act: async (server) => (await server.call(["undo", "new"], "the restart lines failed\n")).text,
  },
  {
    name: "a deploy with a migration and nobody there any more",
    fields: { ...migrating, restart: sick, "confirm-timeout": "4" },
    migrates: true,
    next: { restart },
    before: (server: BelayServer, fields: PlanFields): Promise<void> =>
      migrated(server, fields, "activate"),
    act: nobody,
  },
  {
    name: "a forward-only deploy with nobody there any more",
    fields: { ...migrating, migrations: "forward-only", "confirm-timeout": "4" },
    migrates: true,
    next: {},
    before: (server: BelayServer, fields: PlanFields): Promise<void> => migrated(server, fields),
    act: nobody,
  },
];
