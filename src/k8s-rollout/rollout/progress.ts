import { conditionOf } from "../cluster/objects.js";
import type { Pod, Workload } from "../cluster/workloads.js";
import type { NewRevision } from "./revision.js";

/** How far a rollout has come. */
export interface Progress {
  /** All that shall run is of the new revision, and available, and nothing old runs any more. */
  readonly complete: boolean;
  /** Nothing rolls, because the workload says so. */
  readonly held: string | undefined;
  readonly wanted: number;
  readonly ready: number;
  readonly line: string;
}

/** How far `workload` has come with its newest revision. */
export function progressOf(workload: Workload, revision: NewRevision | undefined): Progress {
  const wanted = wantedPods(workload);
  const ready = revision?.pods.filter(isReady).length ?? 0;
  const held = heldBy(workload);
  const observed =
    (workload.status?.observedGeneration ?? 0) >= (workload.metadata.generation ?? 0);
  const complete = observed && (held !== undefined || isComplete(workload, wanted));
  const old = oldPods(workload);
  const line = held ?? `${ready} of ${wanted} new pods ready${old > 0 ? `, ${old} old` : ""}`;
  return { complete, held, wanted, ready, line };
}

export function isReady({ status }: Pod): boolean {
  return conditionOf(status?.conditions, "Ready")?.status === "True";
}

/** As many as shall be of the new revision. */
function wantedPods({ kind, spec, status }: Workload): number {
  if (kind === "DaemonSet") return status?.desiredNumberScheduled ?? 0;
  const partition = spec?.updateStrategy?.rollingUpdate?.partition ?? 0;
  return Math.max(0, (spec?.replicas ?? 1) - (kind === "StatefulSet" ? partition : 0));
}

function heldBy({ spec }: Workload): string | undefined {
  if (spec?.paused === true) return "paused: it rolls out when it is resumed";
  if (spec?.updateStrategy?.type === "OnDelete")
    return "update strategy OnDelete: pods become new when somebody deletes them";
  return undefined;
}

function isComplete({ kind, spec, status }: Workload, wanted: number): boolean {
  if (status === undefined) return false;
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0, readyReplicas = 0 } = status;
  switch (kind) {
    case "Deployment":
      return (
        updatedReplicas >= wanted && replicas === updatedReplicas && availableReplicas >= wanted
      );
    case "StatefulSet":
      return (
        replicas === (spec?.replicas ?? 1) &&
        readyReplicas >= replicas &&
        (status.availableReplicas ?? readyReplicas) >= replicas &&
        (status.updateRevision === status.currentRevision || updatedReplicas >= wanted)
      );
    case "DaemonSet":
      return (
        (status.updatedNumberScheduled ?? 0) >= wanted && (status.numberAvailable ?? 0) >= wanted
      );
  }
}

function oldPods({ kind, status }: Workload): number {
  const { replicas = 0, updatedReplicas = 0 } = status ?? {};
  if (kind === "DaemonSet")
    return Math.max(
      0,
      (status?.desiredNumberScheduled ?? 0) - (status?.updatedNumberScheduled ?? 0),
    );
  return Math.max(0, replicas - updatedReplicas);
}
