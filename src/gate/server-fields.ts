import { type DatabaseAddress, parseDatabaseUrl } from "../commands/postgres.js";
import type {
  CommandCheck,
  ContainerCheck,
  LogsCheck,
  Place,
  PostgresCheck,
  RedisAddress,
  RedisCheck,
  ServerLoadCheck,
} from "./check.js";
import type { CheckFields } from "./check-fields.js";
import type { OwnFields, ReadingTools } from "./http-fields.js";
import { bytes, count, percentage } from "./measures.js";

type Mask = ReadingTools["mask"];

/** What stands where a value was refused; the gate is never opened with it. */
const nowhere: Place = { container: "-" };

/** Reads the keys of a `container` check. */
export function readContainer(fields: CheckFields): OwnFields<ContainerCheck> {
  return {
    kind: "container",
    place: fields.place("container") ?? nowhere,
    maxRestarts: fields.integer("max-restarts", 0, 0, 1000),
  };
}

/** With room for its quoting, it has to fit into one variable of an environment (128 KiB on Linux). */
const longestCommand = 20_000;

/** Reads the keys of a `command` check. */
export function readCommand(fields: CheckFields): OwnFields<CommandCheck> {
  const wanted = { accepted: "a shell line", example: "pg_isready -U app" };
  const command = fields.text("command", wanted) ?? "";
  if (command.length > longestCommand)
    fields.tell(
      "command",
      `has ${String(command.length)} characters, more than the ${String(longestCommand)} that a check may have`,
      "Put it into a script on the server and call that.",
    );
  return {
    kind: "command",
    command,
    place: fields.place("in"),
    exitCode: fields.integer("exit-code", 0, 0, 255),
    matches: fields.pattern("matches"),
  };
}

/** Reads the keys of a `logs` check. */
export function readLogs(fields: CheckFields): OwnFields<LogsCheck> {
  const check: OwnFields<LogsCheck> = {
    kind: "logs",
    source: readLogSource(fields),
    forbidden: fields.pattern("forbidden"),
    wanted: fields.pattern("wanted"),
  };
  if (!fields.has("forbidden") && !fields.has("wanted"))
    fields.tell("logs", "needs a pattern to look for", "Add `forbidden: …`, `wanted: …` or both.");
  return check;
}

function readLogSource(fields: CheckFields): LogsCheck["source"] {
  const value = fields.raw("logs");
  const { file } = (typeof value === "object" && value !== null ? value : {}) as {
    readonly file?: unknown;
  };
  if (file === undefined) return fields.place("logs") ?? nowhere;
  if (typeof file === "string" && /^\/[^\p{Cc}]+$/u.test(file)) return { file };
  fields.problem("logs", {
    accepted:
      "a container's name, { service: …, project: … }, or { file: … } with an absolute path",
    example: "{ file: /var/log/app.log }",
  });
  return nowhere;
}

/** Reads the keys of a `postgres` check; its URL is a secret. */
export function readPostgres(
  fields: CheckFields,
  { mask }: ReadingTools,
): OwnFields<PostgresCheck> {
  return {
    kind: "postgres",
    address: readDatabase(fields, mask),
    place: fields.place("in"),
    connections: fields.limits("connections", count),
  };
}

const emptyAddress: DatabaseAddress = { variables: [], password: "", ignored: [] };

function readDatabase(fields: CheckFields, mask: Mask): DatabaseAddress {
  const wanted = {
    accepted: "a URL of the form postgresql://user:password@host:port/name",
    example: "${{ secrets.DATABASE_URL }}",
    secret: true,
  };
  const url = fields.text("postgres", wanted);
  if (url === undefined) {
    if (!fields.has("postgres")) fields.problem("postgres", wanted);
    return emptyAddress;
  }
  const address = parseDatabaseUrl(url);
  if ("problem" in address) {
    mask(url);
    fields.tell("postgres", address.problem, `Write for example \`postgres: ${wanted.example}\`.`);
    return emptyAddress;
  }
  if (address.password !== "") for (const secret of [url, address.password]) mask(secret);
  return address;
}

/** Reads the keys of a `redis` check; its URL is a secret where it holds a password. */
export function readRedis(fields: CheckFields, { mask }: ReadingTools): OwnFields<RedisCheck> {
  const wanted = {
    accepted: "a URL of the form redis://:password@host:port",
    example: "redis://localhost:6379",
    secret: true,
  };
  const address = fields.parsed("redis", noRedis, wanted, (text) => redisAddress(text));
  if (address.password !== undefined) mask(address.password);
  return {
    kind: "redis",
    address,
    place: fields.place("in"),
    memory: fields.limits("memory", bytes),
  };
}

const noRedis: RedisAddress = {
  host: "127.0.0.1",
  port: 6379,
  username: undefined,
  password: undefined,
  tls: false,
};

function redisAddress(text: string): RedisAddress | undefined {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "redis:" && url.protocol !== "rediss:")) return undefined;
  try {
    return {
      host: url.hostname.replace(/^\[|\]$/g, "") || noRedis.host,
      port: url.port === "" ? noRedis.port : Number(url.port),
      username: decodeURIComponent(url.username) || undefined,
      password: decodeURIComponent(url.password) || undefined,
      tls: url.protocol === "rediss:",
    };
  } catch {
    return undefined;
  }
}

/** Reads the keys of a `server` check. */
export function readServerLoad(fields: CheckFields): OwnFields<ServerLoadCheck> {
  const measures = ["cpu", "memory", "disk"] as const;
  const wanted = { accepted: "one of cpu, memory, disk", example: "cpu" };
  const measure = fields.parsed<ServerLoadCheck["measure"]>("server", "cpu", wanted, (text) =>
    measures.find((one) => one === text),
  );
  const [warning, critical] = [fields.raw("warning"), fields.raw("critical")];
  const limits = { ...percentage, accepted: "percent in `warning`, `critical` or both" };
  const key = fields.has("critical") ? "critical" : fields.has("warning") ? "warning" : "server";
  return {
    kind: "server",
    measure,
    path: measure === "disk" ? readPath(fields) : "/",
    limits: fields.limitsOf(key, warning, critical, { ...limits, example: "85%" }) ?? {},
  };
}

function readPath(fields: CheckFields): string {
  const wanted = { accepted: "an absolute path on the file system that is meant", example: "/var" };
  return fields.parsed("path", "/", wanted, (text) =>
    /^\/[^\p{Cc}]*$/u.test(text) ? text : undefined,
  );
}
