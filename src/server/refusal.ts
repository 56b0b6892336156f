import { BelayError } from "../kit/errors.js";
import type { Reply } from "./caller.js";
import { readEnding } from "./ending.js";

/** Why the server would not: locked, held, late, or something that only its log knows. */
export function refusal(reply: Reply): BelayError {
  const value = (key: string): string | undefined =>
    reply.records.findLast((record) => record.key === key)?.values[0];
  const held = value("held");
  if (held !== undefined) {
    return new BelayError(
      "locked",
      `deploys are held: ${held}`,
      "When the reason is gone: `belay release-hold` on the server.",
    );
  }
  const owner = value("locked");
  if (owner !== undefined) {
    return new BelayError(
      "locked",
      `the deploy path is locked by ${owner}`,
      "Wait until that is over, or set a longer lock-timeout.",
    );
  }
  const ending = readEnding(reply);
  return new BelayError(
    "command-failed",
    ending === undefined
      ? `the server's side of Belay failed with exit code ${String(reply.code)}`
      : `the server has ended this operation as ${ending.outcome}: ${ending.text}`,
    "See `belay logs` in the .belay folder of the deploy path.",
  );
}
