import type { Coverage } from "./coverage.js";
import type { Place } from "../ports/log.js";

/** Something that a check found in the project, for people. */
export interface Finding {
  readonly level: "error" | "warning";
  /** What it is; the first line says it by itself. */
  readonly message: string;
  /** In the project's own files; without one it belongs to the whole project. */
  readonly place?: Place;
}

export type TestOutcome = "passed" | "failed" | "skipped";

export interface TestResult {
  /** Unique in its run, and the same in the next one. */
  readonly id: string;
  readonly name: string;
  readonly place?: Place;
  /** That of the last attempt. */
  readonly outcome: TestOutcome;
  readonly durationMs: number;
  /** 1 for a test that was not tried again. */
  readonly attempts: number;
  /** It failed in an attempt, and passed in a later one. */
  readonly flaky: boolean;
  /** Of a failure: what went wrong in one line, and all of it. */
  readonly message?: string;
  readonly detail?: string;
}

/** How a check ended. Everything in it is for people; what fails the check is `status` alone. */
export interface CheckOutcome {
  readonly status: "passed" | "failed" | "skipped";
  /** Why, in one line; "" where "passed" says all. */
  readonly reason: string;
  readonly findings: readonly Finding[];
  readonly tests?: readonly TestResult[];
  readonly coverage?: Coverage;
}

/** One check, and how it ended. */
export interface CheckResult extends CheckOutcome {
  readonly name: string;
  /** ISO 8601; "" for a check that did not begin. */
  readonly startedAt: string;
  readonly durationMs: number;
}

export function passed(findings: readonly Finding[] = [], reason = ""): CheckOutcome {
  return { status: "passed", reason, findings };
}

export function failed(reason: string, findings: readonly Finding[] = []): CheckOutcome {
  return { status: "failed", reason, findings };
}

export function skipped(reason: string): CheckOutcome {
  return { status: "skipped", reason, findings: [] };
}
