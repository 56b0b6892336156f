/** The closed list of error codes that users see in reports; each names one kind of remedy. */
export const errorCodes = [
  "config",
  "host-unreachable",
  "host-key-unknown",
  "host-key-changed",
  "key-format",
  "key-passphrase",
  "auth-refused",
  "tool-missing",
  "tool-too-old",
  "not-writable",
  "disk-full",
  "locked",
  "superseded",
  "backup-failed",
  "backup-damaged",
  "command-failed",
  "connection-lost",
  "gate-timeout",
  "gate-failed",
  "rollback-failed",
  "cancelled",
  "registry-denied",
  "cluster-denied",
  "service-failed",
  "checks-failed",
  "build-failed",
  "image-refused",
] as const;

export type ErrorCode = (typeof errorCodes)[number];

export interface BelayErrorOptions {
  readonly cause?: unknown;
  /** Further findings of the same look, each a one-line message with its remedy. */
  readonly also?: readonly BelayError[];
  /** Where in the checkout it lies. */
  readonly place?: ErrorPlace;
}

/** A line of a file, from the root of the repository. */
export interface ErrorPlace {
  readonly file: string;
  readonly line: number;
}

/**
 * The only error that Belay raises on purpose: what happened in one line, and what to do about it.
 * Neither `message` nor `remedy` ever holds a secret.
 */
export class BelayError extends Error {
  override readonly name = "BelayError";
  readonly code: ErrorCode;
  readonly remedy: string;
  readonly also: readonly BelayError[];
  readonly place: ErrorPlace | undefined;

  constructor(code: ErrorCode, message: string, remedy: string, options: BelayErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.remedy = remedy;
    this.also = options.also ?? [];
    this.place = options.place;
  }
}

/** How a run ends that its job did not want any more. */
export function cancelled(): BelayError {
  return new BelayError("cancelled", "the job was cancelled", "Run it again when it should go on.");
}

/** Any failure as the error to report; one that nobody raised on purpose is a fault of ours. */
export function asBelayError(failure: unknown): BelayError {
  if (failure instanceof BelayError) return failure;
  const message = failure instanceof Error ? failure.message : String(failure);
  return new BelayError(
    "command-failed",
    `Belay itself failed: ${message}`,
    "Report it with the log of this step (debug logging on).",
    {
      cause: failure,
    },
  );
}
