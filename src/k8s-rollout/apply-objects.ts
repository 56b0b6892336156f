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

const atOnce = 8;

/**
 * Applies the objects in their order, those of one kind side by side; returns the workloads whose pods become new
 * ones. When one is refused it throws, but not before all that it had begun have ended: the way back comes after them.
 */
export async function applyObjects(
  objects: readonly ToApply[],
  site: Site,
): Promise<readonly Workload[]> {
  const changed: Workload[] = [];
  for (const group of ofOneKind(objects)) {
    site.signal.throwIfAborted();
    const ended = await Promise.allSettled(group.map((one) => applyOne(one, site)));
    for (const one of ended) if (one.status === "rejected") throw one.reason;
    changed.push(...ended.flatMap((one) => (one.status === "fulfilled" ? one.value : [])));
  }
  return changed;
}

/** Neighbours of one kind, a few at a time. */
function ofOneKind(objects: readonly ToApply[]): readonly (readonly ToApply[])[] {
  const groups: ToApply[][] = [];
  for (const one of objects) {
    const last = groups.at(-1);
    const joins = last?.[0]?.object.kind === one.object.kind && last.length < atOnce;
    if (joins) last.push(one);
    else groups.push([one]);
  }
  return groups;
}

/** The workload, where it gets new pods; nothing for what is as it was, or no workload. */
async function applyOne(one: ToApply, site: Site): Promise<readonly Workload[]> {
  const { object, live } = one;
  const result = await accepted(one, site);
  if (live !== undefined && isSame(live, result)) return [];
  site.log.info(`apply: ${nameOf(object)} ${live === undefined ? "created" : "changed"}`);
  return isWorkload(result) ? [result] : [];
}

/** Where an object has no generation, its content decides: others write into its status all the time. */
function isSame(live: KubeObject, result: KubeObject): boolean {
  const before = live.metadata.generation;
  return before === undefined
    ? differences(live, result).length === 0
    : result.metadata.generation === before;
}

async function accepted({ object, force }: ToApply, site: Site): Promise<KubeObject> {
  try {
    return await site.api.apply(object, { force });
  } catch (failure) {
    const { code, message, remedy } = apiError(`${nameOf(object)} was refused`, failure);
    throw new BelayError(code, message, remedy, { cause: failure });
  }
}
