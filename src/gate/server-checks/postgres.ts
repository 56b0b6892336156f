import { exportStatements } from "../../commands/shell.js";
import type { Limits, PostgresCheck } from "../check.js";
import { type Answer, type Found, found, textOf } from "./found.js";
import { measured } from "./measured.js";
import { runIn } from "./place.js";
import { withoutPassword } from "./secrets.js";
import { missingProgram, readRan } from "./trouble.js";

// Everybody may read it, and it leaves out the server's own processes; one connection is this question's.
const countConnections = "select coalesce(sum(numbackends), 0) - 1 from pg_stat_database";

/** Asks `pg_isready`, and `psql` for the number of connections; the address travels in the environment alone. */
export function postgresText(check: PostgresCheck): string {
  const limit = Math.max(1, Math.floor(check.attemptTimeoutMs / 1000));
  const patience = [{ name: "PGCONNECT_TIMEOUT", value: String(limit) }];
  const own = [
    { name: "LC_ALL", value: "C" },
    { name: "PGAPPNAME", value: "belay" },
  ];
  const text = `${exportStatements([...patience, ...check.address.variables, ...own])}${findProgram}
program pg_isready
"$found" -q -t ${String(limit)} 2>&1
echo "ready $?"`;
  const asked = check.connections === undefined ? text : `${text}\n${connectionsText}`;
  return runIn(check.place, asked, check.attemptTimeoutMs);
}

/** PATH first; then where packages put what they keep out of it, the newest version. */
const findProgram = `program() {
  found=$(command -v "$1" 2>/dev/null) && return
  for candidate in /usr/lib/postgresql/*/bin/"$1" /usr/pgsql-*/bin/"$1" /usr/local/pgsql/bin/"$1"; do
    [ ! -x "$candidate" ] || found=$candidate
  done
  [ -n "$found" ] || { echo "missing $1"; exit 0; }
}`;

const connectionsText = `program psql
"$found" -XAtqw -v ON_ERROR_STOP=1 -c '${countConnections}' 2>&1
echo "counted $?"`;

/** Healthy where the server accepts connections and their number is within the limits. */
export function readPostgres(check: PostgresCheck, answer: Answer): Found | undefined {
  const ran = readRan(answer, check);
  if ("trouble" in ran) return ran.trouble;
  const output = textOf(ran.output);
  const missing = /^missing (pg_isready|psql)$/m.exec(output)?.[1];
  if (missing !== undefined) return missingProgram(missing, "postgresql-client", check);
  const ready = /^([^]*?)^ready (\d+)\n([^]*)$/m.exec(output);
  if (ready === null) return undefined;
  const [, said = "", code, counted = ""] = ready;
  if (code !== "0") return notReady(Number(code), withoutPassword(said, check.address.password));
  return check.connections === undefined
    ? found("healthy", "accepts connections")
    : readConnections(counted, check, check.connections);
}

function notReady(code: number, said: string): Found {
  switch (code) {
    case 1:
      return found("unhealthy", "PostgreSQL starts up or shuts down, and rejects connections");
    case 2:
      return found("unhealthy", "PostgreSQL does not answer at this address");
    default:
      return found("unhealthy", `pg_isready ended with exit code ${String(code)}`, { said });
  }
}

function readConnections(
  output: string,
  { address }: PostgresCheck,
  limits: Limits,
): Found | undefined {
  const counted = /^([^]*?)^counted (\d+)\n$/m.exec(output);
  if (counted === null) return undefined;
  const [, said = "", code] = counted;
  if (code !== "0") {
    return found("unhealthy", "PostgreSQL accepts connections, but psql failed", {
      said: withoutPassword(said, address.password),
    });
  }
  const number = /^(\d+)\n$/.exec(said)?.[1];
  if (number === undefined) return undefined;
  return measured(Number(number), { what: "connections", unit: "connections" }, limits);
}
