import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { downloadsKept, nodeFixture, type NodeProject } from "../support/node-project.js";
import { type Postgres, startPostgres } from "../support/postgres.js";
import type { ActionResult } from "../support/run-action.js";

let postgres: Postgres;
let project: NodeProject;
let base: string;
beforeAll(async () => {
  postgres = await startPostgres();
  await postgres.admin("alter role app createdb");
  project = await nodeFixture("node-prisma");
  base = (await project.git("rev-parse", "HEAD")).trim();
});
beforeEach(() => project.git("reset", "--quiet", "--hard", base));
afterAll(async () => {
  await project.remove();
  await postgres.stop();
});

const seed = `psql "$DATABASE_URL" -c "insert into \\"Climber\\" (name) values ('Ada')"`;

function run(more: Readonly<Record<string, string>> = {}): Promise<ActionResult> {
  const inputs = {
    "database-url": postgres.url(),
    seed,
    extra: "nothing=true",
    scripts: "",
    ...more,
  };
  return project.run(inputs, { event: { before: base }, facts: downloadsKept() });
}

async function scratchDatabases(): Promise<string> {
  return postgres.admin("select count(*) from pg_database where datname like 'belay%'");
}

function messagesOf({ log }: ActionResult): string {
  return log.annotations.map(({ level, message }) => `${level}: ${message}`).join("\n");
}

describe("a project with Prisma", () => {
  it("has its migrations applied to an empty database and over the earlier rows, and what they take away named", async () => {
    const sql =
      '-- DropColumn\nALTER TABLE "Climber"\n  DROP COLUMN "email",\n  ADD COLUMN "grade" INTEGER NOT NULL;\n';
    const schema = await readFile(join(project.folder, "prisma/schema.prisma"), "utf8");
    await project.write({
      "prisma/migrations/20260201000000_grade/migration.sql": sql,
      "prisma/schema.prisma": schema.replace("email String?", "grade Int"),
    });
    await project.commit();
    const result = await run();
    // A new column without a default cannot be filled where there are rows: only the seed shows it.
    expect(result.outputs).toMatchObject({ status: "failed", "failed-checks": "migrate" });
    const said = messagesOf(result);
    expect(said).toContain("over the earlier state with its rows");
    expect(said).toContain("Breaks the version that still runs: the column Climber.email is gone");
    expect(said).toContain("the new column Climber.grade is NOT NULL without a default");
    expect(said).toContain("This statement drops the column email");
    expect(result.summary).toContain("20260201000000&#95;grade/migration.sql:3");
    expect(result.log.text + result.summary).not.toContain(postgres.password);
    expect(await scratchDatabases()).toBe("0");
  });

  it("is told when its schema has drifted, and when an old migration was edited", async () => {
    const schema = await readFile(join(project.folder, "prisma/schema.prisma"), "utf8");
    const old = "prisma/migrations/20260101000000_climbers/migration.sql";
    const sql = await readFile(join(project.folder, old), "utf8");
    await project.write({
      "prisma/schema.prisma": schema.replace("name  String", "name  String\n  nick  String?"),
      [old]: `${sql}-- an afterthought\n`,
    });
    await project.commit();
    const result = await run();
    expect(result.outputs).toMatchObject({ "failed-checks": "migrate\ncompatible" });
    expect(messagesOf(result)).toContain("drifted from the migrations");
    expect(messagesOf(result)).toContain("20260101000000_climbers was edited after it was merged");
  });

  it("is told which right its user lacks", async () => {
    await postgres.admin("alter role app nocreatedb");
    try {
      expect(messagesOf(await run())).toContain('ALTER ROLE "app" CREATEDB');
    } finally {
      await postgres.admin("alter role app createdb");
    }
  });

  it("is told that the database is not there; all else runs", async () => {
    const url = "postgresql://ada:secret-word@127.0.0.1:1/app";
    const result = await run({ "database-url": url });
    expect(result.outputs).toMatchObject({ "failed-checks": "migrate\ncompatible", tests: "1" });
    expect(messagesOf(result)).toMatch(/the database said: .*Is the service of the job there/s);
    expect(result.log.text + result.summary).not.toContain("secret-word");
  });

  it("of a fork, which has no secrets, is told which lines give it a database; all else runs", async () => {
    const result = await run({ "database-url": "", env: "TOKEN=" });
    expect(result.outputs).toMatchObject({ status: "passed", tests: "1" });
    expect(result.log.text).toMatch(/migrate: skipped .*`database-url: postgresql:/);
  });

  it("whose migration hangs on a lock is ended in time, and its database dropped", async () => {
    const setting = (size: string): string => `alter role app set work_mem = '${size}'`;
    await project.write({
      "prisma/migrations/20260201000000_hangs/migration.sql": `${setting("6MB")};\n`,
    });
    await project.commit();
    await postgres.admin(setting("4MB"));
    const holds = "holds the lock of a test";
    const locked = postgres.query(`begin; ${setting("5MB")}; select pg_sleep(100), '${holds}'`);
    const ended = locked.catch(() => undefined);
    try {
      const result = await run({ timeout: "40s", scripts: "test" });
      expect(result.outputs).toMatchObject({ status: "failed" });
      expect(result.outputs["failed-checks"]?.split("\n")).toContain("migrate");
      expect(result.log.text).toContain("ended because the time for all checks was over");
      expect(result.durationMs).toBeLessThan(90_000);
      expect(await scratchDatabases()).toBe("0");
    } finally {
      await postgres.admin(
        `select pg_terminate_backend(pid) from pg_stat_activity where query like '%${holds}%' and pid <> pg_backend_pid()`,
      );
      await ended;
    }
  });
});
