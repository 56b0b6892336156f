/** The lines of one file that tests can reach, and which of them they did. */
export interface FileCoverage {
  readonly covered: ReadonlySet<number>;
  readonly missed: ReadonlySet<number>;
}

/** What the tests reached, by file from the repository's root. */
export type Coverage = ReadonlyMap<string, FileCoverage>;

/** Percent of the lines that were reached; undefined where nothing was measured, which is not 0. */
export function percentCovered(coverage: Coverage): number | undefined {
  let covered = 0;
  let all = 0;
  for (const file of coverage.values()) {
    covered += file.covered.size;
    all += file.covered.size + file.missed.size;
  }
  return all === 0 ? undefined : (covered / all) * 100;
}

/** Several measurements as one: a line that any of them reached was reached. */
export function mergeCoverage(parts: readonly Coverage[]): Coverage {
  const merged = new Map<string, { covered: Set<number>; missed: Set<number> }>();
  for (const [name, { covered, missed }] of parts.flatMap((part) => [...part])) {
    const file = merged.get(name) ?? { covered: new Set(), missed: new Set() };
    merged.set(name, file);
    for (const line of covered) file.covered.add(line);
    for (const line of missed) file.missed.add(line);
  }
  for (const { covered, missed } of merged.values())
    for (const line of covered) missed.delete(line);
  return merged;
}
