import type { BelayError } from "../kit/errors.js";
import type { AnswerRecord } from "../server/answer.js";
import type { Ending } from "../server/ending.js";
import type { Operation } from "../server/operation.js";
import { serviceFacts } from "./services.js";

/** How a run ended, as the output `status` says it. */
export type Status =
  | "deployed"
  | "unchanged"
  | "rolled-back"
  | "rollback-failed"
  | "failed"
  | "superseded"
  | "backed-up"
  | "verified"
  | "adopted"
  | "ran"
  | "restored"
  | "planned"
  | "ok";

/** A named value for people. */
export interface Fact {
  readonly name: string;
  readonly value: string;
}

/** What a run came to. It failed exactly when there is an `error`. */
export interface Outcome {
  readonly status: Status;
  /** One sentence. */
  readonly verdict: string;
  readonly error?: BelayError;
  readonly facts: readonly Fact[];
  /** Further Markdown for the summary. */
  readonly sections: readonly string[];
  /** Outputs of the action by name, without those that every run has. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** What a run has to tell besides its status; fills in what the operation's steps have left. */
export function outcome(
  status: Status,
  verdict: string,
  told: {
    readonly operation?: Operation;
    readonly error?: BelayError;
    readonly facts?: readonly Fact[];
    readonly sections?: readonly string[];
    readonly outputs?: Readonly<Record<string, string>>;
  } = {},
): Outcome {
  const left = told.operation && resultOutputs(told.operation);
  return {
    status,
    verdict,
    ...(told.error && { error: told.error }),
    facts: [
      ...(told.operation?.look.facts ?? []),
      ...serviceFacts(told.operation?.results ?? []),
      ...contentFacts(told.operation?.results ?? []),
      ...(told.facts ?? []),
    ],
    sections: told.sections ?? [],
    outputs: { ...left, ...told.outputs },
  };
}

/** The status of an operation whose failure was undone, or not. */
export function statusAfter(ending: Ending, operation: Operation): Status {
  if (ending.outcome === "undo-failed") return "rollback-failed";
  const touched = (["before", "migrate", "activate", "after", "stop", "swap"] as const).some(
    (step) => operation.started(step),
  );
  return ending.outcome === "undone" && touched && operation.look.previous !== undefined
    ? "rolled-back"
    : "failed";
}

/** What is in the backup that was taken, and what a restore of it on trial found. */
function contentFacts(records: readonly AnswerRecord[]): readonly Fact[] {
  const of = (key: string, kind: string): readonly Fact[] =>
    records
      .filter((record) => record.key === key)
      .map(({ values: [name = "", text = ""] }) => ({ name: `${kind}: ${name}`, value: text }));
  return [...of("content", "backup"), ...of("drilled", "restored on trial")];
}

function resultOutputs(operation: Operation): Readonly<Record<string, string>> {
  const { look, results } = operation;
  const result = (key: string): string =>
    results.findLast((record) => record.key === key)?.values[0] ?? "";
  return {
    release: look.release,
    "previous-release": look.previous?.id ?? "",
    "backup-id": look.backup || result("backup-id"),
    "backup-path": result("backup-path"),
    "backup-bytes": result("backup-bytes"),
    "backup-sha256": result("backup-sha256"),
    migrated: result("schema") === "" ? "" : String(result("schema") !== "unchanged"),
    candidates: look.candidates.map(({ id }) => id).join("\n"),
  };
}
