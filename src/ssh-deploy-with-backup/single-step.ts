import { asBelayError } from "../kit/errors.js";
import type { Operation, StepName } from "../server/operation.js";
import { type Outcome, outcome } from "./outcome.js";

/** Runs an operation of one step, which leaves the releases alone; `before` comes before it, `done`
 * says what came of it; both may throw. */
export async function singleStep(
  operation: Operation,
  step: StepName,
  done: (operation: Operation) => Outcome | Promise<Outcome>,
  before: (operation: Operation) => Promise<void> = () => Promise.resolve(),
): Promise<Outcome> {
  try {
    await before(operation);
    await operation.run(step);
    const result = await done(operation);
    await operation.confirm();
    return result;
  } catch (failure) {
    const error = asBelayError(failure);
    await operation.undo(error.message).catch(() => undefined);
    return outcome("failed", error.message, { operation, error });
  }
}
