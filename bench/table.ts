import type { ComparisonResult } from "./measure.js";
import type { Figure } from "./rows.js";

/** The figures as Markdown tables; what misses its target says so. */
export function tables(
  comparisons: readonly ComparisonResult[],
  figures: readonly Figure[],
): string {
  const compared = comparisons.map((row) => [
    row.name,
    `${row.ours}: ${String(row.oursTimes.medianMs)} (${String(row.oursTimes.minimumMs)})`,
    `${row.peer}: ${String(row.peerTimes.medianMs)} (${String(row.peerTimes.minimumMs)})`,
    `${String(row.ratio)}${verdict(row.ratio, row.target)}`,
    String(row.pairs),
    String(row.load),
  ]);
  const single = figures.map(({ name, value, unit, target }) => [
    name,
    `${value.toFixed(unit === "MB" || unit === "x" ? 2 : 0)} ${unit}`.trim(),
    target === undefined ? "" : `at most ${String(target)}${verdict(value, target)}`,
  ]);
  return [
    table(
      ["", "ours, median (minimum) ms", "peer, median (minimum) ms", "ratio", "pairs", "load"],
      compared,
    ),
    table(["", "value", "wanted"], single),
  ].join("\n");
}

function verdict(value: number, target: number | undefined): string {
  if (target === undefined) return "";
  return value <= target
    ? ` (at most ${String(target)}: met)`
    : ` (at most ${String(target)}: missed)`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  return line(head) + line(head.map(() => "---")) + rows.map(line).join("");
}
