import { describe, expect, it } from "vitest";
import { destructiveStatements, lineOf } from "../../../../src/test-node/prisma/destructive.js";
import { compareMigrations, type Migration } from "../../../../src/test-node/prisma/migrations.js";

function migration(name: string, sql = "select 1;"): Migration {
  return { name, file: `prisma/migrations/${name}/migration.sql`, sql };
}

describe("two states of the migrations", () => {
  it("differ in what is new, what was edited and what is gone", () => {
    const base = [migration("1_a"), migration("2_b"), migration("3_c")];
    const now = [migration("1_a"), migration("2_b", "select 2;"), migration("4_d")];
    const { added, edited, removed } = compareMigrations(base, now);
    expect(added).toEqual([now[2]]);
    expect(edited).toEqual([now[1]]);
    expect(removed).toEqual([base[2]]);
  });
});

describe("statements that take data away", () => {
  it("are named with their line", () => {
    const sql = [
      "-- DropColumn: all of it",
      'ALTER TABLE "Climber" DROP COLUMN "email",',
      '  DROP COLUMN "name";',
      'DROP TABLE IF EXISTS "Rope";',
      "INSERT INTO log VALUES ('drop table x');",
      "/* TRUNCATE climbers; */",
      'TRUNCATE "Knot";',
      'DELETE FROM "Peg" WHERE true;',
      'ALTER TABLE "Climber" ALTER COLUMN "id" SET DATA TYPE SMALLINT;',
    ].join("\n");
    const found = destructiveStatements(migration("5_e", sql)).map(({ line, what }) => [
      line,
      what,
    ]);
    expect(found).toEqual([
      [2, "drops the column email"],
      [3, "drops the column name"],
      [4, "drops the table Rope"],
      [7, "empties the table Knot"],
      [8, "deletes rows of Peg"],
      [9, "changes the type of the column id"],
    ]);
  });
});

describe("the line of a change", () => {
  const sql = '-- the email\nALTER TABLE "Climber"\n  DROP COLUMN "email";\n';

  it("is the one that names what changed, and never a comment", () => {
    expect(lineOf("the column Climber.email is gone", sql)).toBe(3);
  });

  it("is the first where the migration names it nowhere", () => {
    expect(lineOf("the column Climber.age is gone", sql)).toBe(1);
  });
});
