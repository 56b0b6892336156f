import type { RawInput } from "../kit/inputs.js";
import type { SshConnection } from "../kit/ssh-connection.js";
import type { Clock } from "../ports/clock.js";
import type { Http } from "../ports/http.js";
import type { Log } from "../ports/log.js";
import type { Processes } from "../ports/processes.js";
import type { RemoteHost } from "../ports/remote-host.js";
import type { Tcp } from "../ports/tcp.js";
import type { Program } from "../server/program.js";
import type { Run } from "./plan.js";

/** The runner, as far as the action needs it. */
export interface Platform {
  readonly clock: Clock;
  readonly log: Log;
  /** Aborts when the job is cancelled. */
  readonly signal: AbortSignal;
  readonly run: Run;
  readonly input: RawInput;
  /** The names under `with:`, and those that have a default. */
  readonly inputNames: readonly string[];
  readonly setOutput: (name: string, value: string) => void;
  readonly addSummary: (markdown: string) => Promise<void>;
  /** What the post step will find as `state`. */
  readonly saveState: (name: string, value: string) => void;
  readonly state: (name: string) => string;
  /** Makes the step fail. */
  readonly fail: () => void;
  /** Loads the way to everything else; not before the inputs proved valid, so that bad ones are answered at once. */
  readonly reach: () => Promise<World>;
}

/** What lies beyond the runner. */
export interface World {
  readonly http: Http;
  readonly tcp: Tcp;
  readonly processes: Processes;
  readonly openHost: (connection: SshConnection) => RemoteHost;
  readonly readProgram: () => Promise<Program>;
}
