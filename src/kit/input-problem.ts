import { BelayError } from "./errors.js";

export interface InputProblem {
  /** Default: the value itself. */
  readonly given?: string;
  readonly secret?: boolean;
  /** As in "accepted: …". */
  readonly accepted: string;
  readonly example: string;
}

const longestQuote = 80;

/** What is wrong with an input: its name, what was given (never a secret), what is accepted, an example. */
export function inputProblem(
  name: string,
  value: string,
  { secret, accepted, example }: InputProblem,
): BelayError {
  const shown = secret === true ? "***" : quoted(value);
  const is = value === "" ? "is empty" : `is ${shown}`;
  const message = `\`${name}\` ${is}; accepted: ${accepted}`;
  return new BelayError("config", message, `Write for example \`${name}: ${example}\`.`);
}

/** An empty secret most often comes from a job that does not name the environment that holds it. */
export function emptySecret(name: string, environment: string | undefined): BelayError {
  const where =
    environment === undefined ? "the environment" : `the environment \`${environment}\``;
  const why = `${where} has no such secret, or the job does not name the environment`;
  const remedy = "Add the secret where the job can read it, and give the job `environment:`.";
  return new BelayError("config", `\`${name}\` is empty: ${why}`, remedy);
}

/** Something wrong in a line of an `env` input; `problem` holds no value. */
export function envProblem(name: string, problem: string): BelayError {
  const remedy =
    "Give one NAME=value a line; a value of several lines stands between double quotes.";
  return new BelayError("config", `\`${name}\`, ${problem}`, remedy);
}

/** The end of "a whole number", "a duration": which ones. */
export function range(min: number | string | undefined, max: number | string | undefined): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return `, at least ${min}`;
  return max === undefined ? "" : `, at most ${max}`;
}

/** `text` on one line, cut where it is long, so that a message stays readable. */
function quoted(text: string): string {
  return JSON.stringify(text.length > longestQuote ? `${text.slice(0, longestQuote)}…` : text);
}
