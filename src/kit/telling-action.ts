import { asBelayError } from "./errors.js";
import { Deadline } from "./deadline.js";
import { InputReader, type RawInput } from "./inputs.js";
import { type Audience, type Ending, tell } from "./tell.js";
import { readTelling } from "./telling-inputs.js";
import { type TimeSource, Timeline } from "./timeline.js";
import { unknownInputs } from "./unknown-inputs.js";

/** An action that only tells others: its failure is no failure of the job, unless the user wants it. */
export interface TellingAction<Inputs> {
  readonly name: string;
  /** The default of `time-limit`. */
  readonly timeLimit: string;
  /** What the outputs are where nothing else is known. */
  readonly noOutputs: Readonly<Record<string, string>>;
  readonly readInputs: (reader: InputReader) => Inputs;
  readonly run: (inputs: Inputs, timeline: Timeline, deadline: Deadline) => Promise<Ending>;
}

export interface TellingPlatform extends Audience {
  readonly log: Audience["log"] & { mask(secret: string): void };
  readonly clock: TimeSource;
  readonly input: RawInput;
  /** The names under `with:`, and those that have a default. */
  readonly inputNames: readonly string[];
}

/** Reads the inputs, runs `action`, and reports however it ended. Never throws. */
export async function act<Inputs>(
  action: TellingAction<Inputs>,
  platform: TellingPlatform,
): Promise<void> {
  const { clock, input } = platform;
  const [startedAt, begun] = [new Date(clock.now()).toISOString(), clock.monotonic()];
  const timeline = new Timeline(clock);
  // Bad inputs are reported as these say, so they are read before all is known to be good.
  const telling = readTelling(new InputReader(input, () => undefined), action.timeLimit);
  const deadline = new Deadline(clock, begun, telling.timeLimitMs);
  const ending = await endingOf(action.noOutputs, () =>
    action.run(readAll(action, platform), timeline, deadline),
  );
  const durationMs = Math.round(clock.monotonic() - begun);
  const manner = { action: action.name, startedAt, durationMs, steps: timeline.steps() };
  await tell(ending, platform, { ...manner, ...telling });
}

async function endingOf(outputs: Ending["outputs"], body: () => Promise<Ending>): Promise<Ending> {
  try {
    return await body();
  } catch (failure) {
    const error = asBelayError(failure);
    return { status: "failed", verdict: error.message, error, facts: [], outputs };
  }
}

/** Reads the inputs, and warns of names that are none but look like one. */
function readAll<Inputs>(
  { name, readInputs }: TellingAction<Inputs>,
  { input, inputNames, log }: TellingPlatform,
): Inputs {
  const known = new Set<string>();
  const noted = (one: string): string => {
    known.add(one);
    return input(one);
  };
  try {
    return readInputs(new InputReader(noted, (secret) => log.mask(secret)));
  } finally {
    for (const line of unknownInputs(name, inputNames, [...known])) log.warning(line);
  }
}
