import type { Report } from "../../src/kit/report.js";
import type { ActionResult } from "./run-action.js";

/** The parsed `report` output of a run; throws where there is none. */
export function reportOf(result: ActionResult): Report {
  const report = result.outputs["report"];
  if (report === undefined) throw new Error(`the run left no report; its log:\n${result.log.text}`);
  return JSON.parse(report) as Report;
}

/** The parts of a result that tests compare: exit code, status, failed step and the code of the error. */
export function verdictOf(result: ActionResult): {
  readonly exitCode: number | null;
  readonly status: string | undefined;
  readonly failedStep: string | undefined;
  readonly code: string | undefined;
} {
  return {
    exitCode: result.exitCode,
    status: result.outputs["status"],
    failedStep: result.outputs["failed-step"],
    code: reportOf(result).error?.code,
  };
}

/** All error annotations of a run in one text. */
export function errorsOf(result: ActionResult): string {
  const errors = result.log.annotations.filter(({ level }) => level === "error");
  return errors.map(({ title, message }) => [title, message].filter(Boolean).join(": ")).join("\n");
}
