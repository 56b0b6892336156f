import type { Inputs } from "./inputs.js";
import { deploy } from "./deploy.js";
import { showPlan } from "./dry-run.js";
import { ensureGround } from "./ground.js";
import { Health } from "./health.js";
import type { Manifest } from "./manifests/parse-yaml.js";
import type { Outcome } from "./outcome.js";
import { planDeploy } from "./plan.js";
import { checkRights } from "./rights.js";
import { rollback } from "./rollback.js";
import { settleOpen } from "./settle-open.js";
import { showStatus } from "./status.js";
import { watchOnly } from "./watch-only.js";
import type { ClusterWorld } from "../ports/cluster-world.js";
import { takeLease } from "./record/lease.js";
import { Rollouts } from "./rollouts.js";
import type { Site } from "./site.js";

/** Does what the inputs ask for at a site. */
export async function runOperation(
  manifests: readonly Manifest[],
  inputs: Inputs,
  world: ClusterWorld,
  site: Site,
): Promise<Outcome> {
  const { operation, dryRun } = inputs;
  await site.timeline.step("rights", () => checkRights(manifests, inputs, site));
  if (operation === "status") return showStatus(inputs, site);
  if (operation === "watch") return watching(inputs, world, site, watchOnly);
  if (dryRun) return planOnly(manifests, inputs, world, site);
  // The lock lies in the namespace, too.
  if (operation === "deploy") await ensureGround(manifests, site);
  return alone(site, (held) =>
    watching(inputs, world, held, async (_, tools) => {
      const releases = await settleOpen(await held.store.list(), tools.rollouts, held);
      if (operation === "rollback") return rollback(releases, inputs, tools, held);
      const plan = await held.timeline.step("check", () =>
        planDeploy(manifests, releases, inputs, held),
      );
      return deploy(plan, inputs, tools, held);
    }),
  );
}

/** Changes nothing, and so needs no lock. */
async function planOnly(
  manifests: readonly Manifest[],
  inputs: Inputs,
  world: ClusterWorld,
  site: Site,
): Promise<Outcome> {
  const releases = await site.store.list();
  if (inputs.operation === "rollback")
    return watching(inputs, world, site, (_, tools) => rollback(releases, inputs, tools, site));
  return showPlan(await planDeploy(manifests, releases, inputs, site), site);
}

type Tools = Parameters<typeof watchOnly>[1];

async function watching(
  inputs: Inputs,
  world: ClusterWorld,
  site: Site,
  body: (inputs: Inputs, tools: Tools, site: Site) => Promise<Outcome>,
): Promise<Outcome> {
  const rollouts = await Rollouts.open(site);
  const health = new Health(inputs.health, inputs.inside, world.http, site);
  const { grace, logs } = inputs;
  const { processes } = world;
  try {
    return await body(inputs, { rollouts, health, processes, patience: { grace, logs } }, site);
  } finally {
    rollouts.close();
  }
}

/** Runs `body` while nobody else deploys the set; its signal aborts also when somebody takes the set over. */
async function alone(site: Site, body: (site: Site) => Promise<Outcome>): Promise<Outcome> {
  const { api, clock, log, deadline, signal, namespace, set, run } = site;
  const holder = run.url === "" ? `run ${run.id}` : run.url;
  const lease = await site.timeline.step("lock", () =>
    takeLease({ api, clock, log, deadline, signal, namespace, set, holder }),
  );
  try {
    return await body({ ...site, signal: AbortSignal.any([signal, lease.lost]) });
  } finally {
    await lease.release();
  }
}
