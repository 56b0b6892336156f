import { BelayError } from "../kit/errors.js";
import { formatDuration } from "../kit/duration.js";
import type { Unhealthy } from "./judge.js";
import { describe, reasonAndBody, type Standing } from "./standing.js";

/** The gate did not open in time; says the last reason, how long it held, and what to do about its kind. */
export function gateTimeout(
  url: string,
  wait: { readonly timeoutMs: number; readonly successes: number; readonly now: number },
  standing: Standing,
): BelayError {
  const wanted = wait.successes === 1 ? "" : ` ${String(wait.successes)} times in a row`;
  return new BelayError(
    "gate-timeout",
    `${url} was not healthy${wanted} within ${formatDuration(wait.timeoutMs)}: ${describe(standing, wait.now)}`,
    remedy(standing.lastFailure),
  );
}

/** The app was healthy, then failed under observation, `often` as the end of "failed…". */
export function gateFailed(url: string, often: string, last: Unhealthy | undefined): BelayError {
  const why = last === undefined ? "" : `: ${reasonAndBody(last)}`;
  return new BelayError(
    "gate-failed",
    `${url} was healthy, then failed${often} under observation${why}`,
    remedy(last),
  );
}

/** The wait was given up from outside: the signal's own error if it carries one, else `cancelled`. */
export function gateCancelled(url: string, signal: AbortSignal): BelayError {
  const reason: unknown = signal.reason;
  if (reason instanceof BelayError) return reason;
  return new BelayError(
    "cancelled",
    `the wait for ${url} was cancelled`,
    "Run the job again when the release is wanted after all.",
    { cause: reason },
  );
}

const logs = "Look at the app's own log on the server for why it fails";

function remedy(failure: Unhealthy | undefined): string {
  if (failure === undefined) return "Give the app more time, or ask for fewer successes in a row.";
  if (failure.kind === "text") {
    return "See that the restart really loads the new release, and that this address prints the expected text.";
  }
  return failure.kind === "status"
    ? statusRemedy(failure.status ?? 0)
    : answerRemedy(failure.reason);
}

function statusRemedy(status: number): string {
  if (status >= 500) return `${logs}; give it more time if it only starts slowly.`;
  if (status === 401 || status === 403)
    return "Let this path answer without a login, or ask another one.";
  if (status >= 300 && status < 400)
    return "Ask the address that it redirects to: redirects are not followed.";
  return "See that the path of the health address is one that the app serves.";
}

function answerRemedy(reason: string): string {
  if (reason.startsWith("TLS")) return "Mend the certificate that the server shows for this name.";
  if (reason.startsWith("name "))
    return "See that the host name is spelled right and that its DNS record exists.";
  if (reason.includes("proxy"))
    return "Mend the proxy variables of the runner, or name the host in NO_PROXY.";
  return `${logs}, and see that it listens on this address and port and that the runner can reach it.`;
}
