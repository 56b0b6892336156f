import { memberAt } from "../kit/json.js";
import { type KubeObject, nameOf } from "./cluster/objects.js";
import { containersOf, type Pod, type PodTemplate } from "./cluster/workloads.js";
import { notePodSecrets } from "./pod-secrets.js";
import type { Site } from "./site.js";

const logLines = 200;
const logBytes = 65_536;

/** Prints the end of the logs of a Job's pods; that they cannot be read is no failure of the Job. */
export async function showJobLogs(job: KubeObject, site: Site): Promise<void> {
  const { kind, metadata } = job;
  const { api, log } = site;
  const namespace = metadata.namespace ?? site.namespace;
  const selector = encodeURIComponent(`batch.kubernetes.io/job-name=${metadata.name}`);
  const base = `/api/v1/namespaces/${namespace}/pods`;
  try {
    await notePodSecrets(memberAt(job, "spec", "template") as PodTemplate, namespace, site);
    const { items } = await api.list<Pod>(`${base}?labelSelector=${selector}`);
    for (const pod of items.slice(-2)) {
      for (const { name } of containersOf(pod.spec)) {
        const query = `container=${name}&tailLines=${logLines}&limitBytes=${logBytes}`;
        const text = await api.text(`${base}/${pod.metadata.name}/log?${query}`).catch(() => "");
        if (text.trim() === "") continue;
        log.startGroup(`log of ${nameOf({ kind, metadata })}, ${name}`);
        log.output(`${site.secrets.redact(text.trimEnd())}\n`);
        log.endGroup();
      }
    }
  } catch {
    log.info(`the log of ${nameOf({ kind, metadata })} cannot be read`);
  }
}
