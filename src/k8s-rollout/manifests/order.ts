import type { KubeObject } from "../cluster/objects.js";
import { isWorkload } from "../cluster/workloads.js";

/** What is needed by others comes first; what is not named here comes before the workloads. */
const first = [
  "Namespace",
  "CustomResourceDefinition",
  "PriorityClass",
  "StorageClass",
  "ResourceQuota",
  "LimitRange",
  "NetworkPolicy",
  "ServiceAccount",
  "ClusterRole",
  "ClusterRoleBinding",
  "Role",
  "RoleBinding",
  "Secret",
  "ConfigMap",
  "PersistentVolume",
  "PersistentVolumeClaim",
  "Service",
];
const last = [
  "PodDisruptionBudget",
  "DaemonSet",
  "StatefulSet",
  "Deployment",
  "Pod",
  "ReplicaSet",
  "Job",
  "CronJob",
  "HorizontalPodAutoscaler",
  "Ingress",
  "APIService",
];

/** The objects in the order in which they can be applied; those of one kind stay as they were. */
export function inOrder<T extends { readonly object: KubeObject }>(
  all: readonly T[],
): readonly T[] {
  return all.toSorted((a, b) => rank(a.object) - rank(b.object));
}

/** What must be finished before any workload changes. */
export const phaseMark = "belay.dev/phase";

export function isPredeploy({ metadata }: KubeObject): boolean {
  return (metadata.annotations?.[phaseMark] ?? metadata.labels?.[phaseMark]) === "predeploy";
}

/** What others need in order to be checked at all. */
export function isGround({ kind }: KubeObject): boolean {
  return kind === "Namespace" || kind === "CustomResourceDefinition";
}

/** What pods are made from: it is put in place before their templates, also on the way back. */
export function isConfig(object: KubeObject): boolean {
  return !isWorkload(object) && rank(object) <= first.length;
}

function rank({ kind }: KubeObject): number {
  if (first.includes(kind)) return first.indexOf(kind);
  return last.includes(kind) ? first.length + 1 + last.indexOf(kind) : first.length;
}
