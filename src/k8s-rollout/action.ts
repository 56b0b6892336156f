import { asBelayError } from "../kit/errors.js";
import { InputReader } from "../kit/inputs.js";
import { nobody, type Onlooker } from "../kit/onlooker.js";
import { Timeline } from "../kit/timeline.js";
import { unknownInputs } from "../kit/unknown-inputs.js";
import { type Inputs, readInputs } from "./inputs.js";
import type { Outcome } from "./outcome.js";
import type { Platform } from "./platform.js";
import { actionName, report, reportOf } from "./report.js";

/**
 * The whole action: reads its inputs, does what they say, and reports however it ended; `onlooker` hears of it.
 * Never throws.
 */
export async function act(platform: Platform, onlooker: Onlooker = nobody): Promise<void> {
  const { clock } = platform;
  const start = { now: clock.now(), monotonic: clock.monotonic() };
  const timeline = new Timeline(clock, (name) => onlooker.step(name));
  let summary = true;
  const ended = await outcomeOf(async () => {
    const inputs = readAll(platform);
    summary = inputs.summary;
    onlooker.begins({ changesAnything: !inputs.dryRun && inputs.operation !== "status" });
    const { operate } = await import("./operate.js");
    return operate(inputs, timeline, platform);
  });
  const more = await onlooker.ends(reportOf(ended, timeline, start));
  const outcome = { ...ended, outputs: { ...ended.outputs, ...more } };
  await report(outcome, timeline, platform, { start, summary });
}

/** Reads the inputs, and warns of names that are none but look like one. */
function readAll({ input, inputNames, log }: Platform): Inputs {
  const known = new Set<string>();
  const noted = (name: string): string => {
    known.add(name);
    return input(name);
  };
  const mask = (secret: string): void => log.mask(secret);
  try {
    return readInputs(new InputReader(noted, mask), mask);
  } finally {
    for (const line of unknownInputs(actionName, inputNames, [...known])) log.warning(line);
  }
}

async function outcomeOf(body: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await body();
  } catch (failure) {
    const error = asBelayError(failure);
    return { status: "failed", verdict: error.message, error };
  }
}
