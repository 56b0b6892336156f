import type { Check } from "../checks/check.js";
import { installDependencies } from "../checks/install-dependencies.js";
import { type CheckOutcome, failed } from "../checks/result.js";
import type { CacheHit } from "../checks/verdict.js";
import { textAt } from "../kit/json.js";
import type { Cache } from "../ports/cache.js";
import { installationOf } from "./dependencies.js";
import { findManager } from "./manager-program.js";
import { findNode, type NodeProgram, runtimeFindings } from "./node-program.js";
import type { Manner, Site } from "./site.js";

/** What the set-up of a root leaves for the checks in it. */
export interface Prepared {
  /** The PATH with the project's package manager in front. */
  path: string;
  hit: CacheHit;
}

/** The check that everything stands on: the right Node and package manager, and the dependencies. */
export function prepareCheck(
  site: Site,
  tools: string,
  cache: Cache | undefined,
  prepared: Prepared,
): Check {
  return {
    name: `${site.label}install`,
    run: async (signal, print) => {
      const { children, project } = site;
      const node = await findNode(children, project.root, signal);
      const runtime = await runtimeOf(node, site);
      if (runtime.status === "failed") return runtime;
      const place = {
        children,
        cwd: project.root,
        path: prepared.path,
        tools,
        env: site.env,
        signal,
        print,
      };
      const manager = await findManager(project.manager, place);
      prepared.path = manager.path;
      const manner: Manner = { signal, print, env: { PATH: manager.path } };
      const plan = await installationOf(site, { node, manager }, manner);
      const { hit, outcome } = await installDependencies(plan, cache, site.platform.log);
      prepared.hit = hit;
      return { ...outcome, findings: [...runtime.findings, ...outcome.findings] };
    },
  };
}

async function runtimeOf(node: NodeProgram, { project }: Site): Promise<CheckOutcome> {
  const { pin } = project;
  const engines = textAt(project.manifest, "engines", "node");
  const wanted = { engines, pin: pin.version, pinFile: pin.file };
  const findings = await runtimeFindings(node.version, wanted);
  const [error] = findings.filter(({ level }) => level === "error");
  if (error !== undefined)
    return failed("the runner has another Node than the project wants", findings);
  return { status: "passed", reason: "", findings };
}
