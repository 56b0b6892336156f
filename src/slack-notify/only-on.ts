import type { GitHub } from "./github.js";
import type { Inputs } from "./inputs.js";
import { isBad, type VerdictKind } from "./verdict.js";

/** Why no message is sent; undefined when one is. What is not known is a reason to send. */
export async function reasonToSkip(
  onlyOn: Inputs["onlyOn"],
  kind: VerdictKind,
  github: GitHub | undefined,
): Promise<string | undefined> {
  if (onlyOn === "always" || kind === "unknown") return undefined;
  if (onlyOn === "failure")
    return isBad(kind) ? undefined : "nothing failed, and only-on is failure";
  if (kind !== "succeeded" && !isBad(kind)) return undefined;
  const wasGood = await github?.lastRunWasGood();
  const same = wasGood === !isBad(kind);
  return same ? "the last run ended the same way, and only-on is change" : undefined;
}
