import { pushVersions } from "../test/support/cluster-app.js";
import { type ClusterProxy, startClusterProxy } from "../test/support/cluster-proxy.js";
import { type Kubernetes, startKubernetes } from "../test/support/peers/kubernetes.js";

/** A cluster to measure in. */
export interface ClusterBench {
  readonly cluster: Kubernetes;
  readonly proxy: ClusterProxy;
  /** The reference of version 1 or 2 of the app. */
  readonly image: (version: number) => string;
  stop(): Promise<void>;
}

/** Measures in a cluster that is there for it alone. */
export async function inCluster<T>(measure: (bench: ClusterBench) => Promise<T>): Promise<T> {
  const bench = await startClusterBench();
  try {
    return await measure(bench);
  } finally {
    await bench.stop();
  }
}

/** Starts a cluster with two versions of the app. */
async function startClusterBench(): Promise<ClusterBench> {
  const cluster = await startKubernetes();
  try {
    const versions = await pushVersions(cluster, 2);
    const proxy = await startClusterProxy(cluster);
    return {
      cluster,
      proxy,
      image: (version) => versions[version - 1]?.reference ?? "",
      stop: async () => {
        await proxy.stop();
        await cluster.stop();
      },
    };
  } catch (failure) {
    await cluster.stop();
    throw failure;
  }
}
