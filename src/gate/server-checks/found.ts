import type { Finding, FindingState } from "../check.js";
import { excerpt } from "../excerpt.js";

/** A finding whose time the reader of the answers knows. */
export type Found = Omit<Finding, "tookMs">;

/** What one check answered, whole. */
export interface Answer {
  /** The exit code of its text. */
  readonly code: number;
  readonly bytes: Uint8Array;
}

const bodyCharacters = 160;

/** What a finding may tell beside its reason. */
export interface Words {
  /** What the peer wrote, of any length. */
  readonly said?: string | undefined;
  /** What to do about it, one sentence. */
  readonly remedy?: string;
}

/** A finding without a measure. */
export function found(state: FindingState, reason: string, { said, remedy }: Words = {}): Found {
  return {
    state,
    reason,
    ...(said === undefined ? {} : { body: excerpt(said, bodyCharacters) }),
    ...(remedy === undefined ? {} : { remedy }),
  };
}

const severity: readonly FindingState[] = ["healthy", "degraded", "unhealthy", "hopeless"];

/** The first of the gravest; undefined for none. */
export function gravest(all: readonly Found[]): Found | undefined {
  return all.reduce<Found | undefined>(
    (worst, one) =>
      worst === undefined || severity.indexOf(one.state) > severity.indexOf(worst.state)
        ? one
        : worst,
    undefined,
  );
}

/** What the first line of an answer says, and all that follows it. */
export interface Opened {
  readonly head: string;
  readonly rest: Uint8Array;
}

/** Splits an answer after its first line; undefined where there is no whole line. */
export function openAnswer({ bytes }: Answer): Opened | undefined {
  const end = bytes.indexOf(0x0a);
  if (end < 0) return undefined;
  return { head: textOf(bytes.subarray(0, end)), rest: bytes.subarray(end + 1) };
}

/** Text of bytes that may be no UTF-8. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
