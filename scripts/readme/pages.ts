import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { actionNames, definition, rootActionName } from "../bundler/actions.js";
import { readDefinition, type Definition } from "./definition.js";
import { fillRegions } from "./regions.js";
import { rootAction } from "./root-action.js";
import { actionTable, allInputs, firstInputs, outputTable, pagePath } from "./tables.js";

/** A page with generated tables: where it is, what it holds and what it should hold. */
export interface Page {
  readonly path: string;
  readonly present: string;
  readonly wanted: string;
}

/** Every page with generated tables: the root README and that of each action. */
export async function pages(root: string): Promise<readonly Page[]> {
  const actions = new Map<string, Definition>();
  for (const name of await actionNames(root)) {
    actions.set(name, await readDefinition(definition(root, name)));
  }
  const own = [...actions.keys()].map((name) => page(root, actions, pagePath(name), name));
  return Promise.all([page(root, actions, "README.md", undefined), ...own]);
}

/** The root action's `action.yml`, which is made of those of the other actions. */
export async function rootActionPage(root: string): Promise<Page> {
  const actions = new Map<string, Definition>();
  for (const name of await actionNames(root)) {
    if (name !== rootActionName) actions.set(name, await readDefinition(definition(root, name)));
  }
  const file = join(root, "action.yml");
  const present = existsSync(file) ? await readFile(file, "utf8") : "";
  return { path: "action.yml", present, wanted: rootAction(actions) };
}

async function page(
  root: string,
  actions: ReadonlyMap<string, Definition>,
  path: string,
  name: string | undefined,
): Promise<Page> {
  const file = join(root, path);
  const present = existsSync(file) ? await readFile(file, "utf8") : "";
  const start = present === "" && name !== undefined ? newPage(name) : present;
  const wanted = fillRegions(start, (kind, subject) =>
    render(path, actions, kind, subject ?? name),
  );
  return { path, present, wanted };
}

function render(
  path: string,
  actions: ReadonlyMap<string, Definition>,
  kind: string,
  name: string | undefined,
): string {
  if (kind === "actions") return actionTable(actions);
  const action = actions.get(name ?? "");
  if (action === undefined) throw new Error(`${path}: there is no action "${name ?? ""}".`);
  const renderers = new Map([
    ["description", () => action.description],
    ["inputs", () => allInputs(action)],
    ["first-inputs", () => firstInputs(action)],
    ["outputs", () => outputTable(action)],
  ]);
  const renderer = renderers.get(kind);
  if (renderer === undefined) throw new Error(`${path}: "${kind}" is nothing that is generated.`);
  return renderer();
}

function newPage(name: string): string {
  return `# ${name}

<!-- generated: description -->
<!-- end -->

## Inputs

<!-- generated: inputs -->
<!-- end -->

## Outputs

<!-- generated: outputs -->
<!-- end -->
`;
}
