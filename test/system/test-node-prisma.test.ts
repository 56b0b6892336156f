import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
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
    expect(
      await postgres.admin("select count(*) from pg_database where datname like 'belay%'"),
    ).toBe("0");
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
    const result = await run();
    expect(messagesOf(result)).toContain('ALTER ROLE "app" CREATEDB');
  });
});
