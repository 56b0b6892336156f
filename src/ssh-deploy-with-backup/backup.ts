import { BelayError } from "../kit/errors.js";
import { formatSize } from "../kit/size.js";
import type { Operation } from "../server/operation.js";
import type { PlanFields } from "../server/plan.js";
import type { Server } from "../server/server.js";
import type { OffSite } from "./off-site-tools.js";
import { type Outcome, outcome } from "./outcome.js";
import { singleStep } from "./single-step.js";

/** Takes a backup of the databases that are given, or that the running release uses, and verifies it. */
export async function backUp(
  fields: PlanFields,
  server: Server,
  offSite: OffSite,
): Promise<Outcome> {
  return singleStep(await server.begin("backup", fields), "backup", async (operation) => {
    const nothing = operation.results.find(({ key }) => key === "nothing");
    if (nothing !== undefined) throw nothingToBackUp(nothing.values[0] ?? "");
    await offSite.send(operation);
    return outcome("backed-up", `backup ${describeBackup(operation)} was taken and is whole`, {
      operation,
    });
  });
}

/** The backup that the operation's step named, with its size. */
export function describeBackup({ results }: Operation): string {
  const value = (key: string): string =>
    results.findLast((record) => record.key === key)?.values[0] ?? "";
  return `${value("backup-id")} (${formatSize(Number(value("backup-bytes")))})`;
}

function nothingToBackUp(text: string): BelayError {
  const remedy = "Give `database-url`, as the database is reached from the server.";
  return new BelayError("backup-failed", text || "there is nothing to back up", remedy);
}
