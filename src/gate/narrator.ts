import type { Clock } from "../ports/clock.js";
import type { Log } from "../ports/log.js";

const longestSilenceMs = 30_000;

/** Tells the log what the gate sees, and never leaves it silent for more than 30 s. */
export class Narrator {
  readonly #log: Pick<Log, "info">;
  readonly #clock: Clock;
  #spokeAt: number;

  constructor(log: Pick<Log, "info">, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
    this.#spokeAt = clock.monotonic();
  }

  /** Prints one line of the gate. */
  say(text: string): void {
    this.#spokeAt = this.#clock.monotonic();
    this.#log.info(`gate: ${text}`);
  }

  /** Runs `body`; whenever nothing was said for 30 s, says what `standing` gives then. */
  async during<T>(standing: () => string, body: () => Promise<T>): Promise<T> {
    const over = new AbortController();
    const watch = this.#watch(standing, over.signal);
    try {
      return await body();
    } finally {
      over.abort();
      await watch;
    }
  }

  async #watch(standing: () => string, over: AbortSignal): Promise<void> {
    for (;;) {
      const left = () => this.#spokeAt + longestSilenceMs - this.#clock.monotonic();
      try {
        await this.#clock.sleep(Math.max(1, left()), over);
      } catch {
        return;
      }
      if (left() <= 0) this.say(standing());
    }
  }
}
