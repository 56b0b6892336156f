import type { Check, Lane } from "../checks/check.js";
import { migrationLanes, schemaCheck } from "./prisma/prisma-checks.js";
import { findPrisma } from "./prisma/schema.js";
import { auditCheck } from "./audit.js";
import { browsersCheck } from "./browsers.js";
import { withSizes } from "./built.js";
import type { Cache } from "../ports/cache.js";
import { scriptCheck } from "./script-check.js";
import { namedScripts, type Script, type ScriptKind, usualScripts, writes } from "./scripts.js";
import type { Site } from "./site.js";
import { keepingTracked } from "./tracked-files.js";

/** Checks of one stage run side by side, stages one after the other. */
export type Stages = readonly (readonly Lane[])[];

/** Those that only look: they share nothing but files that nobody changes. */
const looking: readonly ScriptKind[] = ["lint", "format", "types"];

/** All checks of one project. */
export async function planProject(site: Site, cache: Cache | undefined): Promise<Stages> {
  const { project, platform, inputs } = site;
  const prisma =
    inputs.prisma === "off" ? undefined : await findPrisma(project, platform.run.workspace);
  const schema = prisma === undefined ? [] : [[[schemaCheck(prisma, site)]]];
  const audit = inputs.auditLevel === "off" ? [] : [[auditCheck(site)]];
  const beside = [...audit, ...(prisma === undefined ? [] : migrationLanes(prisma, site))];
  const scripts = scriptsOf(site);
  const stages = planScripts(scripts, site, beside);
  const browsers = browsersCheck(site, scripts, cache);
  return [...schema, ...(browsers === undefined ? [] : [[[browsers]]]), ...stages];
}

/** What only looks side by side, with `beside`; then what writes, each alone; then the others in their order. */
function planScripts(scripts: readonly Script[], site: Site, beside: readonly Lane[]): Stages {
  const side = scripts.filter((script) => looking.includes(script.kind) && !writes(script));
  const alone = scripts.filter((script) => looking.includes(script.kind) && writes(script));
  const inOrder = scripts.filter(({ kind }) => !looking.includes(kind));
  const first = [...side.map((script) => [checkOf(script, site)]), ...beside];
  const rest = [...alone, ...inOrder].map((script) => [[checkOf(script, site)]]);
  return first.length === 0 ? rest : [first, ...rest];
}

function checkOf(script: Script, site: Site): Check {
  const own = scriptCheck(script, site);
  const check = script.kind === "build" ? withSizes(own, site) : own;
  return keepingTracked(check, site.platform.run.workspace, site.children);
}

function scriptsOf({ project, inputs }: Site): readonly Script[] {
  return inputs.scripts === undefined
    ? usualScripts(project.scripts)
    : namedScripts(inputs.scripts, project.scripts).scripts;
}
