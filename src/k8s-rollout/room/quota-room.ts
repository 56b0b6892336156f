import { memberAt } from "../../kit/json.js";
import { type KubeObject, nameOf } from "../cluster/objects.js";
import type { Workload } from "../cluster/workloads.js";
import type { PodNeeds } from "./pod-needs.js";
import { quantity } from "./quantity.js";

type Amounts = Readonly<Record<string, string>>;

/** What a quota has too little of for one pod more, a sentence each. */
export function fullOf(quota: KubeObject, needs: PodNeeds, workload: Workload): readonly string[] {
  // Whether a pod is among some that it is for is not known.
  if (memberAt(quota, "spec", "scopes") ?? memberAt(quota, "spec", "scopeSelector")) return [];
  const hard = (memberAt(quota, "status", "hard") ?? {}) as Amounts;
  const used = (memberAt(quota, "status", "used") ?? {}) as Amounts;
  const who = `resourcequota/${quota.metadata.name}`;
  return Object.entries(hard).flatMap(([name, most]) => {
    const need = needs.get(name) ?? needs.get(`requests.${name}`) ?? 0;
    const isFull = need > 0 && quantity(used[name]) + need > quantity(most);
    const state = `${name}: ${used[name] ?? ""} of ${most} used`;
    return isFull ? [`${who} has no room for one pod more of ${nameOf(workload)} (${state})`] : [];
  });
}
