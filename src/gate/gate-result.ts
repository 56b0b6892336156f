import { formatSize } from "../kit/size.js";
import type { Check } from "./check.js";
import type { GateInputs } from "./gate-inputs.js";
import { percentile } from "./percentile.js";
import type { Sample } from "./sample.js";
import type { Watch } from "./watch.js";
import {
  errorPercent,
  latencies,
  observationProblem,
  windowProblem,
  windowWarning,
} from "./window.js";

export type GateStatus = "healthy" | "degraded" | "unhealthy";

/** What one check came to; times in whole milliseconds. */
export interface CheckResult {
  readonly check: Check;
  readonly status: GateStatus;
  readonly attempts: number;
  /** The last reason; for a healthy check the one of its last failure, if there was one. */
  readonly reason: string;
  /** What was measured last, with its unit; empty where nothing is. */
  readonly measured: string;
  /** From its first attempt to the end of the row that opened the gate; undefined when that never came. */
  readonly timeToHealthyMs: number | undefined;
  /** Over the observation where there was one, else over the row before the gate opened. */
  readonly latencyP50Ms: number;
  readonly latencyP95Ms: number;
  /** The share (0 to 1) of failed attempts in the same. */
  readonly errorRate: number;
  /** For the chart. */
  readonly samples: readonly Sample[];
}

/** What a gate measured, open or shut. */
export interface GateResult {
  readonly status: GateStatus;
  /** All attempts, also those that waited the start out; 0 when there was nothing to ask. */
  readonly attempts: number;
  /** From the first attempt to the moment when all checks were healthy; undefined when that never came. */
  readonly timeToHealthyMs: number | undefined;
  /** Of the slowest `http` check, and 0 without one. */
  readonly latencyP50Ms: number;
  readonly latencyP95Ms: number;
  /** The highest of all checks. */
  readonly errorRate: number;
  readonly checks: readonly CheckResult[];
}

/** Sums up what the watches have seen; `openAfterMs` is when the gate opened, if it did. */
export function gateResult(
  watches: readonly Watch[],
  gate: GateInputs,
  openAfterMs: number | undefined,
): GateResult {
  const checks = watches.map((watch) => checkResult(watch, gate));
  const slowest = checks
    .filter(({ check }) => check.kind === "http")
    .toSorted((a, b) => b.latencyP95Ms - a.latencyP95Ms)[0];
  return {
    status: worst(checks.map(({ status }) => status)),
    attempts: checks.reduce((sum, { attempts }) => sum + attempts, 0),
    timeToHealthyMs: openAfterMs === undefined ? undefined : Math.round(openAfterMs),
    latencyP50Ms: slowest?.latencyP50Ms ?? 0,
    latencyP95Ms: slowest?.latencyP95Ms ?? 0,
    errorRate: Math.max(0, ...checks.map(({ errorRate }) => errorRate)),
    checks,
  };
}

function checkResult(watch: Watch, gate: GateInputs): CheckResult {
  const { check, standing, counted, healthyAfterMs, shown } = watch;
  const times = latencies(counted);
  return {
    check,
    status: statusOf(watch, gate),
    attempts: standing.attempts,
    reason: reasonOf(watch, gate),
    measured: measuredOf(counted.at(-1) ?? shown.at(-1)),
    timeToHealthyMs: healthyAfterMs === undefined ? undefined : Math.round(healthyAfterMs),
    latencyP50Ms: Math.round(percentile(times, 50)),
    latencyP95Ms: Math.round(percentile(times, 95)),
    errorRate: errorPercent(counted) / 100,
    samples: shown,
  };
}

function statusOf(watch: Watch, gate: GateInputs): GateStatus {
  const { standing, observation, isOpen } = watch;
  const isGood = observation.length === 0 ? isOpen : observationProblem(watch, gate) === undefined;
  if (!isGood) return "unhealthy";
  const warned = standing.finding?.state === "degraded" || windowWarning(watch, gate) !== undefined;
  return warned ? "degraded" : "healthy";
}

function reasonOf(watch: Watch, gate: GateInputs): string {
  const { finding, healthy, lastFailure } = watch.standing;
  if (finding === undefined) return "no answer yet";
  if (!healthy || finding.state === "degraded") return finding.reason;
  const window = windowProblem(watch, gate) ?? windowWarning(watch, gate);
  return window ?? (lastFailure === undefined ? "" : `before: ${lastFailure.reason}`);
}

function measuredOf(last: Sample | undefined): string {
  const { value, unit = "" } = last?.finding ?? {};
  if (value === undefined) return "";
  return unit === "B"
    ? formatSize(value)
    : `${String(Math.round(value * 10) / 10)} ${unit}`.trimEnd();
}

function worst(all: readonly GateStatus[]): GateStatus {
  const order = ["unhealthy", "degraded"] as const;
  return order.find((status) => all.includes(status)) ?? "healthy";
}
