import type { RawInput } from "../kit/inputs.js";
import type { Cache } from "../ports/cache.js";
import type { Children } from "../ports/children.js";
import type { Clock } from "../ports/clock.js";
import type { Log } from "../ports/log.js";

/** Where the run comes from, as far as the checks look at it; what the runner does not tell is empty. */
export interface RunPlace {
  /** The root of the repository's checkout. */
  readonly workspace: string;
  readonly id: string;
  readonly refName: string;
}

/** The runner, as far as the test actions need it. */
export interface Platform {
  readonly clock: Clock;
  readonly log: Log;
  /** Aborts when the job is cancelled. */
  readonly signal: AbortSignal;
  readonly input: RawInput;
  /** The names under `with:`, and those that have a default. */
  readonly inputNames: readonly string[];
  readonly setOutput: (name: string, value: string) => void;
  readonly addSummary: (markdown: string) => Promise<void>;
  /** Makes the step fail. */
  readonly fail: () => void;
  readonly run: RunPlace;
  /** The payload of the event that started the run. */
  readonly event: () => Promise<unknown>;
  /** A variable of the job's environment; "" where there is none. */
  readonly variable: (name: string) => string;
  /** Where files of this step may lie; the runner empties it after the job. */
  readonly temp: string;
  /** The folder of the bundle, with the files that it brings along. */
  readonly home: string;
  /** As in `linux-x64`. */
  readonly machine: string;
  /** Loads what starts programs; not before the inputs proved valid, so that bad ones are answered at once. */
  readonly openChildren: () => Promise<Children>;
  /** Loads the client of the cache service; undefined where the job has none. */
  readonly openCache: () => Promise<Cache | undefined>;
}
