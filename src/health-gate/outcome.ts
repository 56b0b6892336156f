import type { GateResult } from "../gate/gate-result.js";
import type { BelayError } from "../kit/errors.js";

/** How a run ended: what the gate found, if it came to that, and why it failed, if it did. */
export interface Outcome {
  readonly result: GateResult | undefined;
  readonly error: BelayError | undefined;
}
