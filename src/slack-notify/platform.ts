import type { Http } from "../ports/http.js";
import type { Processes } from "../ports/processes.js";
import type { RunFacts, Runner, Step } from "../ports/runner.js";

/** Where the run comes from; what the runner does not tell is empty. */
export type Run = Pick<
  RunFacts,
  | "sha"
  | "actor"
  | "url"
  | "id"
  | "repository"
  | "workspace"
  | "server"
  | "api"
  | "workflow"
  | "workflowRef"
  | "refName"
>;

/** The runner, as far as the action needs it. */
export interface Platform extends Step, Pick<Runner, "event"> {
  readonly run: Run;
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
  /** Loads the way to everything else; not before the inputs proved valid. */
  readonly reach: () => Promise<World>;
}

/** What lies beyond the runner. */
export interface World {
  readonly http: Http;
  readonly processes: Processes;
}
