import { once } from "node:events";
import type { ClientChannel } from "ssh2";
import { BelayError } from "../kit/errors.js";
import type { Channel, Exit } from "../ports/remote-host.js";
import { connectionLost } from "./ssh-errors.js";
import type { SshLine } from "./ssh-line.js";

const keptStderr = 4096;

/** A running command on an SSH channel. ssh2's windows carry the backpressure of both directions. */
export class SshChannel implements Channel {
  readonly output: AsyncIterable<Uint8Array>;
  readonly exit: Promise<Exit>;
  readonly #stream: ClientChannel;
  readonly #line: SshLine;
  readonly #host: string;
  /** Aborts when nobody takes input any more. */
  readonly #deaf = new AbortController();
  #outputWhole = false;

  constructor(stream: ClientChannel, line: SshLine, host: string) {
    this.#stream = stream;
    this.#line = line;
    this.#host = host;
    this.output = this.#read();
    this.exit = this.#watch();
    // Whoever only reads the output learns of a loss there.
    this.exit.catch(() => undefined);
    stream.on("error", (failure: Error) =>
      this.#deaf.abort(connectionLost(host, failure.message, failure)),
    );
  }

  async write(bytes: Uint8Array): Promise<void> {
    const deaf = this.#deaf.signal;
    deaf.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      // ssh2 forgets the callback of a write that no window opens for any more.
      const giveUp = (): void => reject(deaf.reason as Error);
      deaf.addEventListener("abort", giveUp, { once: true });
      // ssh2 writes each packet in three pieces: all of ours in one system call take a third of the time.
      this.#line.stream.cork();
      this.#stream.write(bytes, (failure) => {
        deaf.removeEventListener("abort", giveUp);
        if (failure) reject(connectionLost(this.#host, failure.message, failure));
        else resolve();
      });
      this.#line.stream.uncork();
    });
    // ssh2 writes past a full socket, and a keepalive would wait behind all of it.
    while (this.#line.stream.writableNeedDrain && !deaf.aborted)
      await drained(this.#line.stream, deaf);
    deaf.throwIfAborted();
  }

  end(): void {
    this.#stream.end();
  }

  async *#read(): AsyncGenerator<Uint8Array> {
    let left = true;
    try {
      // The iterator must not destroy the stream at its end: that would close the channel before the exit code came.
      for await (const bytes of this.#stream.iterator({ destroyOnReturn: false }))
        yield bytes as Uint8Array;
      left = false;
    } finally {
      if (left) this.#stream.close();
    }
    if (!this.#outputWhole) throw this.#lossReason();
  }

  #watch(): Promise<Exit> {
    const { promise, resolve, reject } = Promise.withResolvers<Exit>();
    const { gone } = this.#line;
    let ended: Omit<Exit, "stderr"> | undefined;
    let tail = Buffer.alloc(0);
    const settle = (): void => {
      if (ended !== undefined) resolve({ ...ended, stderr: tail.toString() });
    };
    const lost = (): void => {
      settle();
      reject(this.#lossReason());
      this.#deaf.abort(this.#lossReason());
    };
    this.#stream.once("exit", (code: number | null, signal?: string) => {
      ended = code === null ? { code, signal: signal ?? "unknown" } : { code };
      this.#deaf.abort(endedEarly(this.#host));
    });
    this.#stream.stderr.on(
      "data",
      (bytes: Buffer) => (tail = Buffer.concat([tail, bytes]).subarray(-keptStderr)),
    );
    // Both outputs end together, and this one is read by ourselves, so that it tells when all was said.
    this.#stream.stderr.once("end", () => {
      this.#outputWhole = !gone.aborted;
      settle();
      this.#stream.once("exit", settle);
    });
    this.#stream.stderr.once("close", lost);
    gone.addEventListener("abort", lost, { once: true });
    void promise.catch(() => undefined).finally(() => gone.removeEventListener("abort", lost));
    if (gone.aborted) lost();
    return promise;
  }

  #lossReason(): Error {
    const { gone } = this.#line;
    return gone.aborted
      ? (gone.reason as Error)
      : connectionLost(this.#host, "the command's channel was closed without an exit code");
  }
}

async function drained(stream: NodeJS.EventEmitter, signal: AbortSignal): Promise<void> {
  await once(stream, "drain", { signal }).catch(() => undefined);
}

function endedEarly(host: string): BelayError {
  return new BelayError(
    "command-failed",
    `the command on ${host} ended before it read all of its input`,
    "Its exit code and its output say why.",
  );
}
