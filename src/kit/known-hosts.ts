/** A host key that is trusted, or revoked, for certain hosts. */
export interface KnownHost {
  /** As in a known_hosts file: `host`, `[host]:port`, `*.example.org`, `!host`, `|1|salt|hash`; none: any host. */
  readonly patterns: readonly string[];
  readonly revoked: boolean;
  readonly type: HostKeyType;
  /** In base64. */
  readonly key: string;
}

export const hostKeyTypes = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "ssh-rsa",
] as const;

export type HostKeyType = (typeof hostKeyTypes)[number];

/** Reads a line of a known_hosts file, or a bare `ssh-ed25519 AAAA…` which holds for any host; else says what is wrong. */
export function parseKnownHost(line: string): KnownHost | string {
  const words = line.split(/\s+/);
  const marker = words[0]?.startsWith("@") === true ? words.shift() : undefined;
  if (marker === "@cert-authority")
    return "a @cert-authority line: host certificates are not supported";
  if (marker !== undefined && marker !== "@revoked") return `the unknown marker ${marker}`;
  const bare = looksLikeType(words[0] ?? "");
  const patterns = bare ? [] : (words.shift() ?? "").split(",").filter((pattern) => pattern !== "");
  const [type = "", key = ""] = words;
  if (!isHostKeyType(type))
    return looksLikeType(type) ? `a key of the unsupported type ${type}` : "no host key";
  if (typeOfKey(key) !== type) return `a ${type} key that is damaged or cut`;
  return { patterns, revoked: marker === "@revoked", type, key };
}

/** The type that a key in base64 names itself; "" when it is none. */
export function typeOfKey(key: string): string {
  const bytes = Buffer.from(key, "base64");
  const length = bytes.length < 4 ? 0 : bytes.readUInt32BE(0);
  const whole =
    bytes.length > 4 + length &&
    bytes.toString("base64").replace(/=+$/, "") === key.replace(/=+$/, "");
  return whole ? bytes.toString("latin1", 4, 4 + length) : "";
}

/** Whether the plain (not hashed) `pattern` with `*` and `?` matches `name`; neither case matters. */
export function matchesPattern(pattern: string, name: string): boolean {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll(/\*+/g, ".*").replaceAll("?", ".")}$`, "i").test(name);
}

function isHostKeyType(text: string): text is HostKeyType {
  return hostKeyTypes.some((type) => type === text);
}

function looksLikeType(text: string): boolean {
  return /^(?:ssh-|sk-|ecdsa-sha2-)[\w@.-]+$/.test(text);
}
