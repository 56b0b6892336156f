import type { Check, CheckBase, HttpCheck } from "../../src/gate/check.js";
import { type GateInputs, urlCheck } from "../../src/gate/gate-inputs.js";

export const healthUrl = "https://app.example/health";

/** The values of a gate's inputs where they are absent. */
export const checkDefaults = { intervalMs: 1000, attemptTimeoutMs: 5000, successes: 3 } as const;

/** A check of an address, as `url` makes it. */
export function httpCheck(over: Partial<HttpCheck> = {}): HttpCheck {
  const check = urlCheck(over.url ?? healthUrl, undefined, checkDefaults);
  return { ...check, ...over };
}

/** A gate with these checks; `over` may set what all of them have. */
export function gateInputs(
  checks: readonly Check[],
  over: Partial<GateInputs> & Partial<Omit<CheckBase, "name">> = {},
): GateInputs {
  const { intervalMs, attemptTimeoutMs, successes, ...gate } = over;
  const base = Object.fromEntries(
    Object.entries({ intervalMs, attemptTimeoutMs, successes }).filter(
      ([, value]) => value !== undefined,
    ),
  );
  return {
    checks: checks.map((check) => ({ ...check, ...base })),
    url: undefined,
    expect: undefined,
    defaults: { ...checkDefaults, ...base },
    timeoutMs: 60_000,
    observeMs: 0,
    failFast: true,
    maxErrorRate: undefined,
    maxLatencyP95: undefined,
    ...gate,
  };
}
