import type { InputReader } from "../kit/inputs.js";

/** From the mildest to the worst. */
export const severities = ["low", "medium", "high", "critical"] as const;

export type Severity = (typeof severities)[number];

/** How each platform's image is looked through for known vulnerabilities. */
export interface ScanInputs {
  readonly scanner: "off" | "trivy" | "snyk";
  /** From here on a finding refuses the image. */
  readonly severity: Severity;
  readonly ignoreUnfixed: boolean;
  /** What a scanner that could not scan means. */
  readonly onError: "fail" | "warn";
  /** Where all findings are written to as SARIF; empty: nowhere. */
  readonly sarifFile: string;
  readonly uploadSarif: boolean;
}

/** Reads `scan` and what goes with it. */
export function readScanInputs(reader: InputReader): ScanInputs {
  const inputs: ScanInputs = {
    scanner: reader.choice("scan", ["off", "trivy", "snyk"], "off"),
    severity: reader.choice("scan-severity", severities, "high"),
    ignoreUnfixed: reader.boolean("scan-ignore-unfixed", false),
    onError: reader.choice("scan-on-error", ["fail", "warn"], "fail"),
    sarifFile: reader.text("sarif-file"),
    uploadSarif: reader.boolean("upload-sarif", false),
  };
  if (inputs.scanner === "off" && (inputs.uploadSarif || inputs.sarifFile !== ""))
    reader.problem("scan", {
      accepted: "trivy or snyk, because findings are asked for as SARIF",
      example: "trivy",
    });
  return inputs;
}
