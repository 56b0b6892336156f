import { formatDuration } from "../kit/duration.js";
import { asBelayError } from "../kit/errors.js";
import type { Clock } from "../ports/clock.js";
import type { Log } from "../ports/log.js";
import type { Check, Lane } from "./check.js";
import { Printer } from "./printer.js";
import { type CheckOutcome, type CheckResult, failed } from "./result.js";

export interface CheckRun {
  readonly clock: Clock;
  readonly log: Log;
  /** What is left for all checks together. */
  readonly timeLimitMs: number;
  /** Aborts when the job is cancelled. */
  readonly signal: AbortSignal;
}

/**
 * Runs every check, also after others failed; `stages` one after the other, the lanes of a stage side by side.
 * Results come in the order in which the checks are given. Never throws.
 */
export async function runChecks(
  stages: readonly (readonly Lane[])[],
  run: CheckRun,
): Promise<readonly CheckResult[]> {
  const over = new AbortController();
  const timer = new AbortController();
  run.clock.sleep(run.timeLimitMs, timer.signal).then(
    () => over.abort(new Error("the time for all checks was over")),
    () => undefined,
  );
  const cancel = (): void => over.abort(new Error("the job was cancelled"));
  if (run.signal.aborted) cancel();
  run.signal.addEventListener("abort", cancel);
  try {
    const results: CheckResult[] = [];
    for (const lanes of stages) {
      const printer = new Printer(run.log, lanes.length > 1);
      const ended = await Promise.all(
        lanes.map((lane) => runLane(lane, { ...run, signal: over.signal }, printer)),
      );
      results.push(...ended.flat());
    }
    return results;
  } finally {
    timer.abort(new Error("all checks have ended"));
    run.signal.removeEventListener("abort", cancel);
  }
}

async function runLane(lane: Lane, run: CheckRun, printer: Printer): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const check of lane) results.push(await runCheck(check, run, printer));
  return results;
}

async function runCheck(check: Check, run: CheckRun, printer: Printer): Promise<CheckResult> {
  const { clock, signal } = run;
  const { name } = check;
  if (signal.aborted)
    return { name, startedAt: "", durationMs: 0, ...failed(`not run: ${reasonOf(signal)}`) };
  const startedAt = new Date(clock.now()).toISOString();
  const begun = clock.monotonic();
  const print = printer.begin(name);
  const outcome = inTime(await outcomeOf(check, signal, print), signal);
  const durationMs = Math.round(clock.monotonic() - begun);
  printer.end(name, lineOf(outcome, durationMs));
  return { name, startedAt, durationMs, ...outcome };
}

async function outcomeOf(
  check: Check,
  signal: AbortSignal,
  print: (text: string) => void,
): Promise<CheckOutcome> {
  try {
    return await check.run(signal, print);
  } catch (failure) {
    const { message, remedy } = asBelayError(failure);
    return failed(message, [{ level: "error", message: `${message}. ${remedy}` }]);
  }
}

/** What ran at the end of its time has failed, whatever it says. */
function inTime(outcome: CheckOutcome, signal: AbortSignal): CheckOutcome {
  if (!signal.aborted) return outcome;
  const why = outcome.reason === "" ? "" : `; ${outcome.reason}`;
  return { ...outcome, status: "failed", reason: `ended because ${reasonOf(signal)}${why}` };
}

function reasonOf(signal: AbortSignal): string {
  return signal.reason instanceof Error ? signal.reason.message : String(signal.reason);
}

function lineOf({ status, reason }: CheckOutcome, durationMs: number): string {
  return `${status} (${formatDuration(durationMs)})${reason === "" ? "" : `: ${reason}`}`;
}
