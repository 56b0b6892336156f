/**
 * The value that `percent` (0 to 100) of the values do not exceed, by nearest rank, so that it is always one
 * that was measured; 0 for no values.
 */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
  return sorted[rank - 1] ?? 0;
}
