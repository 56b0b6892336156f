import { breakingChanges } from "../checks/breaking-changes.js";
import { type Catalogue, parseCatalogue } from "../checks/catalogue.js";
import type { Placer } from "../checks/places.js";
import { type CheckOutcome, type Finding, passed } from "../checks/result.js";
import { textAt } from "../kit/json.js";
import { type DriverEnd, placeOf } from "./driver.js";

/** What each new migration takes from the version that still runs, at the migration that takes it. */
export function breakingFindings(
  { records, findings }: DriverEnd,
  strict: boolean,
  place: Placer,
): CheckOutcome {
  const level = strict ? "error" : "warning";
  const broken: Finding[] = [];
  let before: Catalogue | undefined;
  for (const record of records) {
    const after = parseCatalogue(textAt(record, "catalogue"));
    if (after === undefined) continue;
    const where = placeOf(record, place);
    for (const change of before === undefined ? [] : breakingChanges(before, after)) {
      const message = `${textAt(record, "migration")} breaks the version that still runs: ${change}`;
      broken.push({ level, message, ...(where && { place: where }) });
    }
    before = after;
  }
  const reason =
    broken.length === 0 ? "" : `changes that break the version that still runs: ${broken.length}`;
  const outcome = passed([...findings, ...broken], reason);
  return strict && broken.length > 0 ? { ...outcome, status: "failed" } : outcome;
}
