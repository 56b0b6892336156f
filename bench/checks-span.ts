import { reportOf } from "../test/support/report-of.js";
import type { ActionResult } from "../test/support/run-action.js";

/** Milliseconds from the start of the first of the checks to the end of the last one. */
export function spanOf(result: ActionResult, checks: readonly string[]): number {
  const steps = reportOf(result).steps.filter(({ name }) => checks.includes(name));
  if (steps.length !== checks.length)
    throw new Error(`${String(steps.length)} of the checks ${checks.join(", ")} have run`);
  const starts = steps.map(({ startedAt }) => Date.parse(startedAt));
  const ends = steps.map(({ durationMs }, at) => (starts[at] ?? 0) + durationMs);
  return Math.max(...ends) - Math.min(...starts);
}
