import { formatDuration } from "../kit/duration.js";
import { escapeMarkdown } from "../kit/escape-markdown.js";
import type { CheckResult, GateStatus } from "./gate-result.js";

const signs: Readonly<Record<GateStatus, string>> = {
  healthy: "✅ healthy",
  degraded: "⚠️ degraded",
  unhealthy: "❌ unhealthy",
};

/** All checks of a gate as a Markdown table, the bad ones first. */
export function checkTable(checks: readonly CheckResult[]): string {
  const order: readonly GateStatus[] = ["unhealthy", "degraded", "healthy"];
  const sorted = order.flatMap((status) => checks.filter((check) => check.status === status));
  return [
    "| Check | State | Attempts | Healthy after | p95 | Failed | Measured | Last reason |",
    "| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |",
    ...sorted.map(row),
  ].join("\n");
}

function row(result: CheckResult): string {
  const { check, status, attempts, timeToHealthyMs, latencyP95Ms, errorRate } = result;
  const cells = [
    escapeMarkdown(check.name),
    signs[status],
    String(attempts),
    timeToHealthyMs === undefined ? "–" : formatDuration(timeToHealthyMs),
    check.kind === "http" || check.kind === "tcp" ? formatDuration(latencyP95Ms) : "–",
    `${String(Math.round(errorRate * 1000) / 10)} %`,
    escapeMarkdown(result.measured) || "–",
    escapeMarkdown(result.reason) || "–",
  ];
  return `| ${cells.join(" | ")} |`;
}
