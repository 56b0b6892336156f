import { BelayError } from "../kit/errors.js";

/** What `signal` says, as an error that can be reported: aborts with `cancelled` when the job is cancelled. */
export function cancelSignal(signal: AbortSignal): AbortSignal {
  const cancel = new AbortController();
  const abort = (): void => cancel.abort(cancelled());
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  return cancel.signal;
}

function cancelled(): BelayError {
  return new BelayError(
    "cancelled",
    "the job was cancelled",
    "Run it again when the release is wanted after all; the server was asked to put back what had changed.",
  );
}
