import { formatDuration } from "../kit/duration.js";
import { gateFailed } from "./gate-errors.js";
import { failed } from "./gate-result.js";
import type { HealthInputs } from "./health-inputs.js";
import type { Narrator } from "./narrator.js";
import { pauseAfter } from "./probe-pause.js";
import { type Asked, type Probe, probe } from "./probe.js";
import { after, healthySince, isNews, news, type Standing } from "./standing.js";

/** One broken worker among ten is too much, one lost packet among many answers is not. */
const toleratedErrorRate = 0.1;

/**
 * Keeps asking for `observeMs` and resolves with all probes. Throws `gate-failed` as soon as `successes`
 * probes in a row failed, and at the end when more than a tenth of them failed, at least `successes`. It
 * never ends on a failure: then it goes on until an answer is healthy or that row is full. So a blip undoes
 * no good release, and one that flaps is not confirmed.
 */
export async function observe(
  health: HealthInputs,
  asked: Asked,
  narrator: Narrator,
): Promise<readonly Probe[]> {
  if (health.observeMs <= 0) return [];
  const observation = new Observation(health, asked, narrator);
  return narrator.during(
    () => observation.missing(),
    () => observation.run(),
  );
}

class Observation {
  readonly #health: HealthInputs;
  readonly #asked: Asked;
  readonly #narrator: Narrator;
  readonly #end: number;
  readonly #probes: Probe[] = [];
  #standing: Standing;

  constructor(health: HealthInputs, asked: Asked, narrator: Narrator) {
    this.#health = health;
    this.#asked = asked;
    this.#narrator = narrator;
    this.#end = asked.clock.monotonic() + health.observeMs;
    this.#standing = healthySince(asked.clock.monotonic());
  }

  async run(): Promise<readonly Probe[]> {
    const { intervalMs, observeMs } = this.#health;
    const { clock, signal } = this.#asked;
    this.#narrator.say(`observing for ${formatDuration(observeMs)}`);
    do {
      // In the extra time after a failure at the end, probes keep their rate.
      const left = this.#left() > 0 ? this.#left() : intervalMs;
      await pauseAfter(this.#probes.at(-1), intervalMs, left, clock, signal);
      this.#take(await probe(this.#asked));
      this.#refuseRow();
    } while (this.#left() > 0 || this.#standing.unhealthy !== undefined);
    this.#refuseRate();
    return this.#probes;
  }

  missing(): string {
    return `still observing: ${this.#tally()} failed (${formatDuration(Math.max(0, this.#left()))} left)`;
  }

  #take(last: Probe): void {
    const before = this.#standing;
    const standing = after(before, last);
    if (isNews(before, standing)) this.#narrator.say(news(standing));
    this.#standing = standing;
    this.#probes.push(last);
  }

  #refuseRow(): void {
    const { successes } = this.#health;
    const last = this.#probes.slice(-successes);
    if (last.length < successes || failed(last) < successes) return;
    const often = successes === 1 ? "" : ` ${successes} times in a row`;
    throw gateFailed(this.#asked.url, often, this.#standing.lastFailure);
  }

  #refuseRate(): void {
    const count = failed(this.#probes);
    if (count < this.#health.successes || count / this.#probes.length <= toleratedErrorRate) return;
    throw gateFailed(this.#asked.url, ` in ${this.#tally()} probes`, this.#standing.lastFailure);
  }

  #tally(): string {
    return `${failed(this.#probes)} of ${this.#probes.length}`;
  }

  #left(): number {
    return this.#end - this.#asked.clock.monotonic();
  }
}
