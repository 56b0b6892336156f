import { BelayError } from "../kit/errors.js";
import { escapeMarkdown } from "../kit/escape-markdown.js";
import { textAt } from "../kit/json.js";
import { isStatus } from "./cluster/api-failure.js";
import { nameOf } from "./cluster/objects.js";
import type { Workload } from "./cluster/workloads.js";
import type { Inputs } from "./inputs.js";
import { configNames } from "./manifests/config-names.js";
import type { Outcome } from "./outcome.js";
import { candidatesOf, currentOf } from "./record/release.js";
import { Rollouts } from "./rollouts.js";
import { progressOf } from "./rollout/progress.js";
import { newRevision } from "./rollout/revision.js";
import { type Health, others } from "./objects-health.js";
import type { Site } from "./site.js";

/** Looks at everything that the namespace needs to serve, and reports all that is wrong with it at once. */
export async function showStatus({ workloads }: Inputs, site: Site): Promise<Outcome> {
  const rollouts = await Rollouts.open(site);
  try {
    const names = workloads.map(({ kind, name }) => `${kind}/${name}`);
    const wanted = rollouts.workloads.filter(
      (one) => names.length === 0 || names.includes(nameOf(one)),
    );
    const rolled = wanted.map((one) => workloadHealth(one, rollouts));
    const missing = names
      .filter((name) => !wanted.some((one) => nameOf(one) === name))
      .map((name) => ({ name, problem: "there is none", detail: "" }));
    const [found, ...more] = await Promise.all([
      others(site),
      namespaceHealth(site),
      ...wanted.map((one) => configHealth(one, site)),
    ]);
    const all = [...more.flat(), ...missing, ...rolled, ...found];
    return verdict(unique(all), await site.store.list(), site);
  } finally {
    rollouts.close();
  }
}

function verdict(
  all: readonly Health[],
  releases: Awaited<ReturnType<Site["store"]["list"]>>,
  { log, namespace }: Site,
): Outcome {
  for (const { name, problem, detail } of all)
    log.info(`${problem === undefined ? "ok" : "problem"}: ${name}: ${problem ?? detail}`);
  const wrong = all.filter(({ problem }) => problem !== undefined);
  const rows = all.map(
    ({ name, problem, detail }) =>
      `| ${escapeMarkdown(name)} | ${problem === undefined ? "✅" : "❌"} | ${escapeMarkdown(problem ?? detail)} |`,
  );
  const told = {
    sections: [["| Object | | Found |", "| --- | --- | --- |", ...rows].join("\n")],
    outputs: {
      release: String(currentOf(releases)?.number ?? ""),
      candidates: candidatesOf(releases).join("\n"),
    },
  };
  if (wrong.length === 0)
    return { status: "ok", verdict: `${namespace}: ${all.length} objects are well`, ...told };
  const [first, ...also] = wrong.map(
    ({ name, problem = "" }) =>
      new BelayError("gate-failed", `${name}: ${problem}`, "Look at `kubectl describe` of it."),
  );
  const message = `${namespace}: ${wrong.length} of ${all.length} objects are not well: ${wrong.map(({ name }) => name).join(", ")}`;
  const error = new BelayError("gate-failed", message, first?.remedy ?? "", {
    also: first === undefined ? [] : [first, ...also],
  });
  return { status: "failed", verdict: message, error, ...told };
}

function workloadHealth(workload: Workload, { view }: Rollouts): Health {
  const { complete, line } = progressOf(workload, newRevision(workload, view));
  return { name: nameOf(workload), problem: complete ? undefined : line, detail: line };
}

/** One that several workloads use is told of once. */
function unique(all: readonly Health[]): readonly Health[] {
  return [...new Map(all.map((one) => [one.name, one])).values()];
}

/** A list of what is in no namespace is an empty one: nothing else would tell. */
async function namespaceHealth({ api, namespace }: Site): Promise<readonly Health[]> {
  const object = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
  const name = nameOf(object);
  try {
    const found = await api.find(object);
    const phase = found === undefined ? "missing" : textAt(found, "status", "phase");
    return [{ name, problem: phase === "Active" ? undefined : `is ${phase}`, detail: "well" }];
  } catch (failure) {
    // Who has rights in it alone knows by them that it is there.
    if (!isStatus(failure, 403)) throw failure;
    return [];
  }
}

/** The ConfigMaps and Secrets that its pods need at their next start. */
async function configHealth(workload: Workload, { api }: Site): Promise<readonly Health[]> {
  const { namespace = "default" } = workload.metadata;
  const looked = configNames(workload.spec?.template).map(async ({ kind, name, optional }) => {
    const object = { apiVersion: "v1", kind, metadata: { name, namespace } };
    const isThere = optional || (await api.find(object)) !== undefined;
    const problem = isThere ? undefined : `is missing, and ${nameOf(workload)} needs it`;
    return { name: nameOf(object), problem, detail: "well" };
  });
  return Promise.all(looked);
}
