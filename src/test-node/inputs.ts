import { type ChecksInputs, readChecksInputs } from "../checks/checks-inputs.js";
import type { InputReader } from "../kit/inputs.js";
import { type IgnoredAdvisory, readIgnored } from "./audit-ignore.js";

export const auditLevels = ["off", "low", "moderate", "high", "critical"] as const;
export type AuditLevel = (typeof auditLevels)[number];

/** What the user asked for, fully parsed. */
export interface Inputs extends ChecksInputs {
  /** Names in package.json, in the order in which they run; undefined: those of usual names. */
  readonly scripts: readonly string[] | undefined;
  /** What Playwright is to install, by its names; none of them: all that it is made for. Undefined: nothing. */
  readonly browsers: readonly string[] | undefined;
  readonly auditLevel: AuditLevel;
  readonly auditIgnore: readonly IgnoredAdvisory[];
  /** Where Prisma's files lie is asked of the project itself. */
  readonly prisma: "auto" | "off";
}

/** Reads all inputs; throws one `config` error with everything that is wrong with them. Masks each secret first. */
export function readInputs(reader: InputReader, mask: (secret: string) => void): Inputs {
  const scripts = reader.lines("scripts");
  const inputs: Inputs = {
    ...readChecksInputs(reader, mask),
    scripts: scripts.length === 0 ? undefined : [...new Set(scripts)],
    browsers: readBrowsers(reader),
    auditLevel: reader.choice("audit-level", auditLevels, "off"),
    auditIgnore: readIgnored(reader),
    prisma: reader.choice("prisma", ["auto", "off"], "auto"),
  };
  reader.finish();
  return inputs;
}

const browserNames = ["chromium", "firefox", "webkit", "chrome", "msedge"];

function readBrowsers(reader: InputReader): Inputs["browsers"] {
  const name = `(?:${browserNames.join("|")})`;
  const given = reader.text("browsers", {
    pattern: new RegExp(`^(?:auto|off|${name}(?:[ ,]+${name})*)$`),
    accepted: `auto, off, or names of ${browserNames.join(", ")}`,
    example: "chromium",
  });
  if (given === "off") return undefined;
  return given === "" || given === "auto" ? [] : given.split(/[ ,]+/);
}
