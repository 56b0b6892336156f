import type { Coverage } from "./coverage.js";
import type { Finding } from "./result.js";

/** Lines that a change added or altered, by file from the repository's root. */
export type ChangedLines = ReadonlyMap<string, ReadonlySet<number>>;

/** What the tests reached of the changed lines, counted as far as the lines can be reached at all. */
export interface ChangedCoverage {
  readonly covered: number;
  readonly all: number;
  readonly missed: readonly { readonly file: string; readonly from: number; readonly to: number }[];
}

export function changedCoverage(coverage: Coverage, changed: ChangedLines): ChangedCoverage {
  let [covered, all] = [0, 0];
  const missed: { file: string; from: number; to: number }[] = [];
  for (const [file, lines] of changed) {
    const found = coverage.get(file);
    if (found === undefined) continue;
    const missedHere = [...lines].filter((line) => found.missed.has(line)).sort((a, b) => a - b);
    const coveredHere = [...lines].filter((line) => found.covered.has(line)).length;
    covered += coveredHere;
    all += coveredHere + missedHere.length;
    missed.push(...ranges(missedHere).map((range) => ({ file, ...range })));
  }
  return { covered, all, missed };
}

/** Neighbours as one. */
function ranges(lines: readonly number[]): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = [];
  for (const line of lines) {
    const last = found.at(-1);
    if (last?.to === line - 1) last.to = line;
    else found.push({ from: line, to: line });
  }
  return found;
}

/** A warning at each place that the change brought and no test reached. */
export function uncoveredFindings({ missed }: ChangedCoverage): readonly Finding[] {
  return missed.map(({ file, from, to }) => ({
    level: "warning",
    message:
      from === to
        ? "No test reaches this changed line"
        : `No test reaches these ${to - from + 1} changed lines (${from} to ${to})`,
    place: { file, line: from },
  }));
}
