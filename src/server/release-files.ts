import { BelayError } from "../kit/errors.js";
import type { AnswerRecord } from "./answer.js";

/** What a release is made of. */
export interface ReleaseFiles {
  /**
   * A tar of the files at these lines of the manifest (from 1), or of all; read anew at each call. A chunk holds until the
   * next is asked for.
   */
  tar(need: Need): Iterable<Uint8Array>;
  /** How long the content of these files is in all. */
  bytes(need: Need): number;
  /** The paths at these lines, for people. */
  paths(need: Need): readonly string[];
}

/** The lines of the manifest that the server lacks. */
export type Need = "all" | readonly number[];

const namedAtMost = 5;

/** What the server says to need; nothing needed is an empty list. */
export function needOf(records: readonly AnswerRecord[]): Need {
  const needs = records.filter(({ key }) => key === "need").map(({ values }) => values[0] ?? "");
  return needs.includes("all") ? "all" : needs.map(Number);
}

/** Whether the server says that it can unpack what zstd has packed. */
export function unpacksZstd(records: readonly AnswerRecord[]): boolean {
  return records.some(({ key, values }) => key === "unpacks" && values[0] === "zstd");
}

/** The error for `paths` that are still missing after `tries` uploads. */
export function stillMissing(paths: readonly string[], tries: number): BelayError {
  const named = paths.slice(0, namedAtMost).join(", ");
  const more = paths.length > namedAtMost ? ` and ${paths.length - namedAtMost} more` : "";
  return new BelayError(
    "config",
    `files arrived otherwise than they were read, ${tries} times: ${named}${more}`,
    "Let nothing write to the files while they are uploaded.",
  );
}
