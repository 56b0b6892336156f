import { percentile } from "./percentile.js";
import type { Probe } from "./probe.js";

/** What an open gate measured; milliseconds, whole ones. */
export interface GateResult {
  /** All probes, also those that waited the start out; 0 when there was nothing to ask. */
  readonly attempts: number;
  /** From the first probe to the last of the row that opened the gate. */
  readonly timeToHealthyMs: number;
  /** Over the row that opened the gate and the whole observation. */
  readonly latencyP50Ms: number;
  readonly latencyP95Ms: number;
  /** The share (0 to 1) of failed probes in the same. */
  readonly errorRate: number;
}

/** What counts for a gate that had nothing to ask. */
export const unasked: GateResult = {
  attempts: 0,
  timeToHealthyMs: 0,
  latencyP50Ms: 0,
  latencyP95Ms: 0,
  errorRate: 0,
};

/** Sums up: `opened` says how the gate opened, `counted` are its row and the observation. */
export function gateResult(
  opened: { readonly attempts: number; readonly afterMs: number },
  counted: { readonly row: readonly Probe[]; readonly observed: readonly Probe[] },
): GateResult {
  const probes = [...counted.row, ...counted.observed];
  const latencies = probes.map((probe) => probe.tookMs);
  return {
    attempts: opened.attempts + counted.observed.length,
    timeToHealthyMs: Math.round(opened.afterMs),
    latencyP50Ms: Math.round(percentile(latencies, 50)),
    latencyP95Ms: Math.round(percentile(latencies, 95)),
    errorRate: failed(probes) / Math.max(1, probes.length),
  };
}

/** How many of the probes were unhealthy. */
export function failed(probes: readonly Probe[]): number {
  return probes.filter((probe) => probe.unhealthy !== undefined).length;
}
