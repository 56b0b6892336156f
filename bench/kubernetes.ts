import { setTimeout as sleep } from "node:timers/promises";
import type { Pod } from "../src/k8s-rollout/cluster/workloads.js";
import { type ClusterApp, clusterApp, service, shell, web } from "../test/support/cluster-app.js";
import { startLoad } from "../test/support/load.js";
import { reportOf, verdictOf } from "../test/support/report-of.js";
import type { ActionResult } from "../test/support/run-action.js";
import { until } from "../test/support/until.js";
import { type ClusterBench, inCluster } from "./cluster-bench.js";
import {
  compare,
  type ComparisonResult,
  type Figure,
  inTurn,
  type Measured,
  resultOf,
  timed,
} from "./measure.js";
import { watchForState } from "./pod-state.js";
import { good, sizeFigure } from "./start-up.js";

/** Rollouts and the way back against plain kubectl in the same cluster. */
export function measureKubernetes(pairs: number): Promise<Measured> {
  return inCluster(async (bench) => ({
    comparisons: [
      await goodRollout(bench, Math.min(pairs, 15)),
      await wayBack(bench, Math.min(pairs, 7)),
      await requests(bench),
    ],
    figures: [await failedRequests(bench), await sizeFigure("k8s-rollout", 0.7)],
  }));
}

async function withApp<T>(
  name: string,
  { cluster }: ClusterBench,
  use: (app: ClusterApp) => Promise<T>,
): Promise<T> {
  const app = await clusterApp(cluster, name);
  try {
    return await use(app);
  } finally {
    await app.remove();
  }
}

const names = ["api", "jobs", "mail", "web"];
const replicas = 2;

/** Several workloads at once; another version each time. */
function goodRollout(bench: ClusterBench, pairs: number): Promise<ComparisonResult> {
  const roll = async (app: ClusterApp, turn: number, how: () => Promise<unknown>) => {
    const image = bench.image((turn % 2) + 1);
    await app.write(...names.map((name) => web(image, { name, replicas })));
    await sleep(phaseOf(turn));
    const ms = await timed(how);
    await oldPodsGone(app);
    return ms;
  };
  return withApp("good", bench, (app) =>
    withApp("good-kubectl", bench, (plain) => {
      const turns = { ours: 0, peer: 0 };
      return compare(
        {
          name: `a good rollout of ${String(names.length)} workloads`,
          ours: "the action, less the 1 s that the pods must stay ready",
          peer: "kubectl apply and rollout status",
          target: 1.1,
          runOurs: async () => {
            const ms = await roll(app, turns.ours++, async () => good(await app.run()));
            return ms - 1000;
          },
          runPeer: () => roll(plain, turns.peer++, () => applied(plain)),
        },
        pairs,
      );
    }),
  );
}

/**
 * How long to wait before a turn. A kubelet looks at its containers once a second, and old pods are gone at one of these
 * looks: who begins right after that is always early for the next, or always late. So turns begin at all points of a second.
 */
function phaseOf(turn: number): number {
  return (turn * 618) % 1000;
}

async function applied(app: ClusterApp): Promise<void> {
  const files = ["--filename", `${app.workspace}/k8s`];
  await app.kubectl("apply", ...files);
  await app.kubectl("rollout", "status", ...files, "--timeout=60s");
}

/** What is on its way out would take its part of the next run's time. */
async function oldPodsGone(app: ClusterApp): Promise<void> {
  const gone = async (): Promise<boolean> => {
    const pods = await app.kubectl("get", "pods", "--output=name");
    return pods.trim().split("\n").length === names.length * replicas;
  };
  await until("the old pods to be gone", gone, { timeoutMs: 30_000, intervalMs: 250 });
}

