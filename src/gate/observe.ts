import { formatDuration } from "../kit/duration.js";
import { gateFailed, gateHopeless } from "./gate-errors.js";
import type { GateInputs } from "./gate-inputs.js";
import type { Narrator } from "./narrator.js";
import { often } from "./open.js";
import { type Asking, failures, pauseAfter, sample } from "./sample.js";
import { sideBySide } from "./side-by-side.js";
import type { Watch } from "./watch.js";
import { windowProblem } from "./window.js";

/**
 * Keeps asking all checks for `observeMs`. Throws `gate-failed` as soon as `successes` attempts of a check in a
 * row failed, and at the end when its window is not good enough (see `windowProblem`). A check never ends on a
 * failure: then it goes on until an answer is healthy or that row is full. So a blip undoes no good release, and
 * one that flaps is not confirmed.
 */
export async function observe(
  gate: GateInputs,
  watches: readonly Watch[],
  asking: Asking,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<void> {
  if (gate.observeMs <= 0) return;
  const observation = new Observation(gate, watches, asking);
  narrator.say(`observing for ${formatDuration(gate.observeMs)}`);
  await narrator.during(
    () => observation.missing(),
    () => observation.run(signal),
  );
}

class Observation {
  readonly #gate: GateInputs;
  readonly #watches: readonly Watch[];
  readonly #asking: Asking;
  readonly #end: number;

  constructor(gate: GateInputs, watches: readonly Watch[], asking: Asking) {
    this.#gate = gate;
    this.#watches = watches;
    this.#asking = asking;
    this.#end = asking.clock.monotonic() + gate.observeMs;
  }

  async run(signal: AbortSignal): Promise<void> {
    for (const watch of this.#watches) watch.beginObservation();
    await sideBySide(this.#watches, signal, (watch, ended) => this.#ask(watch, ended));
    const bad = this.#watches.flatMap((watch) => {
      const problem = windowProblem(watch, this.#gate);
      return problem === undefined ? [] : [{ watch, how: ` ${problem}` }];
    });
    if (bad.length > 0) throw gateFailed(bad);
  }

  missing(): string {
    const all = this.#watches.flatMap(({ observation }) => observation);
    const left = formatDuration(Math.max(0, this.#left()));
    return `still observing: ${String(failures(all))} of ${String(all.length)} failed (${left} left)`;
  }

  async #ask(watch: Watch, ended: AbortSignal): Promise<void> {
    const { check } = watch;
    do {
      // In the extra time after a failure at the end, attempts keep their rate.
      const left = this.#left() > 0 ? this.#left() : check.intervalMs;
      await pauseAfter(check, watch.observation.at(-1), left, this.#asking.clock, ended);
      watch.observed(await sample(check, this.#asking, ended));
      this.#refuseRow(watch);
    } while (this.#left() > 0 || !watch.standing.healthy);
  }

  #refuseRow(watch: Watch): void {
    const { successes } = watch.check;
    const last = watch.observation.slice(-successes);
    if (this.#gate.failFast && last.at(-1)?.finding.state === "hopeless") throw gateHopeless(watch);
    if (last.length < successes || failures(last) < successes) return;
    throw gateFailed([{ watch, how: often(successes) }]);
  }

  #left(): number {
    return this.#end - this.#asking.clock.monotonic();
  }
}
