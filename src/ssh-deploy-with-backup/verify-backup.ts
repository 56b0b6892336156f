import type { PlanFields } from "../server/plan.js";
import type { Server } from "../server/server.js";
import { describeBackup } from "./backup.js";
import type { OffSite } from "./off-site-tools.js";
import { type Outcome, outcome } from "./outcome.js";
import { singleStep } from "./single-step.js";

/**
 * Reads a backup that is there, every byte of it, and compares it with the checksum taken when it was written; with
 * `backup-verify: restore` restores it into scratch databases besides, and counts.
 */
export async function verifyBackup(
  fields: PlanFields,
  server: Server,
  offSite: OffSite,
): Promise<Outcome> {
  return singleStep(
    await server.begin("verify-backup", fields),
    "verify-backup",
    (operation) => {
      const isRestored = operation.results.some(({ key }) => key === "drilled");
      const how = isRestored ? "was restored on trial, and is whole" : "reads back whole";
      return outcome("verified", `backup ${describeBackup(operation)} ${how}`, { operation });
    },
    (operation) => offSite.fetch(operation),
  );
}
