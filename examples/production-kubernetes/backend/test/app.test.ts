import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { runner } from "node-pg-migrate";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { app } from "../src/app.js";

const { DATABASE_URL } = process.env;
if (!DATABASE_URL) throw new Error("the tests need an empty database in DATABASE_URL");

const migrate = (direction: "up" | "down") =>
  runner({
    databaseUrl: DATABASE_URL,
    dir: "migrations",
    direction,
    count: Infinity,
    migrationsTable: "pgmigrations",
    log: () => undefined,
  });

let database: pg.Pool;
let server: Server;
let url: string;

beforeAll(async () => {
  database = new pg.Pool({ connectionString: DATABASE_URL });
  server = app(database, "abc").listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.close();
  await migrate("down");
  await database.end();
});

const health = async () => (await fetch(`${url}/api/health`)).status;

describe("the migrations", () => {
  it("go up, back down, and up again", async () => {
    expect(await health()).toBe(503);
    await migrate("up");
    expect(await health()).toBe(200);
    await migrate("down");
    expect(await health()).toBe(503);
    await migrate("up");
    expect(await health()).toBe(200);
  });
});

describe("the API", () => {
  const post = (body: object) =>
    fetch(`${url}/api/courses`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });

  it("keeps courses", async () => {
    expect((await post({ title: "Logic" })).status).toBe(201);
    const courses = (await (await fetch(`${url}/api/courses`)).json()) as { title: string }[];
    expect(courses.map(({ title }) => title)).toEqual(["Logic"]);
  });

  it("refuses a course without a title", async () => {
    expect((await post({})).status).toBe(400);
  });
});
