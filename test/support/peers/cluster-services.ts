import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { mustRun } from "../program.js";
import type { ClusterApi } from "./cluster-api.js";
import { serveNames } from "./cluster-names.js";
import { serverPath } from "./daemon.js";
import { nthNetwork } from "./kubernetes-files.js";
import type { Kubernetes } from "./kubernetes.js";

/** What lets the pods of a cluster reach each other by the names and addresses of Services. */
export interface ClusterServices {
  stop(): Promise<void>;
}

interface Service {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: { readonly clusterIP?: string; readonly ports?: readonly Port[] };
}

interface Port {
  readonly name?: string;
  readonly port: number;
}

interface Slice {
  readonly metadata: {
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly endpoints: readonly {
    readonly addresses: readonly string[];
    readonly conditions?: { readonly ready?: boolean };
  }[];
  readonly ports: readonly Port[] | null;
}

const lookMs = 300;

/**
 * Does the work of kube-proxy and CoreDNS, which the cluster lacks: addresses of Services are put on its bridge, where
 * connections are passed on to pods that are ready.
 */
export async function startClusterServices(
  cluster: Kubernetes,
  api: ClusterApi,
): Promise<ClusterServices> {
  const forwarders = new Map<string, Forwarder>();
  const addresses = new Map<string, string>();
  const resolver = `${nthNetwork(cluster.network, 2)}.10`;
  await addAddress(resolver, cluster);
  const names = await serveNames(resolver, (name) => addresses.get(name));
  const stopped = new AbortController();
  const look = async (): Promise<void> => {
    const { services, slices } = await listed(api);
    addresses.clear();
    for (const service of services) {
      const { name, namespace } = service.metadata;
      const ip = service.spec.clusterIP ?? "None";
      if (ip === "None") continue;
      addresses.set(`${name}.${namespace}.svc.cluster.local`, ip);
      for (const port of service.spec.ports ?? []) {
        const key = `${ip}:${String(port.port)}`;
        const forwarder = forwarders.get(key) ?? (await forward(ip, port.port, cluster));
        forwarders.set(key, forwarder);
        forwarder.targets = readyTargets(service, port, slices);
      }
    }
  };
  await look();
  const looking = (async () => {
    // An API server that is away for a moment leaves everything as it was.
    while (!stopped.signal.aborted) {
      await sleep(lookMs, undefined, { signal: stopped.signal }).catch(() => undefined);
      await look().catch(() => undefined);
    }
  })();
  return {
    stop: async () => {
      stopped.abort();
      await looking;
      await names.stop();
      await Promise.all([...forwarders.values()].map((forwarder) => forwarder.stop()));
    },
  };
}

async function listed(
  api: ClusterApi,
): Promise<{ readonly services: readonly Service[]; readonly slices: readonly Slice[] }> {
  const [services, slices] = await Promise.all([
    api.get("/api/v1/services"),
    api.get("/apis/discovery.k8s.io/v1/endpointslices"),
  ]);
  const own = (services as { items: readonly Service[] }).items.filter(
    ({ metadata }) => metadata.namespace !== "default",
  );
  return { services: own, slices: (slices as { items: readonly Slice[] }).items };
}

interface Target {
  readonly host: string;
  readonly port: number;
}

function readyTargets(
  { metadata }: Service,
  { name = "" }: Port,
  slices: readonly Slice[],
): readonly Target[] {
  return slices.flatMap((slice) => {
    const { namespace, labels } = slice.metadata;
    const isOf = labels?.["kubernetes.io/service-name"] === metadata.name;
    const port = slice.ports?.find((one) => (one.name ?? "") === name)?.port;
    if (namespace !== metadata.namespace || !isOf || port === undefined) return [];
    const ready = slice.endpoints.filter(({ conditions }) => conditions?.ready !== false);
    return ready.flatMap(({ addresses }) => addresses.map((host) => ({ host, port })));
  });
}

interface Forwarder {
  targets: readonly Target[];
  stop(): Promise<void>;
}

/** The address goes with the cluster's bridge. */
async function forward(ip: string, port: number, cluster: Kubernetes): Promise<Forwarder> {
  await addAddress(ip, cluster);
  const sockets = new Set<Socket>();
  let turn = 0;
  const server = createServer((client) => {
    const target = forwarder.targets[turn++ % Math.max(1, forwarder.targets.length)];
    if (target === undefined) client.resetAndDestroy();
    else join(client, connect(target), sockets);
  });
  const forwarder: Forwarder = { targets: [], stop: () => close(server, sockets) };
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, ip, resolve);
  });
  return forwarder;
}

function join(client: Socket, pod: Socket, sockets: Set<Socket>): void {
  for (const [one, other] of [
    [client, pod],
    [pod, client],
  ] as const) {
    sockets.add(one);
    one.on("error", () => other.destroy());
    one.on("close", () => sockets.delete(one));
    one.pipe(other);
  }
}

function close(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy();
  return new Promise((resolve) => void server.close(() => resolve()));
}

async function addAddress(ip: string, { network }: Kubernetes): Promise<void> {
  const words = ["ip", "address", "replace", `${ip}/32`, "dev", network.bridge];
  await mustRun(words, { env: { PATH: serverPath() } });
}
