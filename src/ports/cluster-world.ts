import type { Cluster, ClusterAddress } from "./cluster.js";
import type { Http } from "./http.js";
import type { Processes } from "./processes.js";

/** What an action that works on a cluster reaches beyond the runner. */
export interface ClusterWorld {
  readonly http: Http;
  readonly processes: Processes;
  readonly openCluster: (address: ClusterAddress) => Promise<Cluster>;
}
