import { join } from "node:path";
import { pathToFileURL } from "node:url";

import type { ReadChecks } from "../../src/gate/checks-reader.js";
import type { InputReader } from "../../src/kit/inputs.js";
import { actionNames, definition } from "../bundler/actions.js";
import { type Definition, type Input, readDefinition } from "../readme/definition.js";
import { type Reading, RecordingReader } from "./recording-reader.js";

/** The parser of an action's inputs, as `src/<name>/inputs.ts` exports it. */
export type ReadInputs = (
  reader: InputReader,
  mask: (secret: string) => void,
  readChecks: ReadChecks,
) => unknown;

/** One line for each disagreement of an action's code with its `action.yml`, for all actions. */
export async function allFindings(root: string): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const name of await actionNames(root)) {
    const declared = await readDefinition(definition(root, name));
    const code = pathToFileURL(join(root, "src", name, "inputs.ts")).href;
    const { readInputs } = (await import(code)) as { readonly readInputs: ReadInputs };
    const found = [...findings(declared.inputs, readInputs), ...expressionsDescribed(declared)];
    lines.push(...found.map((line) => `${name}: ${line}`));
  }
  return lines;
}

/** One line for each disagreement of `readInputs` with the declared inputs. */
export function findings(declared: readonly Input[], readInputs: ReadInputs): readonly string[] {
  const reading = readingOf(declared, readInputs);
  const names = new Set(declared.map(({ name }) => name));
  const undeclared = [...reading.names].filter((name) => !names.has(name));
  return [
    ...undeclared.map((name) => `the code reads \`${name}\`, which action.yml does not declare`),
    ...declared.flatMap((input) => finding(input, reading) ?? []),
  ];
}

/** The runner evaluates descriptions as well, where it knows no context, and then refuses to load the action. */
export function expressionsDescribed({
  inputs,
  outputs,
}: Pick<Definition, "inputs" | "outputs">): readonly string[] {
  return [...inputs, ...outputs].flatMap(({ name, description }) =>
    description.includes("${{") ? [`the description of \`${name}\` holds an expression`] : [],
  );
}

/** A list has no default that could disagree: it is enough that it is read. */
const readNoChecks: ReadChecks = (reader) => {
  reader.block("checks");
  return [];
};

function finding(input: Input, { names, defaults }: Reading): string | undefined {
  const { name } = input;
  if (!names.has(name)) return `action.yml declares \`${name}\`, which no code reads`;
  const inCode = defaults.get(name);
  if (inCode === undefined || inCode === input.default) return undefined;
  return `\`${name}\` is \`${input.default}\` in action.yml, but \`${inCode}\` in the code`;
}

/** Some inputs are read only when others are given: the parser runs once for each kind of filling. */
function readingOf(declared: readonly Input[], readInputs: ReadInputs): Reading {
  const reading: Reading = { names: new Set(), defaults: new Map(), choices: new Map() };
  const defaults = new Map(declared.map((input) => [input.name, input.default]));
  const fillings = [
    () => "",
    () => "x",
    // Without a host the root action's target is a cluster.
    (name: string) => (name === "host" ? "" : "x"),
    (name: string) => defaults.get(name) ?? "",
  ];
  const run = (operation: string): void => {
    for (const fill of fillings) {
      const raw = (name: string): string => (name === "operation" ? operation : fill(name));
      readInputs(new RecordingReader(raw, reading), () => undefined, readNoChecks);
    }
  };
  run("");
  for (const operation of reading.choices.get("operation") ?? []) run(operation);
  return reading;
}
