import type { Platform } from "../checks/platform.js";
import { asBelayError, BelayError } from "../kit/errors.js";
import type { Inputs } from "./inputs.js";
import { readProject } from "./project.js";
import { namedScripts, type ScriptSources, usualScripts } from "./scripts.js";

/** Checks that the projects are there with a lockfile and scripts; throws one `config` error with all problems. */
export async function look(inputs: Inputs, platform: Platform): Promise<void> {
  const problems: BelayError[] = [];
  const found = new Map<string, ScriptSources>();
  for (const directory of inputs.directories)
    await readProject(platform.run.workspace, directory).then(
      ({ scripts }) => found.set(directory, scripts),
      (failure: unknown) => problems.push(asBelayError(failure)),
    );
  if (problems.length === 0) problems.push(...scriptProblems(inputs, found));
  const [first, ...also] = problems;
  if (first !== undefined) throw new BelayError("config", first.message, first.remedy, { also });
}

function scriptProblems(
  { scripts: names, extra }: Inputs,
  found: ReadonlyMap<string, ScriptSources>,
): readonly BelayError[] {
  const all = [...found.values()];
  if (names !== undefined) {
    const missing = names.filter((name) =>
      all.every((sources) => namedScripts([name], sources).scripts.length === 0),
    );
    return missing.map((name) => noScript(name, all));
  }
  const has = all.some((sources) => usualScripts(sources).length > 0) || extra.length > 0;
  if (has) return [];
  const remedy =
    "Name them in `scripts`, or add scripts such as `lint`, `typecheck`, `test` and `build`.";
  return [
    new BelayError(
      "config",
      "package.json has no script of a usual name: there is nothing to check",
      remedy,
    ),
  ];
}

function noScript(name: string, all: readonly ScriptSources[]): BelayError {
  const own = [...new Set(all.flatMap(({ own }) => [...own.keys()]))];
  const present = own.length === 0 ? "It has no scripts." : `It has ${own.join(", ")}.`;
  return new BelayError(
    "config",
    `\`scripts\` names ${name}, which package.json does not have`,
    present,
  );
}
