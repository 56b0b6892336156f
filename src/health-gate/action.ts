import { asBelayError } from "../kit/errors.js";
import { checksReader } from "../gate/checks-reader.js";
import { InputReader } from "../kit/inputs.js";
import { Timeline } from "../kit/timeline.js";
import { unknownInputs } from "../kit/unknown-inputs.js";
import { type Inputs, readInputs } from "./inputs.js";
import type { Outcome } from "./outcome.js";
import type { Platform } from "./platform.js";
import { actionName, report } from "./report.js";

/** The whole action: reads its inputs, asks the checks, and reports however it ended. Never throws. */
export async function act(platform: Platform): Promise<void> {
  const { clock } = platform;
  const start = { now: clock.now(), monotonic: clock.monotonic() };
  const timeline = new Timeline(clock);
  let inputs: Inputs | undefined;
  let outcome: Outcome;
  try {
    inputs = await readAll(platform);
    const { watch } = await import("./watch.js");
    outcome = await watch(inputs, timeline, platform);
  } catch (failure) {
    outcome = { result: undefined, error: asBelayError(failure) };
  }
  await report(outcome, timeline, platform, { start, summary: inputs?.summary ?? true });
}

/** Reads the inputs, and warns of names that are none but look like one. */
async function readAll({ input, inputNames, log }: Platform): Promise<Inputs> {
  const known = new Set<string>();
  const noted = (name: string): string => {
    known.add(name);
    return input(name);
  };
  const mask = (secret: string): void => log.mask(secret);
  const readChecks = await checksReader(input("checks"));
  try {
    return readInputs(new InputReader(noted, mask), mask, readChecks);
  } finally {
    for (const line of unknownInputs(actionName, inputNames, [...known])) log.warning(line);
  }
}
