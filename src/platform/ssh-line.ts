import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Client, ParsedKey } from "ssh2";
import { formatDuration } from "../kit/duration.js";
import type { SshConnection, SshHop } from "../kit/ssh-connection.js";
import { targetName } from "../kit/ssh-target.js";
import { watchSilence } from "./silence.js";
import { connectionLost, unreachable } from "./ssh-errors.js";
import { type HopContext, type LiveHop, logIn } from "./ssh-hop.js";

/** How long nothing may come in, and how often the server is asked to say something. */
export interface Pulse {
  readonly keepaliveMs: number;
  readonly silenceMs: number;
}

/** A live connection to the last hop. */
export interface SshLine {
  readonly client: Client;
  /** What the client writes to. */
  readonly stream: Duplex;
  /** Aborts, with a `connection-lost` error as its reason, when the connection is gone. */
  readonly gone: AbortSignal;
  /** Says goodbye; resolves when the connection is closed. */
  close(): Promise<void>;
}

const goodbyeMs = 1000;

/** Logs in to one hop after the other, each through the one before. Throws as `RemoteHost.connect` says. */
export async function dial(
  connection: SshConnection,
  keys: ReadonlyMap<SshHop, ParsedKey>,
  context: HopContext,
  pulse: Pulse,
  stop: AbortSignal,
): Promise<SshLine> {
  const live: LiveHop[] = [];
  try {
    for (const hop of connection.hops) {
      const before = live.at(-1)?.client;
      const open = () => openStream(hop, before, context, stop);
      live.push(await logIn({ ...hop, key: keys.get(hop), open }, context));
    }
    const [first, ...further] = live;
    if (first === undefined) throw new TypeError("a connection has at least one hop");
    return new Line(
      targetName(connection.hops.at(-1)?.target ?? connection.hops[0].target),
      [first, ...further],
      pulse,
    );
  } catch (failure) {
    for (const { stream } of live) stream.destroy();
    throw failure;
  }
}

async function openStream(
  hop: SshHop,
  before: Client | undefined,
  context: HopContext,
  stop: AbortSignal,
): Promise<Duplex> {
  stop.throwIfAborted();
  const stream = before === undefined ? openSocket(hop) : await openTunnel(hop, before, context);
  const destroy = (): void => void stream.destroy();
  stop.addEventListener("abort", destroy, { once: true });
  stream.once("close", () => stop.removeEventListener("abort", destroy));
  return stream;
}

/** ssh2 never turns Nagle's algorithm off, which costs half the time of every command. */
function openSocket({ target: { host, port } }: SshHop): Socket {
  return connect({ host, port, noDelay: true });
}

function openTunnel(
  { target }: SshHop,
  before: Client,
  { timeoutMs }: HopContext,
): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(unreachable(target, { code: "ETIMEDOUT" }, timeoutMs)),
      timeoutMs,
    );
    const opened = (failure: Error | undefined, channel: Duplex): void => {
      clearTimeout(timer);
      if (failure === undefined) resolve(channel);
      else reject(unreachable(target, failure, timeoutMs));
    };
    try {
      before.forwardOut("127.0.0.1", 0, target.host, target.port, opened);
    } catch (failure) {
      opened(failure as Error, undefined as never);
    }
  });
}

class Line implements SshLine {
  readonly client: Client;
  readonly stream: Duplex;
  readonly gone: AbortSignal;
  readonly #hops: readonly LiveHop[];

  constructor(name: string, hops: readonly [LiveHop, ...LiveHop[]], { silenceMs }: Pulse) {
    const gone = new AbortController();
    const last = hops.at(-1) ?? hops[0];
    this.client = last.client;
    this.stream = last.stream;
    this.gone = gone.signal;
    this.#hops = hops;
    const lose = (why: string, cause?: unknown): void => {
      if (gone.signal.aborted) return;
      gone.abort(connectionLost(name, why, cause));
      for (const { stream } of hops) stream.destroy();
    };
    const unwatch = watchSilence(last.stream, silenceMs, () =>
      lose(`nothing was heard for ${formatDuration(silenceMs)}`),
    );
    gone.signal.addEventListener("abort", unwatch, { once: true });
    for (const { client } of hops) {
      client.on("error", (failure) => lose(failure.message, failure));
      client.once("close", () => lose("the other side closed it"));
    }
  }

  async close(): Promise<void> {
    const closed = this.gone.aborted ? Promise.resolve() : once(this.gone, "abort");
    this.client.end();
    const timer = setTimeout(() => this.stream.destroy(), goodbyeMs);
    await closed;
    clearTimeout(timer);
    for (const { stream } of this.#hops) stream.destroy();
  }
}
