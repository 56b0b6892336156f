import { BelayError, type ErrorCode } from "../kit/errors.js";
import type { Log } from "../ports/log.js";
import type { Reply } from "./caller.js";
import { errorOf, readFindings } from "./look.js";

/** The code of a step's failure where the server does not name a better one. */
const stepCodes: Readonly<Record<string, ErrorCode>> = {
  backup: "backup-failed",
  "verify-backup": "backup-damaged",
  send: "backup-failed",
  fetch: "backup-failed",
  load: "backup-failed",
  swap: "backup-failed",
};

/** Prints the warnings that a step left; throws when the step failed, with the findings that say why. */
export function judgeStep(name: string, reply: Reply, log: Pick<Log, "warning">): void {
  const findings = readFindings(reply.records);
  for (const { severity, error } of findings) {
    if (severity === "warning") log.warning(`${error.message}. ${error.remedy}`);
  }
  const code = stepCode(reply);
  if (code === 0 && reply.code === 0) return;
  throw errorOf(findings) ?? stepFailed(name, code);
}

function stepCode(reply: Reply): number {
  const code = Number(
    reply.records.findLast((record) => record.key === "code")?.values[0] ?? reply.code,
  );
  return Number.isInteger(code) ? code : 1;
}

function stepFailed(name: string, code: number): BelayError {
  const ended =
    code > 128
      ? `was ended by signal ${String(code - 128)}`
      : `ended with exit code ${String(code)}`;
  return new BelayError(
    stepCodes[name] ?? "command-failed",
    `${name} ${ended}`,
    `What it printed stands above, in the group "${name}".`,
  );
}
