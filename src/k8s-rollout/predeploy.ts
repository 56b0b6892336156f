import { BelayError } from "../kit/errors.js";
import { memberAt } from "../kit/json.js";
import { applyObjects } from "./apply-objects.js";
import { type Condition, conditionOf, type KubeObject, nameOf } from "./cluster/objects.js";
import type { Prepared } from "./prepare.js";
import type { Site } from "./site.js";
import { showJobLogs } from "./job-logs.js";

const lookMs = 500;
const goneMs = 60_000;

/** Applies what is marked `predeploy`, and waits until every Job of it has succeeded. */
export async function runPredeploy(objects: readonly Prepared[], site: Site): Promise<void> {
  for (const one of objects) {
    const isJob = one.object.kind === "Job";
    // A Job runs once: to run again it has to be a new one.
    if (isJob && one.live !== undefined) await removeAndWait(one.object, site);
    await applyObjects([{ ...one, live: isJob ? undefined : one.live }], site);
    if (isJob) await jobDone(one.object, "command-failed", site);
  }
}

/** Waits until a Job has succeeded; its logs go to the log. Throws `code` when it has failed or takes too long. */
export async function jobDone(
  job: KubeObject,
  code: "command-failed" | "backup-failed",
  site: Site,
): Promise<void> {
  const name = nameOf(job);
  for (;;) {
    const live = await site.api.find(job);
    const conditions = memberAt(live, "status", "conditions") as readonly Condition[] | undefined;
    const isTrue = (type: string): boolean => conditionOf(conditions, type)?.status === "True";
    if (isTrue("Complete")) break;
    const failed = conditionOf(conditions, "Failed");
    if (failed?.status === "True") {
      await showJobLogs(job, site);
      const why = [failed.reason, failed.message].filter(Boolean).join(", ");
      const remedy = "Look at its log lines, above; nothing of the workloads has changed.";
      throw new BelayError(code, `${name} failed: ${why}`, remedy);
    }
    if (live === undefined)
      throw new BelayError(code, `${name} was deleted while it ran`, "Deploy again.");
    if (site.deadline.leftMs() === 0) {
      await showJobLogs(job, site);
      const remedy = "Look at `kubectl describe` of it; `timeout` waits longer.";
      throw new BelayError(code, `${name} did not end in time`, remedy);
    }
    await site.clock.sleep(lookMs, site.signal);
  }
  await showJobLogs(job, site);
  site.log.info(`${name} succeeded`);
}

async function removeAndWait(job: KubeObject, site: Site): Promise<void> {
  await site.api.remove(job);
  const until = site.clock.monotonic() + goneMs;
  while ((await site.api.find(job)) !== undefined) {
    if (site.clock.monotonic() > until)
      throw new BelayError(
        "command-failed",
        `${nameOf(job)} of the last deploy does not go away`,
        "Look at its finalizers and its pods, and delete it.",
      );
    await site.clock.sleep(lookMs / 5, site.signal);
  }
}
