import { afterAll, beforeAll } from "vitest";
import { type ClusterApp, clusterApp, pushVersions } from "./cluster-app.js";
import { type Kubernetes, startKubernetes } from "./peers/kubernetes.js";

/** The cluster of a test file, from before its first test until after its last. */
export interface ClusterOfFile {
  readonly cluster: () => Kubernetes;
  /** The reference of a version of the app, from 1 on. */
  readonly image: (version: number) => string;
  /** A new app in a namespace of that name. */
  readonly appIn: (namespace: string) => Promise<ClusterApp>;
}

/** Starts a cluster for the file, with so many versions of the app in its registry. */
export function clusterOfFile(versions: number): ClusterOfFile {
  let cluster: Kubernetes;
  let images: readonly string[];
  const apps: ClusterApp[] = [];
  beforeAll(async () => {
    cluster = await startKubernetes();
    images = (await pushVersions(cluster, versions)).map(({ reference }) => reference);
  });
  afterAll(async () => {
    await cluster.stop();
    await Promise.all(apps.map((app) => app.remove()));
  });
  return {
    cluster: () => cluster,
    image: (version) => {
      const image = images[version - 1];
      if (image === undefined) throw new Error(`there is no version ${String(version)}`);
      return image;
    },
    appIn: async (namespace) => {
      const app = await clusterApp(cluster, namespace);
      apps.push(app);
      return app;
    },
  };
}
