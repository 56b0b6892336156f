import { memberAt } from "../../kit/json.js";
import { allNodes } from "../cluster/nodes.js";
import type { KubeObject } from "../cluster/objects.js";
import { isWorkload, type Workload } from "../cluster/workloads.js";
import type { Prepared } from "../prepare.js";
import type { Site } from "../site.js";
import { tooSmall } from "./node-room.js";
import { podNeeds } from "./pod-needs.js";
import { fullOf } from "./quota-room.js";

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
  return most !== undefined && most !== 0 && most !== "0%";
}
