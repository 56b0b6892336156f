import type { Clock } from "../ports/clock.js";
import type { Log } from "../ports/log.js";
import type { Caller } from "./caller.js";
import type { Patience } from "./reconnect.js";

/** What every call needs: who makes it, and how long a dropped line is repaired. */
export interface Line {
  readonly caller: Caller;
  readonly clock: Clock;
  readonly log: Log;
  readonly patience: Patience;
  readonly witness: StepWitness;
  /** Aborts when the job is cancelled; its reason is the error to report. */
  readonly signal: AbortSignal;
}

/** Who is told of each step as people know it: for the log's groups and the report. */
export interface StepWitness {
  step<T>(name: string, body: () => Promise<T>): Promise<T>;
  skip(name: string): void;
  /** What the step did was put back. */
  undone(name: string): void;
  /** From here on the server may know of the operation. */
  opening(): void;
  /** Nothing is open at the server any more that a later process would have to undo. */
  closed(): void;
}
