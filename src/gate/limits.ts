import type { FindingState, Limits } from "./check.js";

/** How `value` stands to limits that it must stay under: reaching one is beyond it. */
export function judgeUpward(value: number, limits: Limits): FindingState {
  if (limits.critical !== undefined && value >= limits.critical) return "unhealthy";
  return limits.warning !== undefined && value >= limits.warning ? "degraded" : "healthy";
}

/** How `value` stands to limits that it must not fall below. */
export function judgeDownward(value: number, limits: Limits): FindingState {
  if (limits.critical !== undefined && value < limits.critical) return "unhealthy";
  return limits.warning !== undefined && value < limits.warning ? "degraded" : "healthy";
}
