import { asBelayError } from "../kit/errors.js";
import type { Ending } from "../kit/tell.js";

export type Status = "created" | "failed" | "skipped" | "planned";

export const noOutputs = { release: "" };

/** How a run ended; `release` is set once it is there. */
export function ending(
  status: Status,
  verdict: string,
  told: {
    readonly failure?: unknown;
    readonly facts?: Ending["facts"];
    readonly release?: string;
  } = {},
): Ending {
  return {
    status,
    verdict,
    ...(told.failure !== undefined && { error: asBelayError(told.failure) }),
    facts: told.facts ?? [],
    outputs: { ...noOutputs, release: told.release ?? "" },
  };
}
