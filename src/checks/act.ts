import { asBelayError } from "../kit/errors.js";
import { InputReader } from "../kit/inputs.js";
import { redactor } from "../kit/redact.js";
import { unknownInputs } from "../kit/unknown-inputs.js";
import type { ChecksInputs } from "./checks-inputs.js";
import type { Platform } from "./platform.js";
import { redactVerdict } from "./redact-verdict.js";
import { report } from "./report-verdict.js";
import type { Verdict } from "./verdict.js";

/** An action that runs checks. */
export interface ChecksAction<Inputs extends ChecksInputs> {
  readonly name: string;
  readonly readInputs: (reader: InputReader, mask: (secret: string) => void) => Inputs;
  /** Checks what else must be right before anything is loaded or started; throws a `config` error. */
  readonly look: (inputs: Inputs, platform: Platform) => Promise<void>;
  readonly run: (inputs: Inputs, platform: Platform) => Promise<Verdict>;
}

/** Reads the inputs, runs the action, and reports however it ended. Never throws. */
export async function act<Inputs extends ChecksInputs>(
  action: ChecksAction<Inputs>,
  platform: Platform,
): Promise<void> {
  const { clock } = platform;
  const start = { now: clock.now(), monotonic: clock.monotonic() };
  const secrets: string[] = [];
  let inputs: Inputs | undefined;
  let verdict: Verdict;
  try {
    inputs = readAll(action, platform, secrets);
    await action.look(inputs, platform);
    verdict = await action.run(inputs, platform);
  } catch (failure) {
    verdict = { results: [], cacheHit: "none", error: asBelayError(failure) };
  }
  const manner = { action: action.name, start, minCoverage: inputs?.minCoverage };
  await report(redactVerdict(verdict, redactor(secrets)), platform, {
    ...manner,
    summary: inputs?.summary ?? true,
  });
}

/** Reads the inputs, noting their secrets, and warns of names that are none but look like one. */
function readAll<Inputs extends ChecksInputs>(
  { name, readInputs }: ChecksAction<Inputs>,
  { input, inputNames, log }: Platform,
  secrets: string[],
): Inputs {
  const known = new Set<string>();
  const noted = (one: string): string => {
    known.add(one);
    return input(one);
  };
  const mask = (secret: string): void => {
    secrets.push(secret);
    log.mask(secret);
  };
  try {
    return readInputs(new InputReader(noted, mask), mask);
  } finally {
    for (const line of unknownInputs(name, inputNames, [...known])) log.warning(line);
  }
}
