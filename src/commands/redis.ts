import type { Variable } from "./shell.js";

/** A Redis as the server program knows it, so that no part of its URL stands on a command line. */
export interface RedisAddress {
  readonly variables: readonly Variable[];
  /** The decoded password, to be masked by itself; empty when there is none. */
  readonly password: string;
}

const shape =
  /^(?<scheme>rediss?):\/\/(?:(?<user>[^:@/?#]*)(?::(?<password>[^@/?#]*))?@)?(?:\[(?<six>[0-9a-fA-F:]+)\]|(?<host>[^:@/?#[\]\s]*))(?::(?<port>\d{1,5}))?(?:\/\d*)?(?:\?[^#]*)?$/;

/** Reads `redis://user:password@host:port/0`, as clients write it; undefined for anything else. */
export function parseRedisUrl(url: string): RedisAddress | undefined {
  const parts = shape.exec(url)?.groups;
  if (parts === undefined) return undefined;
  try {
    const password = decodeURIComponent(parts["password"] ?? "");
    const found: readonly (readonly [string, string])[] = [
      ["REDIS_HOST", parts["six"] ?? decodeURIComponent(parts["host"] ?? "")],
      ["REDIS_PORT", parts["port"] ?? ""],
      ["REDIS_USER", decodeURIComponent(parts["user"] ?? "")],
      ["REDISCLI_AUTH", password],
      ["REDIS_TLS", parts["scheme"] === "rediss" ? "yes" : ""],
    ];
    if (found.some(([, value]) => /[\0\r\n]/.test(value))) return undefined;
    const given = found.filter(([, value]) => value !== "");
    return { password, variables: given.map(([name, value]) => ({ name, value })) };
  } catch {
    return undefined;
  }
}
