import { formatDuration } from "../kit/duration.js";
import type { Clock } from "../ports/clock.js";
import type { PlanFields } from "../server/plan.js";
import type { Server } from "../server/server.js";
import type { AppGate } from "./app-gate.js";
import type { OffSite } from "./off-site-tools.js";
import { type Outcome, outcome } from "./outcome.js";
import { undo } from "./undo.js";

/** What a restore needs besides its plan. */
export interface RestoreTools {
  readonly clock: Clock;
  readonly offSite: OffSite;
  readonly safetyBackup: boolean;
}

/** Puts a backup in place of what is there and gates the app over it, or leaves everything as it was. */
export async function restore(
  fields: PlanFields,
  server: Server,
  ownGate: AppGate,
  { clock, offSite, safetyBackup }: RestoreTools,
): Promise<Outcome> {
  const start = clock.monotonic();
  const operation = await server.begin("restore", fields);
  const gate = ownGate.orRecorded(operation.look.recordedHealth);
  try {
    await operation.run("backup", safetyBackup ? undefined : "");
    await offSite.fetch(operation);
    await operation.run("load"); // beside what serves, which goes on serving
    await gate.measuring(operation.signal, async () => {
      await operation.run("stop");
      await operation.run("swap"); // by renames
      await operation.run("start");
      if (operation.look.previous !== undefined) await gate.open(operation.signal);
    });
    await gate.observe(operation.signal);
    await operation.confirm();
  } catch (failure) {
    const undone = await undo(operation, failure, gate, { rollbackOnFailure: true });
    // The data that were there are there again: the restore has failed, and nothing else.
    return undone.status === "rolled-back" ? { ...undone, status: "failed" } : undone;
  }
  const took = formatDuration(clock.monotonic() - start);
  return outcome("restored", `backup ${operation.look.backup} was restored in ${took}`, {
    operation,
    ...gate.told,
    facts: [{ name: "recovery time", value: took }, ...gate.told.facts],
  });
}
