import { memberAt } from "../../kit/json.js";
import { oneLine } from "../../kit/one-line.js";
import { type Condition, conditionOf } from "../cluster/objects.js";
import type { KubeEvent } from "../cluster/workloads.js";
import type { NewRevision } from "./revision.js";
import type { Trouble, TroubleKind } from "./trouble.js";

/** Why pods are not even made: quota, a missing account, a spec that the server refuses. */
export function ownerTroubles(
  { owner, pods }: NewRevision,
  wanted: number,
  events: readonly KubeEvent[],
): readonly Trouble[] {
  if (pods.length >= wanted) return [];
  const conditions = memberAt(owner, "status", "conditions") as readonly Condition[] | undefined;
  const failure = conditionOf(conditions, "ReplicaFailure");
  const event = events.findLast(
    ({ reason, involvedObject }) =>
      involvedObject?.uid === owner.metadata.uid && reason === "FailedCreate",
  );
  const message = failure?.status === "True" ? failure.message : event?.message;
  if (message === undefined) return [];
  const what = message.replace(/^.*?(?=pods? "|error looking up)/, "");
  const line = `FailedCreate, ${oneLine(what, 400)}`;
  return [{ kind: kindOf(message), key: "create", line, pod: undefined, container: undefined }];
}

/** By the only thing that tells them apart: what the admission plug-ins write. */
function kindOf(message: string): TroubleKind {
  if (message.includes("exceeded quota")) return "quota";
  if (
    /looking up service account|serviceaccount "[^"]*" not found|no API token found/.test(message)
  )
    return "config";
  if (/violates PodSecurity|is invalid: |(?:maximum|minimum) (?:cpu|memory)\b/.test(message))
    return "refused";
  // A webhook that is away, or a rule of somebody's own: it may change its mind.
  return "quota";
}
