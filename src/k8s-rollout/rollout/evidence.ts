import { oneLine } from "../../kit/one-line.js";
import type { Log } from "../../ports/log.js";
import type { Api } from "../cluster/api.js";
import { isStatus } from "../cluster/api-failure.js";
import { nameOf } from "../cluster/objects.js";
import type { ContainerStatus, KubeEvent, Pod } from "../cluster/workloads.js";
import { notePodSecrets } from "../pod-secrets.js";
import type { SecretValues } from "../secret-values.js";
import { newRevision } from "./revision.js";
import type { View } from "./view.js";
import type { Rolled } from "./watch-rollout.js";

const mostEvents = 10;
const mostPods = 2;
const logLines = 40;
const logBytes = 16_384;

/** What helps to understand a failed rollout, without values of Secrets. */
export interface Evidence {
  /** Warnings, one a line. */
  readonly events: readonly string[];
  /** The last lines of containers. */
  readonly logs: readonly { readonly title: string; readonly text: string }[];
}

/** Prints the evidence of a failed rollout, and returns it: events, and the last log lines of its new pods. */
export async function showEvidence(
  { judge, standing }: Rolled,
  view: View,
  {
    api,
    log,
    logs,
    secrets,
  }: {
    readonly api: Api;
    readonly log: Log;
    readonly logs: boolean;
    readonly secrets: SecretValues;
  },
): Promise<Evidence> {
  const live = view.workloads.get(judge.workload.metadata.uid ?? "") ?? judge.workload;
  const revision = newRevision(live, view);
  const pods = worstFirst(revision?.pods ?? [], standing.trouble?.pod).slice(0, mostPods);
  const { template } = live.spec ?? {};
  // The way back waits for them: all are asked for at once.
  const [read] = await Promise.all([
    Promise.all((logs ? pods : []).map((pod) => logsOf(pod, api))),
    notePodSecrets(template, live.metadata.namespace ?? "default", { api, secrets }),
  ]);
  const { redact } = secrets;
  const concerned = [live, ...(revision === undefined ? [] : [revision.owner]), ...pods];
  const uids = new Set(concerned.map(({ metadata }) => metadata.uid));
  const events = [...view.events.values()]
    .filter(({ type, involvedObject }) => type !== "Normal" && uids.has(involvedObject?.uid))
    .slice(-mostEvents)
    .map((event) => redact(eventLine(event)));
  log.startGroup(`events of ${nameOf(judge.workload)}`);
  for (const event of events) log.output(`${event}\n`);
  if (events.length === 0) log.output("no warnings\n");
  log.endGroup();
  const found = read.flat().map(({ title, text }) => ({ title, text: redact(text) }));
  for (const { title, text } of found) {
    log.startGroup(title);
    log.output(`${text}\n`);
    log.endGroup();
  }
  return { events, logs: found };
}

function worstFirst(pods: readonly Pod[], named: string | undefined): readonly Pod[] {
  return pods.toSorted(
    (a, b) => Number(b.metadata.name === named) - Number(a.metadata.name === named),
  );
}

function eventLine({ reason, message, count, series, involvedObject }: KubeEvent): string {
  const times = series?.count ?? count ?? 1;
  const often = times > 1 ? ` (${times} times)` : "";
  const who = `${(involvedObject?.kind ?? "").toLowerCase()}/${involvedObject?.name ?? ""}`;
  return `${who}: ${reason ?? ""}${often}: ${oneLine(message ?? "", 500)}`;
}

/** The last lines of the containers of a pod that have something to tell. */
async function logsOf(pod: Pod, api: Api): Promise<Evidence["logs"]> {
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  const all = [...initContainerStatuses, ...containerStatuses].filter(hasFailed);
  const found = all.map(async ({ name, lastState, state }) => {
    const previous = state?.terminated === undefined && lastState?.terminated !== undefined;
    const text = (await logOf(pod, name, previous, api)).trimEnd();
    const when = previous ? ", before its restart" : "";
    return { title: `last log lines of ${nameOf(pod)}, ${name}${when}`, text };
  });
  return (await Promise.all(found)).filter(({ text }) => text.trim() !== "");
}

/** It has run; an init container that is done has nothing to tell. */
function hasFailed({ ready, lastState, state }: ContainerStatus): boolean {
  const hasRun = state?.running ?? state?.terminated ?? lastState?.terminated;
  return hasRun !== undefined && ready !== true && state?.terminated?.exitCode !== 0;
}

async function logOf(pod: Pod, container: string, previous: boolean, api: Api): Promise<string> {
  const query = new URLSearchParams({
    container,
    tailLines: String(logLines),
    limitBytes: String(logBytes),
    ...(previous && { previous: "true" }),
  });
  const { namespace = "default", name } = pod.metadata;
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/log?${query.toString()}`;
  try {
    return await api.text(path);
  } catch (failure) {
    // Gone by now, or not ours to read: the cause is known without it.
    if (isStatus(failure, 403)) return "(no right to read logs: pods/log)";
    return "";
  }
}
