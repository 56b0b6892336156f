import type { RawInput } from "../kit/inputs.js";
import type { Clock } from "./clock.js";
import type { Log } from "./log.js";

/** Where the step runs; what the runner does not tell is empty. */
export interface RunFacts {
  readonly sha: string;
  readonly ref: string;
  readonly actor: string;
  /** The page of the run. */
  readonly url: string;
  readonly id: string;
  readonly attempt: string;
  readonly repository: string;
  readonly workspace: string;
  /** GitHub's own pages, and its API; without a slash at the end. */
  readonly server: string;
  readonly api: string;
  /** The name of the workflow, and the file that it stands in, as `OWNER/REPO/PATH@REF`. */
  readonly workflow: string;
  readonly workflowRef: string;
  /** The job's id in that file. */
  readonly job: string;
  /** The branch or tag; of a pull request its source branch. */
  readonly refName: string;
  /** Such as `push` or `pull_request`. */
  readonly eventName: string;
  /** Counts the runs of the workflow. */
  readonly number: string;
  /** A folder that is emptied after the job. */
  readonly temp: string;
}

/** What the runner gives a step, and takes from it. */
export interface Runner {
  readonly run: RunFacts;
  /** The payload of the event that started the run; undefined where there is none. */
  readonly event: () => Promise<unknown>;
  readonly input: RawInput;
  /** The names under `with:`, in lower case, and those that have a default. */
  readonly inputNames: readonly string[];
  /** Aborts at the first SIGINT or SIGTERM; further ones are ignored. */
  readonly signal: AbortSignal;
  readonly setOutput: (name: string, value: string) => void;
  /** Whether this is the post step, whatever the main step came to: it may have been stopped before its first line. */
  readonly isPost: boolean;
  /** What `state` finds in the post step. */
  readonly saveState: (name: string, value: string) => void;
  /** "" when it was never saved. */
  readonly state: (name: string) => string;
  /** Adds to the job summary; what would make it too long is left out with a warning. Never throws. */
  readonly addSummary: (markdown: string) => Promise<void>;
  /** Makes the step fail when the process ends. */
  readonly fail: () => void;
}

/** What every action is given. */
export interface Step extends Pick<
  Runner,
  "input" | "inputNames" | "signal" | "setOutput" | "addSummary" | "fail"
> {
  readonly clock: Clock;
  readonly log: Log;
}

/** A step whose job has another look at it when all others are done. */
export type StepWithPost = Step & Pick<Runner, "saveState" | "state">;
