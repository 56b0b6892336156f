import { checksReader } from "../gate/checks-reader.js";
import { asBelayError } from "../kit/errors.js";
import { InputReader } from "../kit/inputs.js";
import { readInputs } from "./inputs.js";
import type { Platform } from "./platform.js";
import { savedState } from "./saved-state.js";

/**
 * After the main step: does nothing when that has closed its operation; else (it was killed) has the guardian
 * undo it and tells how that ended. Never throws: the main step has failed already.
 */
export async function finish(platform: Platform): Promise<void> {
  const { log, state, input } = platform;
  const token = state(savedState.token);
  if (token === "" || state(savedState.closed) !== "") return;
  try {
    const mask = (secret: string): void => log.mask(secret);
    const readChecks = await checksReader(input("health-checks"));
    const inputs = readInputs(new InputReader(input, mask), mask, readChecks);
    const { undoLeft } = await import("./operate.js");
    const ending = await undoLeft(inputs, token, platform);
    if (ending !== undefined)
      log.notice(`The operation was ended as ${ending.outcome}: ${ending.text}`);
  } catch (failure) {
    const why = asBelayError(failure).message;
    log.warning(
      `The operation could not be ended from here, so the server ends it by itself: ${why}`,
    );
  }
}
