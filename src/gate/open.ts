import type { Check } from "./check.js";
import { formatDuration } from "../kit/duration.js";
import { gateHopeless, gateTimeout } from "./gate-errors.js";
import type { GateInputs } from "./gate-inputs.js";
import type { Narrator } from "./narrator.js";
import { type Asking, passed, pauseAfter, sample } from "./sample.js";
import { sideBySide } from "./side-by-side.js";
import type { Watch } from "./watch.js";

/**
 * Asks all checks side by side until each of them was healthy its `successes` times in a row, all at the same
 * time, and resolves with the milliseconds that it took. Throws `gate-timeout` after `timeoutMs`, and
 * `gate-failed` as soon as a check can never pass, where `failFast` says so.
 */
export function openGate(
  gate: GateInputs,
  watches: readonly Watch[],
  asking: Asking,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<number> {
  const waiting = new Waiting(gate, watches, asking);
  narrator.say(waiting.announcement());
  return narrator.during(
    () => waiting.missing(),
    () => waiting.run(signal),
  );
}

class Waiting {
  readonly #gate: GateInputs;
  readonly #watches: readonly Watch[];
  readonly #asking: Asking;
  readonly #begun: number;
  readonly #opened = new AbortController();

  constructor(gate: GateInputs, watches: readonly Watch[], asking: Asking) {
    this.#gate = gate;
    this.#watches = watches;
    this.#asking = asking;
    this.#begun = asking.clock.monotonic();
  }

  async run(signal: AbortSignal): Promise<number> {
    await sideBySide(this.#watches, signal, (watch, ended) => this.#ask(watch, ended));
    return this.#spent();
  }

  announcement(): string {
    const within = `within ${formatDuration(this.#gate.timeoutMs)}`;
    const [first, ...others] = this.#watches;
    if (first === undefined || others.length > 0)
      return `${String(this.#watches.length)} checks must be healthy ${within}`;
    const { name, successes } = first.check;
    return `${name} must be healthy${often(successes)} ${within}`;
  }

  missing(): string {
    const now = this.#asking.clock.monotonic();
    const shut = this.#watches.filter(({ isOpen }) => !isOpen);
    const named = shut.slice(0, 5).map((watch) => watch.describe(now));
    const more =
      shut.length > named.length ? [`and ${String(shut.length - named.length)} more`] : [];
    return `still waiting: ${[...named, ...more].join("; ")} (${formatDuration(this.#left())} left)`;
  }

  /** Asks one check again and again, also when its row is full, until all are. */
  async #ask(watch: Watch, ended: AbortSignal): Promise<void> {
    const { clock } = this.#asking;
    const over = AbortSignal.any([ended, this.#opened.signal]);
    try {
      for (;;) {
        const last = await sample(watch.check, this.#asking, over, this.#left());
        watch.waited(last, clock.monotonic());
        if (last.finding.state === "hopeless" && this.#gate.failFast) throw gateHopeless(watch);
        if (this.#watches.every(({ isOpen }) => isOpen)) this.#opened.abort(opened);
        await pauseAfter(nextOf(watch.check, passed(last)), last, this.#left(), clock, over);
        if (this.#left() <= 0) throw this.#late();
      }
    } catch (failure) {
      if (failure !== opened) throw failure;
    }
  }

  #late(): Error {
    const now = this.#asking.clock.monotonic();
    return gateTimeout(this.#watches, this.#gate.timeoutMs, now);
  }

  #spent(): number {
    return this.#asking.clock.monotonic() - this.#begun;
  }

  #left(): number {
    return this.#gate.timeoutMs - this.#spent();
  }
}

/**
 * What is not healthy yet is asked a twentieth early: timers and answers take their time too, and the gate opens at
 * most one interval after it could. Answers in a row stay a whole interval apart.
 */
function nextOf(check: Check, isHealthy: boolean): Check {
  return isHealthy ? check : { ...check, intervalMs: check.intervalMs * 0.95 };
}

/** What ends the loops of an open gate. */
const opened = new Error("the gate is open");

/** `3 times in a row`, with a space before it; nothing for once. */
export function often(successes: number): string {
  return successes === 1 ? "" : ` ${String(successes)} times in a row`;
}
