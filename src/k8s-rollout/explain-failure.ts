import { asBelayError, BelayError, cancelled } from "../kit/errors.js";
import { NoAnswer } from "../ports/http.js";
import { ApiFailure, apiError } from "./cluster/api-failure.js";

/** Any failure of a run as the error to report; what aborted `signal` is the reason of all that came of it. */
export function explain(failure: unknown, signal: AbortSignal): BelayError {
  if (signal.aborted) return signal.reason instanceof BelayError ? signal.reason : cancelled();
  if (failure instanceof ApiFailure || failure instanceof NoAnswer)
    return apiError("the cluster refused", failure);
  return asBelayError(failure);
}
