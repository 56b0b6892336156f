import { loadavg } from "node:os";

/** How a comparison is told. */
export interface ComparisonNames {
  readonly name: string;
  readonly ours: string;
  readonly peer: string;
  /** Of both; default ms. */
  readonly unit?: string;
  /** Ours divided by the peer's, of the medians; at most this is wanted. */
  readonly target?: number;
  /** Ours less the peer's, of the medians; at most this is wanted. */
  readonly targetOver?: number;
}

/** Two ways of doing the same work, measured in turn: `ours` against a peer. */
export interface Comparison extends ComparisonNames {
  /** What one run each took. */
  readonly runOurs: () => Promise<number>;
  readonly runPeer: () => Promise<number>;
}

export interface Spread {
  readonly minimum: number;
  readonly median: number;
}

export interface ComparisonResult extends ComparisonNames {
  readonly unit: string;
  readonly pairs: number;
  readonly oursSpread: Spread;
  readonly peerSpread: Spread;
  /** Of the medians. */
  readonly ratio: number;
  /** Of the last minute, at the end. */
  readonly load: number;
}

/** A figure that is no comparison; without a value where nothing measures it yet. */
export interface Figure {
  readonly name: string;
  readonly value?: number;
  readonly unit: string;
  readonly target?: number;
}

/** What is measured of one thing. */
export interface Measured {
  readonly comparisons: readonly ComparisonResult[];
  readonly figures: readonly Figure[];
}

/** Runs `pairs` interleaved pairs after one of each that does not count. */
export async function compare(comparison: Comparison, pairs: number): Promise<ComparisonResult> {
  const { runOurs, runPeer, ...names } = comparison;
  const [ours, peer] = await inTurn(runOurs, runPeer, pairs);
  return resultOf(names, ours, peer);
}

/** The results of `pairs` runs of each, after one of each that does not count. */
export async function inTurn<T>(
  runOurs: () => Promise<T>,
  runPeer: () => Promise<T>,
  pairs: number,
): Promise<readonly [ours: readonly T[], peer: readonly T[]]> {
  await runPeer();
  await runOurs();
  const ours: T[] = [];
  const peer: T[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    // Who comes second finds warmer caches: the order changes from pair to pair.
    if (pair % 2 === 0) peer.push(await runPeer());
    ours.push(await runOurs());
    if (pair % 2 === 1) peer.push(await runPeer());
  }
  return [ours, peer];
}

export function resultOf(
  { unit = "ms", ...names }: ComparisonNames,
  ours: readonly number[],
  peer: readonly number[],
): ComparisonResult {
  const [oursSpread, peerSpread] = [spreadOf(ours), spreadOf(peer)];
  return {
    ...names,
    unit,
    pairs: ours.length,
    oursSpread,
    peerSpread,
    ratio: rounded(oursSpread.median / peerSpread.median),
    load: rounded(loadavg()[0] ?? 0),
  };
}

/** Milliseconds that `work` takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const median =
    sorted.length % 2 === 1
      ? sorted[Math.floor(middle)]
      : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
  return { minimum: rounded(sorted[0] ?? 0), median: rounded(median ?? 0) };
}

export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
