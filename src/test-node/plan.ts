import type { Check, Lane } from "../checks/check.js";
import { scriptCheck } from "./script-check.js";
import { namedScripts, type Script, type ScriptKind, usualScripts, writes } from "./scripts.js";
import type { Site } from "./site.js";
import { keepingTracked } from "./tracked-files.js";

/** Checks of one stage run side by side, stages one after the other. */
export type Stages = readonly (readonly Lane[])[];

/** Those that only look: they share nothing but files that nobody changes. */
const looking: readonly ScriptKind[] = ["lint", "format", "types"];

/** All checks of one project. */
export function planProject(site: Site): Stages {
  return planScripts(scriptsOf(site), site);
}

/** What only looks side by side; then what writes, each alone; then the others in their order. */
function planScripts(scripts: readonly Script[], site: Site): Stages {
  const side = scripts.filter((script) => looking.includes(script.kind) && !writes(script));
  const alone = scripts.filter((script) => looking.includes(script.kind) && writes(script));
  const inOrder = scripts.filter(({ kind }) => !looking.includes(kind));
  const first = side.map((script) => [checkOf(script, site)]);
  const rest = [...alone, ...inOrder].map((script) => [[checkOf(script, site)]]);
  return first.length === 0 ? rest : [first, ...rest];
}

function checkOf(script: Script, site: Site): Check {
  return keepingTracked(scriptCheck(script, site), site.platform.run.workspace, site.children);
}

function scriptsOf({ project, inputs }: Site): readonly Script[] {
  return inputs.scripts === undefined
    ? usualScripts(project.scripts)
    : namedScripts(inputs.scripts, project.scripts).scripts;
}
