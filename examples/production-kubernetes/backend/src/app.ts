import express, { type ErrorRequestHandler, type Express } from "express";
import type { Pool } from "pg";

/** The API over a database that has all migrations; `version` is the commit that it was built from. */
export function app(database: Pick<Pool, "query">, version: string): Express {
  const api = express();
  api.use(express.json());

  /** Whether users can be served: for the readiness probe and the smoke test. */
  api.get("/api/health", async (_, answer) => {
    await database.query("select 1 from courses limit 1");
    answer.json({ status: "ok", version });
  });

  /** Whether the process answers: a database that is away must not restart every pod. */
  api.get("/api/health/live", (_, answer) => {
    answer.json({ status: "ok" });
  });

  api.get("/api/courses", async (_, answer) => {
    const { rows } = await database.query("select id, title from courses order by id");
    answer.json(rows);
  });

  api.post("/api/courses", async (asked, answer) => {
    const { title } = (asked.body ?? {}) as { title?: unknown };
    if (typeof title !== "string" || title === "" || title.length > 200) {
      answer.status(400).json({ error: "`title` must have 1 to 200 characters" });
      return;
    }
    const insert = "insert into courses (title) values ($1) returning id, title";
    const { rows } = await database.query(insert, [title]);
    answer.status(201).json(rows[0]);
  });

  const tell: ErrorRequestHandler = (failure: Error, asked, answer, next) => {
    console.error(`${asked.method} ${asked.path}: ${failure.message}`);
    if (answer.headersSent) next(failure);
    else answer.status(503).json({ status: "down", version });
  };
  return api.use(tell);
}
