import { asBelayError } from "../kit/errors.js";
import type { Operation, StepName } from "../server/operation.js";
import { type Outcome, outcome } from "./outcome.js";

/** Runs an operation of one step, which leaves the releases alone; `done` says what came of it, or throws. */
export async function singleStep(
  operation: Operation,
  step: StepName,
  done: (operation: Operation) => Outcome,
): Promise<Outcome> {
  try {
    await operation.run(step);
    const result = done(operation);
    await operation.confirm();
    return result;
  } catch (failure) {
    const error = asBelayError(failure);
    await operation.undo(error.message).catch(() => undefined);
    return outcome("failed", error.message, { operation, error });
  }
}
