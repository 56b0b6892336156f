import { formatDuration } from "./duration.js";
import { escapeMarkdown, linkOrText } from "./escape-markdown.js";
import { type Bar, bars, mermaidGantt } from "./gantt.js";
import type { Report, ReportFact } from "./report.js";

/**
 * The section of a job summary for one action, as GitHub's Markdown: verdict, error with its remedy, facts,
 * and the steps as a chart with the same numbers in a table. Texts of the report are shown as they are,
 * whatever they hold; `more` are further parts, Markdown already.
 */
export function summaryMarkdown(report: Report, more: readonly string[] = []): string {
  const placed = bars(report.steps, report.startedAt);
  const parts = [
    verdict(report),
    failure(report),
    factTable(report.facts),
    mermaidGantt(placed),
    stepTable(placed),
    ...more,
  ];
  return `${parts.filter((part) => part !== undefined && part !== "").join("\n\n")}\n`;
}

function verdict({ action, status, title, error }: Report): string {
  const sign = error === undefined ? "✅" : "❌";
  return `### ${sign} ${escapeMarkdown(action)}: ${escapeMarkdown(status)} – ${escapeMarkdown(title)}`;
}

function failure({ error }: Report): string | undefined {
  if (error === undefined) return undefined;
  const what = `**What happened** (${error.code}): ${escapeMarkdown(error.message)}`;
  return `${what}\n\n**What to do:** ${escapeMarkdown(error.remedy)}`;
}

function factTable(facts: readonly ReportFact[]): string | undefined {
  if (facts.length === 0) return undefined;
  const rows = facts.map(({ name, value }) => `| ${escapeMarkdown(name)} | ${linkOrText(value)} |`);
  return ["| Fact | Value |", "| --- | --- |", ...rows].join("\n");
}

function stepTable(placed: readonly Bar[]): string | undefined {
  if (placed.length === 0) return undefined;
  return [
    "| # | Step | Result | Began after | Took |",
    "| ---: | --- | --- | ---: | ---: |",
    ...placed.map(row),
  ].join("\n");
}

function row({ number, step, offsetMs }: Bar): string {
  const times =
    step.status === "skipped"
      ? ["–", "–"]
      : [formatDuration(offsetMs), formatDuration(step.durationMs)];
  return `| ${[number, escapeMarkdown(step.name), step.status, ...times].join(" | ")} |`;
}
