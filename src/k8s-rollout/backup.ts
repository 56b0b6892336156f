import { BelayError } from "../kit/errors.js";
import { memberAt } from "../kit/json.js";
import type { KubeObject } from "./cluster/objects.js";
import { jobDone } from "./predeploy.js";
import type { Site } from "./site.js";

/** Runs the job of a CronJob once, now; it must succeed before anything else changes. */
export async function backUp(cronJob: string, number: number, site: Site): Promise<void> {
  if (cronJob === "") return;
  await site.timeline.step("backup", async () => {
    const job = jobOf(await cronJobNamed(cronJob, site), number, site);
    await site.api.create(job);
    site.log.info(`backup: job/${job.metadata.name} started`);
    await jobDone(job, "backup-failed", site);
  });
}

async function cronJobNamed(name: string, site: Site): Promise<KubeObject> {
  const metadata = { name, namespace: site.namespace };
  const found = await site.api.find({ apiVersion: "batch/v1", kind: "CronJob", metadata });
  if (found !== undefined) return found;
  throw new BelayError(
    "config",
    `\`backup-cronjob\`: ${site.namespace} has no CronJob ${name}`,
    "Correct the name, or create it first: no backup, no deploy.",
  );
}

/** As `kubectl create job --from` makes it, by a name that says for which release. */
function jobOf(cronJob: KubeObject, number: number, site: Site): KubeObject {
  const template = memberAt(cronJob, "spec", "jobTemplate") as Partial<KubeObject> | undefined;
  const { apiVersion, kind, metadata } = cronJob;
  const run = site.run.id === "" ? "" : `-${site.run.id}`;
  const { name, uid = "" } = metadata;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      ...template?.metadata,
      name: `${name.slice(0, 30)}-belay-${number}${run}`.slice(0, 63),
      namespace: site.namespace,
      annotations: {
        ...template?.metadata?.annotations,
        "cronjob.kubernetes.io/instantiate": "manual",
      },
      // No controller's: the CronJob's history limit would count it among its own.
      ownerReferences: [
        { apiVersion, kind, name, uid } as NonNullable<typeof metadata.ownerReferences>[number],
      ],
    },
    spec: template?.["spec"],
  };
}
