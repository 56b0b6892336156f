import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../free-port.js";
import { mustRun, type ProgramOptions } from "../program.js";
import { removeFolder, scratchFolder } from "../scratch.js";
import { until } from "../until.js";
import { builtProgram } from "./built-programs.js";
import { hierarchies, removeCgroup } from "./cgroups.js";
import { endLeftovers, startContainerd } from "./containerd.js";
import { type ControlPlane, startControlPlane } from "./control-plane.js";
import { type Daemon, startDaemon } from "./daemon.js";
import { cleanUpAbandoned } from "./dockerd.js";
import { type DockerNetwork, ownerFile, takeDockerNetwork } from "./docker-network.js";
import { keepKernelSettings } from "./kernel-settings.js";
import {
  type ClusterPlace,
  type ClusterUser,
  containerdSettings,
  writeIdentities,
  writeNodeSettings,
} from "./kubernetes-files.js";
import { unmountBelow } from "./mounts.js";
import { type Registry, startRegistry } from "./registry.js";
import { type ImageOptions, imagePusher, type PushedImage } from "./registry-images.js";

export interface KubernetesOptions {
  /** Whether there is a node that runs pods; without one what a kubelet would say is the test's to write. Default: true. */
  readonly node?: boolean;
}

/** A real Kubernetes cluster of one node, with a registry that its images come from. */
export interface Kubernetes {
  readonly registry: Registry;
  /** Where nodes, pods and Services have their addresses. */
  readonly network: DockerNetwork;
  /** The path of kubectl, of the cluster's own version. */
  readonly kubectlPath: string;
  /** The path of a kubeconfig that stands alone. */
  kubeconfig(user?: ClusterUser): string;
  /** Runs kubectl as the administrator and returns its standard output; rejects with what it said. */
  kubectl(args: readonly string[], options?: ProgramOptions): Promise<string>;
  /** Makes a namespace in which pods may be made at once. */
  namespace(name: string): Promise<string>;
  /** Pushes an image of busybox and our web server. */
  push(options: Omit<ImageOptions, "registry">): Promise<PushedImage>;
  restartApiServer(signal?: NodeJS.Signals): Promise<void>;
  log: ControlPlane["log"];
  /** Ends it with all of its pods, mounts, cgroups, addresses and folders. */
  stop(): Promise<void>;
}

/** Starts a cluster, as root; ready when pods can be made in the namespace `default`. */
export async function startKubernetes(options: KubernetesOptions = {}): Promise<Kubernetes> {
  await cleanUpAbandoned();
  const folder = await scratchFolder("kubernetes");
  await writeFile(join(folder, ownerFile), String(process.pid));
  const undo: (() => Promise<void>)[] = [() => removeFolder(folder)];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const network = await takeDockerNetwork(folder);
    undo.push(() => cleanUp(folder, network));
    const registry = await startRegistry();
    undo.push(() => registry.stop());
    const place = await placeOf(folder, network, registry.address);
    await writeIdentities(place);
    const [control, push] = await Promise.all([startControlPlane(place), imagePusher()]);
    undo.push(() => control.stop());
    if (options.node ?? true) undo.push(await startNode(place, push));
    const cluster = await clusterOf(place, registry, { control, push, stop });
    if (options.node ?? true) await nodeReady(cluster);
    await accountReady(cluster, "default");
    return cluster;
  } catch (failure) {
    await stop();
    throw failure;
  }
}

async function placeOf(
  folder: string,
  network: DockerNetwork,
  registry: string,
): Promise<ClusterPlace> {
  const [api, etcd, etcdPeer, kubelet] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    freePort(),
  ]);
  return { folder, network, registry, ports: { api, etcd, etcdPeer, kubelet } };
}

interface Parts {
  readonly control: ControlPlane;
  readonly push: (options: ImageOptions) => Promise<PushedImage>;
  readonly stop: () => Promise<void>;
}

