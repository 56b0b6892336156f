import type { Cluster, ClusterAddress } from "../ports/cluster.js";
import type { Http } from "../ports/http.js";
import type { Processes } from "../ports/processes.js";
import type { RunFacts, Step } from "../ports/runner.js";

/** Where the run comes from; what the runner does not tell is empty. */
export type Run = Pick<
  RunFacts,
  "sha" | "url" | "id" | "attempt" | "actor" | "repository" | "workspace"
>;

/** The runner, as far as the action needs it. */
export interface Platform extends Step {
  readonly run: Run;
  /** Loads the way to everything else; not before the inputs proved valid. */
  readonly reach: () => Promise<World>;
}

/** What lies beyond the runner. */
export interface World {
  readonly http: Http;
  readonly processes: Processes;
  readonly openCluster: (address: ClusterAddress) => Promise<Cluster>;
}
