import { secondPostgres } from "../support/postgres-programs.js";
import { newerPostgres } from "../support/scenarios/other-postgres.js";
import { worldOfFile } from "../support/world-of-file.js";

newerPostgres(worldOfFile({ server: await secondPostgres() }));
