import type { ClusterWorld } from "../ports/cluster-world.js";

/** Loads all of it, which takes most of the start. */
export async function reachCluster(): Promise<ClusterWorld> {
  const { httpClient } = await import("./http-client.js");
  const { systemProcesses } = await import("./system-processes.js");
  const { openCluster } = await import("./kubectl-proxy.js");
  return {
    http: httpClient(process.env),
    processes: systemProcesses(process.env),
    openCluster: (address) => openCluster(address, process.env),
  };
}
