import { BelayError } from "../kit/errors.js";
import { memberAt } from "../kit/json.js";
import { backUp } from "./backup.js";
import { fieldManager } from "./cluster/api.js";
import { type KubeObject, nameOf } from "./cluster/objects.js";
import { isWorkload } from "./cluster/workloads.js";
import type { Inputs } from "./inputs.js";
import { assemble } from "./manifests/assemble.js";
import { type ImageSetting, imagesAlone, isFor } from "./manifests/images.js";
import { isPredeploy, phaseMark } from "./manifests/order.js";
import type { Manifest } from "./manifests/parse-yaml.js";
import { prepare, type Prepared } from "./prepare.js";
import { narrowPlaces, roomIn } from "./room/look-at-room.js";
import { currentOf, type Release, type ReleaseEntry } from "./record/release.js";
import type { Site } from "./site.js";

/** All that a deploy is, accepted by the server and not yet done. */
export interface Plan {
  readonly number: number;
  /** The release that runs now. */
  readonly good: Release | undefined;
  /** What runs now is a release that failed and was left as it is: none of its pods can be taken for good. */
  readonly afterFailure: boolean;
  /** In order of applying. */
  readonly objects: readonly Prepared[];
  /** Those that would be other than they are. */
  readonly changed: readonly Prepared[];
  readonly changeCause: string;
  /** Runs the backup that was asked for; throws when it fails. */
  readonly backUp: () => Promise<void>;
}

/** Asks the server to check everything; throws with all that is wrong. */
export async function planDeploy(
  manifests: readonly Manifest[],
  releases: readonly ReleaseEntry[],
  inputs: Inputs,
  site: Site,
): Promise<Plan> {
  const { secrets } = site;
  const good = await runningRelease(releases, site);
  const number = (releases[0]?.number ?? 0) + 1;
  const changeCause = causeOf(inputs, site);
  const written = manifests.length > 0 ? manifests : await imagesOnly(inputs.images, good, site);
  const all = written.map((one) => withMigration(one, inputs.migrateJob));
  secrets.spare(all.map(({ object }) => object.metadata.name));
  for (const { object } of all) secrets.note(object);
  refuseMissingJob(inputs.migrateJob, all);
  const marks = { "belay.dev/commit": site.run.sha, "belay.dev/run": site.run.url };
  const { namespace } = site;
  const { restartOnConfig } = inputs;
  const options = { namespace, images: inputs.images, restartOnConfig, changeCause, marks };
  const assembled = await assemble(all, options, site.api);
  for (const { live } of assembled) secrets.note(live);
  const [objects, room] = await Promise.all([
    prepare(assembled, inputs.takeOver, site),
    roomIn(site),
  ]);
  const changed = objects.filter(
    ({ object, changes }) => isPredeploy(object) || changes.length > 0,
  );
  for (const narrow of narrowPlaces(changed, room)) site.log.warning(narrow);
  return {
    number,
    good,
    afterFailure: currentOf(releases)?.state === "failed",
    objects,
    changed,
    changeCause,
    backUp: () => backUp(inputs.backupCronJob, number, site),
  };
}

/** The newest that became healthy; what was undone since has left it running. */
async function runningRelease(
  releases: readonly ReleaseEntry[],
  { store }: Site,
): Promise<Release | undefined> {
  const entry = releases.find(({ state }) => state === "healthy");
  return entry && store.read(entry.number);
}

/** The recorded release with other images, or, where there is none, nothing but the images of what runs. */
async function imagesOnly(
  images: readonly ImageSetting[],
  good: Release | undefined,
  site: Site,
): Promise<readonly Manifest[]> {
  const recorded = (good?.objects ?? []).filter((object) => !isPredeploy(object));
  const strange = images.filter((image) => !recorded.some((one) => isFor(image, one)));
  const names = new Map(strange.map((image) => [`${image.kind}/${image.name}`, image]));
  const found = await Promise.all([...names.values()].map((image) => runningWorkload(image, site)));
  found.forEach(refuseLostRecord);
  return [
    ...recorded.map((object) => ({ object, place: `release ${good?.number ?? 0}` })),
    ...found.map((live) => ({ object: imagesAlone(live, strange), place: "images" })),
  ];
}

const kinds: Readonly<Record<string, string>> = {
  deployment: "Deployment",
  statefulset: "StatefulSet",
  daemonset: "DaemonSet",
};

/** What runs once, or later, comes from manifests alone. */
function refuseJob({ kind, name }: ImageSetting): void {
  if (kind in kinds) return;
  throw new BelayError(
    "config",
    `\`images\`: ${kind}/${name} is no workload that runs`,
    "Put it into `manifests`; without them only deployments, statefulsets and daemonsets get images.",
  );
}

async function runningWorkload(image: ImageSetting, site: Site) {
  refuseJob(image);
  const { kind, name } = image;
  const metadata = { name, namespace: site.namespace };
  const wanted = { apiVersion: "apps/v1", kind: kinds[kind] ?? kind, metadata };
  const live = await site.api.find<KubeObject>(wanted);
  if (live !== undefined && isWorkload(live)) return live;
  throw new BelayError(
    "config",
    `\`images\`: ${site.namespace} has no ${nameOf(wanted)}`,
    "Check `namespace` and the name, or deploy it by `manifests` first.",
  );
}

/** Applied again without its other fields, a workload of ours would lose them. */
function refuseLostRecord(live: KubeObject): void {
  const isWhole = (live.metadata.managedFields ?? []).some(
    (entry) =>
      entry.manager === fieldManager &&
      memberAt(entry, "fieldsV1", "f:spec", "f:selector") !== undefined,
  );
  if (!isWhole) return;
  throw new BelayError(
    "config",
    `${nameOf(live)} was deployed from manifests, and the record of that is gone`,
    "Deploy it once more with `manifests`.",
  );
}

function withMigration({ object, place }: Manifest, job: string): Manifest {
  if (object.kind !== "Job" || object.metadata.name !== job) return { object, place };
  const annotations = { ...object.metadata.annotations, [phaseMark]: "predeploy" };
  return { object: { ...object, metadata: { ...object.metadata, annotations } }, place };
}

function refuseMissingJob(job: string, all: readonly Manifest[]): void {
  const found = all.some(({ object }) => object.kind === "Job" && object.metadata.name === job);
  if (job === "" || found) return;
  throw new BelayError(
    "config",
    `\`migrate-job\`: the manifests have no Job ${job}`,
    "Put the Job into `manifests`, or correct the name.",
  );
}

function causeOf({ changeCause }: Inputs, { run }: Site): string {
  const short = run.sha.slice(0, 7);
  const given = changeCause === "" ? "deployed by Belay" : changeCause;
  return [given, short === "" ? "" : `(${short})`, run.url].filter(Boolean).join(" ");
}
