import type { ReportStep, StepStatus } from "./report.js";

/** The part of the clock that a timeline needs. */
export interface TimeSource {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds that only go forward. */
  monotonic(): number;
}

interface Entry {
  readonly name: string;
  readonly startedAt: string;
  status: StepStatus | undefined;
  durationMs: number;
}

/** Notes the steps of an action as they run, in the order in which they began. */
export class Timeline {
  readonly #clock: TimeSource;
  readonly #onStep: (name: string) => void;
  readonly #entries: Entry[] = [];
  #failedStep: string | undefined;

  /** `onStep` hears of each step as it begins. */
  constructor(clock: TimeSource, onStep: (name: string) => void = () => undefined) {
    this.#clock = clock;
    this.#onStep = onStep;
  }

  /** The step that failed first; undefined while none did. */
  get failedStep(): string | undefined {
    return this.#failedStep;
  }

  /** Runs `body` as the step `name`; its result and its error go through unchanged. */
  async step<T>(name: string, body: () => Promise<T>): Promise<T> {
    const entry = this.#begin(name);
    this.#onStep(name);
    const begun = this.#clock.monotonic();
    try {
      const result = await body();
      entry.status = "ok";
      return result;
    } catch (failure) {
      entry.status = "failed";
      this.#failedStep ??= name;
      throw failure;
    } finally {
      entry.durationMs = Math.round(this.#clock.monotonic() - begun);
    }
  }

  /** Notes a step that had nothing to do. */
  skip(name: string): void {
    this.#begin(name).status = "skipped";
  }

  /** Marks the latest step of this name as undone, if it was ended well; a failed one stays failed. */
  undone(name: string): void {
    const entry = this.#entries.findLast((one) => one.name === name);
    if (entry?.status === "ok") entry.status = "undone";
  }

  /** The steps that are over so far. */
  steps(): readonly ReportStep[] {
    return this.#entries.flatMap(({ name, status, startedAt, durationMs }) =>
      status === undefined ? [] : [{ name, status, startedAt, durationMs }],
    );
  }

  #begin(name: string): Entry {
    const startedAt = new Date(this.#clock.now()).toISOString();
    const entry: Entry = { name, startedAt, status: undefined, durationMs: 0 };
    this.#entries.push(entry);
    return entry;
  }
}
