import type { Clock } from "../ports/clock.js";
import type { Dial } from "../ports/dial.js";
import type { Tcp } from "../ports/tcp.js";
import type { Finding, TcpCheck } from "./check.js";
import { excerpt } from "./excerpt.js";
import type { AttemptLimits } from "./http-check.js";
import { answerRemedy } from "./remedies.js";

/** With what a `tcp` check is asked. */
export interface TcpTools {
  readonly tcp: Tcp;
  readonly clock: Clock;
  readonly dial?: Dial | undefined;
}

/** Connects once; every bad end but a cancellation is a finding. */
export async function askTcp(
  { host, port }: TcpCheck,
  limits: AttemptLimits,
  { tcp, clock, dial }: TcpTools,
): Promise<Finding> {
  const startedAt = clock.monotonic();
  const took = (): { readonly tookMs: number } => ({ tookMs: clock.monotonic() - startedAt });
  try {
    await tcp.touch({ host, port, ...limits, dial });
    return { state: "healthy", reason: "healthy", ...took() };
  } catch (error) {
    limits.signal?.throwIfAborted();
    const reason = excerpt(error instanceof Error ? error.message : String(error), 200);
    return { state: "unhealthy", reason, remedy: answerRemedy(reason), ...took() };
  }
}
