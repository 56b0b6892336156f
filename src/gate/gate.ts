import { formatDuration } from "../kit/duration.js";
import type { Log } from "../ports/log.js";
import { gateCancelled } from "./gate-errors.js";
import type { GateInputs } from "./gate-inputs.js";
import { type GateResult, gateResult } from "./gate-result.js";
import { Narrator } from "./narrator.js";
import { observe } from "./observe.js";
import { openGate } from "./open.js";
import type { Asking } from "./sample.js";
import { takeSamples } from "./take-samples.js";
import { Watch } from "./watch.js";

/**
 * Stands between a new version and its users: asks all checks side by side and remembers what they found, also
 * when it stays shut. Attempts of a check start its interval apart, or as soon as a slower one ended.
 */
export class Gate {
  readonly #inputs: GateInputs;
  readonly #asking: Asking;
  readonly #narrator: Narrator;
  readonly #watches: readonly Watch[];
  #openAfterMs: number | undefined;

  constructor(inputs: GateInputs, asking: Asking, log: Pick<Log, "info">) {
    this.#inputs = inputs;
    this.#asking = asking;
    this.#narrator = new Narrator(log, asking.clock);
    const named = inputs.checks.length > 1;
    this.#watches = inputs.checks.map((check) => new Watch(check, this.#narrator, named));
  }

  /**
   * Resolves once all checks are healthy (see `openGate`); with none at once, having said so. Throws
   * `gate-timeout`, `gate-failed` or, when `signal` aborts, the signal's own BelayError or `cancelled`.
   */
  async open(signal: AbortSignal): Promise<void> {
    if (this.#watches.length === 0) {
      this.#narrator.say("no health check is given, so nobody asked the app");
      return;
    }
    await this.#unlessCancelled(signal, async () => {
      const afterMs = await openGate(...this.#parts(), signal);
      this.#openAfterMs = afterMs;
      const attempts = `${String(this.result.attempts)} attempts`;
      this.#narrator.say(`open after ${formatDuration(afterMs)}, ${attempts}`);
    });
  }

  /** Keeps asking for the time of the observation; throws when a check gets worse (see `observe`). */
  async observe(signal: AbortSignal): Promise<void> {
    await this.#unlessCancelled(signal, () => observe(...this.#parts(), signal));
  }

  /** Looks once instead of waiting; throws when a check is unhealthy (see `takeSamples`). */
  async look(samples: number, signal: AbortSignal): Promise<void> {
    const [inputs, ...parts] = this.#parts();
    await this.#unlessCancelled(signal, () => takeSamples(inputs, samples, ...parts, signal));
  }

  /** What was found so far. */
  get result(): GateResult {
    return gateResult(this.#watches, this.#inputs, this.#openAfterMs);
  }

  #parts(): [GateInputs, readonly Watch[], Asking, Narrator] {
    return [this.#inputs, this.#watches, this.#asking, this.#narrator];
  }

  async #unlessCancelled(signal: AbortSignal, body: () => Promise<void>): Promise<void> {
    try {
      await body();
    } catch (failure) {
      const [first] = this.#inputs.checks;
      const what = this.#watches.length === 1 ? (first?.name ?? "") : "the checks";
      throw signal.aborted ? gateCancelled(what, signal) : failure;
    }
  }
}
