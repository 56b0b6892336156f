import type { Clock } from "../../src/ports/clock.js";

interface Sleeper {
  readonly wakeAt: number;
  readonly wake: () => void;
}

/** A clock whose time passes only while `run` lets it: from one sleeper's end to the next, at once. */
export class FakeClock implements Clock {
  readonly #sleepers = new Set<Sleeper>();
  readonly #epoch: number;
  #now = 0;

  constructor(epoch = Date.UTC(2026, 0, 2, 3, 4, 5)) {
    this.#epoch = epoch;
  }

  now(): number {
    return this.#epoch + this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason as Error);
        return;
      }
      const sleeper = { wakeAt: this.#now + ms, wake: resolve };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", () => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason as Error);
      });
    });
  }

  /** Lets time pass until `work` is settled, and gives its result. */
  async run<T>(work: Promise<T>): Promise<T> {
    const done = Symbol("done");
    const end = work.then(
      () => done,
      () => done,
    );
    while ((await Promise.race([end, idle()])) !== done) this.#advance();
    return work;
  }

  #advance(): void {
    const next = [...this.#sleepers].sort((a, b) => a.wakeAt - b.wakeAt)[0];
    if (next === undefined) throw new Error("nobody sleeps, and the work is not done either");
    this.#sleepers.delete(next);
    this.#now = Math.max(this.#now, next.wakeAt);
    next.wake();
  }
}

/** All that can happen without time passing has happened. */
function idle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
