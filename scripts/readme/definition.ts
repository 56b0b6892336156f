import { readFile } from "node:fs/promises";
import { parse } from "yaml";

export interface Input {
  readonly name: string;
  readonly description: string;
  /** "" when there is none. */
  readonly default: string;
  readonly required: boolean;
  /** The `# --- Group ---` line above it; "" when none is. */
  readonly group: string;
}

export interface Output {
  readonly name: string;
  readonly description: string;
}

/** What an `action.yml` says of an action, in its order. */
export interface Definition {
  readonly name: string;
  readonly description: string;
  readonly inputs: readonly Input[];
  readonly outputs: readonly Output[];
}

interface Yaml {
  readonly name: string;
  readonly description: string;
  readonly inputs?: Readonly<
    Record<string, { description?: string; default?: unknown; required?: boolean }>
  >;
  readonly outputs?: Readonly<Record<string, { description?: string }>>;
}

/** Reads an `action.yml`. */
export async function readDefinition(path: string): Promise<Definition> {
  const text = await readFile(path, "utf8");
  const yaml = parse(text) as Yaml;
  const groups = groupsOf(text);
  return {
    name: yaml.name,
    description: yaml.description.trim(),
    inputs: Object.entries(yaml.inputs ?? {}).map(([name, input]) => ({
      name,
      description: (input.description ?? "").trim(),
      default: defaultText(input.default),
      required: input.required ?? false,
      group: groups.get(name) ?? "",
    })),
    outputs: Object.entries(yaml.outputs ?? {}).map(([name, output]) => ({
      name,
      description: (output.description ?? "").trim(),
    })),
  };
}

function defaultText(value: unknown): string {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : "";
}

/** Comments are no part of YAML's values: they are found by line. */
function groupsOf(text: string): ReadonlyMap<string, string> {
  const groups = new Map<string, string>();
  let group = "";
  for (const line of text.split("\n")) {
    if (/^\S/.test(line)) group = "";
    group = /^ *# --- (.+?) ---$/.exec(line)?.[1] ?? group;
    const name = /^ {2}([\w-]+):/.exec(line)?.[1];
    if (name !== undefined && !groups.has(name)) groups.set(name, group);
  }
  return groups;
}
