import { annotate } from "../kit/annotate.js";
import { formatDuration } from "../kit/duration.js";
import { type Report, reportJson } from "../kit/report.js";
import { summaryMarkdown } from "../kit/summary.js";
import type { Timeline } from "../kit/timeline.js";
import type { Outcome, OutputName } from "./outcome.js";
import type { Platform } from "./platform.js";

export const actionName = "k8s-rollout";

/** When a run began, by both clocks. */
export interface Start {
  readonly now: number;
  readonly monotonic: number;
}

const noOutputs: Readonly<Record<OutputName, string>> = {
  release: "",
  "previous-release": "",
  images: "",
  migrated: "",
  cause: "",
  candidates: "",
};

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
  if (outcome.error !== undefined) annotate(outcome.error, log);
  const always = {
    status: outcome.status,
    "duration-ms": String(durationMs),
    report: reportJson(whole),
  };
  for (const [name, value] of Object.entries({ ...noOutputs, ...outcome.outputs, ...always }))
    platform.setOutput(name, value);
  if (summary) await platform.addSummary(summaryMarkdown(whole, outcome.sections));
  if (outcome.error !== undefined) platform.fail();
  log.info(`${outcome.status}: ${outcome.verdict} (${formatDuration(durationMs)})`);
}

/** The report as later steps get it. */
export function reportOf(
  { status, verdict, error, facts }: Outcome,
  timeline: Timeline,
  start: Start,
): Report {
  return {
    version: 1,
    action: actionName,
    status,
    title: verdict,
    startedAt: new Date(start.now).toISOString(),
    facts: facts ?? [],
    steps: timeline.steps(),
    ...(error && { error: { code: error.code, message: error.message, remedy: error.remedy } }),
  };
}
