import type { PlanFields } from "../server/plan.js";
import type { Server } from "../server/server.js";
import type { AppGate } from "./app-gate.js";
import { type Outcome, outcome } from "./outcome.js";
import { undo } from "./undo.js";

/** Records the compose stack that runs as the first release and touches nothing of it; refuses one that is not healthy. */
export async function adopt(fields: PlanFields, server: Server, gate: AppGate): Promise<Outcome> {
  const operation = await server.begin("adopt", fields);
  try {
    await operation.run("adopt");
    await gate.open(operation.signal);
    await operation.confirm();
  } catch (failure) {
    return undo(operation, failure, gate, { rollbackOnFailure: true });
  }
  const verdict = `what runs is recorded as ${operation.look.release}`;
  return outcome("adopted", verdict, { operation, ...gate.told });
}
