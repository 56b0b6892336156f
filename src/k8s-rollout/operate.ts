import { Deadline } from "../kit/deadline.js";
import type { Timeline } from "../kit/timeline.js";
import type { Cluster } from "../ports/cluster.js";
import { Api } from "./cluster/api.js";
import { explain } from "./explain-failure.js";
import { contextOf } from "./context.js";
import type { Inputs } from "./inputs.js";
import { readManifests } from "./manifests/read-manifests.js";
import type { Outcome } from "./outcome.js";
import type { Platform } from "./platform.js";
import { ReleaseStore } from "./record/release-store.js";
import { runOperation } from "./run-operation.js";
import { SecretValues } from "./secret-values.js";
import type { Site } from "./site.js";

/** Reaches the cluster, does what the inputs ask for, and leaves nothing of its own running. */
export async function operate(
  inputs: Inputs,
  timeline: Timeline,
  platform: Platform,
): Promise<Outcome> {
  const begun = platform.clock.monotonic();
  const world = await platform.reach();
  const cluster = await world.openCluster(inputs.address);
  try {
    const site = siteOf(cluster, inputs, { begun, timeline, platform });
    const kustomize = (folder: string) => cluster.kubectl(["kustomize", folder], platform.signal);
    const manifests = await readManifests(inputs.manifests, platform.run.workspace, kustomize);
    const outcome = await runOperation(manifests, inputs, world, site);
    for (const warning of site.api.warnings)
      platform.log.warning(`The API server warns: ${warning}`);
    return outcome;
  } catch (failure) {
    throw explain(failure, platform.signal);
  } finally {
    await cluster.close();
  }
}

function siteOf(
  cluster: Cluster,
  inputs: Inputs,
  {
    begun,
    timeline,
    platform,
  }: {
    readonly begun: number;
    readonly timeline: Timeline;
    readonly platform: Platform;
  },
): Site {
  const { clock, log, signal, run } = platform;
  const api = new Api(cluster, clock);
  const context = contextOf(cluster.config, inputs.address.kubeconfig !== "");
  const namespace = inputs.namespace || context.namespace;
  const set = inputs.set || setOf(run.repository);
  log.info(
    `cluster: ${context.server}, context ${context.name}, namespace ${namespace}, set ${set}`,
  );
  const secrets = new SecretValues((secret) => log.mask(secret));
  secrets.spare([namespace, set]);
  const { timeoutMs } = inputs;
  return {
    api,
    namespace,
    set,
    store: new ReleaseStore(api, namespace, set),
    clock,
    log,
    timeline,
    deadline: new Deadline(clock, begun, timeoutMs),
    timeoutMs,
    signal,
    run,
    secrets,
  };
}

/** The repository's name, as far as a label takes it. */
function setOf(repository: string): string {
  const name = repository.split("/").at(-1) ?? "";
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 42);
  return plain.replace(/^-+|-+$/g, "") || "app";
}
