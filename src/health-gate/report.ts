import { checkTable } from "../gate/check-table.js";
import type { CheckResult, GateResult } from "../gate/gate-result.js";
import { latencyChart } from "../gate/latency-chart.js";
import { annotate } from "../kit/annotate.js";
import { formatDuration } from "../kit/duration.js";
import { type Report, type ReportFact, reportJson } from "../kit/report.js";
import { summaryMarkdown } from "../kit/summary.js";
import type { Timeline } from "../kit/timeline.js";
import type { Outcome } from "./outcome.js";
import type { Platform } from "./platform.js";

export const actionName = "health-gate";

/** When a run began, by both clocks. */
export interface Start {
  readonly now: number;
  readonly monotonic: number;
}

/** Tells how a run ended, everywhere: annotations, outputs, summary, exit code, and the verdict as the last line. */
export async function report(
  outcome: Outcome,
  timeline: Timeline,
  platform: Platform,
  { start, summary }: { readonly start: Start; readonly summary: boolean },
): Promise<void> {
  const { log, clock } = platform;
  const durationMs = Math.round(clock.monotonic() - start.monotonic);
  const whole = reportOf(outcome, timeline, start);
  if (outcome.error === undefined) warn(outcome.result, platform);
  else annotate(outcome.error, log);
  const always = { "duration-ms": String(durationMs), report: reportJson(whole) };
  for (const [name, value] of Object.entries({ ...outputsOf(outcome), ...always }))
    platform.setOutput(name, value);
  if (summary) await platform.addSummary(summaryMarkdown(whole, moreOf(outcome.result)));
  if (outcome.error !== undefined) platform.fail();
  log.info(`${whole.status}: ${whole.title} (${formatDuration(durationMs)})`);
}

/** An annotation for each check that is only just good enough. */
function warn(result: GateResult | undefined, { log }: Platform): void {
  for (const { check, reason, status } of result?.checks ?? [])
    if (status === "degraded") log.warning(`${check.name} is degraded: ${reason}`);
}

function outputsOf({ result, error }: Outcome): Readonly<Record<string, string>> {
  return {
    status: statusOf({ result, error }),
    attempts: String(result?.attempts ?? 0),
    "time-to-healthy-ms": String(result?.timeToHealthyMs ?? ""),
    "latency-p50-ms": String(result?.latencyP50Ms ?? ""),
    "latency-p95-ms": String(result?.latencyP95Ms ?? ""),
    "error-rate": String(Math.round((result?.errorRate ?? 0) * 10_000) / 10_000),
    "failing-checks": namesOf(result, "unhealthy").join("\n"),
  };
}

/** Whatever went wrong, nobody proved the app healthy. */
function statusOf({ result, error }: Outcome): string {
  return error !== undefined || result === undefined ? "unhealthy" : result.status;
}

function namesOf(result: GateResult | undefined, status: CheckResult["status"]): string[] {
  return (result?.checks ?? []).flatMap((one) => (one.status === status ? [one.check.name] : []));
}

function reportOf(outcome: Outcome, timeline: Timeline, start: Start): Report {
  const { error } = outcome;
  return {
    version: 1,
    action: actionName,
    status: statusOf(outcome),
    title: error?.message ?? verdictOf(outcome.result),
    startedAt: new Date(start.now).toISOString(),
    facts: factsOf(outcome.result),
    steps: timeline.steps(),
    ...(error && { error: { code: error.code, message: error.message, remedy: error.remedy } }),
  };
}

function verdictOf(result: GateResult | undefined): string {
  const all = result?.checks ?? [];
  const [first, ...others] = all;
  const what =
    others.length > 0 ? `${String(all.length)} checks` : (first?.check.name ?? "nothing");
  const degraded = namesOf(result, "degraded");
  const but = degraded.length === 0 ? "" : `, degraded: ${degraded.join(", ")}`;
  const { timeToHealthyMs, attempts = 0 } = result ?? {};
  const when = timeToHealthyMs === undefined ? "" : ` after ${formatDuration(timeToHealthyMs)}`;
  return `${what} healthy${when}, ${String(attempts)} attempts${but}`;
}

function factsOf(result: GateResult | undefined): readonly ReportFact[] {
  if (result === undefined) return [];
  const { timeToHealthyMs, latencyP50Ms, latencyP95Ms, errorRate, attempts } = result;
  const healthy = timeToHealthyMs === undefined ? "–" : formatDuration(timeToHealthyMs);
  const hasRequests = result.checks.some(({ check }) => check.kind === "http");
  const latency = `p50 ${formatDuration(latencyP50Ms)}, p95 ${formatDuration(latencyP95Ms)}`;
  return [
    { name: "healthy after", value: healthy },
    { name: "attempts", value: String(attempts) },
    ...(hasRequests ? [{ name: "latency", value: latency }] : []),
    { name: "error rate", value: `${String(Math.round(errorRate * 1000) / 10)} %` },
  ];
}

function moreOf(result: GateResult | undefined): readonly string[] {
  if (result === undefined || result.attempts === 0) return [];
  return [checkTable(result.checks), latencyChart(result.checks) ?? ""];
}
