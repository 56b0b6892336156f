import type { Duplex } from "node:stream";
import type { Client, ParsedKey } from "ssh2";
import { hostKeyTypes } from "../kit/known-hosts.js";
import type { HostKeyPolicy, SshHop } from "../kit/ssh-connection.js";
import type { Log } from "../ports/log.js";
import {
  authRefused,
  hostKeyChanged,
  hostKeyRevoked,
  hostKeyUnknown,
  unreachable,
} from "./ssh-errors.js";
import { type Failed, type LoggedIn, shakeHands } from "./ssh-handshake.js";
import { algorithmsFor, type HostKey, knownHostsLine, type Pins, pinsFor } from "./ssh-host-key.js";
import { Login } from "./ssh-login.js";
import type { SshModules } from "./ssh-modules.js";

/** What all hops of a connection share. */
export interface HopContext {
  readonly ssh: SshModules;
  readonly policy: HostKeyPolicy;
  readonly timeoutMs: number;
  readonly keepaliveMs: number;
  readonly log: Pick<Log, "info">;
}

/** One server to log in to, and how a new stream to it is opened. */
export interface Hop extends SshHop {
  readonly key: ParsedKey | undefined;
  readonly open: () => Promise<Duplex>;
}

/** A client that is logged in, on its stream. */
export interface LiveHop {
  readonly client: Client;
  readonly stream: Duplex;
}

/** Logs in to one hop, its host key proven first. Throws as `RemoteHost.connect` says. */
export async function logIn(hop: Hop, context: HopContext): Promise<LiveHop> {
  const pins = context.policy.strict ? pinsFor(hop.target, context.policy) : anyKey;
  if (pins === undefined) throw await refuseUnknown(hop, context);
  const first = await attempt(hop, context, pins);
  if ("client" in first) return first;
  if (!isWrongKey(first)) throw explain(hop, context, first, first.login);
  if (first.hostKey !== undefined && pins.revoked.includes(first.hostKey.fingerprint)) {
    throw hostKeyRevoked(hop.target, first.hostKey);
  }
  return logInByOtherKey(hop, context, pins);
}

interface Attempt {
  readonly login: Login;
}

/** What is not checked may be of any kind. */
const anyKey: Pins = { fingerprints: [], revoked: [], types: hostKeyTypes };

async function attempt(
  hop: Hop,
  context: HopContext,
  pins: Pins,
): Promise<LiveHop | (Failed & Attempt)> {
  const stream = await hop.open();
  const login = new Login({
    username: hop.target.username,
    key: hop.key,
    password: hop.login.password,
  });
  const ended = await shakeHands(context.ssh, {
    stream,
    login,
    username: hop.target.username,
    algorithms: algorithmsFor(pins.types),
    trusts: (key) => pins === anyKey || trusts(pins, key),
    timeoutMs: context.timeoutMs,
    keepaliveMs: context.keepaliveMs,
  });
  return "client" in ended ? { client: ended.client, stream } : { ...ended, login };
}

function trusts({ fingerprints, revoked }: Pins, key: HostKey): boolean {
  return fingerprints.includes(key.fingerprint) && !revoked.includes(key.fingerprint);
}

/** Either an untrusted key was shown, or the server has none of the kinds that are pinned. */
function isWrongKey({ failedAt, failure, hostKey }: Failed): boolean {
  const negotiation =
    failedAt === "hello" && hostKey === undefined && levelOf(failure) === "handshake";
  return failedAt === "host-key" || negotiation;
}

/** A pin that is a mere fingerprint may be that of a kind of key that the server shows only when asked for it. */
async function logInByOtherKey(hop: Hop, context: HopContext, pins: Pins): Promise<LiveHop> {
  const offered = await offeredKeys(hop, context);
  const trusted = offered.filter((key) => trusts(pins, key)).map(({ type }) => type);
  const types = hostKeyTypes.filter((type) => trusted.includes(type));
  if (types.length === 0) throw hostKeyChanged(hop.target, pins.fingerprints, offered);
  const second = await attempt(hop, context, { ...pins, types });
  if ("client" in second) return second;
  throw isWrongKey(second)
    ? hostKeyChanged(hop.target, pins.fingerprints, offered)
    : explain(hop, context, second, second.login);
}

async function refuseUnknown(hop: Hop, context: HopContext): Promise<Error> {
  const offered = await offeredKeys(hop, context);
  const lines = offered.map((key) => knownHostsLine(hop.target, key));
  context.log.info(
    "These are the known-hosts lines that the host shows, not yet verified by anybody:",
  );
  for (const line of lines) context.log.info(line);
  return hostKeyUnknown(hop.target, offered, lines[0] ?? "");
}

/** Asks for each kind of host key, on a connection of its own. */
async function offeredKeys(hop: Hop, context: HopContext): Promise<readonly HostKey[]> {
  const kinds = [
    ["ssh-ed25519"],
    hostKeyTypes.filter((type) => type.startsWith("ecdsa-")),
    ["ssh-rsa"],
  ];
  const asked = await Promise.all(kinds.map((types) => askForKey(hop, context, types)));
  const keys = asked.flatMap(({ hostKey }) => hostKey ?? []);
  const [failed] = asked;
  if (keys.length === 0 && failed !== undefined)
    throw unreachable(hop.target, failed.failure, context.timeoutMs);
  return keys;
}

async function askForKey(hop: Hop, context: HopContext, types: readonly string[]): Promise<Failed> {
  const ended: LoggedIn | Failed = await shakeHands(context.ssh, {
    stream: await hop.open(),
    username: hop.target.username,
    algorithms: algorithmsFor(types),
    trusts: () => false,
    timeoutMs: context.timeoutMs,
    keepaliveMs: 0,
  });
  return "failure" in ended
    ? ended
    : { failure: undefined, failedAt: "host-key", hostKey: ended.hostKey };
}

function explain(
  { target }: Hop,
  { timeoutMs }: HopContext,
  { failure, failedAt }: Failed,
  login: Login,
): Error {
  return failedAt === "login" && isRefusal(failure)
    ? authRefused(target, login.refusal())
    : unreachable(target, failure, timeoutMs);
}

/** All methods were refused, or sshd hung up after too many (its reasons 2 and 14 of RFC 4253). */
function isRefusal(failure: unknown): boolean {
  const { code } = failure as { code?: unknown };
  return levelOf(failure) === "client-authentication" || code === 2 || code === 14;
}

function levelOf(failure: unknown): unknown {
  return (failure as { level?: unknown }).level;
}
