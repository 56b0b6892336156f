import type { StepWithPost } from "../ports/runner.js";
import type { ServerWorld } from "../ports/server-world.js";
import type { Program } from "../server/program.js";
import type { Run } from "./plan.js";

/** The runner, as far as the action needs it. */
export interface Platform extends StepWithPost {
  readonly run: Run;
  /** Loads the way to everything else; not before the inputs proved valid, so that bad ones are answered at once. */
  readonly reach: () => Promise<World>;
}

/** What lies beyond the runner. */
export interface World extends ServerWorld {
  readonly readProgram: () => Promise<Program>;
}
