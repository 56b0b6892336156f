import {
  type ComparisonResult,
  type Figure,
  type Measured,
  rounded,
  type Spread,
} from "./measure.js";

/** The figures as Markdown tables; what misses its target says so. */
export function tables({ comparisons, figures }: Measured): string {
  const head = ["", "ours, median (minimum)", "peer, median (minimum)", "ratio", "pairs", "load"];
  const both = [
    ...(comparisons.length > 0 ? [table(head, comparisons.map(comparisonRow))] : []),
    ...(figures.length > 0 ? [table(["", "value", "wanted"], figures.map(figureRow))] : []),
  ];
  return both.join("\n");
}

function comparisonRow(row: ComparisonResult): readonly string[] {
  return [
    row.name,
    `${row.ours}: ${spreadText(row.oursSpread, row.unit)}`,
    `${row.peer}: ${spreadText(row.peerSpread, row.unit)}`,
    ratioText(row),
    String(row.pairs),
    String(row.load),
  ];
}

function spreadText({ median, minimum }: Spread, unit: string): string {
  return `${String(median)} (${String(minimum)}) ${unit}`;
}

function ratioText({
  ratio,
  target,
  targetOver,
  unit,
  oursSpread,
  peerSpread,
}: ComparisonResult): string {
  if (targetOver === undefined) return `${String(ratio)}${verdict(ratio, target)}`;
  const over = rounded(oursSpread.median - peerSpread.median);
  return `${String(over)} ${unit} more${verdict(over, targetOver)}`;
}

function figureRow({ name, value, unit, target }: Figure): readonly string[] {
  const wanted = target === undefined ? "" : `at most ${String(target)}`;
  if (value === undefined) return [name, "not measured", wanted];
  const digits = { MB: 2, x: 2, s: 3 }[unit] ?? 0;
  return [name, `${value.toFixed(digits)} ${unit}`.trim(), `${wanted}${met(value, target)}`];
}

function verdict(value: number, target: number | undefined): string {
  return target === undefined ? "" : ` (at most ${String(target)}${met(value, target)})`;
}

function met(value: number, target: number | undefined): string {
  if (target === undefined) return "";
  return value <= target ? ": met" : ": missed";
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  return line(head) + line(head.map(() => "---")) + rows.map(line).join("");
}