/** Both times three pods of which two were given up for new ones that crash. */
async function wayBack(bench: ClusterBench, pairs: number): Promise<ComparisonResult> {
  const spec = { strategy: { rollingUpdate: { maxUnavailable: 2 } } };
  const healthy = web(bench.image(1), { replicas: 3, spec });
  const broken = web(bench.image(2), { replicas: 3, spec, container: shell("exit 3") });
  return withApp("back", bench, (app) =>
    withApp("back-kubectl", bench, async (plain) => {
      await app.write(healthy);
      good(await app.run());
      await app.write(broken);
      const [ours, peer] = await inTurn(
        async () => stepOf(rolledBack(await app.run({ "max-restarts": "1" })), "rollback"),
        () => undone(plain, bench, { healthy, broken }),
        pairs,
      );
      const told = {
        name: "the way back after a failed deploy, until the pods are ready",
        ours: "the action's step rollback",
        peer: "kubectl rollout undo and rollout status",
      };
      return resultOf({ ...told, target: 1.2 }, ours, peer);
    }),
  );
}

function rolledBack(result: ActionResult): ActionResult {
  if (verdictOf(result).status !== "rolled-back")
    throw new Error(`it was not rolled back: ${result.log.text}`);
  return result;
}

function stepOf(result: ActionResult, step: string): number {
  return reportOf(result).steps.find(({ name }) => name === step)?.durationMs ?? Number.NaN;
}

/** Begun in the same moment as the action's way back: a kubelet looks at its containers once a second. */
async function undone(
  app: ClusterApp,
  { proxy }: ClusterBench,
  { healthy, broken }: Record<"healthy" | "broken", ReturnType<typeof web>>,
): Promise<number> {
  await app.write(healthy);
  await applied(app);
  await app.write(broken);
  const crash = await watchForState(proxy.url, app.namespace, hasCrashed);
  try {
    await app.kubectl("apply", "--filename", `${app.workspace}/k8s`);
    await until("the new pods to crash", () => crash.isSeen(), {
      timeoutMs: 30_000,
      intervalMs: 5,
    });
    return await timed(async () => {
      await app.kubectl("rollout", "undo", "deployment/web");
      await app.kubectl("rollout", "status", "deployment/web", "--timeout=60s");
    });
  } finally {
    crash.close();
  }
}

function hasCrashed({ status }: Pod): boolean {
  return (status?.containerStatuses?.[0]?.restartCount ?? 0) >= 1;
}

/** Ten times as long; the lock is renewed every 8 s meanwhile, and that alone may be more. */
function requests(bench: ClusterBench): Promise<ComparisonResult> {
  return withApp("requests", bench, (app) => {
    const { proxy } = bench;
    const turns = { count: 0 };
    const counted = async (seconds: number): Promise<number> => {
      turns.count += 1;
      const env = [
        { name: "HEALTHY_AFTER", value: `${String(seconds)}s` },
        { name: "TURN", value: String(turns.count) },
      ];
      await app.write(web(bench.image(1), { container: { env } }));
      const before = proxy.requests().length;
      good(await app.run({ kubeconfig: proxy.kubeconfig }));
      return proxy
        .requests()
        .slice(before)
        .filter((asked) => !isRenewal(asked)).length;
    };
    return compare(
      {
        name: "requests to the API server in a good rollout, but for the renewals of the lock",
        ours: "one that takes 30 s",
        peer: "one that takes 3 s",
        unit: "requests",
        target: 1,
        runOurs: () => counted(30),
        runPeer: () => counted(3),
      },
      1,
    );
  });
}

function isRenewal(asked: string): boolean {
  return asked.startsWith("PUT ") && asked.includes("/leases/");
}

/** A deploy whose pods crash, of an app with two of them that serves 50 requests a second. */
function failedRequests(bench: ClusterBench): Promise<Figure> {
  return withApp("served", bench, async (app) => {
    await app.write(service(), web(bench.image(1), { replicas }));
    good(await app.run());
    await app.write(
      service(),
      web(bench.image(2), { replicas, container: shell("sleep 1; exit 3") }),
    );
    const path = `/api/v1/namespaces/${app.namespace}/services/web:8080/proxy/`;
    const load = startLoad(`${bench.proxy.url}${path}`, { requestsPerSecond: 50 });
    rolledBack(await app.run());
    await sleep(1000);
    const { requests: many, failures } = await load.stop();
    return {
      name: `failed requests through the Service during a bad deploy of two replicas, of ${String(many)}`,
      value: failures.length,
      unit: "requests",
      target: 0,
    };
  });
}
