import { formatDuration } from "./duration.js";
import type { BelayError } from "./errors.js";
import { type Report, type ReportFact, type ReportStep, reportJson } from "./report.js";
import { summaryMarkdown } from "./summary.js";

/** How an action ended that only tells others; it failed exactly when there is an `error`. */
export interface Ending {
  readonly status: string;
  /** One sentence. */
  readonly verdict: string;
  readonly error?: BelayError;
  readonly facts: readonly ReportFact[];
  /** Outputs by name, without those that every action has. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** Who hears of it. */
export interface Audience {
  readonly log: {
    info(line: string): void;
    warning(message: string): void;
    error(message: string): void;
    debug(message: string): void;
  };
  readonly setOutput: (name: string, value: string) => void;
  readonly addSummary: (markdown: string) => Promise<void>;
  /** Makes the step fail. */
  readonly fail: () => void;
}

export interface Manner {
  readonly action: string;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly steps: readonly ReportStep[];
  readonly summary: boolean;
  /** Whether a failure fails the step; else it is a warning. */
  readonly errors: boolean;
}

/** Tells everywhere how it ended: annotations, outputs, summary, and the verdict as the last line. */
export async function tell(ending: Ending, audience: Audience, manner: Manner): Promise<void> {
  const { status, verdict, error, outputs } = ending;
  if (error !== undefined) annotate(error, audience, manner.errors);
  const report = reportOf(ending, manner);
  const always = {
    status,
    "duration-ms": String(manner.durationMs),
    report: reportJson(report),
  };
  for (const [name, value] of Object.entries({ ...outputs, ...always }))
    audience.setOutput(name, value);
  if (manner.summary) await audience.addSummary(summaryMarkdown(report));
  if (error !== undefined && manner.errors) audience.fail();
  audience.log.info(`${status}: ${verdict} (${formatDuration(manner.durationMs)})`);
}

function reportOf(
  { status, verdict, error, facts }: Ending,
  { action, startedAt, steps }: Manner,
): Report {
  const failure = error && { code: error.code, message: error.message, remedy: error.remedy };
  const title = verdict;
  return {
    version: 1,
    action,
    status,
    title,
    startedAt,
    facts,
    steps,
    ...(failure && { error: failure }),
  };
}

/** One annotation for each finding; the cause for whoever looks deeper. */
function annotate(error: BelayError, { log }: Audience, errors: boolean): void {
  for (const { message, remedy } of [error, ...error.also]) {
    const line = `${message}. ${remedy}`;
    if (errors) log.error(line);
    else log.warning(line);
  }
  if (error.cause instanceof Error) {
    log.info(`cause: ${error.cause.message}`);
    log.debug(error.cause.stack ?? "");
  }
  log.debug(error.stack ?? "");
}
