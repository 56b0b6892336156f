import type { CheckOutcome } from "./result.js";

/** What a project is asked for, such as `migrations`, `tests` or `lint`. */
export interface Check {
  readonly name: string;
  /**
   * Looks, and says what it found. `signal` aborts when the time for all checks is over or the job is
   * cancelled: the check then ends what it started and still says what it knows. `print` takes the output of
   * the project's programs.
   */
  readonly run: (signal: AbortSignal, print: (text: string) => void) => Promise<CheckOutcome>;
}

/** Checks that share state, in the order in which they run; lanes share none and run side by side. */
export type Lane = readonly Check[];
