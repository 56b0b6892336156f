import type { Clock } from "../ports/clock.js";
import type { Http } from "../ports/http.js";
import type { Log } from "../ports/log.js";
import { formatDuration } from "../kit/duration.js";
import { gateCancelled } from "./gate-errors.js";
import { type GateResult, gateResult, unasked } from "./gate-result.js";
import type { HealthInputs } from "./health-inputs.js";
import { Narrator } from "./narrator.js";
import { observe } from "./observe.js";
import { openGate } from "./open.js";
import type { Asked } from "./probe.js";

/**
 * Resolves once the app answered healthily `successes` times in a row and then passed its observation. With
 * no `url` it says that nobody asked the app and resolves at once, with 0 attempts. Probes start `intervalMs`
 * apart, or as soon as a slower one ended; each takes at most 5 s, and while the gate is shut none outlasts
 * `timeoutMs`. Throws `gate-timeout`, `gate-failed` (see `observe`) or, when `signal` aborts, the signal's
 * own BelayError or `cancelled`.
 */
export async function waitUntilHealthy(
  health: HealthInputs,
  http: Http,
  clock: Clock,
  log: Pick<Log, "info">,
  signal?: AbortSignal,
): Promise<GateResult> {
  const narrator = new Narrator(log, clock);
  if (health.url === undefined) {
    narrator.say("no health check is given, so nobody asked the app");
    return unasked;
  }
  const asked: Asked = { url: health.url, expect: health.expect, http, clock, signal };
  try {
    const opened = await openGate(health, asked, narrator);
    narrator.say(`open after ${formatDuration(opened.afterMs)}, ${opened.attempts} attempts`);
    const observed = await observe(health, asked, narrator);
    return gateResult(opened, { row: opened.row, observed });
  } catch (failure) {
    throw signal?.aborted === true ? gateCancelled(asked.url, signal) : failure;
  }
}
