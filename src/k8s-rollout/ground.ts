import { BelayError } from "../kit/errors.js";
import { memberAt } from "../kit/json.js";
import { type Condition, conditionOf, nameOf } from "./cluster/objects.js";
import { isGround } from "./manifests/order.js";
import type { Manifest } from "./manifests/parse-yaml.js";
import type { Site } from "./site.js";

const establishMs = 30_000;
const lookMs = 100;

/** Makes the namespaces and CRDs that are not there yet: without them nothing in them can even be checked. */
export async function ensureGround(manifests: readonly Manifest[], site: Site): Promise<void> {
  for (const { object } of manifests.filter((one) => isGround(one.object))) {
    if ((await site.api.find(object)) !== undefined) continue;
    await site.api.apply(object);
    site.log.notice(`${nameOf(object)} was made before anything else, and is never taken back`);
    if (object.kind === "CustomResourceDefinition") {
      await established(object, site);
      site.api.discovery.forget();
    } else await accountMade(object.metadata.name, site);
  }
}

async function established(crd: Manifest["object"], site: Site): Promise<void> {
  await awaited(`${nameOf(crd)} to be established`, site, async () => {
    const live = await site.api.find(crd);
    const conditions = memberAt(live, "status", "conditions") as readonly Condition[] | undefined;
    return conditionOf(conditions, "Established")?.status === "True";
  });
}

/** Until its default account is there, a namespace refuses pods. */
async function accountMade(namespace: string, site: Site): Promise<void> {
  const account = {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "default", namespace },
  };
  await awaited(`the default account of ${namespace}`, site, async () => {
    return (await site.api.find(account)) !== undefined;
  });
}

async function awaited(what: string, site: Site, look: () => Promise<boolean>): Promise<void> {
  const until = site.clock.monotonic() + establishMs;
  while (!(await look())) {
    if (site.clock.monotonic() > until)
      throw new BelayError(
        "command-failed",
        `waited in vain for ${what}`,
        "Look at the cluster's controllers.",
      );
    await site.clock.sleep(lookMs, site.signal);
  }
}
