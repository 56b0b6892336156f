import type { KubeObject } from "../../src/k8s-rollout/cluster/objects.js";
import type { Workload } from "../../src/k8s-rollout/cluster/workloads.js";
import { viewedPaths } from "../../src/k8s-rollout/rollout/view.js";
import type { Clock } from "../../src/ports/clock.js";
import type { Cluster } from "../../src/ports/cluster.js";

/** What an API server said of a namespace while a workload was rolled out; times in milliseconds. */
export interface RecordedRollout {
  /** The workload as the server answered when it was applied, and when that was. */
  readonly applied: Workload;
  readonly appliedMs: number;
  /** How long it was watched. */
  readonly endMs: number;
  readonly watches: Readonly<Record<ViewedKind, RecordedWatch>>;
}

export type ViewedKind = keyof typeof viewedPaths;

export interface RecordedWatch {
  readonly listed: readonly KubeObject[];
  readonly events: readonly RecordedEvent[];
}

export interface RecordedEvent {
  readonly ms: number;
  readonly type: string;
  readonly object: KubeObject;
}

export const viewedKinds = Object.keys(viewedPaths) as readonly ViewedKind[];

/** A cluster that says it all again, by another clock; whatever else is asked of it fails. */
export function replayed({ watches }: RecordedRollout, clock: Clock): Cluster {
  return {
    request: ({ path }) => {
      const items = watches[kindAt(path)].listed;
      const list = { kind: "List", metadata: { resourceVersion: "1" }, items };
      return Promise.resolve({ status: 200, body: JSON.stringify(list), warnings: [] });
    },
    stream: (path, signal) => linesOf(watches[kindAt(path)], clock, signal),
    kubectl: () => Promise.reject(new Error("nobody runs kubectl")),
    config: { code: 0, stdout: "", stderr: "" },
    close: () => Promise.resolve(),
  };
}

async function* linesOf(
  { events }: RecordedWatch,
  clock: Clock,
  signal: AbortSignal,
): AsyncIterable<string> {
  for (const { ms, type, object } of events) {
    await clock.sleep(Math.max(0, ms - clock.monotonic()), signal);
    yield JSON.stringify({ type, object });
  }
  const day = 86_400_000;
  await clock.sleep(day, signal);
}

function kindAt(path: string): ViewedKind {
  const plural = path.split("?")[0]?.split("/").at(-1) ?? "";
  const kind = viewedKinds.find((one) => one.toLowerCase() === plural);
  if (kind === undefined) throw new Error(`nothing was recorded of ${path}`);
  return kind;
}
