import { Deadline } from "../kit/deadline.js";
import type { Api } from "./cluster/api.js";
import type { Workload } from "./cluster/workloads.js";
import { rolloutError, worstOf } from "./rollout/cause.js";
import { portHint } from "./rollout/listening.js";
import { type Evidence, showEvidence } from "./rollout/evidence.js";
import type { Grace } from "./rollout/grace.js";
import { Judge } from "./rollout/judge.js";
import { nodeHint } from "./rollout/node-trouble.js";
import { LiveView } from "./rollout/view.js";
import { type Rolled, watchRollout } from "./rollout/watch-rollout.js";
import type { Site } from "./site.js";

/** How long a rollout is waited for, and what is shown when it fails. */
export interface Patience {
  readonly grace: Grace;
  readonly logs: boolean;
}

/** The rollouts of a namespace, watched since before anything changed in it. */
export class Rollouts {
  readonly #site: Site;
  readonly #view: LiveView;
  #rolled: readonly Rolled[] = [];
  #evidence: Evidence | undefined;

  private constructor(site: Site, view: LiveView) {
    this.#site = site;
    this.#view = view;
  }

  static async open(site: Site, api: Api = site.api): Promise<Rollouts> {
    const { namespace, clock, log } = site;
    const view = await LiveView.open(namespace, api, clock, (why) => {
      log.info(`rollout: the watch was interrupted (${why}): taken up again`);
    });
    return new Rollouts(site, view);
  }

  /** How the last watch ended, workload by workload. */
  get rolled(): readonly Rolled[] {
    return this.#rolled;
  }

  /** What was found of the failure that this run ends with; undefined where no rollout failed. */
  get evidence(): Evidence | undefined {
    return this.#evidence;
  }

  /** The workloads as they are now. */
  get workloads(): readonly Workload[] {
    return [...this.#view.workloads.values()];
  }

  get view(): LiveView {
    return this.#view;
  }

  /** Who judges a workload counts only what happens from now on. */
  judges(workloads: readonly Workload[], grace: Grace): readonly Judge[] {
    return workloads.map((workload) => new Judge(workload, grace, this.#view));
  }

  /** Waits until all of them have new pods that stay ready; throws with the cause when one has not. */
  async done(workloads: readonly Workload[], { grace, logs }: Patience): Promise<void> {
    if (workloads.length === 0) return;
    const judges = this.judges(workloads, grace);
    this.#rolled = await watchRollout(judges, this.#view, this.#site);
    const error = rolloutError(this.#rolled);
    if (error === undefined) return;
    const worst = worstOf(this.#rolled);
    const { api, log, secrets } = this.#site;
    if (worst === undefined || error.code === "superseded") throw error;
    const { cluster } = api;
    const found = { api, log, logs, secrets };
    // The way back waits for them.
    const [port, node, evidence] = await Promise.all([
      portHint(worst, this.#view, cluster),
      nodeHint(worst, this.#view, cluster),
      showEvidence(worst, this.#view, found),
    ]);
    this.#evidence = evidence;
    throw rolloutError(this.#rolled, `${port}${node}`) ?? error;
  }

  /** The same on the way back, where a template that has run before needs no time to prove itself; how it ended. */
  async back(
    workloads: readonly Workload[],
    { grace, logs }: Patience,
  ): Promise<readonly Rolled[]> {
    if (workloads.length === 0) return [];
    const judges = this.judges(workloads, { ...grace, stableMs: 0 });
    const { clock, api, log, secrets } = this.#site;
    const deadline = new Deadline(clock, clock.monotonic(), this.#site.timeoutMs);
    const rolled = await watchRollout(judges, this.#view, { ...this.#site, deadline });
    const error = rolloutError(rolled);
    const worst = worstOf(rolled);
    if (error === undefined || worst === undefined) return rolled;
    const found = { api, log, logs, secrets };
    this.#evidence ??= await showEvidence(worst, this.#view, found);
    throw error;
  }

  close(): void {
    this.#view.close();
  }
}

/** What has come of them: `replicaset/web-5d9c`, `controllerrevision/db-1`. */
export function revisionsOf(rolled: readonly Rolled[]): readonly string[] {
  return rolled.flatMap(({ judge, standing: { revision } }) => {
    const kind = judge.workload.kind === "Deployment" ? "replicaset" : "controllerrevision";
    return revision === undefined ? [] : [`${kind}/${revision}`];
  });
}
