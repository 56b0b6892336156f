import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";

import { nearest } from "../../src/kit/unknown-inputs.js";
import { definition } from "../bundler/actions.js";
import { readDefinition } from "../readme/definition.js";
import { committed } from "./home.js";
import { mapping, triggersOf, type Use } from "./workflow.js";

/** What something of ours can be given. */
interface Callee {
  readonly inputs: ReadonlyMap<string, { readonly required: boolean }>;
}

/** What a `uses:` of ours can name, read from the files below `root`. */
export class Callees {
  readonly #root: string;
  readonly #known = new Map<string, Promise<Callee | undefined>>();

  constructor(root: string) {
    this.#root = root;
  }

  /** One line for each input that what `use` names does not take, and each one that it lacks. */
  async problems({ uses, inputs }: Use): Promise<readonly string[]> {
    const path = ownPath(uses);
    if (path === undefined) return [];
    const callee = await this.#callee(path);
    if (callee === undefined) return [`${uses}: there is no such action or workflow here`];
    const names = [...callee.inputs.keys()];
    const unknown = Object.keys(inputs).filter((name) => !callee.inputs.has(name));
    const missing = [...callee.inputs].filter(
      ([name, { required }]) => required && !Object.hasOwn(inputs, name),
    );
    return [
      ...unknown.map((name) => `${uses}: \`${name}\` is no input of it${hint(name, names)}`),
      ...missing.map(([name]) => `${uses}: \`${name}\` is required`),
    ];
  }

  #callee(path: string): Promise<Callee | undefined> {
    const known = this.#known.get(path) ?? readCallee(this.#root, path);
    this.#known.set(path, known);
    return known;
  }
}

/** The path inside this repository that `uses` names; undefined when it is none of ours. */
export function ownPath(uses: string): string | undefined {
  const [name = "", version] = uses.split("@");
  if (version === undefined) return undefined;
  if (name === committed.repository) return "";
  const prefix = `${committed.repository}/`;
  return name.startsWith(prefix) ? name.slice(prefix.length) : undefined;
}

async function readCallee(root: string, path: string): Promise<Callee | undefined> {
  if (path.startsWith(".github/workflows/")) return readWorkflow(join(root, path));
  const name = path === "" ? "deploy" : /^actions\/([\w-]+)$/.exec(path)?.[1];
  if (name === undefined || !existsSync(definition(root, name))) return undefined;
  const { inputs } = await readDefinition(definition(root, name));
  return { inputs: new Map(inputs.map((input) => [input.name, input])) };
}

async function readWorkflow(file: string): Promise<Callee | undefined> {
  if (!existsSync(file)) return undefined;
  const call = mapping(triggersOf(parse(await readFile(file, "utf8")))["workflow_call"]);
  const inputs = Object.entries(mapping(call["inputs"])).map(
    ([name, input]) => [name, { required: mapping(input)["required"] === true }] as const,
  );
  return { inputs: new Map(inputs) };
}

function hint(name: string, names: readonly string[]): string {
  const meant = nearest(name, names);
  return meant === undefined ? "" : `: did you mean \`${meant}\`?`;
}
