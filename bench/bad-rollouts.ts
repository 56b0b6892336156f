import type { Pod } from "../src/k8s-rollout/cluster/workloads.js";
import {
  type ClusterApp,
  clusterApp,
  shell,
  web,
  type WebOptions,
} from "../test/support/cluster-app.js";
import type { Kubernetes } from "../test/support/peers/kubernetes.js";
import { runProgram } from "../test/support/program.js";
import { verdictOf } from "../test/support/report-of.js";
import { type ClusterBench, inCluster } from "./cluster-bench.js";
import { type ComparisonNames, type Figure, type Measured, resultOf, timed } from "./measure.js";
import { watchForState } from "./pod-state.js";

/** What the user has chosen; what comes after it is ours. */
const graces = {
  "config-grace": "3s",
  "pull-grace": "4s",
  "schedule-grace": "3s",
  "max-restarts": "2",
  "rollback-on-failure": "false",
};
const seconds = (ms: number): string => `${String(ms / 1000)}s`;
const peersTimeout = "20s";

interface Reason extends WebOptions {
  readonly name: string;
  /** Default: the app's own. */
  readonly image?: string;
  /** What a pod shows when the verdict could be given, but for the grace; undefined: from the start of the action. */
  readonly shows?: (pod: Pod) => boolean;
  readonly graceMs?: number;
  readonly inputs?: Readonly<Record<string, string>>;
  /** What kubectl makes of it. */
  readonly peerSays?: "success";
}

const missing = { secretKeyRef: { name: "missing", key: "x" } };
const restartedTwice = ({ status }: Pod): boolean =>
  (status?.containerStatuses?.[0]?.restartCount ?? 0) >= 2;
const waitsFor =
  (reason: string) =>
  ({ status }: Pod): boolean =>
    status?.containerStatuses?.[0]?.state?.waiting?.reason === reason;

const reasons: readonly Reason[] = [
  { name: "a crash loop", container: shell("exit 3"), shows: restartedTwice },
  {
    name: "a crash 3 s after the start, without a probe",
    probe: false,
    container: shell("sleep 3; exit 9"),
    inputs: { stable: "6s" },
    shows: restartedTwice,
    peerSays: "success",
  },
  {
    name: "an image that does not exist",
    image: "REGISTRY/nope:1",
    shows: waitsFor("ErrImagePull"),
    graceMs: 4000,
  },
  {
    name: "a missing Secret",
    container: { env: [{ name: "A", valueFrom: missing }] },
    shows: waitsFor("CreateContainerConfigError"),
    graceMs: 3000,
  },
  {
    name: "no room on any node",
    container: { resources: { requests: { cpu: "640" } } },
    shows: ({ status }) =>
      status?.conditions?.some(
        ({ type, status: is }) => type === "PodScheduled" && is === "False",
      ) === true,
    graceMs: 3000,
  },
  {
    name: "a liveness probe that fails",
    probe: false,
    container: {
      livenessProbe: {
        httpGet: { path: "/healthz", port: 8080 },
        periodSeconds: 1,
        failureThreshold: 2,
      },
      env: [{ name: "NEVER_HEALTHY", value: "1" }],
    },
    inputs: { stable: "6s" },
    shows: restartedTwice,
    peerSays: "success",
  },
  {
    name: "a readiness probe that fails, until timeout",
    container: { env: [{ name: "NEVER_HEALTHY", value: "1" }] },
    inputs: { timeout: "10s" },
    graceMs: 10_000,
  },
];

/** How soon a bad rollout is known, reason by reason, beside `kubectl rollout status`. */
export function measureBadRollouts(pairs: number): Promise<Measured> {
  return inCluster(async (bench) => {
    const measured: Measured[] = [];
    for (const reason of reasons)
      measured.push(await measureReason(reason, bench, Math.min(pairs, 3)));
    return {
      comparisons: measured.flatMap(({ comparisons }) => comparisons),
      figures: measured.flatMap(({ figures }) => figures),
    };
  });
}

