import type { BelayError } from "../kit/errors.js";
import type { ReportFact } from "../kit/report.js";

/** How a run ended, as the output `status` says it. */
export type Status =
  | "deployed"
  | "rolled-back"
  | "rollback-failed"
  | "failed"
  | "superseded"
  | "unchanged"
  | "planned"
  | "ok";

/** What a run came to. It failed exactly when there is an `error`. */
export interface Outcome {
  readonly status: Status;
  /** One sentence. */
  readonly verdict: string;
  readonly error?: BelayError;
  readonly facts?: readonly ReportFact[];
  /** Further Markdown for the summary. */
  readonly sections?: readonly string[];
  readonly outputs?: Partial<Readonly<Record<OutputName, string>>>;
}

export type OutputName =
  "release" | "previous-release" | "images" | "migrated" | "cause" | "candidates";