async function clusterOf(
  { folder, network }: ClusterPlace,
  registry: Registry,
  { control, push, stop }: Parts,
): Promise<Kubernetes> {
  const kubectlPath = await builtProgram("kubectl");
  const kubeconfig = (user: ClusterUser = "admin"): string =>
    join(folder, "etc", `${user}.kubeconfig`);
  const kubectl: Kubernetes["kubectl"] = (args, given = {}) =>
    mustRun([kubectlPath, `--kubeconfig=${kubeconfig()}`, ...args], {
      ...given,
      env: { HOME: folder, PATH: process.env["PATH"] ?? "", ...given.env },
    });
  const cluster: Kubernetes = {
    registry,
    network,
    kubectlPath,
    kubeconfig,
    kubectl,
    namespace: async (name) => {
      await kubectl(["create", "namespace", name]);
      await accountReady(cluster, name);
      return name;
    },
    push: (options) => push({ ...options, registry: registry.address }),
    restartApiServer: (signal) => control.restartApiServer(signal),
    log: (program) => control.log(program),
    stop,
  };
  return cluster;
}

/** Starts containerd and kubelet; returns what ends them with all that runs in them. */
async function startNode(place: ClusterPlace, push: Parts["push"]): Promise<() => Promise<void>> {
  const { folder, network, registry } = place;
  await writeNodeSettings(place);
  const pause = { registry, name: "pause", tag: "1", entrypoint: ["/bin/sleep", "2147483647"] };
  const { tagged } = await push(pause);
  for (const root of await hierarchies())
    await mkdir(join(root, network.bridge), { recursive: true });
  await inheritProcessors(network.bridge);
  const restoreKernel = await keepKernelSettings(network.bridge);
  const running: Daemon[] = [];
  const end = async (): Promise<void> => {
    for (const daemon of [...running].reverse()) await daemon.end("SIGTERM", 3000);
    await restoreKernel();
  };
  try {
    running.push(await startContainerd(folder, containerdSettings(place, tagged)));
    running.push(await startKubelet(place));
    return end;
  } catch (failure) {
    await end();
    throw failure;
  }
}

/** A cgroup of version 1 may run nothing before it was told on which processors. */
async function inheritProcessors(cgroup: string): Promise<void> {
  const root = (await hierarchies()).find((path) => path.endsWith("/cpuset"));
  if (root === undefined) return;
  for (const name of ["cpuset.cpus", "cpuset.mems"])
    await writeFile(join(root, cgroup, name), await readFile(join(root, name)));
}

async function startKubelet({ folder, network }: ClusterPlace): Promise<Daemon> {
  return startDaemon(
    [
      await builtProgram("kubelet"),
      `--config=${folder}/etc/kubelet.yaml`,
      `--kubeconfig=${folder}/etc/node.kubeconfig`,
      "--hostname-override=node",
      `--node-ip=${network.address}`,
      `--root-dir=${folder}/kubelet`,
      `--cert-dir=${folder}/kubelet/pki`,
    ],
    { logFile: join(folder, "kubelet.log") },
  );
}

async function nodeReady(cluster: Kubernetes): Promise<void> {
  const condition = '{.status.conditions[?(@.type=="Ready")].status}';
  const ready = async (): Promise<boolean> =>
    (await cluster.kubectl(["get", "node", "node", `--output=jsonpath=${condition}`])) === "True";
  await until("the node to be ready", () => ready().catch(() => false), {
    timeoutMs: 60_000,
    intervalMs: 200,
  });
}

/** Until its default account is there, a namespace refuses pods. */
async function accountReady(cluster: Kubernetes, namespace: string): Promise<void> {
  const found = (): Promise<boolean> =>
    cluster.kubectl(["get", "serviceaccount", "default", `--namespace=${namespace}`]).then(
      () => true,
      () => false,
    );
  await until("the default account", found, { timeoutMs: 30_000, intervalMs: 100 });
}

async function cleanUp(folder: string, network: DockerNetwork): Promise<void> {
  await endLeftovers(folder);
  await removeCgroup(network.bridge);
  await unmountBelow(folder);
  await removeNetworkResults(network.bridge);
  await network.remove();
}

/** What the network plug-ins remember of pods, in a folder that cannot be chosen. */
async function removeNetworkResults(bridge: string): Promise<void> {
  const folder = "/var/lib/cni/results";
  for (const name of await readdir(folder).catch(() => []))
    if (name.startsWith(`${bridge}-`)) await rm(join(folder, name), { force: true });
}
