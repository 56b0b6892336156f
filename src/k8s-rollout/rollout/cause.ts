import { BelayError } from "../../kit/errors.js";
import { formatDuration } from "../../kit/duration.js";
import { nameOf } from "../cluster/objects.js";
import type { TroubleKind } from "./trouble.js";
import type { Rolled } from "./watch-rollout.js";

const remedies: Readonly<Record<TroubleKind, string>> = {
  refused: "Correct the manifest: it can never start as it is written.",
  config:
    "Create what is missing, or correct its name; what comes late is waited for (`config-grace`).",
  image: "Check that the image was pushed, and that the pod's `imagePullSecrets` may pull it.",
  crash: "Look at the container's last log lines, above.",
  unschedulable: "Give the nodes room, or ask for less; `schedule-grace` waits longer.",
  quota: "Raise the quota or lower the requests; a rolling update needs room for one pod more.",
  waiting: "Look at the events and log lines, above; `timeout` waits longer.",
};

/** What went wrong, in one line such as `web: OOMKilled, limit 256Mi, 3 restarts`, with `hint` at its end; undefined when nothing did. */
export function rolloutError(rolled: readonly Rolled[], hint = ""): BelayError | undefined {
  const worst = worstOf(rolled);
  if (worst === undefined) return undefined;
  const { standing, timedOut } = worst;
  if (standing.state === "superseded")
    return new BelayError(
      "superseded",
      lineOf(worst),
      "Find out who changed it (`kubectl get --show-managed-fields`); what they have put stays.",
    );
  const remedy = remedies[standing.trouble?.kind ?? "waiting"];
  return new BelayError(
    timedOut ? "gate-timeout" : "gate-failed",
    `${lineOf(worst)}${hint}`,
    remedy,
  );
}

/** A failure before a time that was up, and that before what only did not come to its end. */
export function worstOf(rolled: readonly Rolled[]): Rolled | undefined {
  return (
    rolled.find(({ standing }) => standing.state === "superseded") ??
    rolled.find(({ standing }) => standing.state === "failed") ??
    rolled.find(({ timedOut, standing }) => timedOut && standing.trouble !== undefined) ??
    rolled.find(({ timedOut }) => timedOut)
  );
}

function lineOf({ judge, standing, timedOut, tookMs }: Rolled): string {
  const { workload } = judge;
  const { name } = workload.metadata;
  if (standing.state === "superseded") return `${nameOf(workload)}: ${standing.line}`;
  const what = standing.trouble?.line ?? standing.line;
  return timedOut
    ? `${name}: not ready after ${formatDuration(tookMs)}: ${what}`
    : `${name}: ${what}`;
}
