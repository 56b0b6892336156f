import { BelayError } from "../kit/errors.js";
import { applyObjects } from "./apply-objects.js";
import { explain } from "./explain-failure.js";
import { nameOf } from "./cluster/objects.js";
import type { Workload } from "./cluster/workloads.js";
import type { Outcome } from "./outcome.js";
import type { Release } from "./record/release.js";
import type { Patience, Rollouts } from "./rollouts.js";
import { isReady } from "./rollout/progress.js";
import type { Site } from "./site.js";
import { wayBack } from "./way-back.js";

/** What is to be taken back, and to where. */
export interface Failed {
  readonly release: Release;
  readonly good: Release | undefined;
  readonly failure: unknown;
  readonly rollbackOnFailure: boolean;
}

/** Takes a failed release back whole; keeps the failure, and adds what became of the way back. */
export async function undo(
  failed: Failed,
  rollouts: Rollouts,
  patience: Patience,
  site: Site,
): Promise<Outcome> {
  const { release, good } = failed;
  const error = explain(failed.failure, site.signal);
  const told = { release: String(release.number), cause: error.message };
  if (error.code === "superseded") return superseded(error, told, release, site);
  if (!failed.rollbackOnFailure) {
    await site.store.setState(release.number, "failed");
    const verdict = `${error.message}; left as it is, because rollback-on-failure is false`;
    return { status: "failed", verdict, error, outputs: told };
  }
  const where = good === undefined ? "what there was before" : `release ${good.number}`;
  site.log.info(`rollback: ${error.message}: going back to ${where}`);
  try {
    const stays = await site.timeline.step("rollback", () =>
      goBack(failed, rollouts, patience, site),
    );
    await site.store.setState(release.number, "undone");
    const kept = stays.length === 0 ? "" : `; stays: ${stays.join(", ")}`;
    const schema = release.migrates ? "; the migration stays: the schema is not put back" : "";
    const end = site.signal.aborted ? "was put back, its pods not waited for" : "runs again";
    const verdict = `${error.message}; ${where} ${end}${kept}${schema}`;
    const status = good === undefined ? "failed" : "rolled-back";
    return { status, verdict, error, outputs: { ...told, ...previousOf(good) } };
  } catch (failure) {
    return rollbackFailed(error, failure, failed, site);
  }
}

async function goBack(
  { release, good }: Failed,
  rollouts: Rollouts,
  patience: Patience,
  site: Site,
): Promise<readonly string[]> {
  const way = await wayBack(release, good, site);
  // A cancelled job has seconds left: what is applied goes on by itself.
  const back: Site = site.signal.aborted ? { ...site, signal: new AbortController().signal } : site;
  const broken = brokenPods(rollouts);
  const changed = await applyObjects(way.apply, back);
  for (const object of way.remove) {
    await site.api.remove(object);
    site.log.info(`rollback: ${nameOf(object)} deleted`);
  }
  for (const pod of broken) await site.api.remove(pod);
  if (site.signal.aborted) return way.stays;
  await rollouts.back(changed, patience);
  return way.stays;
}

/** An ordered StatefulSet waits for its broken pod for ever, also when its template is whole again. */
function brokenPods(rollouts: Rollouts): readonly {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}[] {
  const ordered = rollouts.rolled.filter(({ judge }) => isOrdered(judge.workload));
  return ordered.flatMap(({ standing }) =>
    [...rollouts.view.pods.values()]
      .filter(({ metadata }) => metadata.labels?.["controller-revision-hash"] === standing.revision)
      .filter((pod) => !isReady(pod))
      .map(({ metadata }) => ({ apiVersion: "v1", kind: "Pod", metadata })),
  );
}

function isOrdered({ kind, spec }: Workload): boolean {
  return kind === "StatefulSet" && spec?.podManagementPolicy !== "Parallel";
}

async function superseded(
  error: BelayError,
  outputs: Outcome["outputs"],
  { number }: Release,
  site: Site,
): Promise<Outcome> {
  await site.store.setState(number, "failed").catch(() => undefined);
  return { status: "superseded", verdict: error.message, error, ...(outputs && { outputs }) };
}

async function rollbackFailed(
  error: BelayError,
  failure: unknown,
  { release, good }: Failed,
  site: Site,
): Promise<Outcome> {
  const second = explain(failure, new AbortController().signal);
  await site.store.setState(release.number, "failed").catch(() => undefined);
  const message = `${error.message}; the way back failed, too: ${second.message}`;
  const remedy = `${second.remedy} Then run \`operation: rollback\`.`;
  return {
    status: "rollback-failed",
    verdict: message,
    error: new BelayError("rollback-failed", message, remedy, { cause: error }),
    outputs: { release: String(release.number), cause: error.message, ...previousOf(good) },
  };
}

function previousOf(good: Release | undefined): { "previous-release"?: string } {
  return good === undefined ? {} : { "previous-release": String(good.number) };
}
