import { memberAt } from "../../kit/json.js";
import { conditionOf, isOwnedBy, type KubeObject } from "../cluster/objects.js";
import type { Pod, Workload } from "../cluster/workloads.js";
import type { View } from "./view.js";

/** The newest revision of a workload and the pods that are of it. */
export interface NewRevision {
  /** The ReplicaSet, or the workload itself where it makes its pods without one: what events are about. */
  readonly owner: KubeObject;
  /** The name of the ReplicaSet or ControllerRevision; what a release record keeps. */
  readonly name: string;
  /** Without those that are on their way out, or were evicted or preempted. */
  readonly pods: readonly Pod[];
}

const revisionMark = "deployment.kubernetes.io/revision";

/** Undefined as long as the controller has not made the revision. */
export function newRevision(workload: Workload, view: View): NewRevision | undefined {
  const { generation = 0 } = workload.metadata;
  if ((workload.status?.observedGeneration ?? 0) < generation) return undefined;
  if (workload.kind === "Deployment") return ofDeployment(workload, view);
  const name =
    workload.kind === "StatefulSet"
      ? workload.status?.updateRevision
      : newestRevision(workload, view);
  if (name === undefined) return undefined;
  const hash = hashOf(workload, name, view);
  const pods = podsOf(workload, view, "controller-revision-hash", hash);
  return { owner: workload, name, pods };
}

function ofDeployment(workload: Workload, view: View): NewRevision | undefined {
  const revision = workload.metadata.annotations?.[revisionMark];
  const owner = [...view.replicaSets.values()].find(
    (one) =>
      isOwnedBy(one, workload.metadata.uid) &&
      one.metadata.annotations?.[revisionMark] === revision,
  );
  if (owner === undefined || revision === undefined) return undefined;
  const pods = [...view.pods.values()].filter((pod) => isOwnedBy(pod, owner.metadata.uid));
  return { owner, name: owner.metadata.name, pods: pods.filter(counts) };
}

function podsOf(workload: Workload, view: View, label: string, hash: string): readonly Pod[] {
  return [...view.pods.values()].filter(
    (pod) =>
      isOwnedBy(pod, workload.metadata.uid) && pod.metadata.labels?.[label] === hash && counts(pod),
  );
}

/** A StatefulSet's pods bear the name of the revision, a DaemonSet's the hash in it. */
function hashOf({ kind }: Workload, name: string, view: View): string {
  if (kind === "StatefulSet") return name;
  const revision = [...view.controllerRevisions.values()].find((one) => one.metadata.name === name);
  return revision?.metadata.labels?.["controller-revision-hash"] ?? name;
}

function newestRevision({ metadata }: Workload, view: View): string | undefined {
  const all = [...view.controllerRevisions.values()].filter((one) => isOwnedBy(one, metadata.uid));
  const number = (one: KubeObject): number => Number(memberAt(one, "revision") ?? 0);
  return all.toSorted((a, b) => number(b) - number(a))[0]?.metadata.name;
}

function counts({ metadata, status }: Pod): boolean {
  if (metadata.deletionTimestamp !== undefined) return false;
  if (["Evicted", "Preempting", "NodeShutdown", "Terminated"].includes(status?.reason ?? ""))
    return false;
  return conditionOf(status?.conditions, "DisruptionTarget")?.status !== "True";
}
