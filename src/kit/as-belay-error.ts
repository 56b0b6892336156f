import { BelayError } from "./errors.js";

/** Any failure as the error to report; one that nobody raised on purpose is a fault of ours. */
export function asBelayError(failure: unknown): BelayError {
  if (failure instanceof BelayError) return failure;
  const message = failure instanceof Error ? failure.message : String(failure);
  const remedy = "Report it with the log of this step (debug logging on).";
  return new BelayError("command-failed", `Belay itself failed: ${message}`, remedy, {
    cause: failure,
  });
}
