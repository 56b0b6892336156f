import { type Severity, severities } from "../scan-inputs.js";

/** A known vulnerability in an image. */
export interface Finding {
  /** Such as `CVE-2026-1234`. */
  readonly id: string;
  readonly severity: Severity | "unknown";
  readonly component: string;
  readonly installed: string;
  /** The version that mends it; empty while there is none. */
  readonly fixed: string;
  readonly title: string;
  readonly url: string;
}

/** What was found in one platform's image. */
export interface PlatformScan {
  readonly platform: string;
  /** Each once; those that can be fixed first, of those the worst. */
  readonly findings: readonly Finding[];
  /** The same as the scanner's own SARIF; undefined where nobody asked. */
  readonly sarif: unknown;
}

/** How bad it is, for comparison. */
export function rank(severity: Finding["severity"]): number {
  return severity === "unknown" ? -1 : severities.indexOf(severity);
}

/** Whatever a scanner calls it. */
export function severityOf(text: string): Finding["severity"] {
  const lower = text.toLowerCase();
  return severities.find((one) => one === lower) ?? (lower === "negligible" ? "low" : "unknown");
}

/** Each finding once, in the order in which one would mend them. */
export function inOrder(findings: readonly Finding[]): readonly Finding[] {
  const keyOf = ({ id, component, installed }: Finding): string =>
    [id, component, installed].join("\n");
  const once = [...new Map(findings.map((one) => [keyOf(one), one])).values()];
  return once.sort(
    (a, b) =>
      Number(a.fixed === "") - Number(b.fixed === "") ||
      rank(b.severity) - rank(a.severity) ||
      a.id.localeCompare(b.id),
  );
}
