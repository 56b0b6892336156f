import { dirname, join } from "node:path";
import { readFile } from "node:fs/promises";
import { freePort } from "./free-port.js";
import { downloadsKept } from "./node-project.js";
import { type Buildkitd, startBuildkitd } from "./peers/buildkitd.js";
import { type ClusterApi, startClusterApi } from "./peers/cluster-api.js";
import { startClusterServices } from "./peers/cluster-services.js";
import { type Dockerd, startDockerd } from "./peers/dockerd.js";
import { type Ingress, startIngress } from "./peers/ingress.js";
import { type Kubernetes, startKubernetes } from "./peers/kubernetes.js";
import { nodeBaseImage } from "./peers/node-base-image.js";
import { nginxImage, postgresImage, redisImage } from "./peers/server-images.js";
import { type Postgres, startPostgres } from "./postgres.js";
import { removeFolder, scratchFolder } from "./scratch.js";
import { changeWorkflow } from "./workflow-copy.js";

const role = join(import.meta.dirname, "../../docs/kubernetes-role.yaml");

/** A namespace in which a workflow deploys with no more rights than the documented Role gives. */
export interface Surroundings {
  readonly namespace: string;
  readonly kubeconfig: string;
  /** Where users come in. */
  readonly url: string;
  readonly kubectl: (...args: readonly string[]) => Promise<string>;
}

/** All that a repository whose workflow builds images and brings them to a cluster has around it. */
export interface ClusterWorkshop {
  /** The name before an image's, instead of ghcr.io. */
  readonly registry: string;
  /** What a runner has of its own: facts of the run beside those of act, and folders of programs. */
  readonly env: Readonly<Record<string, string>>;
  readonly programs: readonly string[];
  /** A new namespace with its Role and its way in, and so many volumes for whoever claims one. */
  surroundings(namespace: string, volumes: number): Promise<Surroundings>;
  /** Changes a copy of this repository for what is not to be had here. */
  change(folder: string): Promise<void>;
  /** A manifest with its images from here, for a node of two cores, with probes that ask often and nothing by the clock. */
  fitted(manifest: string): string;
  stop(): Promise<void>;
}

/** Starts a cluster with names and Services, and a builder that knows the base images of the examples. */
export async function startClusterWorkshop(): Promise<ClusterWorkshop> {
  const undo: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  const keep = async <T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const started = await starting;
    undo.push(() => started.stop());
    return started;
  };
  try {
    const folder = await scratchFolder("workshop");
    undo.push(() => removeFolder(folder));
    const cluster = await keep(startKubernetes());
    const api = await keep(startClusterApi(cluster));
    await keep(startClusterServices(cluster, api));
    const dockerd = await keep(startDockerd());
    const { address } = cluster.registry;
    await pushBaseImages(dockerd, address);
    const postgres = await keep(startPostgres());
    const buildkitd = await keep(startBuildkitd({ registries: [address], mirror: address }));
    const env = await runnerOf(dockerd, buildkitd);
    return {
      registry: address,
      env,
      programs: [dirname(cluster.kubectlPath)],
      surroundings: (namespace, volumes) =>
        surround({ cluster, api, folder, keep }, namespace, volumes),
      change: (copy) => changeCopy(copy, address, postgres),
      fitted: (manifest) => fitted(manifest, address),
      stop,
    };
  } catch (failure) {
    await stop();
    throw failure;
  }
}

/** By the names that docker.io has for them. */
async function pushBaseImages(dockerd: Dockerd, registry: string): Promise<void> {
  const makers = {
    "node:24-alpine": nodeBaseImage,
    "nginx:1.28-alpine": nginxImage,
    "postgres:17-alpine": postgresImage,
    "redis:8-alpine": redisImage,
  };
  for (const [name, make] of Object.entries(makers)) {
    const reference = `${registry}/library/${name}`;
    await make(dockerd, reference);
    await dockerd.docker(["push", "--quiet", reference]);
  }
}

async function runnerOf(
  dockerd: Dockerd,
  buildkitd: Buildkitd,
): Promise<Readonly<Record<string, string>>> {
  await buildkitd.createBuilder(dockerd, "workshop");
  return {
    DOCKER_HOST: dockerd.env["DOCKER_HOST"] ?? "",
    DOCKER_CONFIG: dockerd.env["DOCKER_CONFIG"] ?? "",
    BUILDX_BUILDER: "workshop",
    CHROMIUM: "/usr/bin/chromium",
    PORT: String(await freePort()),
    ...downloadsKept(),
  };
}

interface Ground {
  readonly cluster: Kubernetes;
  readonly api: ClusterApi;
  readonly folder: string;
  readonly keep: (starting: Promise<Ingress>) => Promise<Ingress>;
}

async function surround(
  { cluster, api, folder, keep }: Ground,
  namespace: string,
  volumes: number,
): Promise<Surroundings> {
  await cluster.namespace(namespace);
  const kubectl: Surroundings["kubectl"] = (...args) =>
    cluster.kubectl([`--namespace=${namespace}`, ...args]);
  await kubectl("apply", "--filename", role);
  await kubectl("create", "rolebinding", "belay", "--role=belay", "--group=deployers");
  for (let number = 1; number <= volumes; number += 1) {
    const name = `${namespace}-${String(number)}`;
    const volume = JSON.stringify(volumeOf(name, join(folder, name)));
    await cluster.kubectl(["create", "--filename=-"], { input: volume });
  }
  const { url } = await keep(startIngress(api, namespace));
  const kubeconfig = await readFile(cluster.kubeconfig("deployer"), "utf8");
  return { namespace, kubeconfig, url, kubectl };
}

function volumeOf(name: string, path: string): object {
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name },
    spec: {
      accessModes: ["ReadWriteOnce"],
      capacity: { storage: "10Gi" },
      hostPath: { path, type: "DirectoryOrCreate" },
    },
  };
}

async function changeCopy(folder: string, registry: string, postgres: Postgres): Promise<void> {
  const workflows = join(folder, ".github/workflows");
  await changeWorkflow(join(workflows, "test.yml"), ({ jobs }) => {
    for (const job of Object.values(jobs)) {
      const steps = job.steps ?? [];
      // act fetches it even where it is not wanted.
      job.steps = steps.filter(({ uses }) => uses?.startsWith("actions/setup-node@") !== true);
      const test = steps.find(({ uses }) => uses?.includes("/test-node@") === true);
      // Browsers come from where no test fetches; the service of a job is none of act's.
      if (test !== undefined)
        test.with = { ...test.with, browsers: "off", "database-url": postgres.url() };
    }
  });
  await changeWorkflow(join(workflows, "build.yml"), ({ jobs }) => {
    const build = jobs["build"]?.steps?.find(({ id }) => id === "build");
    if (build?.with !== undefined)
      build.with["image"] = String(build.with["image"]).replace(/^ghcr\.io\//, `${registry}/`);
  });
}

function fitted(manifest: string, registry: string): string {
  return manifest
    .replaceAll(/image: ((?:postgres|redis):\S+)/g, `image: ${registry}/library/$1`)
    .replaceAll(/requests: \{ cpu: \d+m, memory: \w+ \}/g, "requests: { cpu: 20m, memory: 64Mi }")
    .replaceAll(/schedule: ".*"/g, 'schedule: "0 0 31 2 *"')
    .replaceAll(/initialDelaySeconds: \d+/g, "initialDelaySeconds: 3")
    .replaceAll(/periodSeconds: \d+/g, "periodSeconds: 2");
}
