import { BelayError } from "../kit/errors.js";
import { formatDuration } from "../kit/duration.js";
import type { Finding } from "./check.js";
import { describe, reasonAndBody } from "./standing.js";
import type { Watch } from "./watch.js";

/** The gate did not open in time: one error for each check that is shut, with its last reason and for how long it held. */
export function gateTimeout(watches: readonly Watch[], timeoutMs: number, now: number): BelayError {
  const shut = watches.filter(({ isOpen }) => !isOpen);
  // Each was healthy, but never all at the same time.
  const named = shut.length > 0 ? shut : watches;
  return together(
    "gate-timeout",
    named.map(({ check, standing }) => {
      const wanted = check.successes === 1 ? "" : ` ${String(check.successes)} times in a row`;
      const why = describe(standing, now);
      return {
        message: `${check.name} was not healthy${wanted} within ${formatDuration(timeoutMs)}: ${why}`,
        remedy: remedyOf(standing.lastFailure),
      };
    }),
  );
}

/** A check found what no wait can mend. */
export function gateHopeless({ check, standing }: Watch): BelayError {
  const { finding } = standing;
  const why = finding === undefined ? "" : `: ${reasonAndBody(finding)}`;
  return new BelayError(
    "gate-failed",
    `${check.name} can never pass${why}`,
    `${remedyOf(finding)} With fail-fast off it is waited out all the same.`,
  );
}

/** A check that failed, `how` as the end of "then failed". */
export interface Failed {
  readonly watch: Watch;
  readonly how: string;
}

/** Checks that failed after the gate was open, or that were only looked at. */
export function gateFailed(bad: readonly Failed[]): BelayError {
  return together(
    "gate-failed",
    bad.map(({ watch: { check, standing, healthyAfterMs }, how }) => {
      const failure = standing.lastFailure;
      const why = failure === undefined ? "" : `: ${reasonAndBody(failure)}`;
      const what =
        healthyAfterMs === undefined
          ? `failed${how}`
          : `was healthy, then failed${how} under observation`;
      return { message: `${check.name} ${what}${why}`, remedy: remedyOf(failure) };
    }),
  );
}

/** The wait was given up from outside: the signal's own error if it carries one, else `cancelled`. */
export function gateCancelled(what: string, signal: AbortSignal): BelayError {
  const reason: unknown = signal.reason;
  if (reason instanceof BelayError) return reason;
  return new BelayError(
    "cancelled",
    `the wait for ${what} was cancelled`,
    "Run the job again when the release is wanted after all.",
    { cause: reason },
  );
}

function together(
  code: "gate-timeout" | "gate-failed",
  problems: readonly { readonly message: string; readonly remedy: string }[],
): BelayError {
  const [first, ...others] = problems;
  const also = others.map(({ message, remedy }) => new BelayError(code, message, remedy));
  return new BelayError(code, first?.message ?? "", first?.remedy ?? "", { also });
}

function remedyOf(failure: Finding | undefined): string {
  if (failure === undefined) return "Give the app more time, or ask for fewer successes in a row.";
  return (
    failure.remedy ??
    "Look at the server for why it fails; give it more time if it only starts slowly."
  );
}
