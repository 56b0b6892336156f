import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { breakingChanges } from "../../../src/checks/breaking-changes.js";
import { catalogueQuery, parseCatalogue } from "../../../src/checks/catalogue.js";
import { isNarrower } from "../../../src/checks/narrower-type.js";
import { type Postgres, startPostgres } from "../../support/postgres.js";

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

/** What `change` breaks, of a database as `setUp` makes it. */
async function breaks(change: string, setUp = usual): Promise<readonly string[]> {
  const fresh =
    "drop schema public cascade; create schema public; drop schema if exists other cascade";
  // One call of psql for all: each of them takes longer than what it asks for.
  const script = [fresh, setUp, catalogueQuery, change, catalogueQuery].join(";\n");
  const [before, after] = (await postgres.query(script)).split("\n").map(parseCatalogue);
  if (before === undefined || after === undefined) throw new Error("the query gives no catalogue");
  return breakingChanges(before, after);
}

const usual = `create table route (id bigserial primary key, name varchar(20), grade text, height int not null default 1);
  create table crag (id int generated always as identity primary key)`;

describe("a change of a PostgreSQL database breaks the version that still runs when", () => {
  it.each([
    ["drop table crag", "the table crag is gone"],
    ["alter table route rename to way", "the table route is gone"],
    ["alter table route drop column grade", "the column route.grade is gone"],
    ["alter table route rename column grade to level", "the column route.grade is gone"],
    [
      "alter table route add column x int not null default 0; alter table route alter x drop default",
      "the new column route.x is NOT NULL without a default in the database",
    ],
    ["alter table route alter name set not null", "the column route.name became NOT NULL"],
    [
      "alter table route alter height drop default",
      "the column route.height is NOT NULL and lost its default in the database",
    ],
    [
      "alter table route alter name type varchar(10)",
      "the column route.name was character varying(20) and is character varying(10)",
    ],
    [
      "alter table route alter height type smallint",
      "the column route.height was integer and is smallint",
    ],
    [
      "create unique index one on route (name, grade)",
      "route has a new unique constraint on name, grade (one)",
    ],
    [
      "create unique index low on route (lower(name))",
      "route has a new unique constraint on an expression (low)",
    ],
    [
      "alter table route add column x int default 1 unique",
      "route has a new unique constraint on x (route_x_key)",
    ],
  ])("%s", async (change, message) => {
    expect(await breaks(change)).toEqual([message]);
  });

  it.each([
    "create table fresh (id int primary key, name text not null unique)",
    "alter table route add column x int",
    "alter table route add column x int not null default 0",
    "alter table route add column x int generated always as identity",
    "alter table route add column x text unique",
    "alter table route alter name type text",
    "alter table route alter name type varchar(30)",
    "alter table route alter height type bigint",
    "alter table route alter name drop not null",
    "create index slow on route (grade)",
    "alter index route_pkey rename to another",
  ])("but not when %s", async (change) => {
    expect(await breaks(change)).toEqual([]);
  });

  it("in another schema too", async () => {
    const setUp = "create schema other; create table other.t (a int, b int)";
    const change = "alter table other.t drop column a";
    expect(await breaks(change, setUp)).toEqual(["the column other.t.a is gone"]);
  });
});

describe("a type", () => {
  it.each([
    ["numeric(8,2)", "numeric(10,2)", false],
    ["numeric(8,2)", "numeric(8,3)", true],
    ["numeric", "numeric(8,2)", true],
    ["integer", "text", true],
    ["integer", "numeric", false],
    ["real", "double precision", false],
    ["double precision", "real", true],
    ["json", "jsonb", false],
    ["text", "character varying(10)", true],
    ["character varying(10)", "character varying", false],
    ["timestamp without time zone", "date", true],
  ])("%s that becomes %s is narrower: %s", (before, after, narrower) => {
    expect(isNarrower(before, after)).toBe(narrower);
  });
});

it("what is no catalogue is none", () => {
  expect(parseCatalogue("{}")).toBeUndefined();
  expect(parseCatalogue("")).toBeUndefined();
});
