import type { ClusterWorld } from "../ports/cluster-world.js";
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
  readonly reach: () => Promise<ClusterWorld>;
}
