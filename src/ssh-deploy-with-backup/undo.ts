import { asBelayError, type BelayError } from "../kit/errors.js";
import type { Ending } from "../server/ending.js";
import type { Operation } from "../server/operation.js";
import type { AppGate } from "./app-gate.js";
import { type Outcome, outcome, type Status, statusAfter } from "./outcome.js";

/** What decides whether an active release is put back. */
export interface UndoRules {
  readonly rollbackOnFailure: boolean;
}

/** Puts back what `operation` changed and gates what serves then. The outcome's error is `failure`, whatever the undo does. */
export async function undo(
  operation: Operation,
  failure: unknown,
  gate: AppGate,
  rules: UndoRules,
): Promise<Outcome> {
  const error = asBelayError(failure);
  const ending = await close(operation, error, rules);
  if (ending.outcome === "confirmed") return confirmedAllTheSame(operation, gate);
  const told = { operation, error, ...gate.told };
  if (error.code === "superseded") return outcome("superseded", error.message, told);
  const status = statusAfter(ending, operation);
  const still = status === "rolled-back" ? await gatePrevious(gate, error) : undefined;
  if (still !== undefined)
    return outcome(
      "rollback-failed",
      `${ending.text}, but it is not healthy: ${still.message}`,
      told,
    );
  return outcome(status, verdict(status, ending, error), told);
}

/** Ends the operation at the server; when that cannot be reached, its guardian does it alone. */
async function close(operation: Operation, error: BelayError, rules: UndoRules): Promise<Ending> {
  try {
    if (error.code === "superseded") return await operation.abandon("superseded", error.message);
    if (!rules.rollbackOnFailure && operation.started("activate"))
      return await operation.abandon("failed", error.message);
    return await operation.undo(error.message);
  } catch (unreachable) {
    return {
      outcome: "unknown",
      text: `the server undoes by itself, because it could not be asked to: ${asBelayError(unreachable).message}`,
    };
  }
}

/** The previous release must answer, with whatever text. A cancelled job has no time for that. */
async function gatePrevious(gate: AppGate, error: BelayError): Promise<BelayError | undefined> {
  if (error.code === "cancelled") return undefined;
  try {
    await gate.openForAny("gate previous", new AbortController().signal);
    return undefined;
  } catch (unhealthy) {
    return asBelayError(unhealthy);
  }
}

/** The answer to a confirm was lost, and the confirm was not. */
function confirmedAllTheSame(operation: Operation, gate: AppGate): Outcome {
  return outcome("deployed", `${operation.look.release} serves`, {
    operation,
    ...gate.told,
  });
}

function verdict(status: Status, ending: Ending, error: BelayError): string {
  const first = ending.text.startsWith(error.message) ? "" : `${error.message}; `;
  return `${first}${ending.text || status}`;
}
