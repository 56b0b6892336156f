import { memberAt, textAt } from "../../kit/json.js";
import { fieldManager } from "../cluster/api.js";
import type { KubeObject } from "../cluster/objects.js";
import { isWorkload } from "../cluster/workloads.js";

/** Whether one of these autoscalers decides how many pods the object has. */
export function isAutoscaled(object: KubeObject, autoscalers: readonly KubeObject[]): boolean {
  return autoscalers.some(
    (one) =>
      textAt(one, "spec", "scaleTargetRef", "kind") === object.kind &&
      textAt(one, "spec", "scaleTargetRef", "name") === object.metadata.name &&
      (one.metadata.namespace ?? "") === (object.metadata.namespace ?? ""),
  );
}

/**
 * The workload without `replicas`, which is its autoscaler's. As long as the field is still ours it is put as
 * it stands: a field that its only owner gives up falls back to its default, which is 1.
 */
export function leaveReplicas(object: KubeObject, live: KubeObject | undefined): KubeObject {
  if (!isWorkload(object)) return object;
  const { replicas: _, ...spec } = object.spec ?? {};
  const current = memberAt(live, "spec", "replicas");
  const kept = ownsReplicas(live) && typeof current === "number" ? { replicas: current } : {};
  return { ...object, spec: { ...spec, ...kept } };
}

function ownsReplicas(live: KubeObject | undefined): boolean {
  return (live?.metadata.managedFields ?? []).some(
    (entry) =>
      entry.manager === fieldManager &&
      memberAt(entry, "fieldsV1", "f:spec", "f:replicas") !== undefined,
  );
}
