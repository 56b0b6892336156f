import type { Variable } from "./shell.js";

/** A database as libpq's environment knows it, so that no part of its URL stands on a command line. */
export interface DatabaseAddress {
  readonly variables: readonly Variable[];
  /** The decoded password, to be masked by itself; empty when there is none. */
  readonly password: string;
  /** Names of parameters that libpq does not know and that are left out. */
  readonly ignored: readonly string[];
}

/** Why a URL cannot be read; never quotes it. */
export interface DatabaseProblem {
  readonly problem: string;
}

/** libpq's parameters that may stand after `?`, and the variable of each. */
const parameterVariables: Readonly<Record<string, string>> = {
  host: "PGHOST",
  hostaddr: "PGHOSTADDR",
  port: "PGPORT",
  user: "PGUSER",
  password: "PGPASSWORD",
  dbname: "PGDATABASE",
  sslmode: "PGSSLMODE",
  sslrootcert: "PGSSLROOTCERT",
  sslcert: "PGSSLCERT",
  sslkey: "PGSSLKEY",
  sslcrl: "PGSSLCRL",
  sslsni: "PGSSLSNI",
  ssl_min_protocol_version: "PGSSLMINPROTOCOLVERSION",
  channel_binding: "PGCHANNELBINDING",
  gssencmode: "PGGSSENCMODE",
  krbsrvname: "PGKRBSRVNAME",
  options: "PGOPTIONS",
  connect_timeout: "PGCONNECT_TIMEOUT",
  client_encoding: "PGCLIENTENCODING",
  target_session_attrs: "PGTARGETSESSIONATTRS",
  passfile: "PGPASSFILE",
};

/** Parameters of Prisma and of poolers, which mean nothing to a dump. */
const silent = new Set([
  "schema",
  "connection_limit",
  "pool_timeout",
  "pgbouncer",
  "socket_timeout",
  "statement_cache_size",
  "sslidentity",
  "sslpassword",
  "sslaccept",
  "application_name",
  "fallback_application_name",
]);

// Not `new URL`: it refuses several hosts and encoded sockets, and it changes what it reads.
const shape =
  /^postgres(?:ql)?(?:\+[a-z0-9_]+)?:\/\/(?:(?<user>[^:@/?#]*)(?::(?<password>[^@/?#]*))?@)?(?<hosts>[^/?#]*)(?:\/(?<name>[^?#]*))?(?:\?(?<query>[^#]*))?$/i;

/** Reads a database URL as libpq, SQLAlchemy, Django and Prisma write it. */
export function parseDatabaseUrl(url: string): DatabaseAddress | DatabaseProblem {
  const parts = shape.exec(url)?.groups;
  if (parts === undefined)
    return { problem: "is no URL of the form postgresql://user:password@host:port/name" };
  try {
    return readParts(parts);
  } catch {
    return {
      problem: "has a % that is not followed by two hex digits; write a % in a password as %25",
    };
  }
}

function readParts(
  parts: Readonly<Record<string, string | undefined>>,
): DatabaseAddress | DatabaseProblem {
  const found = new Map<string, string>();
  const hosts = readHosts(parts["hosts"] ?? "");
  if (hosts === undefined) return { problem: "has a port that is no number" };
  put(found, "PGHOST", hosts.hosts);
  put(found, "PGPORT", hosts.ports);
  put(found, "PGUSER", decodeURIComponent(parts["user"] ?? ""));
  put(found, "PGPASSWORD", decodeURIComponent(parts["password"] ?? ""));
  put(found, "PGDATABASE", decodeURIComponent(parts["name"] ?? ""));
  const ignored = readQuery(parts["query"] ?? "", found);
  if (!found.has("PGDATABASE"))
    return { problem: "names no database; write it after the host: …/name" };
  if ([...found.values()].some((value) => /[\0\r\n]/.test(value)))
    return { problem: "has a line end in one of its parts" };
  const variables = Array.from(found, ([name, value]) => ({ name, value }));
  return { variables, password: found.get("PGPASSWORD") ?? "", ignored };
}

/** `host:port,[::1]:port,%2Fvar%2Frun` as libpq's comma lists. */
function readHosts(text: string): { hosts: string; ports: string } | undefined {
  const pairs = text.split(",").map((item) => /^(?:\[([^\]]*)\]|([^:]*))(?::(\d*))?$/.exec(item));
  if (pairs.some((pair) => pair === null)) return undefined;
  const hosts = pairs.map((pair) => decodeURIComponent(pair?.[1] ?? pair?.[2] ?? ""));
  const ports = pairs.map((pair) => pair?.[3] ?? "");
  return { hosts: joined(hosts), ports: joined(ports) };
}

function joined(items: readonly string[]): string {
  return items.every((item) => item === "") ? "" : items.join(",");
}

/** Puts the known parameters into `found`, which they override, and returns the names of the others. */
function readQuery(query: string, found: Map<string, string>): readonly string[] {
  const ignored: string[] = [];
  for (const pair of query.split("&").filter((item) => item !== "")) {
    const at = pair.indexOf("=");
    const name = decodeURIComponent(at < 0 ? pair : pair.slice(0, at));
    const variable = Object.hasOwn(parameterVariables, name) ? parameterVariables[name] : undefined;
    if (variable !== undefined)
      put(found, variable, decodeURIComponent(at < 0 ? "" : pair.slice(at + 1)));
    else if (!silent.has(name)) ignored.push(name);
  }
  return ignored;
}

function put(found: Map<string, string>, variable: string, value: string): void {
  if (value !== "") found.set(variable, value);
}
