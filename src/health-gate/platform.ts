import type { SshConnection } from "../kit/ssh-connection.js";
import type { Http } from "../ports/http.js";
import type { RemoteHost } from "../ports/remote-host.js";
import type { Step } from "../ports/runner.js";
import type { Tcp } from "../ports/tcp.js";

/** The runner, as far as the action needs it. */
export interface Platform extends Step {
  /** Loads the way to everything else; not before the inputs proved valid, so that bad ones are answered at once. */
  readonly reach: () => Promise<{ readonly http: Http; readonly tcp: Tcp }>;
  /** Loads SSH: only a gate that needs a server takes that time. */
  readonly openHost: (connection: SshConnection) => Promise<RemoteHost>;
}
