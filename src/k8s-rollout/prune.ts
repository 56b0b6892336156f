import { identityOf, nameOf } from "./cluster/objects.js";
import type { Release } from "./record/release.js";
import type { Site } from "./site.js";

/** What holds data, or what others may hold data in. */
const neverPruned = [
  "PersistentVolumeClaim",
  "PersistentVolume",
  "Namespace",
  "CustomResourceDefinition",
];

/** Deletes what the previous release had and this one has no longer; what holds data stays, and is named. */
export async function pruneLeftOut(
  release: Release,
  previous: Release | undefined,
  site: Site,
): Promise<void> {
  const kept = new Set(release.objects.map(identityOf));
  const gone = (previous?.objects ?? []).filter((object) => !kept.has(identityOf(object)));
  for (const object of gone.toReversed()) {
    if (neverPruned.includes(object.kind)) {
      site.log.notice(`${nameOf(object)} is no longer among the manifests; it is never deleted`);
      continue;
    }
    await site.api.remove(object);
    site.log.info(`prune: ${nameOf(object)} deleted: it is no longer among the manifests`);
  }
}
