import { BelayError } from "../kit/errors.js";
import {
  ApiFailure,
  apiError,
  isNoNamespace,
  isStatus,
  noNamespace,
} from "./cluster/api-failure.js";
import { type KubeObject, nameOf } from "./cluster/objects.js";
import type { TakeOver } from "./inputs.js";
import { type Assembled, mapAtOnce } from "./manifests/assemble.js";
import { type Difference, differences } from "./manifests/compare.js";
import { conflictsIn, conflictText, isPerson } from "./manifests/conflicts.js";
import { isPredeploy } from "./manifests/order.js";
import type { Site } from "./site.js";

/** An object that the server has accepted in a dry run. */
export interface Prepared extends Assembled {
  /** Fields of others are taken over. */
  readonly force: boolean;
  /** As it would be, with all that the server completes. */
  readonly result: KubeObject;
  readonly changes: readonly Difference[];
}

const atOnce = 8;

/**
 * Lets the server check every object without keeping any: all errors and conflicts together, before anything
 * has changed.
 */
export async function prepare(
  assembled: readonly Assembled[],
  takeOver: TakeOver,
  site: Site,
): Promise<readonly Prepared[]> {
  const problems: BelayError[] = [];
  const prepared = await mapAtOnce(assembled, atOnce, async (one) => {
    try {
      return [await dryRun(one, takeOver, site)];
    } catch (failure) {
      problems.push(refusal(one, failure));
      return [];
    }
  });
  const [first, ...also] = problems;
  if (first !== undefined) throw new BelayError(first.code, first.message, first.remedy, { also });
  return prepared.flat();
}

async function dryRun(one: Assembled, takeOver: TakeOver, site: Site): Promise<Prepared> {
  const { object, live } = one;
  // A Job cannot be changed; one that has to run again is made anew.
  const probe = object.kind === "Job" && live !== undefined ? renamed(object) : object;
  try {
    const result = await site.api.apply(probe, { dryRun: true });
    const changes = probe === object ? differences(live, result) : [];
    return { ...one, force: false, result, changes };
  } catch (failure) {
    const conflicts = failure instanceof ApiFailure ? conflictsIn(failure) : [];
    const others = takeOver === "all" ? [] : conflicts.filter((conflict) => !isPerson(conflict));
    if (conflicts.length === 0 || others.length > 0 || takeOver === "none") throw failure;
    const result = await site.api.apply(probe, { dryRun: true, force: true });
    site.log.notice(`${nameOf(object)}: taken over from ${conflictText(conflicts)}`);
    return { ...one, force: true, result, changes: differences(live, result) };
  }
}

function renamed(object: KubeObject): KubeObject {
  const name = `${object.metadata.name.slice(0, 50)}-belay-check`;
  return { ...object, metadata: { ...object.metadata, name } };
}

function refusal({ object, place }: Assembled, failure: unknown): BelayError {
  const what = `${nameOf(object)} (${place})`;
  const conflicts = failure instanceof ApiFailure ? conflictsIn(failure) : [];
  if (conflicts.length > 0) return conflict(what, conflictText(conflicts), failure);
  const immutable = immutableFields(failure);
  if (immutable.length > 0) return unchangeable(what, immutable, object, failure);
  if (isNoNamespace(failure))
    return noNamespace(`${what}: `, object.metadata.namespace ?? "", failure);
  const { code, message, remedy } = apiError(what, failure);
  const invalid = isStatus(failure, 422) || isStatus(failure, 400);
  return new BelayError(invalid ? "config" : code, message, remedy, { cause: failure });
}

function conflict(what: string, owners: string, cause: unknown): BelayError {
  return new BelayError(
    "config",
    `${what}: fields of it belong to ${owners}`,
    "Let that tool change it, remove these fields from the manifest, or set `take-over: all`.",
    { cause },
  );
}

/** What the server says of a field that only a new object may have. */
function immutableFields(failure: unknown): readonly string[] {
  if (!isStatus(failure, 422)) return [];
  return failure.causes
    .filter(({ message }) =>
      /immutable|updates to statefulset spec for fields other than/.test(message),
    )
    .map(({ field }) => field);
}

function unchangeable(
  what: string,
  fields: readonly string[],
  object: KubeObject,
  cause: unknown,
): BelayError {
  const remedy = isPredeploy(object)
    ? "Give it another name."
    : `Take the change back, or delete ${nameOf(object)} yourself (\`--cascade=orphan\` keeps its pods) and deploy again.`;
  return new BelayError("config", `${what}: ${fields.join(", ")} cannot be changed`, remedy, {
    cause,
  });
}
