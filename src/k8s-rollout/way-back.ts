import { identityOf, type KubeObject, nameOf, type ObjectName } from "./cluster/objects.js";
import type { ToApply } from "./apply-objects.js";
import { mapAtOnce } from "./manifests/assemble.js";
import { isAutoscaled, leaveReplicas } from "./manifests/autoscaled.js";
import { isConfig, isPredeploy } from "./manifests/order.js";
import { restrict } from "./manifests/restrict.js";
import type { BeforeUs, Release } from "./record/release.js";
import type { Site } from "./site.js";

/** What makes an earlier state the running one again. */
export interface WayBack {
  readonly apply: readonly ToApply[];
  readonly remove: readonly ObjectName[];
  /** What is never put back or deleted. */
  readonly stays: readonly string[];
}

const atOnce = 8;

/** What holds data, or what others may hold data in. */
const neverRemoved = [
  "PersistentVolumeClaim",
  "PersistentVolume",
  "Namespace",
  "CustomResourceDefinition",
];

/**
 * The way from `failed` back to `good`, which is what was recorded when it was deployed; without a good one to
 * what there was before us. Configuration comes before the templates that are made from it.
 */
export async function wayBack(
  failed: Release,
  good: Release | undefined,
  site: Site,
): Promise<WayBack> {
  // What had to run once before a deploy is not run again on the way back.
  const target = (good?.objects ?? []).filter((object) => !isPredeploy(object));
  const known = new Set((good?.objects ?? []).map(identityOf));
  const strangers = failed.before.filter((one) => !known.has(identityOf(asName(one))));
  const restored = strangers.flatMap(({ object }) => (object === undefined ? [] : [object]));
  const made = strangers.filter(({ object }) => object === undefined).map(asName);
  const objects = [...target, ...restored].toSorted(
    (a, b) => Number(isConfig(b)) - Number(isConfig(a)),
  );
  const autoscalers = objects.filter(({ kind }) => kind === "HorizontalPodAutoscaler");
  const toApply = async (object: KubeObject): Promise<ToApply> => {
    const live = await site.api.find(object);
    const scaled = isAutoscaled(object, autoscalers) ? leaveReplicas(object, live) : object;
    return { object: scaled, live, force: true };
  };
  return {
    apply: await mapAtOnce(objects, atOnce, toApply),
    remove: made.filter(({ kind }) => !neverRemoved.includes(kind)).reverse(),
    stays: made.filter(({ kind }) => neverRemoved.includes(kind)).map(nameOf),
  };
}

function asName({ apiVersion, kind, name, namespace }: BeforeUs): ObjectName {
  return { apiVersion, kind, metadata: { name, ...(namespace !== undefined && { namespace }) } };
}

/** What the objects that `good` does not have were like before they were deployed. */
export function beforeUs(
  all: readonly { readonly object: KubeObject; readonly live: KubeObject | undefined }[],
  good: Release | undefined,
): readonly BeforeUs[] {
  const known = new Set(good?.objects.map(identityOf));
  return all.flatMap(({ object, live }) => {
    if (known.has(identityOf(object))) return [];
    const { apiVersion, kind } = object;
    const { name, namespace } = object.metadata;
    const place = { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) };
    return [
      live === undefined ? place : { ...place, object: restrict(live, object) as KubeObject },
    ];
  });
}
