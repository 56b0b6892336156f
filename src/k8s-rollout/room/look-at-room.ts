import { memberAt, textAt } from "../../kit/json.js";
import { allNodes, isOpen } from "../cluster/nodes.js";
import { type KubeObject, nameOf } from "../cluster/objects.js";
import { isWorkload, type Workload } from "../cluster/workloads.js";
import type { Prepared } from "../prepare.js";
import type { Site } from "../site.js";
import { type PodNeeds, podNeeds } from "./pod-needs.js";
import { quantity } from "./quantity.js";

/** What there is for pods, as far as the user may look. */
export interface Room {
  readonly quotas: readonly KubeObject[];
  readonly nodes: readonly KubeObject[];
}

/** Only a look: whoever may not see quotas or nodes deploys without it. */
export async function roomIn({ api, namespace }: Site): Promise<Room> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/resourcequotas`;
  const [quotas, nodes] = await Promise.all([
    api.list<KubeObject>(path).catch(() => ({ items: [] })),
    allNodes(api.cluster),
  ]);
  return { quotas: quotas.items, nodes };
}

/**
 * Why the workloads may find no room: a sentence each. None of them stops a deploy, because a quota may be raised and a
 * node may come; what then stands in the way is judged by `schedule-grace`.
 */
export function narrowPlaces(
  changed: readonly Pick<Prepared, "result" | "live">[],
  { quotas, nodes }: Room,
): readonly string[] {
  return changed.flatMap(({ result, live }) => {
    if (!isWorkload(result) || result.spec?.replicas === 0) return [];
    const needs = podNeeds(result.spec?.template);
    const isMore = live === undefined || surges(result);
    const full = isMore ? quotas.flatMap((quota) => fullOf(quota, needs, result)) : [];
    return [...full, ...tooSmall(nodes, needs, result)];
  });
}

/** Whether a new pod comes before an old one goes. */
function surges({ spec }: Workload): boolean {
  const most = memberAt(spec, "strategy", "rollingUpdate", "maxSurge");
  return most !== undefined && !/^0%?$/.test(String(most));
}

/** Of a quota for some pods only it is not known whether these are among them. */
function fullOf(quota: KubeObject, needs: PodNeeds, workload: Workload): readonly string[] {
  if (memberAt(quota, "spec", "scopes") ?? memberAt(quota, "spec", "scopeSelector")) return [];
  const limits = Object.entries((memberAt(quota, "status", "hard") ?? {}) as object);
  return limits.flatMap(([name, hard]: [string, unknown]) => {
    const used = textAt(quota, "status", "used", name);
    const need = needs.get(name) ?? needs.get(`requests.${name}`) ?? 0;
    if (!(quantity(used) + need > quantity(hard)) || need === 0) return [];
    const state = `${name}: ${used} of ${String(hard)} used`;
    return [`resourcequota/${quota.metadata.name} has no room for one pod more of ${nameOf(workload)} (${state})`];
  });
}

/** Where all nodes are known, and no one would hold the pod even if it were empty. */
function tooSmall(
  nodes: readonly KubeObject[],
  needs: PodNeeds,
  workload: Workload,
): readonly string[] {
  const selector = Object.entries(
    (workload.spec?.template?.spec?.["nodeSelector"] ?? {}) as object,
  );
  const fits = (node: KubeObject): boolean =>
    isOpen(node) &&
    selector.every(([name, value]) => node.metadata.labels?.[name] === value) &&
    ["cpu", "memory"].every((resource) => {
      const offered = quantity(memberAt(node, "status", "allocatable", resource));
      return !((needs.get(`requests.${resource}`) ?? 0) > offered);
    });
  if (nodes.length === 0 || nodes.some(fits)) return [];
  const asked = [...needs].filter(([name]) => name.startsWith("requests."));
  const what = [...asked.map(([name]) => name.slice(9)), ...selector.map(([name]) => name)];
  const by = what.length === 0 ? "none is ready" : `by ${what.join(", ")}`;
  return [`no node takes a pod of ${nameOf(workload)}: ${by}`];
}
