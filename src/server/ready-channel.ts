import type { Channel, RemoteHost } from "../ports/remote-host.js";

/**
 * Keeps one channel on which the server already waits for its next call: opening it, the login shell and the start of
 * the program happen while an earlier call is at work, so that the call itself costs one round trip.
 */
export class ReadyChannel {
  readonly #host: Pick<RemoteHost, "start">;
  readonly #command: string;
  #waiting: Promise<Channel | undefined> | undefined;

  constructor(host: Pick<RemoteHost, "start">, command: string) {
    this.#host = host;
    this.#command = command;
  }

  /** Opens a channel in the background; where that fails, `take` has none. */
  open(): void {
    this.#waiting ??= this.#host.start(this.#command).catch(() => undefined);
  }

  /** Hands out the channel that waits, once; undefined when there is none, or when its line or its process is gone. */
  async take(): Promise<Channel | undefined> {
    const channel = await this.#waiting;
    this.#waiting = undefined;
    return channel === undefined || (await hasEnded(channel)) ? undefined : channel;
  }
}

/** Whether the exit is known by now. */
async function hasEnded({ exit }: Channel): Promise<boolean> {
  const ended = exit.then(
    () => true,
    () => true,
  );
  // Two turns: a promise that is settled already takes one of them to pass through `then`.
  return Promise.race([ended, Promise.resolve().then(() => Promise.resolve(false))]);
}