async function measureReason(
  reason: Reason,
  bench: ClusterBench,
  pairs: number,
): Promise<Measured> {
  const { cluster } = bench;
  const namespace = `bad-${String(reasons.indexOf(reason))}`;
  const app = await clusterApp(cluster, namespace);
  const plain = await clusterApp(cluster, `${namespace}-kubectl`);
  const image = (reason.image ?? bench.image(1)).replace("REGISTRY", cluster.registry.address);
  for (const one of [app, plain]) await one.write(web(image, { ...reason, name: "web" }));
  const [ours, peer, late]: [number[], number[], number[]] = [[], [], []];
  try {
    // Every try counts: the worst one is what is told.
    for (let pair = 0; pair < pairs; pair += 1) {
      peer.push(await byKubectl(reason, plain, cluster));
      ours.push(await byAction(reason, late, app, bench));
    }
    return {
      comparisons: [resultOf(namesOf(reason), ours, peer)],
      figures: [verdictFigure(reason, late)],
    };
  } finally {
    await app.remove();
    await plain.remove();
  }
}

function namesOf({ name, peerSays }: Reason): ComparisonNames {
  const outcome = peerSays === "success" ? "which reports success" : "which names no cause";
  return {
    name: `${name}: until it is known`,
    ours: "the action, with the cause in one line",
    peer: `kubectl apply and rollout status --timeout=${peersTimeout}, ${outcome}`,
  };
}

function verdictFigure({ name, shows, graceMs: grace }: Reason, late: readonly number[]): Figure {
  const from = shows === undefined ? "from its start" : "from the pod's state";
  const less = grace === undefined ? "" : `, less the ${seconds(grace)} of grace`;
  return {
    name: `${name}: ${from} to the action's end${less}, worst of ${String(late.length)}`,
    value: Math.max(...late) / 1000,
    unit: "s",
    target: 1,
  };
}

/** Milliseconds that the action takes; those from the pod's state to its end, less the grace, go to `late`. */
async function byAction(
  { shows, graceMs: grace = 0, inputs }: Reason,
  late: number[],
  app: ClusterApp,
  { proxy }: ClusterBench,
): Promise<number> {
  const state = await watchForState(proxy.url, app.namespace, shows ?? (() => false));
  try {
    const began = performance.now();
    const result = await app.run({ ...graces, ...inputs });
    const ended = performance.now();
    if (verdictOf(result).code?.startsWith("gate-") !== true)
      throw new Error(`no verdict on the rollout: ${result.log.text}`);
    late.push(ended - (shows === undefined ? began : state.seenAt()) - grace);
    return ended - began;
  } finally {
    state.close();
    await empty(app);
  }
}

async function byKubectl(
  { peerSays }: Reason,
  app: ClusterApp,
  cluster: Kubernetes,
): Promise<number> {
  const files = ["--filename", `${app.workspace}/k8s`];
  const said = { failed: false };
  const ms = await timed(async () => {
    await app.kubectl("apply", ...files);
    const status = ["rollout", "status", ...files, `--timeout=${peersTimeout}`];
    said.failed = await failed(app.namespace, status, cluster);
  });
  if (said.failed !== (peerSays !== "success"))
    throw new Error(`kubectl rollout status ${said.failed ? "failed" : "reported success"}`);
  await empty(app);
  return ms;
}

async function failed(
  namespace: string,
  words: readonly string[],
  cluster: Kubernetes,
): Promise<boolean> {
  const place = [`--kubeconfig=${cluster.kubeconfig()}`, `--namespace=${namespace}`];
  const { code } = await runProgram([cluster.kubectlPath, ...place, ...words]);
  return code !== 0;
}

/** Each run finds nothing there. */
async function empty(app: ClusterApp): Promise<void> {
  await app.kubectl("delete", "deployments", "--all", "--wait", "--cascade=foreground");
  await app.kubectl("delete", "pods", "--all", "--wait");
}
