import pg from "pg";
import { app } from "./app.js";

const { DATABASE_URL, PORT = "3000", VERSION = "dev" } = process.env;
if (!DATABASE_URL) throw new Error("cannot start without DATABASE_URL");

const database = new pg.Pool({
  connectionString: DATABASE_URL,
  max: 10,
  connectionTimeoutMillis: 3000,
});
// A connection that is lost while nobody uses it must not end the process.
database.on("error", (failure) => console.error(`database: ${failure.message}`));
const server = app(database, VERSION).listen(Number(PORT));

// Node is the first process of its container: nobody else ends it at SIGTERM.
process.once("SIGTERM", () => {
  server.close(() => void database.end());
  server.closeIdleConnections();
});
