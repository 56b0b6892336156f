import type { RawInput } from "../kit/inputs.js";
import type { SshConnection } from "../kit/ssh-connection.js";
import type { Clock } from "../ports/clock.js";
import type { Http } from "../ports/http.js";
import type { Log } from "../ports/log.js";
import type { RemoteHost } from "../ports/remote-host.js";
import type { Tcp } from "../ports/tcp.js";

/** The runner, as far as the action needs it. */
export interface Platform {
  readonly clock: Clock;
  readonly log: Log;
  /** Aborts when the job is cancelled. */
  readonly signal: AbortSignal;
  readonly input: RawInput;
  /** The names under `with:`, and those that have a default. */
  readonly inputNames: readonly string[];
  readonly setOutput: (name: string, value: string) => void;
  readonly addSummary: (markdown: string) => Promise<void>;
  /** Makes the step fail. */
  readonly fail: () => void;
  /** Loads the way to everything else; not before the inputs proved valid, so that bad ones are answered at once. */
  readonly reach: () => Promise<{ readonly http: Http; readonly tcp: Tcp }>;
  /** Loads SSH: only a gate that needs a server takes that time. */
  readonly openHost: (connection: SshConnection) => Promise<RemoteHost>;
}
