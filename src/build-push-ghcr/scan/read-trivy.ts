import { itemsOf, memberAt, textAt } from "../../kit/json.js";
import { type Finding, severityOf } from "./finding.js";

/** The findings of a report by trivy; undefined when it is none. */
export function readTrivy(report: unknown): readonly Finding[] | undefined {
  if (memberAt(report, "SchemaVersion") !== 2) return undefined;
  const results = itemsOf(memberAt(report, "Results"));
  const all = results.flatMap((result) => itemsOf(memberAt(result, "Vulnerabilities")));
  return all.map((one) => ({
    id: textAt(one, "VulnerabilityID"),
    severity: severityOf(textAt(one, "Severity")),
    component: textAt(one, "PkgName"),
    installed: textAt(one, "InstalledVersion"),
    fixed: textAt(one, "FixedVersion"),
    title: textAt(one, "Title"),
    url: textAt(one, "PrimaryURL"),
  }));
}
