import { itemsOf, memberAt, parseJson, textAt } from "../../kit/json.js";
import type { Cluster } from "../../ports/cluster.js";
import { type Condition, conditionOf, type KubeObject } from "./objects.js";

const patienceMs = 5000;
/** A cluster may have thousands of nodes: the first ones tell what is wrong. */
export const firstNodes = "/api/v1/nodes?limit=100";

type Asked = Pick<Cluster, "request">;

/** The node or the list of nodes at `path`; none where they cannot be had, as nobody has to let us look. */
export async function nodesAt(path: string, cluster: Asked): Promise<readonly KubeObject[]> {
  const body = await answerAt(path, cluster);
  if (body === undefined) return [];
  return itemsOf(memberAt(body, "items") ?? [body]) as readonly KubeObject[];
}

/** All nodes of a cluster that has few; none of one that has many. */
export async function allNodes(cluster: Asked): Promise<readonly KubeObject[]> {
  const body = await answerAt(firstNodes, cluster);
  if (textAt(body, "metadata", "continue") !== "") return [];
  return itemsOf(memberAt(body, "items")) as readonly KubeObject[];
}

export function nodeConditions(node: KubeObject): readonly Condition[] {
  return itemsOf(memberAt(node, "status", "conditions")) as readonly Condition[];
}

/** Whether it takes new pods. */
export function isOpen(node: KubeObject): boolean {
  const isReady = conditionOf(nodeConditions(node), "Ready")?.status === "True";
  return isReady && memberAt(node, "spec", "unschedulable") !== true;
}

async function answerAt(path: string, cluster: Asked): Promise<unknown> {
  const asked = cluster.request({ method: "GET", path, timeoutMs: patienceMs });
  const answer = await asked.catch(() => undefined);
  return answer?.status === 200 ? parseJson(answer.body) : undefined;
}
