import { BelayError } from "../../kit/errors.js";
import type { ScanInputs } from "../scan-inputs.js";
import { type Finding, type PlatformScan, rank } from "./finding.js";

/** Throws `image-refused` when something was found that is too bad. */
export function refuseVulnerable(
  scans: readonly PlatformScan[],
  { scanner, severity }: ScanInputs,
): void {
  const errors = scans.flatMap((scan) => {
    const bad = scan.findings.filter((one) => rank(one.severity) >= rank(severity));
    return bad.length === 0 ? [] : [refusal(scanner, severity, scan.platform, bad)];
  });
  const [first, ...also] = errors;
  if (first !== undefined)
    throw new BelayError("image-refused", first.message, first.remedy, { also });
}

function refusal(
  scanner: string,
  severity: string,
  platform: string,
  bad: readonly Finding[],
): BelayError {
  const worst = bad.toSorted((a, b) => rank(b.severity) - rank(a.severity)).at(0);
  const example =
    worst === undefined ? "" : `, such as ${worst.id} (${worst.severity}) in ${worst.component}`;
  const fixable = bad.filter(({ fixed }) => fixed !== "");
  const message = `${scanner} found ${String(bad.length)} vulnerabilities from ${severity} on in ${platform}, ${String(fixable.length)} of them fixable${example}`;
  const ignore = scanner === "snyk" ? ".snyk" : ".trivyignore";
  const remedy =
    fixable.length > 0
      ? `Update what the summary lists as fixable; what does not concern you goes into ${ignore}.`
      : `Nothing mends them yet: note them in ${ignore}, or set \`scan-ignore-unfixed: true\`.`;
  return new BelayError("image-refused", message, remedy);
}
