import { formatSize } from "../kit/size.js";
import type { Fact, Outcome } from "./outcome.js";
import type { Run } from "./plan.js";

/** The rows of a report, what people ask first at the top. */
export function factsOf(outcome: Outcome, run: Run): readonly Fact[] {
  const { outputs } = outcome;
  const backup =
    outputs["backup-id"] &&
    `${outputs["backup-id"]}, ${formatSize(Number(outputs["backup-bytes"]))}`;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["release", outputs["release"]],
    ["previous release", outputs["previous-release"]],
    ["commit", run.sha],
    ["backup", backup],
    ["backup path", outputs["backup-path"]],
    ["schema", outputs["migrated"] && (outputs["migrated"] === "true" ? "changed" : "unchanged")],
  ];
  const given = rows.flatMap(([name, value]) =>
    value === undefined || value === "" ? [] : [{ name, value }],
  );
  return [...given, ...outcome.facts];
}
