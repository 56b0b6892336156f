import type { InputReader } from "./inputs.js";

/** What an action that only tells others does about time and failures. */
export interface TellingInputs {
  /** Whether a failure fails the step; else it is a warning. */
  readonly errors: boolean;
  readonly timeLimitMs: number;
  readonly summary: boolean;
  readonly dryRun: boolean;
}

/** Reads them; a bad value counts as its default, so that also the report of bad inputs knows how to be told. */
export function readTelling(reader: InputReader, timeLimit: string): TellingInputs {
  return {
    errors: reader.boolean("errors", false),
    timeLimitMs: reader.duration("time-limit", { default: timeLimit, min: "1s", max: "10m" }),
    summary: reader.boolean("summary", true),
    dryRun: reader.boolean("dry-run", false),
  };
}
