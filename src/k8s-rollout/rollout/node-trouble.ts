import type { Cluster } from "../../ports/cluster.js";
import { firstNodes, nodeConditions, nodesAt } from "../cluster/nodes.js";
import { conditionOf, type KubeObject } from "../cluster/objects.js";
import { newRevision } from "./revision.js";
import type { View } from "./view.js";
import type { Rolled } from "./watch-rollout.js";

const pressures = ["MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"];
const mostNodes = 3;

/**
 * Which nodes are not well, of those that the new pods are on, or of all where there is no room for them; as the end
 * of the line that names the cause. "" where all are well, or where the user may not look at nodes.
 */
export async function nodeHint(
  rolled: Rolled,
  view: View,
  cluster: Pick<Cluster, "request">,
): Promise<string> {
  const paths =
    rolled.standing.trouble?.kind === "unschedulable"
      ? [firstNodes]
      : nodesOf(rolled, view).map((name) => `/api/v1/nodes/${encodeURIComponent(name)}`);
  const nodes = (await Promise.all(paths.map((path) => nodesAt(path, cluster)))).flat();
  const ill = nodes.flatMap((node) => troubleOf(node) ?? []);
  const more = ill.length > mostNodes ? ` and ${ill.length - mostNodes} more` : "";
  return ill.length === 0 ? "" : `; ${ill.slice(0, mostNodes).join(", ")}${more}`;
}

/** Those that the new pods are on. */
function nodesOf({ judge }: Rolled, view: View): readonly string[] {
  const live = view.workloads.get(judge.workload.metadata.uid ?? "");
  const pods = live === undefined ? [] : (newRevision(live, view)?.pods ?? []);
  return [...new Set(pods.flatMap(({ spec }) => spec?.nodeName ?? []))].slice(0, mostNodes);
}

/** `node a has DiskPressure`, `node b is not ready`; undefined for one that is well. */
function troubleOf(node: KubeObject): string | undefined {
  const conditions = nodeConditions(node);
  const pressed = pressures.filter((type) => conditionOf(conditions, type)?.status === "True");
  const isAway = conditionOf(conditions, "Ready")?.status !== "True";
  const what = [
    ...(pressed.length === 0 ? [] : [`has ${pressed.join(", ")}`]),
    ...(isAway ? ["is not ready"] : []),
  ];
  return what.length === 0 ? undefined : `node ${node.metadata.name} ${what.join(" and ")}`;
}
