import { asBelayError, type BelayError, cancelled } from "../kit/errors.js";
import { InputReader } from "../kit/inputs.js";
import { Timeline } from "../kit/timeline.js";
import { unknownInputs } from "../kit/unknown-inputs.js";
import type { Course } from "./course.js";
import { type Inputs, readInputs } from "./inputs.js";
import type { Platform } from "./platform.js";
import { actionName, report } from "./report.js";

/** The whole action: reads its inputs, builds, checks and tags, and reports however it ended. Never throws. */
export async function act(platform: Platform): Promise<void> {
  const { clock } = platform;
  const start = { now: clock.now(), monotonic: clock.monotonic() };
  const timeline = new Timeline(clock);
  const course: Course = { secrets: [] };
  let inputs: Inputs | undefined;
  let error: BelayError | undefined;
  try {
    inputs = readAll(platform);
    const { password, githubToken, secrets } = inputs;
    course.secrets = [password, githubToken, ...secrets.map(({ value }) => value)];
    const { operate } = await import("./operate.js");
    await operate(inputs, course, timeline, platform);
  } catch (failure) {
    // Whatever fails in a cancelled job failed of that.
    error = platform.signal.aborted ? cancelled() : asBelayError(failure);
  }
  await report(course, error, timeline, platform, { start, summary: inputs?.summary ?? true });
}

/** Reads the inputs, and warns of names that are none but look like one. */
function readAll({ input, inputNames, log }: Platform): Inputs {
  const known = new Set<string>();
  const noted = (name: string): string => {
    known.add(name);
    return input(name);
  };
  try {
    return readInputs(new InputReader(noted, (secret) => log.mask(secret)));
  } finally {
    for (const line of unknownInputs(actionName, inputNames, [...known])) log.warning(line);
  }
}
