import { itemsOf, memberAt, textAt } from "../../kit/json.js";
import { type Finding, severityOf } from "./finding.js";

/** The findings of a report by snyk; undefined when it is none. */
export function readSnyk(report: unknown): readonly Finding[] | undefined {
  const projects = Array.isArray(report) ? itemsOf(report) : [report];
  const all = projects.flatMap((one) => [one, ...itemsOf(memberAt(one, "applications"))]);
  if (all.some((one) => !Array.isArray(memberAt(one, "vulnerabilities")))) return undefined;
  return all.flatMap((one) => itemsOf(memberAt(one, "vulnerabilities")).map(findingOf));
}

function findingOf(one: unknown): Finding {
  const [cve] = itemsOf(memberAt(one, "identifiers", "CVE"));
  const [fixed] = itemsOf(memberAt(one, "fixedIn"));
  const id = textAt(one, "id");
  return {
    id: typeof cve === "string" ? cve : id,
    // Older versions know no `critical` by the plain name.
    severity: severityOf(textAt(one, "severityWithCritical") || textAt(one, "severity")),
    component: textAt(one, "packageName") || textAt(one, "name"),
    installed: textAt(one, "version"),
    fixed: textAt(one, "nearestFixedInVersion") || (typeof fixed === "string" ? fixed : ""),
    title: textAt(one, "title"),
    url: `https://security.snyk.io/vuln/${encodeURIComponent(id)}`,
  };
}
