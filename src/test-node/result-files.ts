import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseJunit } from "../checks/junit.js";
import { placesFrom } from "../checks/places.js";
import type { Platform } from "../checks/platform.js";
import {
  type CheckOutcome,
  type CheckResult,
  failed,
  type Finding,
  type TestResult,
} from "../checks/result.js";
import type { Inputs } from "./inputs.js";

/** The check that the report files of `results` are; none where the input is empty. */
export async function resultFiles({
  inputs,
  platform,
}: {
  readonly inputs: Inputs;
  readonly platform: Platform;
}): Promise<readonly CheckResult[]> {
  if (inputs.results.length === 0) return [];
  const { clock, run } = platform;
  const [startedAt, begun] = [new Date(clock.now()).toISOString(), clock.monotonic()];
  const outcome = await outcomeOf(inputs.results, run.workspace);
  const durationMs = Math.round(clock.monotonic() - begun);
  return [{ name: "results", startedAt, durationMs, ...outcome }];
}

async function outcomeOf(patterns: readonly string[], workspace: string): Promise<CheckOutcome> {
  const paths: string[] = [];
  for await (const path of glob([...patterns], { cwd: workspace, exclude: ["**/node_modules/**"] }))
    paths.push(path);
  if (paths.length === 0) return failed("no file fits `results`: nothing wrote the reports");
  const tests: TestResult[] = [];
  const damaged: string[] = [];
  for (const path of paths.sort()) {
    const text = await readFile(join(workspace, path), "utf8");
    const found = parseJunit(text, placesFrom(workspace, workspace));
    if (found === undefined) damaged.push(path);
    else tests.push(...found);
  }
  return verdictOf(tests, damaged);
}

function verdictOf(tests: readonly TestResult[], damaged: readonly string[]): CheckOutcome {
  const failures = tests.filter(({ outcome }) => outcome === "failed");
  const findings: readonly Finding[] = [
    ...failures.map(findingOf),
    ...damaged.map((path): Finding => ({
      level: "error",
      message: `${path} is no JUnit report, or was cut short`,
    })),
  ];
  const reasons = [
    ...(failures.length === 0 ? [] : [`${failures.length} of ${tests.length} tests failed`]),
    ...(damaged.length === 0 ? [] : [`${damaged.length} report files cannot be read`]),
  ];
  const status = reasons.length === 0 ? "passed" : "failed";
  return { status, reason: reasons.join("; "), findings, tests };
}

function findingOf({ name, message = "failed", place }: TestResult): Finding {
  return { level: "error", message: `${name}: ${message}`, ...(place && { place }) };
}
