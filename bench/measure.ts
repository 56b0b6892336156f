import { loadavg } from "node:os";

/** Two ways of doing the same work, timed in turn: `ours` against a peer. */
export interface Comparison {
  readonly name: string;
  readonly ours: string;
  readonly peer: string;
  /** Ours divided by the peer's, of the medians; at most this is wanted. */
  readonly target?: number;
  /** Milliseconds of one run each. */
  runOurs(): Promise<number>;
  runPeer(): Promise<number>;
}

export interface Times {
  readonly minimumMs: number;
  readonly medianMs: number;
}

export interface ComparisonResult {
  readonly name: string;
  readonly ours: string;
  readonly peer: string;
  readonly target?: number;
  readonly pairs: number;
  readonly oursTimes: Times;
  readonly peerTimes: Times;
  /** Of the medians. */
  readonly ratio: number;
  /** Of the last minute, at the end. */
  readonly load: number;
}

/** Runs `pairs` interleaved pairs after one of each that does not count. */
export async function compare(comparison: Comparison, pairs: number): Promise<ComparisonResult> {
  const { name, ours, peer, target } = comparison;
  await comparison.runPeer();
  await comparison.runOurs();
  const oursMs: number[] = [];
  const peerMs: number[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    // Who comes second finds warmer caches: the order changes from pair to pair.
    if (pair % 2 === 0) peerMs.push(await comparison.runPeer());
    oursMs.push(await comparison.runOurs());
    if (pair % 2 === 1) peerMs.push(await comparison.runPeer());
  }
  const [oursTimes, peerTimes] = [timesOf(oursMs), timesOf(peerMs)];
  return {
    name,
    ours,
    peer,
    ...(target !== undefined && { target }),
    pairs,
    oursTimes,
    peerTimes,
    ratio: rounded(oursTimes.medianMs / peerTimes.medianMs),
    load: rounded(loadavg()[0] ?? 0),
  };
}

/** Milliseconds that `work` takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

export function timesOf(values: readonly number[]): Times {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const median =
    sorted.length % 2 === 1
      ? sorted[Math.floor(middle)]
      : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
  return { minimumMs: rounded(sorted[0] ?? 0), medianMs: rounded(median ?? 0) };
}

export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
