import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Check } from "./check.js";
import { parseJunit } from "./junit.js";
import { placesFrom } from "./places.js";
import { type CheckOutcome, failed, type Finding, type TestResult } from "./result.js";
import { failureText } from "./test-outcome.js";

/** The tests in JUnit files as a check; `patterns` are globs from the repository's root. */
export function reportFilesCheck(patterns: readonly string[], workspace: string): Check {
  return { name: "results", run: () => outcomeOf(patterns, workspace) };
}

async function outcomeOf(patterns: readonly string[], workspace: string): Promise<CheckOutcome> {
  const files: string[] = [];
  for await (const file of glob([...patterns], { cwd: workspace })) files.push(file);
  if (files.length === 0) return failed("no file fits `results`");
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
    ...damaged.map((file) => `${file} was cut short, or is no JUnit report`),
  ];
  const findings = [
    ...damaged.map((file): Finding => ({ level: "error", message: `${file} cannot be read` })),
    ...failures.map((test): Finding => {
      return {
        level: "error",
        message: failureText(test),
        ...(test.place && { place: test.place }),
      };
    }),
  ];
  const status = reasons.length === 0 ? "passed" : "failed";
  return { status, reason: reasons.join("; "), findings, tests };
}
