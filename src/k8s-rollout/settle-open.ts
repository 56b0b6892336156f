import { applyObjects } from "./apply-objects.js";
import { nameOf } from "./cluster/objects.js";
import { isWorkload } from "./cluster/workloads.js";
import { canonical } from "./manifests/compare.js";
import type { Release, ReleaseEntry } from "./record/release.js";
import { newRevision } from "./rollout/revision.js";
import { progressOf } from "./rollout/progress.js";
import type { Rollouts } from "./rollouts.js";
import type { Site } from "./site.js";
import { wayBack } from "./way-back.js";

/**
 * Ends what a killed run has left open: a release whose pods are all ready is taken as healthy, any other one
 * is taken back. Returns the releases as they are afterwards.
 */
export async function settleOpen(
  releases: readonly ReleaseEntry[],
  rollouts: Rollouts,
  site: Site,
): Promise<readonly ReleaseEntry[]> {
  const open = releases.filter(({ state }) => state === "open");
  for (const { number, runUrl } of open) {
    const whose = runUrl === "" ? "" : ` (${runUrl})`;
    const release = await site.store.read(number);
    if (number === releases[0]?.number && (await hasArrived(release, rollouts, site))) {
      site.log.notice(
        `release ${number} was left open by a run that ended${whose}: its pods are ready, so it counts as healthy`,
      );
      await site.store.setState(number, "healthy");
    } else {
      site.log.notice(
        `release ${number} was left open by a run that ended${whose}: it is taken back first`,
      );
      await takeBack(release, releases, site);
      await site.store.setState(number, "undone");
    }
  }
  return open.length === 0 ? releases : site.store.list();
}

/** Everything of it was applied, and every workload of it has all its new pods ready. */
async function hasArrived(release: Release, rollouts: Rollouts, site: Site): Promise<boolean> {
  for (const object of release.objects) {
    const live = await site.api.find(object);
    if (live === undefined) return false;
    const result = await site.api.apply(object, { dryRun: true, force: true });
    if (canonical(result["spec"]) !== canonical(live["spec"])) return false;
    if (!isWorkload(live)) continue;
    const seen = rollouts.workloads.find(({ metadata }) => metadata.uid === live.metadata.uid);
    if (seen === undefined) return false;
    if (!progressOf(seen, newRevision(seen, rollouts.view)).complete) return false;
  }
  return true;
}

async function takeBack(
  release: Release,
  releases: readonly ReleaseEntry[],
  site: Site,
): Promise<void> {
  const entry = releases.find(({ state }) => state === "healthy");
  const good = entry && (await site.store.read(entry.number));
  const way = await wayBack(release, good, site);
  await applyObjects(way.apply, site);
  for (const object of way.remove) {
    await site.api.remove(object);
    site.log.info(`rollback: ${nameOf(object)} deleted`);
  }
}
