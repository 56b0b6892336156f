import { BelayError } from "../kit/errors.js";
import { apiError } from "./cluster/api-failure.js";
import { type KubeObject, nameOf } from "./cluster/objects.js";
import { isWorkload, type Workload } from "./cluster/workloads.js";
import { differences } from "./manifests/compare.js";
import type { Site } from "./site.js";

/** An object to put in place. */
export interface ToApply {
  readonly object: KubeObject;
  readonly live: KubeObject | undefined;
  readonly force: boolean;
}

/** Applies the objects in their order; returns the workloads whose pods become new ones. */
export async function applyObjects(
  objects: readonly ToApply[],
  site: Site,
): Promise<readonly Workload[]> {
  const changed: Workload[] = [];
  for (const { object, live, force } of objects) {
    site.signal.throwIfAborted();
    const result = await applyOne(object, force, site);
    if (live !== undefined && isSame(live, result)) continue;
    site.log.info(`apply: ${nameOf(object)} ${live === undefined ? "created" : "changed"}`);
    if (isWorkload(result)) changed.push(result);
  }
  return changed;
}

/** Where an object has no generation, its content decides: others write into its status all the time. */
function isSame(live: KubeObject, result: KubeObject): boolean {
  const before = live.metadata.generation;
  return before === undefined
    ? differences(live, result).length === 0
    : result.metadata.generation === before;
}

async function applyOne(object: KubeObject, force: boolean, site: Site): Promise<KubeObject> {
  try {
    return await site.api.apply(object, { force });
  } catch (failure) {
    const { code, message, remedy } = apiError(`${nameOf(object)} was refused`, failure);
    throw new BelayError(code, message, remedy, { cause: failure });
  }
}
