import type { PlanFields } from "../server/plan.js";
import type { Server } from "../server/server.js";
import type { AppGate } from "./app-gate.js";
import { type Outcome, outcome } from "./outcome.js";
import { undo } from "./undo.js";

/** Makes an earlier release the running one, or returns to where it started. */
export async function rollback(
  fields: PlanFields,
  server: Server,
  ownGate: AppGate,
): Promise<Outcome> {
  const operation = await server.begin("rollback", fields);
  const gate = ownGate.orRecorded(operation.look.recordedHealth);
  try {
    await gate.measuring(operation.signal, async () => {
      await operation.run("activate");
      await gate.open(operation.signal);
    });
    await gate.observe(operation.signal);
    await operation.confirm();
  } catch (failure) {
    const undone = await undo(operation, failure, gate, { rollbackOnFailure: true });
    // Back at the start is what a failed deploy is glad of; a rollback has failed.
    return undone.status === "rolled-back" ? { ...undone, status: "failed" } : undone;
  }
  const { release, previous } = operation.look;
  return outcome(
    "rolled-back",
    `${release} serves again, instead of ${previous?.id ?? "nothing"}`,
    {
      operation,
      ...gate.told,
    },
  );
}
