import type { DockerEnvironment } from "../ports/docker-environment.js";
import type { RawInput } from "../kit/inputs.js";
import type { Clock } from "../ports/clock.js";
import type { Http } from "../ports/http.js";
import type { Log } from "../ports/log.js";
import type { Processes } from "../ports/processes.js";

/** Where the run comes from; what the runner does not tell is empty. */
export interface Run {
  readonly sha: string;
  readonly ref: string;
  readonly repository: string;
  readonly server: string;
  readonly api: string;
  readonly actor: string;
  readonly eventName: string;
  readonly number: string;
  readonly workspace: string;
  readonly temp: string;
}

/** The runner, as far as the action needs it. */
export interface Platform {
  readonly log: Log;
  readonly clock: Clock;
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
  /** Aborts when the job is cancelled. */
  readonly signal: AbortSignal;
  readonly run: Run;
  readonly event: () => Promise<unknown>;
  readonly input: RawInput;
  /** The names under `with:`, and those that have a default. */
  readonly inputNames: readonly string[];
  readonly setOutput: (name: string, value: string) => void;
  readonly addSummary: (markdown: string) => Promise<void>;
  /** What `state` finds in the post step. */
  readonly saveState: (name: string, value: string) => void;
  readonly state: (name: string) => string;
  /** Makes the step fail. */
  readonly fail: () => void;
  /** Loads the way to everything else; not before the inputs proved valid. */
  readonly reach: () => Promise<World>;
}

/** What lies beyond the runner. */
export interface World {
  readonly http: Http;
  readonly processes: Processes;
  readonly docker: DockerEnvironment;
}
