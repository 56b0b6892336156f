import { applyObjects } from "./apply-objects.js";
import { causeBox } from "./cause-box.js";
import { identityOf, type KubeObject, nameOf } from "./cluster/objects.js";
import { containersOf, isWorkload, templateOf, type Workload } from "./cluster/workloads.js";
import type { Inputs } from "./inputs.js";
import { isPredeploy } from "./manifests/order.js";
import type { Outcome } from "./outcome.js";
import type { Plan } from "./plan.js";
import { runPredeploy } from "./predeploy.js";
import type { Prepared } from "./prepare.js";
import { pruneLeftOut } from "./prune.js";
import type { Release } from "./record/release.js";
import { type Before, rolloutSection } from "./rollout-section.js";
import { type Patience, type Rollouts, revisionsOf } from "./rollouts.js";
import type { Health } from "./health.js";
import type { Site } from "./site.js";
import { undo } from "./undo.js";
import { beforeUs } from "./way-back.js";

/** What a deploy works with besides the site. */
export interface DeployTools {
  readonly rollouts: Rollouts;
  readonly health: Health;
  readonly patience: Patience;
}

/** Deploys `plan`, or leaves the cluster with what ran before. */
export async function deploy(
  plan: Plan,
  inputs: Inputs,
  { rollouts, health, patience }: DeployTools,
  site: Site,
): Promise<Outcome> {
  const { store, timeline } = site;
  if (isUnchanged(plan, inputs)) return unchanged(plan, site);
  const release = releaseOf(plan, inputs, site);
  await timeline.step("record", () => store.open(release)); // from here on the way back is known
  try {
    await plan.backUp();
    const [first, rest] = partition(plan.objects, ({ object }) => isPredeploy(object));
    const [config, others] = partition(rest, ({ object }) => !isWorkload(object));
    await timeline.step("configuration", () => applyObjects(config, site));
    if (first.length > 0) await timeline.step("predeploy", () => runPredeploy(first, site));
    const changed = await timeline.step("apply", () => applyObjects(others, site));
    await timeline.step("rollout", () =>
      rollouts.done(wanted(changed, plan, inputs, rollouts), patience),
    );
    await health.open();
    // Images alone say nothing of what else there shall be.
    if (inputs.prune && inputs.manifests.length > 0) await pruneLeftOut(release, plan.good, site);
    await store.setState(release.number, "healthy", revisionsOf(rollouts.rolled));
  } catch (failure) {
    const { rollbackOnFailure } = inputs;
    const outcome = await undo(
      { release, good: plan.good, failure, rollbackOnFailure },
      rollouts,
      patience,
      site,
    );
    const box = causeBox(outcome.outputs?.cause ?? outcome.verdict, rollouts.evidence);
    return { ...outcome, sections: [box, rolloutSection(rollouts.rolled, beforeOf(plan))] };
  }
  await store.prune();
  return deployed(release, plan, rollouts, health);
}

function isUnchanged(plan: Plan, inputs: Inputs): boolean {
  return !plan.afterFailure && plan.changed.length === 0 && hasSameObjects(plan, inputs);
}

/** What is left out of the manifests is a change, too; images alone leave nothing out. */
function hasSameObjects({ good, objects }: Plan, { manifests }: Inputs): boolean {
  if (good === undefined || manifests.length === 0) return good !== undefined;
  const names = (all: readonly KubeObject[]): string => all.map(identityOf).sort().join("\n");
  return names(good.objects) === names(objects.map(({ object }) => object));
}

function unchanged({ good, objects }: Plan, { namespace }: Site): Outcome {
  const number = String(good?.number ?? "");
  return {
    status: "unchanged",
    verdict: `${namespace} has all ${objects.length} objects as they are written: nothing to do`,
    outputs: { release: number, images: imagesOf(objects.map(({ object }) => object)) },
  };
}

function beforeOf({ good, number, objects }: Plan): Before {
  const lives = objects.flatMap(({ live }) => (live === undefined ? [] : [live]));
  return { from: good?.number ?? 0, to: number, objects: lives };
}

function deployed(release: Release, plan: Plan, rollouts: Rollouts, health: Health): Outcome {
  const { good } = plan;
  const after = good === undefined ? "" : `, after release ${good.number}`;
  const many = release.objects.length;
  return {
    status: "deployed",
    verdict: `release ${release.number} of ${release.set} runs${after}`,
    facts: [
      { name: "release", value: String(release.number) },
      ...(good === undefined ? [] : [{ name: "previous release", value: String(good.number) }]),
      { name: "objects", value: String(many) },
      ...health.facts,
    ],
    sections: [rolloutSection(rollouts.rolled, beforeOf(plan)), ...health.sections],
    outputs: {
      release: String(release.number),
      "previous-release": good === undefined ? "" : String(good.number),
      images: imagesOf(release.objects),
      migrated: String(release.migrates),
    },
  };
}

function releaseOf(plan: Plan, { migrateJob }: Inputs, { set, run, clock }: Site): Release {
  return {
    version: 1,
    set,
    number: plan.number,
    createdAt: new Date(clock.now()).toISOString(),
    changeCause: plan.changeCause,
    sha: run.sha,
    runUrl: run.url,
    actor: run.actor,
    previous: plan.good?.number ?? 0,
    objects: plan.objects.map(({ object }) => object),
    before: beforeUs(plan.objects, plan.good),
    migrates: migrateJob !== "",
  };
}

/** Those that the user names, or all whose pods become new ones; after a failure also those whose pods are to prove it. */
function wanted(
  changed: readonly Workload[],
  { afterFailure, objects }: Plan,
  { workloads }: Inputs,
  rollouts: Rollouts,
): readonly Workload[] {
  if (workloads.length === 0 && !afterFailure) return changed;
  const given = workloads.map(({ kind, name }) => `${kind}/${name}`);
  const names = given.length > 0 ? given : objects.map(({ object }) => nameOf(object));
  const known = [...changed, ...rollouts.workloads].filter((one) => names.includes(nameOf(one)));
  return names.flatMap((name) => known.find((one) => nameOf(one) === name) ?? []);
}

/** `deployment/web web=ghcr.io/a/b@sha256:…`, one a line, as the input takes them. */
export function imagesOf(objects: readonly KubeObject[]): string {
  return objects
    .flatMap((object) =>
      containersOf(templateOf(object)?.spec).map(
        ({ name, image }) => `${nameOf(object)} ${name}=${image ?? ""}`,
      ),
    )
    .join("\n");
}

function partition(
  all: readonly Prepared[],
  isFirst: (one: Prepared) => boolean,
): readonly [readonly Prepared[], readonly Prepared[]] {
  return [all.filter(isFirst), all.filter((one) => !isFirst(one))];
}
