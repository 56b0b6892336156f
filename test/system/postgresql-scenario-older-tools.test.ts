import { findPostgres, secondPostgres } from "../support/postgres-programs.js";
import { olderPostgresTools } from "../support/scenarios/other-postgres.js";
import { worldOfFile } from "../support/world-of-file.js";

const machines = await findPostgres();
if (machines === undefined)
  throw new Error("PostgreSQL 15 is missing: run test/peers/install postgresql");

olderPostgresTools(worldOfFile({ server: await secondPostgres(), client: machines }));
