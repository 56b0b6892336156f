import type { Check } from "./check.js";
import type { Narrator } from "./narrator.js";
import { passed, type Sample } from "./sample.js";
import { after, describe, isNews, news, type Standing, unknown } from "./standing.js";

/** How many attempts are kept for the chart of a wait; all of an observation are. */
const keptOfWait = 100;

/** Everything that one check of a gate has found so far; tells the narrator of each change. */
export class Watch {
  readonly check: Check;
  readonly #narrator: Narrator;
  /** Where there are several checks, each line names its own. */
  readonly #lead: string;
  #standing: Standing = unknown;
  #row: readonly Sample[] = [];
  #recent: readonly Sample[] = [];
  #observed: Sample[] | undefined;
  #firstAt: number | undefined;
  #healthyAfterMs: number | undefined;

  constructor(check: Check, narrator: Narrator, named: boolean) {
    this.check = check;
    this.#narrator = narrator;
    this.#lead = named ? `${check.name}: ` : "";
  }

  get standing(): Standing {
    return this.#standing;
  }

  /** Whether the last attempts make the row that opens the gate. */
  get isOpen(): boolean {
    return this.#row.length >= this.check.successes;
  }

  /** From the first attempt to the end of the row that opened the gate. */
  get healthyAfterMs(): number | undefined {
    return this.#healthyAfterMs;
  }

  /** What counts for rates and latencies: the observation where there was one, else the row before the gate opened. */
  get counted(): readonly Sample[] {
    return this.#observed !== undefined && this.#observed.length > 0 ? this.#observed : this.#row;
  }

  /** The attempts to show: the last of the wait, and all of the observation. */
  get shown(): readonly Sample[] {
    return [...this.#recent, ...(this.#observed ?? [])];
  }

  /** Takes one more attempt of the wait. */
  waited(sample: Sample, now: number): void {
    this.#note(sample);
    this.#firstAt ??= sample.startedAt;
    // One that the end of the wait cut short says nothing against those before it.
    if (!sample.cutShort)
      this.#row = passed(sample) ? [...this.#row, sample].slice(-this.check.successes) : [];
    this.#recent = [...this.#recent, sample].slice(-keptOfWait);
    this.#healthyAfterMs = this.isOpen ? (this.#healthyAfterMs ?? now - this.#firstAt) : undefined;
  }

  /** From here on attempts are those of an observation; begun anew, it forgets the one before. */
  beginObservation(): void {
    this.#observed = [];
  }

  /** Takes one more attempt of the observation. */
  observed(sample: Sample): void {
    this.#note(sample);
    (this.#observed ??= []).push(sample);
  }

  /** The observation so far. */
  get observation(): readonly Sample[] {
    return this.#observed ?? [];
  }

  /** `name: what it finds now, and for how long`. */
  describe(now: number): string {
    return `${this.#lead}${describe(this.#standing, now)}`;
  }

  #note(sample: Sample): void {
    const before = this.#standing;
    this.#standing = after(before, sample);
    if (isNews(before, this.#standing)) this.#narrator.say(this.#lead + news(this.#standing));
  }
}
