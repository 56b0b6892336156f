import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { ServerHostKeyAlgorithm } from "ssh2";
import {
  type HostKeyType,
  hostKeyTypes,
  type KnownHost,
  matchesPattern,
  typeOfKey,
} from "../kit/known-hosts.js";
import type { HostKeyPolicy } from "../kit/ssh-connection.js";
import { knownHostsName, type SshTarget } from "../kit/ssh-target.js";

/** A host key as a server shows it. */
export interface HostKey {
  readonly type: string;
  /** In base64. */
  readonly key: string;
  readonly fingerprint: string;
}

/** The keys that one host may show. */
export interface Pins {
  readonly fingerprints: readonly string[];
  readonly revoked: readonly string[];
  /** The only kinds of key to ask for. */
  readonly types: readonly HostKeyType[];
}

/** Reads a host key from the bytes that the server sent. */
export function hostKeyOf(bytes: Uint8Array): HostKey {
  const key = Buffer.from(bytes).toString("base64");
  return { type: typeOfKey(key), key, fingerprint: fingerprint(key) };
}

/** The pins of `policy` that hold for `target`; undefined when there is none. */
export function pinsFor(target: SshTarget, policy: HostKeyPolicy): Pins | undefined {
  const [exact = [], everyPort = []] = linesFor(target, policy.known);
  const trusted = [exact, everyPort].map((lines) => lines.filter(({ revoked }) => !revoked));
  const known = trusted.find((lines) => lines.length > 0) ?? [];
  const fingerprints = [...known.map(({ key }) => fingerprint(key)), ...policy.fingerprints];
  if (fingerprints.length === 0) return undefined;
  const revoked = [...exact, ...everyPort]
    .filter((line) => line.revoked)
    .map(({ key }) => fingerprint(key));
  // A fingerprint does not tell of which kind its key is.
  const types = hostKeyTypes.filter(
    (type) => policy.fingerprints.length > 0 || known.some((line) => line.type === type),
  );
  return { fingerprints, revoked, types };
}

/** The signature algorithms that make a server show a key of these kinds, the best first. */
export function algorithmsFor(types: readonly string[]): ServerHostKeyAlgorithm[] {
  const rsa: ServerHostKeyAlgorithm[] = ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"];
  return hostKeyTypes
    .filter((type) => types.includes(type))
    .flatMap((type) => (type === "ssh-rsa" ? rsa : [type]));
}

/** The line of a known_hosts file. */
export function knownHostsLine(target: SshTarget, { type, key }: HostKey): string {
  return `${knownHostsName(target)} ${type} ${key}`;
}

/** As ssh has it: first the lines for `[host]:port`, then those for the host alone, which hold for every port. */
function linesFor(target: SshTarget, known: readonly KnownHost[]): KnownHost[][] {
  const names = [knownHostsName(target), knownHostsName({ host: target.host, port: 22 })];
  return names.map((name) => known.filter((line) => holdsFor(line, name)));
}

function holdsFor({ patterns }: KnownHost, name: string): boolean {
  const excluded = patterns.some(
    (pattern) => pattern.startsWith("!") && matchesPattern(pattern.slice(1), name),
  );
  return !excluded && (patterns.length === 0 || patterns.some((pattern) => matches(pattern, name)));
}

function matches(pattern: string, name: string): boolean {
  const [, salt, digest] = /^\|1\|([^|]+)\|([^|]+)$/.exec(pattern) ?? [];
  if (salt === undefined || digest === undefined)
    return !pattern.startsWith("!") && matchesPattern(pattern, name);
  const wanted = Buffer.from(digest, "base64");
  const given = createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest();
  return wanted.length === given.length && timingSafeEqual(wanted, given);
}

/** OpenSSH's fingerprint of a public key in base64. */
export function fingerprint(key: string): string {
  const digest = createHash("sha256").update(Buffer.from(key, "base64")).digest("base64");
  return `SHA256:${digest.replace(/=+$/, "")}`;
}
