import { generateKeyPairSync } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeCertificate, makeIssuer } from "../certificate.js";
import type { DockerNetwork } from "./docker-network.js";

/** Where the parts of a cluster meet. */
export interface ClusterPlace {
  readonly folder: string;
  readonly network: DockerNetwork;
  /** `127.0.0.1:PORT` of the registry that images come from. */
  readonly registry: string;
  readonly ports: {
    readonly api: number;
    readonly etcd: number;
    readonly etcdPeer: number;
    readonly kubelet: number;
  };
}

/** Those who may log in, each by the token `token-<name>`. */
const users = [
  ["admin", "system:masters"],
  ["scheduler", "system:kube-scheduler", "system:kube-scheduler"],
  ["controllers", "system:kube-controller-manager", "system:kube-controller-manager"],
  ["node", "system:nodes", "system:node:node"],
  ["deployer", "deployers"],
] as const;

export type ClusterUser = (typeof users)[number][0];

/** Writes certificates, tokens and kubeconfigs. */
export async function writeIdentities(place: ClusterPlace): Promise<void> {
  const { folder, network } = place;
  const issuer = makeIssuer("cluster");
  const server = makeCertificate({ issuer, addresses: ["127.0.0.1"], name: "kubernetes" });
  const kubelet = makeCertificate({ issuer, addresses: [network.address], name: "node" });
  const client = makeCertificate({ issuer, name: "apiserver" });
  const account = generateKeyPairSync("rsa", { modulusLength: 2048 });
  await writeAll(join(folder, "pki"), {
    "ca.crt": issuer.cert,
    "server.crt": server.cert,
    "server.key": server.key,
    "kubelet.crt": kubelet.cert,
    "kubelet.key": kubelet.key,
    "client.crt": client.cert,
    "client.key": client.key,
    "account.key": account.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    "account.pub": account.publicKey.export({ type: "spki", format: "pem" }).toString(),
    "tokens.csv": users
      .map(([name, group, user = name]) => `token-${name},${user},${user},"${group}"\n`)
      .join(""),
  });
  const configs = users.map(([name]) => [
    `${name}.kubeconfig`,
    kubeconfig(place, name, issuer.cert),
  ]);
  await writeAll(join(folder, "etc"), Object.fromEntries(configs) as Record<string, string>);
}

/** A kubeconfig that stands alone. */
export function kubeconfig(place: ClusterPlace, user: ClusterUser, authority: string): string {
  const data = Buffer.from(authority).toString("base64");
  return `apiVersion: v1
kind: Config
clusters:
- name: test
  cluster:
    server: https://127.0.0.1:${String(place.ports.api)}
    certificate-authority-data: ${data}
users:
- name: ${user}
  user:
    token: token-${user}
contexts:
- name: test
  context:
    cluster: test
    user: ${user}
    namespace: default
current-context: test
`;
}

/** Writes what kubelet, containerd and the network plug-in are told. */
export async function writeNodeSettings(place: ClusterPlace): Promise<void> {
  const { folder, network } = place;
  await writeAll(join(folder, "etc"), {
    "kubelet.yaml": kubeletSettings(place),
    "resolv.conf": "nameserver 127.0.0.1\n",
  });
  const plugin = {
    type: "bridge",
    // One of its own: the plug-in gives it an address, and the network's bridge has one already.
    bridge: `${network.bridge}p`,
    isGateway: true,
    hairpinMode: true,
    ipam: {
      type: "host-local",
      dataDir: join(folder, "cni-addresses"),
      ranges: [[{ subnet: `${nthNetwork(network, 1)}.0/24` }]],
      routes: [{ dst: "0.0.0.0/0" }],
    },
  };
  const list = { cniVersion: "0.4.0", name: network.bridge, plugins: [plugin] };
  await writeAll(join(folder, "cni"), { "10-test.conflist": JSON.stringify(list) });
}

/** The first three numbers of the n-th /24 of the network's range. */
export function nthNetwork({ address }: DockerNetwork, n: number): string {
  const [first, second, third] = address.split(".").map(Number);
  return [first, second, (third ?? 0) + n].join(".");
}

function kubeletSettings({ folder, network, ports }: ClusterPlace): string {
  return `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
# The cgroups of the machine may be of version 1, and nobody made a hierarchy of systemd's.
failCgroupV1: false
failSwapOn: false
cgroupDriver: cgroupfs
cgroupRoot: /${network.bridge}
enforceNodeAllocatable: [pods]
containerRuntimeEndpoint: unix://${folder}/containerd.sock
authentication:
  anonymous: { enabled: false }
  webhook: { enabled: false }
  x509: { clientCAFile: ${folder}/pki/ca.crt }
authorization: { mode: AlwaysAllow }
tlsCertFile: ${folder}/pki/kubelet.crt
tlsPrivateKeyFile: ${folder}/pki/kubelet.key
address: ${network.address}
port: ${String(ports.kubelet)}
healthzPort: 0
readOnlyPort: 0
resolvConf: ${folder}/etc/resolv.conf
clusterDNS: [${nthNetwork(network, 2)}.10]
clusterDomain: cluster.local
podLogsDir: ${folder}/pod-logs
evictionHard: { memory.available: 100Mi, nodefs.available: "1%", imagefs.available: "1%", nodefs.inodesFree: "1%" }
imageGCHighThresholdPercent: 100
makeIPTablesUtilChains: false
# A container that crashes is started again after 2 s at the latest: tests of restarts stay quick.
crashLoopBackOff: { maxContainerRestartPeriod: 2s }
`;
}

/** containerd with Kubernetes' interface, all of it below `folder`, and images by plain http. */
export function containerdSettings({ folder, registry }: ClusterPlace, pauseImage: string): string {
  return `version = 2
root = "${folder}/containerd"
state = "${folder}/containerd-state"
disabled_plugins = ["io.containerd.internal.v1.opt"]
[grpc]
  address = "${folder}/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  stream_server_address = "127.0.0.1"
  netns_mounts_under_state_dir = true
  # Root may lack the capability to make a process less likely to be killed than itself.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${folder}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".registry.mirrors."${registry}"]
    endpoint = ["http://${registry}"]
`;
}

async function writeAll(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const [name, text] of Object.entries(files))
    await writeFile(join(folder, name), text, { mode: 0o600 });
}
