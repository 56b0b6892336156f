import { BelayError } from "../../kit/errors.js";
import type { KubeObject } from "../cluster/objects.js";
import { isWorkload } from "../cluster/workloads.js";
import { unknownKind } from "../cluster/discovery.js";
import type { Api } from "../cluster/api.js";
import { isAutoscaled, leaveReplicas } from "./autoscaled.js";
import { withConfigHash } from "./config-hash.js";
import { type ImageSetting, isFor, withImages } from "./images.js";
import { inOrder } from "./order.js";
import type { Manifest } from "./parse-yaml.js";

/** An object to apply, what is there of it now, and where it was written. */
export interface Assembled {
  readonly object: KubeObject;
  readonly live: KubeObject | undefined;
  readonly place: string;
}

export interface AssembleOptions {
  readonly namespace: string;
  readonly images: readonly ImageSetting[];
  readonly restartOnConfig: boolean;
  readonly changeCause: string;
  readonly marks: Readonly<Record<string, string>>;
}

const atOnce = 8;

/** Completes what was written: namespaces, images, the hash of the configuration, marks; in order of applying. */
export async function assemble(
  manifests: readonly Manifest[],
  options: AssembleOptions,
  api: Api,
): Promise<readonly Assembled[]> {
  refuseStrayImages(options.images, manifests);
  const placed = await placeAll(manifests, options.namespace, api);
  const imaged = placed.map((one) => ({ ...one, object: withImages(one.object, options.images) }));
  const written = imaged.map(({ object }) => object);
  const autoscalers = [...written.filter(isAutoscaler), ...(await autoscalersIn(written, api))];
  const complete = async ({ object, place }: Manifest): Promise<Assembled> => {
    const live = await api.find(object);
    const hashed = options.restartOnConfig
      ? await withConfigHash(object, written, (one) => api.find(one))
      : object;
    const scaled = isAutoscaled(object, autoscalers) ? leaveReplicas(hashed, live) : hashed;
    return { object: marked(scaled, options), live, place };
  };
  return inOrder(await mapAtOnce(imaged, atOnce, complete));
}

/** Runs `body` for all items, a few at a time, and keeps their order. */
export async function mapAtOnce<T, R>(
  items: readonly T[],
  width: number,
  body: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += width)
    results.push(...(await Promise.all(items.slice(at, at + width).map(body))));
  return results;
}

/** Objects of kinds that live in namespaces are put in one; a kind that comes with its own CRD is known by that. */
async function placeAll(
  manifests: readonly Manifest[],
  namespace: string,
  api: Api,
): Promise<readonly Manifest[]> {
  const problems: BelayError[] = [];
  const placed: Manifest[] = [];
  for (const { object, place } of manifests) {
    const resource = await api.discovery.resource(object);
    if (resource === undefined) {
      const { message, remedy } = unknownKind(object);
      problems.push(new BelayError("config", `${place}: ${message}`, remedy));
    } else if (!resource.namespaced || object.metadata.namespace !== undefined)
      placed.push({ object, place });
    else placed.push({ object: { ...object, metadata: { ...object.metadata, namespace } }, place });
  }
  const [first, ...also] = problems;
  if (first !== undefined) throw new BelayError("config", first.message, first.remedy, { also });
  return placed;
}

function refuseStrayImages(images: readonly ImageSetting[], manifests: readonly Manifest[]): void {
  const stray = images.find((image) => !manifests.some(({ object }) => isFor(image, object)));
  if (stray === undefined) return;
  throw new BelayError(
    "config",
    `\`images\`: ${stray.kind}/${stray.name} is not among what is deployed`,
    "Name a workload of `manifests`, or leave `manifests` out to set the images of what runs.",
  );
}

function isAutoscaler({ kind }: KubeObject): boolean {
  return kind === "HorizontalPodAutoscaler";
}

async function autoscalersIn(
  objects: readonly KubeObject[],
  api: Api,
): Promise<readonly KubeObject[]> {
  const namespaces = new Set(
    objects.filter(isWorkload).flatMap(({ metadata }) => metadata.namespace ?? []),
  );
  const lists = [...namespaces].map((namespace) =>
    api.list<KubeObject>(`/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`),
  );
  return (await Promise.all(lists)).flatMap(({ items }) => items);
}

/** Marks on the workload, not on its pods: who deployed it is no reason to start pods again. */
function marked(object: KubeObject, { changeCause, marks }: AssembleOptions): KubeObject {
  if (!isWorkload(object)) return object;
  const cause = changeCause === "" ? {} : { "kubernetes.io/change-cause": changeCause };
  const annotations = { ...object.metadata.annotations, ...marks, ...cause };
  return { ...object, metadata: { ...object.metadata, annotations } };
}
