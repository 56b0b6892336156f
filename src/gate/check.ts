import type { DatabaseAddress } from "../commands/postgres.js";

/**
 * What a measured number may be: from `warning` on it is degraded, from `critical` on unhealthy. Where less
 * is worse (days that a certificate is still valid), below `warning` and below `critical`.
 */
export interface Limits {
  readonly warning?: number | undefined;
  readonly critical?: number | undefined;
}

/** What every check has, whatever its kind; the gate's own values are filled in where it overrides none. */
export interface CheckBase {
  /** Unique among the checks of a gate; on one line, for people, without a secret. */
  readonly name: string;
  /** From the start of one attempt to the start of the next. */
  readonly intervalMs: number;
  /** How long one attempt may take. */
  readonly attemptTimeoutMs: number;
  /** How many healthy findings in a row it takes. */
  readonly successes: number;
}

/** What a check has where it says nothing else. */
export type CheckDefaults = Omit<CheckBase, "name">;

/** A condition on a JSON body: what `path` (RFC 9535) selects. */
export interface JsonCondition {
  readonly path: string;
  /** All that `path` selects in a document. */
  readonly select: (document: unknown) => readonly unknown[];
  /** Compared as JSON, deeply. */
  readonly equals?: unknown;
  /** Found in the selected text, or in the JSON of what is no text. */
  readonly matches?: RegExp | undefined;
}

/** From where a request or a connection is made. */
export type Via = "runner" | "server";

export interface HttpCheck extends CheckBase {
  readonly kind: "http";
  readonly url: string;
  readonly via: Via;
  readonly method: "GET" | "HEAD" | "POST";
  /** Sent along; values may be secret and are never shown. */
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as `Host` and as the TLS server name instead of the URL's own. */
  readonly hostHeader: string | undefined;
  /** PEM of the authorities that are trusted instead of the usual ones. */
  readonly ca: string | undefined;
  readonly followRedirects: boolean;
  /** Inclusive ranges. */
  readonly status: readonly (readonly [number, number])[];
  readonly body: RegExp | undefined;
  readonly json: readonly JsonCondition[];
  /** Text that only the new version's answer holds. */
  readonly expect: string | undefined;
  /** How many days the certificate must still be valid. */
  readonly minDays: Limits | undefined;
}

export interface TcpCheck extends CheckBase {
  readonly kind: "tcp";
  readonly host: string;
  readonly port: number;
  readonly via: Via;
}

/** Containers on the server: one by its name or id, or all of a compose service (of any project if none is named). */
export type Place =
  | { readonly container: string }
  | { readonly service: string; readonly project: string | undefined };

/** Docker's view: running, healthy where it has a health check, not restarted since the gate began, not OOM-killed. */
export interface ContainerCheck extends CheckBase {
  readonly kind: "container";
  readonly place: Place;
  /** Restarts since the gate began that are put up with; default 0. */
  readonly maxRestarts: number;
}

/** A shell line on the server, or inside `place`. */
export interface CommandCheck extends CheckBase {
  readonly kind: "command";
  readonly command: string;
  readonly place: Place | undefined;
  readonly exitCode: number;
  /** Must be found in the output (both streams, the first 64 KiB). */
  readonly matches: RegExp | undefined;
}

/**
 * Lines that a log gets after the gate began; of a container that was made in the five minutes before, all of
 * its lines: it is new, and what it says at its start counts.
 */
export interface LogsCheck extends CheckBase {
  readonly kind: "logs";
  readonly source: Place | { readonly file: string };
  /** One such line can never be unsaid: it is hopeless for as long as the gate lasts. */
  readonly forbidden: RegExp | undefined;
  /** Unhealthy until such a line was seen. */
  readonly wanted: RegExp | undefined;
}

export interface PostgresCheck extends CheckBase {
  readonly kind: "postgres";
  /** As reached from the server, or from inside `place`. */
  readonly address: DatabaseAddress;
  readonly place: Place | undefined;
  /** Numbers of connections to the whole server. */
  readonly connections: Limits | undefined;
}

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly username: string | undefined;
  /** A secret. */
  readonly password: string | undefined;
  readonly tls: boolean;
}

export interface RedisCheck extends CheckBase {
  readonly kind: "redis";
  readonly address: RedisAddress;
  readonly place: Place | undefined;
  /** `used_memory` in bytes. */
  readonly memory: Limits | undefined;
}

/** One measure of the machine, in percent: CPU busy between two rounds, memory not available, disk used. */
export interface ServerLoadCheck extends CheckBase {
  readonly kind: "server";
  readonly measure: "cpu" | "memory" | "disk";
  /** For `disk`: a path on the file system that is meant; default `/`. */
  readonly path: string;
  readonly limits: Limits;
}

/** Checks that are asked on the server, all that are due in one round trip. */
export type ServerCheck =
  ContainerCheck | CommandCheck | LogsCheck | PostgresCheck | RedisCheck | ServerLoadCheck;

/** One configured check. */
export type Check = HttpCheck | TcpCheck | ServerCheck;

/** How an attempt went. `hopeless` can never pass and ends the wait where `fail-fast` is on. */
export type FindingState = "healthy" | "degraded" | "unhealthy" | "hopeless";

/** What one attempt of one check found; a `degraded` one passes, and the gate says so. */
export interface Finding {
  readonly state: FindingState;
  /** One line without a secret; equal reasons are one state, so it holds no number that changes by itself. */
  readonly reason: string;
  /** What was measured, where the check measures something, in `unit` (`%`, `B`, `days`, `connections`). */
  readonly value?: number;
  readonly unit?: string;
  /** The beginning of what the peer said, on one line, perhaps empty; absent where nothing was said. */
  readonly body?: string;
  /** What to do about it, one sentence, where the check knows. */
  readonly remedy?: string;
  readonly tookMs: number;
}

/** Whether `check` is asked on the server, by its script. */
export function isServerCheck(check: Check): check is ServerCheck {
  return check.kind !== "http" && check.kind !== "tcp";
}

/** Whether the check cannot be asked without a connection to the server. */
export function needsServer(check: Check): boolean {
  return isServerCheck(check) || check.via === "server";
}
