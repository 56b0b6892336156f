import { formatDuration } from "../kit/duration.js";
import type { FindingState, Limits } from "./check.js";
import type { GateInputs } from "./gate-inputs.js";
import { judgeUpward } from "./limits.js";
import { percentile } from "./percentile.js";
import { failures, type Sample } from "./sample.js";
import type { Watch } from "./watch.js";

/** One broken worker among ten is too much, one lost packet among many answers is not. */
const toleratedPercent = 10;

/**
 * Why the counted attempts of a check are not good enough, as the end of "… was healthy, then failed …": too many
 * failed (without a limit of the user's more than a tenth, and at least a row), or too many were slow.
 */
export function windowProblem(watch: Watch, gate: GateInputs): string | undefined {
  const samples = watch.counted;
  const failed = failures(samples);
  if (rateState(samples, gate) === "unhealthy" || isFlapping(watch, gate))
    return `in ${String(failed)} of ${String(samples.length)} probes`;
  if (latencyState(watch, gate) !== "unhealthy") return undefined;
  const allowed = formatDuration(gate.maxLatencyP95?.critical ?? 0);
  return `to answer in time: p95 is ${formatDuration(latencyP95(samples))}, allowed are less than ${allowed}`;
}

/**
 * Why an observation as a whole failed, as the end of "… failed": its last attempts all did (of what is asked on
 * the server, the last one), or its window is not good enough.
 */
export function observationProblem(watch: Watch, gate: GateInputs): string | undefined {
  const { check, observation } = watch;
  const isRequest = check.kind === "http" || check.kind === "tcp";
  const last = observation.slice(isRequest ? -check.successes : -1);
  if (failures(last) === last.length) return "";
  const problem = windowProblem(watch, gate);
  return problem === undefined ? undefined : ` ${problem}`;
}

/** Why the counted attempts are only just good enough; undefined when they are better. */
export function windowWarning(watch: Watch, gate: GateInputs): string | undefined {
  const samples = watch.counted;
  if (rateState(samples, gate) === "degraded")
    return `${String(failures(samples))} of ${String(samples.length)} probes failed`;
  return latencyState(watch, gate) === "degraded"
    ? `p95 latency is ${formatDuration(latencyP95(samples))}`
    : undefined;
}

/** Percent of the attempts that failed; 0 for none. */
export function errorPercent(samples: readonly Sample[]): number {
  return (100 * failures(samples)) / Math.max(1, samples.length);
}

/** Milliseconds that 95 % of the attempts stayed under. */
export function latencyP95(samples: readonly Sample[]): number {
  return percentile(latencies(samples), 95);
}

/** How long each attempt took, in milliseconds. */
export function latencies(samples: readonly Sample[]): readonly number[] {
  return samples.map(({ finding }) => finding.tookMs);
}

function rateState(samples: readonly Sample[], { maxErrorRate }: GateInputs): FindingState {
  return limited(errorPercent(samples), maxErrorRate);
}

function isFlapping({ counted, check }: Watch, { maxErrorRate }: GateInputs): boolean {
  if (maxErrorRate?.critical !== undefined) return false;
  return failures(counted) >= check.successes && errorPercent(counted) > toleratedPercent;
}

/** Only requests have a latency that people set limits for. */
function latencyState({ counted, check }: Watch, { maxLatencyP95 }: GateInputs): FindingState {
  return check.kind === "http" ? limited(latencyP95(counted), maxLatencyP95) : "healthy";
}

/** No failure at all reaches no limit, not even one of 0 %. */
function limited(value: number, limits: Limits | undefined): FindingState {
  return limits === undefined || value === 0 ? "healthy" : judgeUpward(value, limits);
}
