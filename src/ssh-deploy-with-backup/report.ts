import { annotate } from "../kit/annotate.js";
import { formatDuration } from "../kit/duration.js";
import { type Report, reportJson } from "../kit/report.js";
import { summaryMarkdown } from "../kit/summary.js";
import type { Timeline } from "../kit/timeline.js";
import { factsOf } from "./facts.js";
import type { Outcome } from "./outcome.js";
import type { Platform } from "./platform.js";

export const actionName = "ssh-deploy-with-backup";

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
  const whole = reportOf(outcome, timeline, platform, start);
  if (outcome.error !== undefined) annotate(outcome.error, log);
  const outputs = {
    ...noOutputs,
    ...outcome.outputs,
    "failed-step": outcome.error && (timeline.failedStep ?? ""),
  };
  const always = {
    status: outcome.status,
    "duration-ms": String(durationMs),
    report: reportJson(whole),
  };
  for (const [name, value] of Object.entries({ ...outputs, ...always }))
    platform.setOutput(name, value ?? "");
  if (summary) await platform.addSummary(summaryMarkdown(whole, outcome.sections));
  if (outcome.error !== undefined) platform.fail();
  log.info(`${outcome.status}: ${outcome.verdict} (${formatDuration(durationMs)})`);
}

const noOutputs = {
  release: "",
  "previous-release": "",
  "backup-id": "",
  "backup-path": "",
  "backup-bytes": "",
  "backup-sha256": "",
  migrated: "",
  "downtime-ms": "",
  candidates: "",
  "exit-code": "",
};

/** What a run came to, for other actions. */
export function reportOf(
  outcome: Outcome,
  timeline: Timeline,
  { run }: Pick<Platform, "run">,
  start: Start,
): Report {
  const { error } = outcome;
  return {
    version: 1,
    action: actionName,
    status: outcome.status,
    title: outcome.verdict,
    startedAt: new Date(start.now).toISOString(),
    facts: factsOf(outcome, run),
    steps: timeline.steps(),
    ...(error && { error: { code: error.code, message: error.message, remedy: error.remedy } }),
  };
}
