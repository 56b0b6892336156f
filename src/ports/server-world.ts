import type { SshConnection } from "../kit/ssh-connection.js";
import type { Http } from "./http.js";
import type { Processes } from "./processes.js";
import type { RemoteHost } from "./remote-host.js";
import type { Tcp } from "./tcp.js";

/** All that a deploy over SSH reaches from the runner. */
export interface ServerWorld {
  readonly http: Http;
  readonly tcp: Tcp;
  readonly processes: Processes;
  readonly openHost: (connection: SshConnection) => RemoteHost;
}
