import type { ReadChecks } from "../gate/checks-reader.js";
import { asBelayError, type BelayError } from "../kit/errors.js";
import type { InputReader } from "../kit/inputs.js";
import { readInputs as readCluster } from "../k8s-rollout/inputs.js";
import { readInputs as readServer } from "../ssh-deploy-with-backup/inputs.js";
import { type Inputs as SentryInputs, readInputs as readSentry } from "../sentry-release/inputs.js";
import { type Inputs as SlackInputs, readInputs as readSlack } from "../slack-notify/inputs.js";
import { targetOf } from "./target.js";
import { type Part, sentryPart, slackPart } from "./parts.js";

/** Who is told, and of what. */
export interface Inputs {
  readonly slack: Told<SlackInputs>;
  readonly sentry: Told<SentryInputs>;
}

/** The inputs of somebody who is told. */
export interface Told<Parsed> {
  /** Undefined when nothing of theirs is given, or it is wrong. */
  readonly inputs?: Parsed;
  readonly problem?: BelayError;
}

/** What the parsers of those who are told come to; they hide their secrets before the target is read. */
export function readTold(reader: InputReader): Inputs {
  return {
    slack: told(reader, slackPart, ["slack-webhook", "slack-token", "slack-channel"], readSlack),
    sentry: told(reader, sentryPart, ["sentry-auth-token", "sentry-org"], readSentry),
  };
}

/** All that is read, for what compares it with `action.yml` and with workflows; throws what is wrong with the target's. */
export function readInputs(
  reader: InputReader,
  mask: (secret: string) => void,
  readChecks: ReadChecks,
): void {
  readTold(reader);
  if (targetOf((name) => reader.block(name)) === "cluster") readCluster(reader, mask);
  else readServer(reader, mask, readChecks);
}

/** Somebody is told when one of the inputs `signs` is there; without them nothing is missed. */
function told<Parsed>(
  reader: InputReader,
  { prefix, given }: Part,
  signs: readonly string[],
  read: (reader: InputReader) => Parsed,
): Told<Parsed> {
  const isWanted = signs.some((name) => reader.has(name));
  try {
    const inputs = read(reader.part(prefix, given));
    return isWanted ? { inputs } : {};
  } catch (failure) {
    return isWanted ? { problem: asBelayError(failure) } : {};
  }
}
