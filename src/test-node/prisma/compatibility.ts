import { breakingChanges } from "../../checks/breaking-changes.js";
import { type Catalogue, catalogueQuery, parseCatalogue } from "../../checks/catalogue.js";
import type { CheckOutcome, Finding } from "../../checks/result.js";
import { BelayError } from "../../kit/errors.js";
import type { ScratchDatabase } from "../databases.js";
import { destructiveStatements, lineOf } from "./destructive.js";
import { compareMigrations, type Migration } from "./migrations.js";

/**
 * What the new migrations take from the version that still runs, seen in the database's catalogue after each of
 * them, and what they take from the data. That is for people to weigh; an edited old migration is a failure.
 */
export async function compatibility(
  base: readonly Migration[],
  now: readonly Migration[],
  { query }: Pick<ScratchDatabase, "query">,
): Promise<CheckOutcome> {
  const { added, edited, removed } = compareMigrations(base, now);
  const findings: Finding[] = [...edited.map(editedFinding), ...removed.map(removedFinding)];
  for (const { sql } of base) await query(sql);
  let before = await catalogue(query);
  for (const migration of added) {
    await query(migration.sql);
    const after = await catalogue(query);
    findings.push(...breakingFindings(migration, before, after), ...destructiveFindings(migration));
    before = after;
  }
  const isBroken = edited.length + removed.length > 0;
  const reason = isBroken
    ? "migrations that the base has were changed"
    : saidOf(added.length, findings.length);
  return { status: isBroken ? "failed" : "passed", reason, findings };
}

function saidOf(added: number, findings: number): string {
  if (added === 0) return "no new migrations";
  return findings === 0 ? "" : `${findings} things to weigh before the deploy`;
}

async function catalogue(query: ScratchDatabase["query"]): Promise<Catalogue> {
  const found = parseCatalogue(await query(catalogueQuery));
  if (found !== undefined) return found;
  throw new BelayError(
    "command-failed",
    "the database's catalogue cannot be read",
    "Which version of PostgreSQL is it? 12 and later are known.",
  );
}

function breakingFindings(
  migration: Migration,
  before: Catalogue,
  after: Catalogue,
): readonly Finding[] {
  return breakingChanges(before, after).map((change) => ({
    level: "warning",
    message: `Breaks the version that still runs: ${change}`,
    place: { file: migration.file, line: lineOf(change, migration.sql) },
  }));
}

function destructiveFindings(migration: Migration): readonly Finding[] {
  return destructiveStatements(migration).map(({ file, line, what }) => ({
    level: "warning",
    message: `This statement ${what}`,
    place: { file, line },
  }));
}

function editedFinding({ name, file }: Migration): Finding {
  const message = `${name} was edited after it was merged: where it has been applied, nobody applies it again. Write a new migration.`;
  return { level: "error", message, place: { file, line: 1 } };
}

function removedFinding({ name }: Migration): Finding {
  return {
    level: "error",
    message: `The migration ${name} is gone, and Prisma refuses databases that have it applied`,
  };
}
