import { afterAll, beforeAll, expect, test } from "vitest";
import { startPostgres, type Postgres } from "../../support/postgres.js";

let postgres: Postgres;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(async () => {
  await postgres.stop();
});

test("the app's role owns its database and is no superuser", async () => {
  await postgres.query("create table items (name text)");
  expect(await postgres.query("select tableowner from pg_tables where tablename = 'items'")).toBe(
    "app",
  );
  expect(
    await postgres.query("select rolsuper or rolcreatedb from pg_roles where rolname = 'app'"),
  ).toBe("f");
});

test("a second database has its own owner and its own password", async () => {
  const second = await postgres.createDatabase("second", "it's a 'secret' with / and @");
  expect(await second.query("select current_user || ' in ' || current_database()")).toBe(
    "second in second",
  );
  expect(second.url()).toContain("it's%20a%20'secret'%20with%20%2F%20and%20%40@127.0.0.1");
});

test("a failing query throws what psql said", async () => {
  await expect(postgres.query("select nothing from nowhere")).rejects.toThrow(
    'relation "nowhere" does not exist',
  );
});
