import type { Cache } from "../ports/cache.js";
import type { Children } from "../ports/children.js";
import type { RunFacts, Runner, Step } from "../ports/runner.js";

/** Where the run comes from, as far as the checks look at it; what the runner does not tell is empty. */
export type RunPlace = Pick<RunFacts, "workspace" | "id" | "refName">;

/** The runner, as far as the test actions need it. */
export interface Platform extends Step, Pick<Runner, "event"> {
  readonly run: RunPlace;
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
