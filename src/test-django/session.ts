import type { Base } from "../checks/changed-lines.js";
import type { Platform } from "../checks/platform.js";
import type { Cache } from "../ports/cache.js";
import type { Children } from "../ports/children.js";
import type { Inputs } from "./inputs.js";

/** What all folders of a run share. */
export interface Session {
  readonly inputs: Inputs;
  readonly platform: Platform;
  readonly children: Children;
  readonly cache: Cache | undefined;
  readonly base: Base;
  /** For files of this run; nobody else may look into it. */
  readonly scratch: string;
  /** Begins the names of this run's databases. */
  readonly token: string;
  /** When the time for all checks is over, by the clock that only goes forward. */
  readonly endsAt: number;
}
