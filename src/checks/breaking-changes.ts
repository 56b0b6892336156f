import type { Catalogue, Column, Unique } from "./catalogue.js";
import { isNarrower } from "./narrower-type.js";

/** One line for each thing between the two states that breaks a version which knows only `before`. */
export function breakingChanges(before: Catalogue, after: Catalogue): readonly string[] {
  const tables = new Set(after.columns.map(({ table }) => table));
  const known = new Set(before.columns.map(({ table }) => table));
  const gone = [...known].filter((table) => !tables.has(table));
  const columns = byKey(after.columns);
  const old = byKey(before.columns);
  return [
    ...gone.map((table) => `the table ${table} is gone`),
    ...before.columns.flatMap((column) =>
      tables.has(column.table) ? changeOf(column, columns.get(keyOf(column))) : [],
    ),
    ...after.columns.flatMap((column) =>
      known.has(column.table) && !old.has(keyOf(column)) ? additionOf(column) : [],
    ),
    ...newUniques(before, after, known),
  ];
}

function changeOf(old: Column, now: Column | undefined): readonly string[] {
  const name = `${old.table}.${old.name}`;
  if (now === undefined) return [`the column ${name} is gone`];
  const isNewlyRequired = now.isRequired && !old.isRequired;
  const lostDefault = now.isRequired && old.hasDefault && !now.hasDefault;
  return [
    ...(isNewlyRequired ? [`the column ${name} became NOT NULL`] : []),
    ...(lostDefault && !isNewlyRequired
      ? [`the column ${name} is NOT NULL and lost its default in the database`]
      : []),
    ...(isNarrower(old.type, now.type)
      ? [`the column ${name} was ${old.type} and is ${now.type}`]
      : []),
  ];
}

function additionOf({ table, name, isRequired, hasDefault }: Column): readonly string[] {
  return isRequired && !hasDefault
    ? [`the new column ${table}.${name} is NOT NULL without a default in the database`]
    : [];
}

function newUniques(
  before: Catalogue,
  after: Catalogue,
  known: ReadonlySet<string>,
): readonly string[] {
  const old = new Set(before.uniques.map(uniqueKey));
  const added = after.uniques.filter((one) => known.has(one.table) && !old.has(uniqueKey(one)));
  const columns = byKey(after.columns);
  const oldColumns = byKey(before.columns);
  return added.filter((one) => !isHarmless(one, columns, oldColumns)).map(uniqueLine);
}

/** The old version leaves a new column empty, and empty values never meet. */
function isHarmless(
  { table, columns }: Unique,
  now: ReadonlyMap<string, Column>,
  before: ReadonlyMap<string, Column>,
): boolean {
  return columns.some((name) => {
    const key = keyOf({ table, name });
    const column = now.get(key);
    return column !== undefined && !before.has(key) && !column.isRequired && !column.hasDefault;
  });
}

function uniqueLine({ table, name, columns }: Unique): string {
  const what = columns.map((column) => column || "an expression").join(", ");
  return `${table} has a new unique constraint on ${what} (${name})`;
}

/** By what it holds: another name for the same constraint changes nothing. */
function uniqueKey({ table, name, columns }: Unique): string {
  return JSON.stringify(columns.includes("") ? [table, name] : [table, [...columns].sort()]);
}

function byKey(columns: readonly Column[]): ReadonlyMap<string, Column> {
  return new Map(columns.map((column) => [keyOf(column), column]));
}

function keyOf({ table, name }: Pick<Column, "table" | "name">): string {
  return JSON.stringify([table, name]);
}
