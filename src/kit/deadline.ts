/** The part of a clock that a deadline needs: milliseconds that only go forward. */
export interface ForwardTime {
  monotonic(): number;
}

/** A moment by which all work must be over. */
export class Deadline {
  readonly #clock: ForwardTime;
  readonly #at: number;

  /** `startedAt` is of the same clock: what was already spent counts. */
  constructor(clock: ForwardTime, startedAt: number, limitMs: number) {
    this.#clock = clock;
    this.#at = startedAt + limitMs;
  }

  /** Never below 0. */
  leftMs(): number {
    return Math.max(0, this.#at - this.#clock.monotonic());
  }
}
