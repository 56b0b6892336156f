import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "./database.js";

/** Rows that an app's users write while something else happens to the server. */
export interface DatabaseWriter {
  /** The ids of the rows whose commit the database has acknowledged so far. */
  readonly committed: readonly number[];
  /** What the database has refused; empty unless a fault reached it. */
  readonly refused: string;
  /** Writes no more, waits at most 5 s for the last answers and ends its session. */
  stop(): Promise<void>;
}

export interface DatabaseWriterOptions {
  readonly rowsPerSecond: number;
  /** Ends by itself after this many rows. */
  readonly atMost?: number;
}

/** How many rows may wait for their answer: a migration may hold the table for a while. */
const mostWaiting = 20;

/** Inserts rows into the app's table, each a transaction of its own, over one session. */
export function startDatabaseWriter(
  bin: string,
  database: Database,
  { rowsPerSecond, atMost = 20_000 }: DatabaseWriterOptions,
): DatabaseWriter {
  const psql = spawn(join(bin, "psql"), ["-XAtq"], {
    env: { ...database.env(), PGAPPNAME: "writer" },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const ended = once(psql, "close");
  const committed: number[] = [];
  let rest = "";
  psql.stdout.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    committed.push(...lines.map(Number));
  });
  let refused = "";
  psql.stderr.setEncoding("utf8").on("data", (text: string) => (refused += text));
  psql.stdin.on("error", (failure) => (refused += String(failure)));
  const stopping = new AbortController();
  const writing = write();

  async function write(): Promise<void> {
    let sent = 0;
    while (sent < atMost && !stopping.signal.aborted) {
      if (sent - committed.length < mostWaiting) {
        sent += 1;
        psql.stdin.write(
          `insert into items (name) values ('written ${String(sent)}') returning id;\n`,
        );
      }
      await sleep(1000 / rowsPerSecond);
    }
  }

  return {
    committed,
    get refused() {
      return refused;
    },
    stop: async () => {
      stopping.abort();
      await writing;
      psql.stdin.end();
      // A row may still wait for a lock that a failed test has left.
      const late = setTimeout(() => psql.kill("SIGKILL"), 5000);
      await ended;
      clearTimeout(late);
    },
  };
}
