import type { FindingState, Limits } from "../check.js";
import { judgeUpward } from "../limits.js";
import { formatSize } from "../../kit/size.js";
import type { Found } from "./found.js";

/** What was measured: a name for people, and its unit. */
export interface Measure {
  readonly what: string;
  readonly unit: "%" | "B" | "connections";
}

/** The finding for a number that must stay under its limits; the number itself is no part of the reason. */
export function measured(value: number, { what, unit }: Measure, limits: Limits): Found {
  const state = judgeUpward(value, limits);
  return { state, reason: `${what} ${standing(state, unit, limits)}`, value, unit };
}

function standing(state: FindingState, unit: Measure["unit"], limits: Limits): string {
  if (state === "degraded")
    return `at or above the warning limit, ${quantity(limits.warning, unit)}`;
  if (state === "unhealthy")
    return `at or above the critical limit, ${quantity(limits.critical, unit)}`;
  return "within its limits";
}

function quantity(value: number | undefined, unit: Measure["unit"]): string {
  return unit === "B" ? formatSize(value ?? 0) : `${String(value)} ${unit}`;
}
