import { BelayError, type ErrorCode, errorCodes } from "../kit/errors.js";
import type { AnswerRecord } from "./answer.js";

/** A release that the server knows; what was not recorded is empty. */
export interface KnownRelease {
  readonly id: string;
  readonly sha: string;
  readonly runId: string;
  readonly digest: string;
}

/** A release that a rollback could go to. */
export interface Candidate {
  readonly id: string;
  readonly sha: string;
  readonly confirmedAt: string;
}

/** Something the server found; errors stop an operation before anything is touched. */
export interface Finding {
  readonly severity: "error" | "warning";
  readonly error: BelayError;
}

/** What `check` and `begin` saw. */
export interface Look {
  readonly findings: readonly Finding[];
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  /** The active release, confirmed unless it is also `unconfirmed`. */
  readonly previous: KnownRelease | undefined;
  /** A release that the server made or left active on its own and that no runner has gated yet. */
  readonly unconfirmed: string | undefined;
  readonly candidates: readonly Candidate[];
  /** The id that the operation makes active; empty for one that makes none. */
  readonly release: string;
  /** The backup that a restore puts in place; empty for any other operation. */
  readonly backup: string;
  /** How a rollback's release was gated when it was deployed; empty where nothing was recorded. */
  readonly recordedHealth: { readonly url: string; readonly expect: string };
}

/** Reads the records of `check` or `begin`. */
export function readLook(records: readonly AnswerRecord[]): Look {
  const first = (key: string): string =>
    records.find((record) => record.key === key)?.values[0] ?? "";
  const all = (key: string): AnswerRecord[] => records.filter((record) => record.key === key);
  return {
    findings: readFindings(records),
    facts: all("fact").map(({ values: [name = "", value = ""] }) => ({ name, value })),
    previous:
      first("previous") === ""
        ? undefined
        : {
            id: first("previous"),
            sha: first("previous-sha"),
            runId: first("previous-run"),
            digest: first("previous-digest"),
          },
    unconfirmed: first("unconfirmed") || undefined,
    candidates: all("candidate").map(({ values: [id = "", sha = "", confirmedAt = ""] }) => ({
      id,
      sha,
      confirmedAt,
    })),
    release: first("begun"),
    backup: first("source"),
    recordedHealth: { url: first("health-url"), expect: first("health-expect") },
  };
}

/** The `finding` records of any answer, in order. */
export function readFindings(records: readonly AnswerRecord[]): readonly Finding[] {
  return records
    .filter(({ key }) => key === "finding")
    .map(({ values: [severity = "", code = "", message = "", remedy = ""] }) => ({
      severity: severity === "warning" ? "warning" : "error",
      error: new BelayError(knownCode(code), message, remedy),
    }));
}

/** One error that reports all findings of severity `error` together; undefined when there is none. */
export function errorOf(findings: readonly Finding[]): BelayError | undefined {
  const [first, ...also] = findings
    .filter(({ severity }) => severity === "error")
    .map(({ error }) => error);
  return first && new BelayError(first.code, first.message, first.remedy, { also });
}

function knownCode(code: string): ErrorCode {
  return errorCodes.find((known) => known === code) ?? "config";
}
