import { formatDuration } from "../kit/duration.js";
import { gateTimeout } from "./gate-errors.js";
import type { HealthInputs } from "./health-inputs.js";
import type { Narrator } from "./narrator.js";
import { pauseAfter } from "./probe-pause.js";
import { type Asked, type Probe, probe } from "./probe.js";
import { after, describe, isNews, news, type Standing } from "./standing.js";

/** How the gate opened: all attempts, milliseconds since the first, and the row of healthy probes. */
export interface Opened {
  readonly attempts: number;
  readonly afterMs: number;
  readonly row: readonly Probe[];
}

/** Asks until `successes` probes in a row were healthy; throws `gate-timeout` after `timeoutMs`. */
export function openGate(health: HealthInputs, asked: Asked, narrator: Narrator): Promise<Opened> {
  const waiting = new Waiting(health, asked, narrator);
  return narrator.during(
    () => waiting.missing(),
    () => waiting.run(),
  );
}

class Waiting {
  readonly #health: HealthInputs;
  readonly #asked: Asked;
  readonly #narrator: Narrator;
  readonly #begun: number;
  #standing: Standing | undefined;
  #row: readonly Probe[] = [];

  constructor(health: HealthInputs, asked: Asked, narrator: Narrator) {
    this.#health = health;
    this.#asked = asked;
    this.#narrator = narrator;
    this.#begun = asked.clock.monotonic();
  }

  async run(): Promise<Opened> {
    const { successes, intervalMs } = this.#health;
    const { clock, signal } = this.#asked;
    this.#announce();
    for (;;) {
      const last = await probe(this.#asked, this.#left());
      const standing = this.#take(last);
      if (this.#row.length >= successes) {
        return { attempts: standing.attempts, afterMs: this.#spent(), row: this.#row };
      }
      await pauseAfter(last, intervalMs, this.#left(), clock, signal);
      if (this.#left() <= 0) throw this.#late(standing);
    }
  }

  missing(): string {
    const now = this.#asked.clock.monotonic();
    const seen = this.#standing === undefined ? "no answer yet" : describe(this.#standing, now);
    return `still waiting: ${seen} (${formatDuration(this.#left())} left)`;
  }

  #take(last: Probe): Standing {
    const before = this.#standing;
    const standing = after(before, last);
    if (isNews(before, standing)) this.#narrator.say(news(standing));
    this.#standing = standing;
    this.#row = last.unhealthy === undefined ? [...this.#row, last] : [];
    return standing;
  }

  #announce(): void {
    const { successes, timeoutMs } = this.#health;
    const often = successes === 1 ? "" : ` ${successes} times in a row`;
    this.#narrator.say(
      `${this.#asked.url} must be healthy${often} within ${formatDuration(timeoutMs)}`,
    );
  }

  #late(standing: Standing): Error {
    return gateTimeout(
      this.#asked.url,
      { ...this.#health, now: this.#asked.clock.monotonic() },
      standing,
    );
  }

  #spent(): number {
    return this.#asked.clock.monotonic() - this.#begun;
  }

  #left(): number {
    return this.#health.timeoutMs - this.#spent();
  }
}
