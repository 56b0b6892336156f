import type { Deadline } from "../kit/deadline.js";
import type { Timeline } from "../kit/timeline.js";
import type { Clock } from "../ports/clock.js";
import type { Log } from "../ports/log.js";
import type { Api } from "./cluster/api.js";
import type { Run } from "./platform.js";
import type { ReleaseStore } from "./record/release-store.js";
import type { SecretValues } from "./secret-values.js";

/** The set of objects that a run works on, and all that it does it with. */
export interface Site {
  readonly api: Api;
  readonly namespace: string;
  readonly set: string;
  readonly store: ReleaseStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly timeline: Timeline;
  readonly deadline: Deadline;
  /** What the whole may take, and the way back again. */
  readonly timeoutMs: number;
  /** Aborts when the job is cancelled. */
  readonly signal: AbortSignal;
  readonly run: Run;
  /** The Secrets that were met, to be hidden in what programs have printed. */
  readonly secrets: SecretValues;
}
