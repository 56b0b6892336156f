import type { RawInput } from "../kit/inputs.js";
import type { Clock } from "../ports/clock.js";
import type { Cluster, ClusterAddress } from "../ports/cluster.js";
import type { Http } from "../ports/http.js";
import type { Log } from "../ports/log.js";
import type { Processes } from "../ports/processes.js";

/** Where the run comes from; what the runner does not tell is empty. */
export interface Run {
  readonly sha: string;
  readonly url: string;
  readonly id: string;
  readonly attempt: string;
  readonly actor: string;
  readonly repository: string;
  readonly workspace: string;
}

/** The runner, as far as the action needs it. */
export interface Platform {
  readonly clock: Clock;
  readonly log: Log;
  /** Aborts when the job is cancelled. */
  readonly signal: AbortSignal;
  readonly run: Run;
  readonly input: RawInput;
  /** The names under `with:`, and those that have a default. */
  readonly inputNames: readonly string[];
  readonly setOutput: (name: string, value: string) => void;
  readonly addSummary: (markdown: string) => Promise<void>;
  /** Makes the step fail. */
  readonly fail: () => void;
  /** Loads the way to everything else; not before the inputs proved valid. */
  readonly reach: () => Promise<World>;
}

/** What lies beyond the runner. */
export interface World {
  readonly http: Http;
  readonly processes: Processes;
  readonly openCluster: (address: ClusterAddress) => Promise<Cluster>;
}
