import { formatDuration } from "./duration.js";
import { escapeMermaid } from "./escape-mermaid.js";
import type { ReportStep, StepStatus } from "./report.js";

/** A bar of the chart: where it begins after the start, and how long it is, in milliseconds. */
export interface Bar {
  readonly number: number;
  readonly step: ReportStep;
  readonly offsetMs: number;
}

/** The steps numbered from 1, placed relative to `startedAt` (ISO 8601); never before it. */
export function bars(steps: readonly ReportStep[], startedAt: string): readonly Bar[] {
  const start = Date.parse(startedAt);
  return steps.map((step, index) => {
    const offset = Date.parse(step.startedAt) - start;
    return { number: index + 1, step, offsetMs: Number.isFinite(offset) ? Math.max(0, offset) : 0 };
  });
}

const looks: Readonly<Record<Exclude<StepStatus, "skipped">, string>> = {
  ok: "done",
  failed: "crit",
  undone: "active",
};

/**
 * The bars as a fenced Mermaid gantt whose axis counts from the start; skipped steps have no bar. Undefined
 * when no step ran.
 */
export function mermaidGantt(all: readonly Bar[]): string | undefined {
  const tasks = all.flatMap(task);
  if (tasks.length === 0) return undefined;
  // Times are given and shown as local ones, so that the axis is right in every time zone.
  const head = [
    "gantt",
    "dateFormat YYYY-MM-DD HH:mm:ss.SSS",
    "axisFormat %H:%M:%S",
    "todayMarker off",
  ];
  return ["```mermaid", ...head, ...tasks, "```"].join("\n");
}

function task({ number, step, offsetMs }: Bar): readonly string[] {
  if (step.status === "skipped") return [];
  const label = `${number} ${escapeMermaid(step.name)} (${formatDuration(step.durationMs)})`;
  const start = new Date(Date.UTC(2000, 0, 1) + offsetMs)
    .toISOString()
    .replace("T", " ")
    .replace("Z", "");
  return [
    `${label} :${looks[step.status]}, s${number}, ${start}, ${Math.max(1, Math.round(step.durationMs))}ms`,
  ];
}
