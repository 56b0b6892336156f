import { memberAt } from "../../kit/json.js";
import { isOpen } from "../cluster/nodes.js";
import { type KubeObject, nameOf } from "../cluster/objects.js";
import type { Workload } from "../cluster/workloads.js";
import type { PodNeeds } from "./pod-needs.js";
import { quantity } from "./quantity.js";

type Labels = Readonly<Record<string, string>>;

const resources = ["cpu", "memory"] as const;

/** A sentence where no node would hold a pod of the workload even if it were empty; nothing where nodes are unknown. */
export function tooSmall(
  nodes: readonly KubeObject[],
  needs: PodNeeds,
  workload: Workload,
): readonly string[] {
  const selector = (workload.spec?.template?.spec?.["nodeSelector"] ?? {}) as Labels;
  const fits = (node: KubeObject): boolean =>
    isOpen(node) && isSelected(node, selector) && holds(node, needs);
  if (nodes.length === 0 || nodes.some(fits)) return [];
  const asked = resources.filter((resource) => needs.has(`requests.${resource}`));
  const by = [...asked, ...Object.keys(selector)].join(", ");
  const why = by === "" ? "none is ready" : `by ${by}`;
  return [`no node takes a pod of ${nameOf(workload)}: ${why}`];
}

function isSelected({ metadata: { labels } }: KubeObject, selector: Labels): boolean {
  return Object.entries(selector).every(([name, value]) => labels?.[name] === value);
}

function holds(node: KubeObject, needs: PodNeeds): boolean {
  return resources.every((resource) => {
    const offered = quantity(memberAt(node, "status", "allocatable", resource));
    const need = needs.get(`requests.${resource}`) ?? 0;
    return Number.isNaN(offered) || need <= offered;
  });
}
