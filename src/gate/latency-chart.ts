import { escapeMarkdown } from "../kit/escape-markdown.js";
import { escapeMermaid } from "../kit/escape-mermaid.js";
import type { CheckResult } from "./gate-result.js";
import { percentile } from "./percentile.js";
import { failures, type Sample } from "./sample.js";
import { latencies } from "./window.js";

/** A chart with more points cannot be read. */
const mostPoints = 20;

/** One point of the chart: some attempts in a row. */
interface Point {
  /** Milliseconds after the first attempt. */
  readonly atMs: number;
  readonly attempts: number;
  readonly failed: number;
  readonly p50: number;
  readonly p95: number;
}

/**
 * The latency of the slowest `http` check over time, as a Mermaid xychart with the same numbers in a table;
 * undefined where nothing was measured often enough to draw a line.
 */
export function latencyChart(checks: readonly CheckResult[]): string | undefined {
  const slowest = checks
    .filter(({ check, samples }) => check.kind === "http" && samples.length > 1)
    .toSorted((a, b) => b.latencyP95Ms - a.latencyP95Ms)[0];
  if (slowest === undefined) return undefined;
  const points = pointsOf(slowest.samples);
  return `${chart(slowest.check.name, points)}\n\n${table(slowest.check.name, points)}`;
}

function pointsOf(samples: readonly Sample[]): readonly Point[] {
  const size = Math.ceil(samples.length / mostPoints);
  const count = Math.ceil(samples.length / size);
  return Array.from({ length: count }, (_, at) => {
    const part = samples.slice(at * size, (at + 1) * size);
    const times = latencies(part);
    return {
      atMs: (part[0]?.startedAt ?? 0) - (samples[0]?.startedAt ?? 0),
      attempts: part.length,
      failed: failures(part),
      p50: Math.round(percentile(times, 50)),
      p95: Math.round(percentile(times, 95)),
    };
  });
}

function chart(name: string, points: readonly Point[]): string {
  const highest = Math.max(1, ...points.map(({ p95 }) => p95));
  return [
    "```mermaid",
    "xychart-beta",
    `  title "Latency of ${escapeMermaid(name)}"`,
    `  x-axis "seconds" [${points.map(({ atMs }) => `"${seconds(atMs)}"`).join(", ")}]`,
    `  y-axis "ms" 0 --> ${String(highest)}`,
    `  line [${points.map(({ p50 }) => p50).join(", ")}]`,
    `  line [${points.map(({ p95 }) => p95).join(", ")}]`,
    "```",
  ].join("\n");
}

function table(name: string, points: readonly Point[]): string {
  return [
    `Latency of ${escapeMarkdown(name)}: p50 is the lower line, p95 the upper one.`,
    "",
    "| From second | Attempts | Failed | p50 (ms) | p95 (ms) |",
    "| ---: | ---: | ---: | ---: | ---: |",
    ...points.map(
      ({ atMs, attempts, failed, p50, p95 }) =>
        `| ${[seconds(atMs), attempts, failed, p50, p95].join(" | ")} |`,
    ),
  ].join("\n");
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
