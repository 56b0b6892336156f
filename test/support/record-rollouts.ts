import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { KubeObject } from "../../src/k8s-rollout/cluster/objects.js";
import type { Workload } from "../../src/k8s-rollout/cluster/workloads.js";
import { viewedPaths } from "../../src/k8s-rollout/rollout/view.js";
import { type ClusterApp, clusterApp, pushVersions, shell, web } from "./cluster-app.js";
import { startClusterProxy } from "./cluster-proxy.js";
import { startKubernetes } from "./peers/kubernetes.js";
import {
  type RecordedEvent,
  type RecordedRollout,
  type ViewedKind,
  viewedKinds,
} from "./recorded-rollout.js";

// scripts/node test/support/record-rollouts.ts [NAME…]: records anew what test/fixtures/rollouts holds, from a real cluster.

interface Scenario {
  readonly name: string;
  readonly seconds: number;
  /** What is there before; what is applied; what happens meanwhile. */
  readonly before?: (app: ClusterApp) => Promise<unknown>;
  readonly workload: ReturnType<typeof web>;
  readonly meanwhile?: (app: ClusterApp) => Promise<unknown>;
}

const folder = join(import.meta.dirname, "../fixtures/rollouts");

function scenarios(image: (version: number) => string): readonly Scenario[] {
  const late = { env: [{ name: "A", valueFrom: { secretKeyRef: { name: "late", key: "x" } } }] };
  const oneByOne = { strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } };
  return [
    {
      name: "crash",
      seconds: 12,
      workload: web(image(1), { replicas: 2, container: shell("exit 3") }),
    },
    {
      name: "late-crash",
      seconds: 14,
      workload: web(image(1), { probe: false, container: shell("sleep 2; exit 9") }),
    },
    {
      // A kubelet looks for it again after more than ten seconds.
      name: "late-secret",
      seconds: 26,
      workload: web(image(1), { container: late }),
      meanwhile: async (app) => {
        await sleep(3000);
        await app.kubectl("create", "secret", "generic", "late", "--from-literal=x=1");
      },
    },
    {
      name: "surge-quota",
      seconds: 24,
      before: async (app) => {
        await app.write(web(image(1), { spec: oneByOne }));
        await app.kubectl("apply", "--filename", `${app.workspace}/k8s`);
        await app.kubectl("rollout", "status", "deployment/web", "--timeout=60s");
        await app.kubectl("create", "quota", "limit", "--hard=pods=1");
      },
      workload: web(image(2), { spec: oneByOne }),
      meanwhile: async (app) => {
        await sleep(4000);
        await app.kubectl("delete", "quota", "limit");
      },
    },
  ];
}

/** Watches everything that the action watches, from a list of its own on. */
async function watched(
  url: string,
  path: string,
  { began, signal }: { readonly began: number; readonly signal: AbortSignal },
): Promise<{ readonly listed: readonly KubeObject[]; readonly events: RecordedEvent[] }> {
  const list = (await (await fetch(`${url}${path}`)).json()) as {
    readonly metadata: { readonly resourceVersion: string };
    readonly items: readonly KubeObject[];
  };
  const events: RecordedEvent[] = [];
  const query = `watch=1&resourceVersion=${list.metadata.resourceVersion}`;
  const { body } = await fetch(`${url}${path}?${query}`, { signal });
  if (body === null) throw new Error(`no watch of ${path}`);
  const lines = createInterface({
    input: Readable.fromWeb(body as never).on("error", () => undefined),
  });
  lines.on("error", () => undefined);
  lines.on("line", (line) => {
    const { type, object } = JSON.parse(line) as {
      readonly type: string;
      readonly object: KubeObject;
    };
    events.push({ ms: Math.round(performance.now() - began), type, object: trimmed(object) });
  });
  return { listed: list.items.map(trimmed), events };
}

/** Without what nobody looks at, which is most of it. */
function trimmed(object: KubeObject): KubeObject {
  const unused = [
    ...["managedFields", "tolerations", "volumes", "volumeMounts", "podIPs", "hostIPs"],
    "kubectl.kubernetes.io/last-applied-configuration",
  ];
  return JSON.parse(
    JSON.stringify(object, (name, value: unknown) => (unused.includes(name) ? undefined : value)),
  ) as KubeObject;
}

async function record(scenario: Scenario, app: ClusterApp, url: string): Promise<RecordedRollout> {
  await scenario.before?.(app);
  const over = new AbortController();
  const began = performance.now();
  const all = await Promise.all(
    viewedKinds.map(async (kind) => {
      const path = viewedPaths[kind].replace("NAMESPACE", app.namespace);
      return [kind, await watched(url, path, { began, signal: over.signal })] as const;
    }),
  );
  await app.write(scenario.workload);
  const files = [
    "--filename",
    `${app.workspace}/k8s`,
    "--output=json",
    "--show-managed-fields=false",
  ];
  const applied = trimmed(JSON.parse(await app.kubectl("apply", ...files)) as Workload) as Workload;
  const appliedMs = Math.round(performance.now() - began);
  await scenario.meanwhile?.(app);
  const endMs = scenario.seconds * 1000;
  await sleep(Math.max(0, endMs - (performance.now() - began)));
  over.abort();
  const watches = Object.fromEntries(all) as unknown as RecordedRollout["watches"];
  return { applied, appliedMs, endMs, watches };
}

/** A line for each event, so that a new recording can be read as a change. */
function text({ watches, ...head }: RecordedRollout): string {
  const kinds = (
    Object.entries(watches) as [ViewedKind, RecordedRollout["watches"][ViewedKind]][]
  ).map(([kind, { listed, events }]) => {
    const lines = events.map((event) => `\n    ${JSON.stringify(event)}`).join(",");
    return `"${kind}": {"listed": ${JSON.stringify(listed)}, "events": [${lines}]}`;
  });
  const start = JSON.stringify(head).slice(0, -1);
  return `${start}, "watches": {\n  ${kinds.join(",\n  ")}\n}}\n`;
}

const chosen = process.argv.slice(2);
const cluster = await startKubernetes();
try {
  const versions = await pushVersions(cluster, 2);
  const proxy = await startClusterProxy(cluster);
  const image = (version: number): string => versions[version - 1]?.reference ?? "";
  for (const scenario of scenarios(image)) {
    if (chosen.length > 0 && !chosen.includes(scenario.name)) continue;
    const app = await clusterApp(cluster, scenario.name);
    const recorded = await record(scenario, app, proxy.url);
    await writeFile(join(folder, `${scenario.name}.json`), text(recorded));
    await app.remove();
  }
  await proxy.stop();
} finally {
  await cluster.stop();
}
