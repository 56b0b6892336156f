import type { PlanFields } from "../server/plan.js";
import type { Server } from "../server/server.js";
import { describeBackup } from "./backup.js";
import type { OffSite } from "./off-site-tools.js";
import { type Outcome, outcome } from "./outcome.js";
import { singleStep } from "./single-step.js";

/** Reads a backup that is there, every byte of it, and compares it with the checksum taken when it was written. */
export async function verifyBackup(
  fields: PlanFields,
  server: Server,
  offSite: OffSite,
): Promise<Outcome> {
  return singleStep(
    await server.begin("verify-backup", fields),
    "verify-backup",
    (operation) =>
      outcome("verified", `backup ${describeBackup(operation)} reads back whole`, { operation }),
    (operation) => offSite.fetch(operation),
  );
}
