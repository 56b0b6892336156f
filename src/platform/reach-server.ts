import type { Clock } from "../ports/clock.js";
import type { Log } from "../ports/log.js";
import type { ServerWorld } from "../ports/server-world.js";

/** Loads all of it, which takes most of the start. */
export async function reachServer(clock: Clock, log: Log): Promise<ServerWorld> {
  const { httpClient } = await import("./http-client.js");
  const { tcpClient: tcp } = await import("./tcp-client.js");
  const { systemProcesses } = await import("./system-processes.js");
  const { openSshHost } = await import("./ssh-host.js");
  return {
    http: httpClient(process.env),
    tcp,
    processes: systemProcesses(process.env),
    openHost: (connection) => openSshHost(connection, { clock, log }),
  };
}
