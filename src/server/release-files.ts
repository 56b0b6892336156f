import { BelayError } from "../kit/errors.js";
import type { AnswerRecord } from "./answer.js";
import type { TarCoding } from "./send-tar.js";

/** What a release is made of. */
export interface ReleaseFiles {
  /** A tar of the files at these lines of the manifest (from 1), or of all; read anew at each call. */
  tar(need: Need): Iterable<Uint8Array>;
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

/** How the server takes the tar best. */
export function codingOf(records: readonly AnswerRecord[]): TarCoding {
  const zstd = records.some(({ key, values }) => key === "unpacks" && values[0] === "zstd");
  return zstd ? "zstd" : "switch";
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
