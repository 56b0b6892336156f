import type { ErrorCode } from "./errors.js";
import { oneLine } from "./one-line.js";

export type StepStatus = "ok" | "failed" | "skipped" | "undone";

/** A step that is over; `startedAt` is ISO 8601 in UTC. */
export interface ReportStep {
  readonly name: string;
  readonly status: StepStatus;
  readonly startedAt: string;
  readonly durationMs: number;
}

/** A fact for people, its value with the unit. */
export interface ReportFact {
  readonly name: string;
  readonly value: string;
}

/** What an action did, as other actions and people read it. */
export interface Report {
  readonly version: 1;
  readonly action: string;
  readonly status: string;
  readonly title: string;
  readonly startedAt: string;
  readonly facts: readonly ReportFact[];
  readonly steps: readonly ReportStep[];
  readonly error?: { readonly code: ErrorCode; readonly message: string; readonly remedy: string };
}

/** All outputs of a job travel through one environment variable of at most 128 KiB. */
const maxBytes = 3000;

/** How long texts may be, tried in this order. */
const textLimits = [2000, 500, 200, 80, 30] as const;
/** From this limit on, facts and steps are dropped too: whole texts of fewer say more than stumps of many. */
const droppingFrom = 200;

/**
 * The report as compact JSON of at most 3 kB, counted as it travels, inside another JSON text. What is too
 * much goes in this order: the length of texts, facts from the end, steps from the end (failed ones last).
 */
export function reportJson(report: Report): string {
  if (fits(report)) return JSON.stringify(report);
  let cut = report;
  for (const limit of textLimits) {
    cut = shortened(report, limit);
    if (limit <= droppingFrom) while (!fits(cut) && isDroppable(cut)) cut = withOneLess(cut);
    if (fits(cut)) break;
  }
  return JSON.stringify(cut);
}

function fits(report: Report): boolean {
  return new TextEncoder().encode(JSON.stringify(JSON.stringify(report))).byteLength <= maxBytes;
}

function shortened(report: Report, limit: number): Report {
  const short = (text: string): string => oneLine(text, limit);
  const { error } = report;
  return {
    ...report,
    action: short(report.action),
    status: short(report.status),
    title: short(report.title),
    facts: report.facts.map(({ name, value }) => ({ name: short(name), value: short(value) })),
    steps: report.steps.map((step) => ({ ...step, name: short(step.name) })),
    ...(error && {
      error: { ...error, message: short(error.message), remedy: short(error.remedy) },
    }),
  };
}

function isDroppable({ facts, steps }: Report): boolean {
  return facts.length + steps.length > 0;
}

function withOneLess(report: Report): Report {
  const { facts, steps } = report;
  if (facts.length > 0) return { ...report, facts: facts.slice(0, -1) };
  const lastGood = steps.findLastIndex((step) => step.status !== "failed");
  return { ...report, steps: steps.toSpliced(lastGood === -1 ? steps.length - 1 : lastGood, 1) };
}
