import { asBelayError } from "../kit/errors.js";
import type { Ending } from "../kit/tell.js";

export type Status = "sent" | "failed" | "skipped" | "planned";

export const noOutputs = { ok: "false", ts: "", "thread-ts": "", "channel-id": "" };

/** How a run ended, with all of the action's outputs. */
export function ending(
  status: Status,
  verdict: string,
  told: {
    readonly failure?: unknown;
    readonly facts?: Ending["facts"];
    readonly outputs?: Readonly<Record<string, string>>;
  } = {},
): Ending {
  return {
    status,
    verdict,
    ...(told.failure !== undefined && { error: asBelayError(told.failure) }),
    facts: told.facts ?? [],
    outputs: { ...noOutputs, ...told.outputs },
  };
}
