import { BelayError } from "../kit/errors.js";
import { imagesOf } from "./deploy.js";
import type { Health } from "./health.js";
import type { Inputs } from "./inputs.js";
import type { Outcome } from "./outcome.js";
import { prepare } from "./prepare.js";
import { pruneLeftOut } from "./prune.js";
import { candidatesOf, currentOf, type Release, type ReleaseEntry } from "./record/release.js";
import type { Rolled } from "./rollout/watch-rollout.js";
import { rolloutSection } from "./rollout-section.js";
import { type Patience, type Rollouts, revisionsOf } from "./rollouts.js";
import { applyObjects } from "./apply-objects.js";
import type { Site } from "./site.js";
import { beforeUs, wayBack } from "./way-back.js";

/** Makes a recorded release the running one again: a deploy of what it was, under a number of its own. */
export async function rollback(
  releases: readonly ReleaseEntry[],
  inputs: Inputs,
  {
    rollouts,
    health,
    patience,
  }: {
    readonly rollouts: Rollouts;
    readonly health: Health;
    readonly patience: Patience;
  },
  site: Site,
): Promise<Outcome> {
  const { store, timeline, clock, run, set } = site;
  const candidates = candidatesOf(releases);
  const target = await store.read(targetOf(inputs.release, releases, candidates));
  const current = currentOf(releases);
  const running = current && (await store.read(current.number));
  const way = await wayBack({ ...target, before: [] }, target, site);
  const assembled = way.apply.map((one) => ({ ...one, place: `release ${target.number}` }));
  const prepared = await timeline.step("check", () => prepare(assembled, "all", site));
  const told = { candidates: candidates.join("\n"), images: imagesOf(target.objects) };
  if (inputs.dryRun) {
    const many = prepared.filter(({ changes }) => changes.length > 0).length;
    const verdict = `would go back to release ${target.number}: ${many} objects would change`;
    return { status: "planned", verdict, outputs: { ...told, release: String(target.number) } };
  }
  const release: Release = {
    ...target,
    number: (releases[0]?.number ?? 0) + 1,
    createdAt: new Date(clock.now()).toISOString(),
    changeCause: `back to release ${target.number}`,
    runUrl: run.url,
    actor: run.actor,
    previous: running?.number ?? 0,
    before: beforeUs(prepared, running),
    migrates: false,
  };
  await timeline.step("record", () => store.open(release));
  let rolled: readonly Rolled[];
  try {
    const changed = await timeline.step("apply", () => applyObjects(prepared, site));
    rolled = await timeline.step("rollout", () => rollouts.back(changed, patience));
    await health.open();
    if (inputs.prune) await pruneLeftOut(release, running, site);
    await store.setState(release.number, "healthy", revisionsOf(rolled));
  } catch (failure) {
    await store.setState(release.number, "failed").catch(() => undefined);
    throw failure;
  }
  await store.prune();
  const objects = prepared.flatMap(({ live }) => (live === undefined ? [] : [live]));
  const before = { from: running?.number ?? 0, to: release.number, objects };
  const schema = running?.migrates === true ? "; the schema stays as its migration left it" : "";
  return {
    status: "rolled-back",
    verdict: `release ${target.number} of ${set} runs again, as release ${release.number}${schema}`,
    sections: [rolloutSection(rolled, before)],
    outputs: {
      ...told,
      release: String(release.number),
      "previous-release": String(running?.number ?? ""),
    },
  };
}

function targetOf(
  wanted: number,
  releases: readonly ReleaseEntry[],
  candidates: readonly number[],
): number {
  const known = releases.some(({ number, state }) => number === wanted && state === "healthy");
  if (wanted !== 0 && known) return wanted;
  const [newest] = candidates;
  if (wanted === 0 && newest !== undefined) return newest;
  const all = candidates.length === 0 ? "there is none" : `there are ${candidates.join(", ")}`;
  throw new BelayError(
    "config",
    wanted === 0
      ? "no release to go back to is recorded"
      : `release ${wanted} is none to go back to`,
    `Choose \`release\` among the healthy ones: ${all}.`,
  );
}
