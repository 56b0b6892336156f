import { BelayError } from "../kit/errors.js";
import type { Reply } from "./caller.js";

/** How the server closed an operation. */
export interface Ending {
  readonly outcome: string;
  /** One sentence for people. */
  readonly text: string;
}

/** The ending that a reply tells, as answer (`outcome`) or because the call came too late (`late`). */
export function readEnding(reply: Reply): Ending | undefined {
  const record = reply.records.findLast(({ key }) => key === "outcome" || key === "late");
  return record && { outcome: record.values[0] ?? "", text: record.values[1] ?? "" };
}

/** The error of whoever wanted to go on with an operation that the server has ended. */
export function endedByServer(ending: Ending): BelayError {
  return new BelayError(
    "connection-lost",
    `the server has ended this operation as ${ending.outcome}: ${ending.text}`,
    "Nothing more was changed. See why the runner was silent for longer than confirm-timeout, then deploy again.",
  );
}
