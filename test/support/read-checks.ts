import type { Check } from "../../src/gate/check.js";
import { readChecks as readList } from "../../src/gate/checks-input.js";
import type { ReadChecks } from "../../src/gate/checks-reader.js";
import { compileJsonPath as compile } from "../../src/gate/json-path.js";
import { BelayError } from "../../src/kit/errors.js";
import { InputReader } from "../../src/kit/inputs.js";
import { checkDefaults } from "./gate-inputs.js";

/** What reading `checks` came to. */
export interface ChecksReading {
  readonly checks: readonly Check[];
  /** Each message with its remedy, in order; empty when all is well. */
  readonly problems: readonly string[];
  readonly masked: readonly string[];
}

/** What an action reads its list with, with all that it may need. */
export const readChecks: ReadChecks = (reader, defaults, mask) =>
  readList(reader, defaults, { mask, compile });

/** Reads YAML as the input `checks`. */
export function readYaml(yaml: string): ChecksReading {
  const masked: string[] = [];
  const mask = (secret: string): void => void masked.push(secret);
  const reader = new InputReader((name) => (name === "checks" ? yaml.trim() : ""), mask);
  const checks = readChecks(reader, checkDefaults, mask);
  return { checks, problems: problemsOf(() => reader.finish()), masked };
}

function problemsOf(work: () => void): readonly string[] {
  try {
    work();
    return [];
  } catch (error) {
    if (!(error instanceof BelayError)) throw error;
    return [error, ...error.also].map(({ message, remedy }) => `${message} | ${remedy}`);
  }
}
