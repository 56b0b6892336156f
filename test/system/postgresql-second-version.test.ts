import { afterAll, beforeAll, expect, test } from "vitest";
import { startPostgres, type Postgres } from "../support/postgres.js";
import { secondPostgres } from "../support/postgres-programs.js";

let postgres: Postgres;

beforeAll(async () => {
  postgres = await startPostgres({ programs: await secondPostgres() });
});

afterAll(() => postgres.stop());

test("a cluster of the second major version runs beside the machine's own", async () => {
  expect(await postgres.query("show server_version_num")).toMatch(/^16/);
});
