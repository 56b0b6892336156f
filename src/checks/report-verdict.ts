import { annotate } from "../kit/annotate.js";
import { formatDuration } from "../kit/duration.js";
import { BelayError } from "../kit/errors.js";
import { type Report, type ReportFact, reportJson } from "../kit/report.js";
import { summaryMarkdown } from "../kit/summary.js";
import { annotateFindings } from "./annotate-findings.js";
import { uncoveredFindings } from "./changed-coverage.js";
import { percentCovered } from "./coverage.js";
import type { Platform } from "./platform.js";
import type { CheckResult } from "./result.js";
import { summaryParts } from "./summary-parts.js";
import { failedChecks, testsOf, type Verdict } from "./verdict.js";

export interface Manner {
  readonly action: string;
  readonly start: { readonly now: number; readonly monotonic: number };
  readonly minCoverage: number | undefined;
  readonly summary: boolean;
}

/** Tells how a run ended, everywhere: annotations, outputs, summary, exit code, and the verdict as the last line. */
export async function report(verdict: Verdict, platform: Platform, manner: Manner): Promise<void> {
  const { log, clock } = platform;
  const durationMs = Math.round(clock.monotonic() - manner.start.monotonic);
  const whole = withCoverage(verdict, manner.minCoverage);
  const error = whole.error ?? errorOf(whole);
  const told = reportOf(whole, error, manner);
  if (whole.error !== undefined) annotate(whole.error, log);
  annotateFindings(whole.results, log);
  const always = { "duration-ms": String(durationMs), report: reportJson(told) };
  for (const [name, value] of Object.entries({ ...outputsOf(whole, error), ...always }))
    platform.setOutput(name, value);
  if (manner.summary) await platform.addSummary(summaryMarkdown(told, summaryParts(whole)));
  if (error !== undefined) platform.fail();
  log.info(`${told.status}: ${told.title} (${formatDuration(durationMs)})`);
}

/** Adds the check that `min-coverage` is, and what of the pull request no test reached. */
function withCoverage(verdict: Verdict, minCoverage: number | undefined): Verdict {
  const { coverage, changed, results } = verdict;
  const uncovered = changed === undefined ? [] : uncoveredFindings(changed);
  if (verdict.error !== undefined || (minCoverage === undefined && uncovered.length === 0))
    return verdict;
  const percent = coverage && percentCovered(coverage);
  const problem = coverageProblem(percent, minCoverage);
  const check: CheckResult = {
    name: "coverage",
    status: problem === "" ? "passed" : "failed",
    reason: problem,
    findings: uncovered,
    startedAt: "",
    durationMs: 0,
  };
  return { ...verdict, results: [...results, check] };
}

function coverageProblem(percent: number | undefined, wanted: number | undefined): string {
  if (wanted === undefined) return "";
  if (percent === undefined) return `not measured, and \`min-coverage\` wants ${wanted} %`;
  // Rounded down: 79.96 % is not the 80.0 % that the line below would show.
  return percent >= wanted ? "" : `${percentText(percent)}, and \`min-coverage\` wants ${wanted} %`;
}

export function percentText(percent: number): string {
  return `${(Math.floor(percent * 10 + 1e-9) / 10).toFixed(1)} %`;
}

function errorOf(verdict: Verdict): BelayError | undefined {
  const failed = failedChecks(verdict);
  if (failed.length === 0) return undefined;
  const names = failed.map(({ name }) => name).join(", ");
  const message = `${failed.length} of ${verdict.results.length} checks failed: ${names}`;
  const remedy = "Each failure is an annotation, or stands in the job summary.";
  return new BelayError("checks-failed", message, remedy);
}

function outputsOf(
  verdict: Verdict,
  error: BelayError | undefined,
): Readonly<Record<string, string>> {
  const tests = testsOf(verdict);
  const count = (outcome: string): string =>
    String(tests.filter((test) => test.outcome === outcome).length);
  const percent = verdict.coverage && percentCovered(verdict.coverage);
  return {
    status: error === undefined ? "passed" : "failed",
    tests: String(tests.length),
    failed: count("failed"),
    skipped: count("skipped"),
    coverage: percent === undefined ? "" : percentText(percent).replace(" %", ""),
    "cache-hit": verdict.cacheHit,
    "failed-checks": failedChecks(verdict)
      .map(({ name }) => name)
      .join("\n"),
  };
}

function reportOf(
  verdict: Verdict,
  error: BelayError | undefined,
  { action, start }: Manner,
): Report {
  const begun = verdict.results.filter(({ startedAt }) => startedAt !== "");
  return {
    version: 1,
    action,
    status: error === undefined ? "passed" : "failed",
    title: error?.message ?? titleOf(verdict),
    startedAt: new Date(start.now).toISOString(),
    facts: factsOf(verdict),
    steps: begun.map(({ name, status, startedAt, durationMs }) => ({
      name,
      status: status === "passed" ? "ok" : status,
      startedAt,
      durationMs,
    })),
    ...(error && { error: { code: error.code, message: error.message, remedy: error.remedy } }),
  };
}

function titleOf(verdict: Verdict): string {
  const { results } = verdict;
  const skipped = results.filter(({ status }) => status === "skipped").length;
  const but = skipped === 0 ? "" : `, ${skipped} skipped`;
  return `${results.length - skipped} checks passed${but}, ${testsOf(verdict).length} tests`;
}

function factsOf(verdict: Verdict): readonly ReportFact[] {
  const { coverage, changed, cacheHit, newFailures } = verdict;
  const tests = testsOf(verdict);
  const failed = tests.filter(({ outcome }) => outcome === "failed").length;
  const flaky = tests.filter((test) => test.flaky).length;
  const percent = coverage && percentCovered(coverage);
  if (verdict.error !== undefined) return [];
  return [
    { name: "tests", value: `${tests.length}, ${failed} failed` },
    ...(newFailures === undefined
      ? []
      : [{ name: "new failures", value: String(newFailures.length) }]),
    ...(flaky === 0 ? [] : [{ name: "flaky", value: String(flaky) }]),
    { name: "coverage", value: percent === undefined ? "not measured" : percentText(percent) },
    ...(changed === undefined || changed.all === 0
      ? []
      : [{ name: "changed lines reached", value: `${changed.covered} of ${changed.all}` }]),
    { name: "cache", value: cacheHit },
  ];
}
