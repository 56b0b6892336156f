import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Check } from "./check.js";
import { parseJunit } from "./junit.js";
import { placesFrom } from "./places.js";
import { type CheckOutcome, failed, type Finding, type TestResult } from "./result.js";
import { failureFinding } from "./test-outcome.js";

/** The tests in JUnit files as a check; `patterns` are globs from the repository's root. */
export function reportFilesCheck(patterns: readonly string[], workspace: string): Check {
  return { name: "results", run: () => outcomeOf(patterns, workspace) };
}

async function outcomeOf(patterns: readonly string[], workspace: string): Promise<CheckOutcome> {
  const files: string[] = [];
  // Packages bring reports of their own along, and those are nobody's tests here.
  const exclude = ["**/node_modules/**", "**/.venv/**"];
  for await (const file of glob([...patterns], { cwd: workspace, exclude })) files.push(file);
  if (files.length === 0) return failed("no file fits `results`: nothing wrote the reports");
  const place = placesFrom(workspace, workspace);
  const tests: TestResult[] = [];
  const damaged: string[] = [];
  for (const file of files.sort()) {
    const found = parseJunit(await readFile(join(workspace, file), "utf8"), place);
    if (found === undefined) damaged.push(file);
    tests.push(...(found ?? []));
  }
  return verdictOn(tests, damaged);
}

function verdictOn(tests: readonly TestResult[], damaged: readonly string[]): CheckOutcome {
  const failures = tests.filter(({ outcome }) => outcome === "failed");
  const reasons = [
    ...(failures.length === 0 ? [] : [`${failures.length} of ${tests.length} tests failed`]),
    ...(damaged.length === 0 ? [] : [`${damaged.length} report files cannot be read`]),
  ];
  const findings = [...failures.map(failureFinding), ...damaged.map(damagedFinding)];
  const status = reasons.length === 0 ? "passed" : "failed";
  return { status, reason: reasons.join("; "), findings, tests };
}

function damagedFinding(file: string): Finding {
  return { level: "error", message: `${file} is no JUnit report, or was cut short` };
}
