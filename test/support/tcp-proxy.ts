import { createServer, connect, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export interface TcpProxy {
  readonly port: number;
  /** How many connections were made so far. */
  readonly accepted: number;
  /** Bytes forwarded so far, both ways, all connections. */
  readonly forwarded: number;
  /** Cuts every connection now (both ends get a reset); new ones pass. */
  cut(): void;
  /** Cuts the connection that forwards this many bytes more (both ways together); those after it pass. */
  cutAfter(bytes: number): void;
  /** Keeps all connections open and forwards nothing: what a router that died does. */
  stall(): void;
  /** Stalls the connections that there are for ever; new ones pass: a new route after the router died. */
  stallOld(): void;
  /** Forwards again, beginning with what was held back. */
  resume(): void;
  /** Resets every new connection at once until `accept`. */
  refuse(): void;
  accept(): void;
  close(): Promise<void>;
}

export interface Line {
  /** One way, in milliseconds. */
  readonly delayMs?: number;
  /** Each way. */
  readonly bytesPerSecond?: number;
}

/** Forwards a free port of 127.0.0.1 to `target`, another port of it, and misbehaves when told. */
export async function startTcpProxy(target: number, line: Line = {}): Promise<TcpProxy> {
  const proxy = new Forwarder(target, line);
  await proxy.listen();
  return proxy;
}

class Forwarder implements TcpProxy {
  accepted = 0;
  forwarded = 0;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private readonly target: number;
  private readonly line: Line;
  private readonly abandoned = new WeakSet<Socket>();
  private refusing = false;
  private cutAt = Infinity;
  private stalled: { readonly resumed: Promise<void>; readonly resume: () => void } | undefined;

  constructor(target: number, line: Line) {
    this.target = target;
    this.line = line;
    this.server = createServer({ noDelay: true, allowHalfOpen: true }, (near) => {
      this.join(near);
    });
  }

  get port(): number {
    const address = this.server.address();
    return address !== null && typeof address === "object" ? address.port : 0;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(0, "127.0.0.1", resolve);
    });
  }

  cut(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  cutAfter(bytes: number): void {
    this.cutAt = this.forwarded + bytes;
  }

  stall(): void {
    if (this.stalled !== undefined) return;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.stalled = {
      resumed: promise.then(() => undefined),
      resume: () => {
        resolve(undefined);
      },
    };
  }

  stallOld(): void {
    for (const socket of this.sockets) this.abandoned.add(socket);
  }

  resume(): void {
    this.stalled?.resume();
    this.stalled = undefined;
  }

  refuse(): void {
    this.refusing = true;
  }

  accept(): void {
    this.refusing = false;
  }

  async close(): Promise<void> {
    this.resume();
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(near: Socket): void {
    this.accepted += 1;
    if (this.refusing) {
      near.resetAndDestroy();
      return;
    }
    const far = connect({
      host: "127.0.0.1",
      port: this.target,
      noDelay: true,
      allowHalfOpen: true,
    });
    const reset = () => {
      near.resetAndDestroy();
      far.resetAndDestroy();
    };
    for (const socket of [near, far]) {
      this.sockets.add(socket);
      socket.once("error", reset);
      socket.once("close", () => this.sockets.delete(socket));
    }
    void this.forward(near, far).catch(reset);
    void this.forward(far, near).catch(reset);
  }

  /**
   * Copies one direction; the end of it is passed on, so that half-open connections stay half-open. Bytes are on
   * their way side by side, as on a long line: what comes later does not wait for what is still travelling.
   */
  private async forward(from: Socket, to: Socket): Promise<void> {
    const { delayMs = 0, bytesPerSecond = Infinity } = this.line;
    let turn = Promise.resolve();
    let failed: Error | undefined;
    for await (const chunk of from.iterator({ destroyOnReturn: false })) {
      const bytes = chunk as Buffer;
      // The slow part of a line takes one piece at a time.
      if (bytesPerSecond < Infinity) await sleep((bytes.length / bytesPerSecond) * 1000);
      const arrives = performance.now() + delayMs;
      turn = turn
        .then(() => this.arrive(arrives))
        .then(() => this.hand(bytes, from, to))
        .catch((failure: unknown) => {
          failed ??= failure instanceof Error ? failure : new Error(String(failure));
        });
      if (delayMs === 0) await turn;
      if (failed !== undefined) throw failed;
    }
    await turn;
    if (failed !== undefined) throw failed;
    await this.arrive(performance.now() + delayMs);
    if (!this.abandoned.has(from)) to.end();
  }

  private async arrive(at: number): Promise<void> {
    const ms = at - performance.now();
    if (ms > 0) await sleep(ms);
    await this.stalled?.resumed;
  }

  private async hand(bytes: Buffer, from: Socket, to: Socket): Promise<void> {
    if (this.abandoned.has(from)) return;
    const allowed = this.cutAt - this.forwarded;
    if (bytes.length >= allowed) {
      this.forwarded += allowed;
      this.cutAt = Infinity;
      if (allowed > 0) await send(to, bytes.subarray(0, allowed));
      throw new Error("cut here");
    }
    this.forwarded += bytes.length;
    await send(to, bytes);
  }
}

async function send(to: Socket, bytes: Buffer): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    to.write(bytes, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}
