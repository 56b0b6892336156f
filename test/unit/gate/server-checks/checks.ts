import { parseDatabaseUrl } from "../../../../src/commands/postgres.js";
import type {
  CommandCheck,
  ContainerCheck,
  LogsCheck,
  PostgresCheck,
  RedisAddress,
  RedisCheck,
  ServerLoadCheck,
} from "../../../../src/gate/check.js";

const base = { intervalMs: 1000, attemptTimeoutMs: 5000, successes: 1 };

export function command(name: string, line: string, own: Partial<CommandCheck> = {}): CommandCheck {
  const defaults = { place: undefined, exitCode: 0, matches: undefined };
  return { ...base, kind: "command", name, command: line, ...defaults, ...own };
}

export function container(own: Partial<ContainerCheck> = {}): ContainerCheck {
  const place = { service: "web", project: undefined };
  return { ...base, kind: "container", name: "web", place, maxRestarts: 0, ...own };
}

export function logs(own: Partial<LogsCheck> & Pick<LogsCheck, "source">): LogsCheck {
  return { ...base, kind: "logs", name: "log", forbidden: undefined, wanted: undefined, ...own };
}

export function postgres(url: string, own: Partial<PostgresCheck> = {}): PostgresCheck {
  const address = parseDatabaseUrl(url);
  if ("problem" in address) throw new TypeError(address.problem);
  const defaults = { place: undefined, connections: undefined };
  return { ...base, kind: "postgres", name: "postgres", address, ...defaults, ...own };
}

export function redis(address: Partial<RedisAddress>, own: Partial<RedisCheck> = {}): RedisCheck {
  const defaults = { place: undefined, memory: undefined };
  const whole = { host: "127.0.0.1", port: 6379, username: undefined, password: undefined };
  return {
    ...base,
    kind: "redis",
    name: "redis",
    address: { ...whole, tls: false, ...address },
    ...defaults,
    ...own,
  };
}

export function load(
  measure: ServerLoadCheck["measure"],
  own: Partial<ServerLoadCheck> = {},
): ServerLoadCheck {
  return { ...base, kind: "server", name: measure, measure, path: "/", limits: {}, ...own };
}
