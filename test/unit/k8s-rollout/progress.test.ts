import { describe, expect, it } from "vitest";
import type { Pod, Workload } from "../../../src/k8s-rollout/cluster/workloads.js";
import { podTroubles } from "../../../src/k8s-rollout/rollout/pod-trouble.js";
import { progressOf } from "../../../src/k8s-rollout/rollout/progress.js";

function workload(
  kind: Workload["kind"],
  spec: Workload["spec"],
  status: Workload["status"],
): Workload {
  const metadata = { name: "web", uid: "w", generation: 1 };
  const seen = { observedGeneration: 1, ...status };
  return { apiVersion: "apps/v1", kind, metadata, spec: { replicas: 3, ...spec }, status: seen };
}

const allReady = { replicas: 3, updatedReplicas: 3, readyReplicas: 3 };

describe("a rollout is not complete", () => {
  it.each<[string, Workload]>([
    [
      "while a pod is ready, but not for its minReadySeconds",
      workload("Deployment", {}, { ...allReady, availableReplicas: 2 }),
    ],
    [
      "while the controller has not seen it",
      workload("Deployment", {}, { ...allReady, availableReplicas: 3, observedGeneration: 0 }),
    ],
    [
      "while a DaemonSet has old pods on nodes",
      workload(
        "DaemonSet",
        {},
        { desiredNumberScheduled: 3, updatedNumberScheduled: 2, numberAvailable: 3 },
      ),
    ],
    [
      "while a StatefulSet has old pods",
      workload(
        "StatefulSet",
        {},
        { ...allReady, updatedReplicas: 2, updateRevision: "web-2", currentRevision: "web-1" },
      ),
    ],
  ])("%s", (_, one) => {
    expect(progressOf(one, undefined).complete).toBe(false);
  });
});

describe("a rollout is complete", () => {
  it.each<[string, Workload, number]>([
    [
      "with all pods available",
      workload("Deployment", {}, { ...allReady, availableReplicas: 3 }),
      3,
    ],
    ["of nothing", workload("Deployment", { replicas: 0 }, { replicas: 0 }), 0],
    [
      "up to the partition of a StatefulSet",
      workload(
        "StatefulSet",
        { updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 2 } } },
        { ...allReady, updatedReplicas: 1, updateRevision: "web-2", currentRevision: "web-1" },
      ),
      1,
    ],
    [
      "where no node wants a pod of a DaemonSet",
      workload("DaemonSet", {}, { desiredNumberScheduled: 0 }),
      0,
    ],
  ])("%s", (_, one, wanted) => {
    expect(progressOf(one, undefined)).toMatchObject({ complete: true, held: undefined, wanted });
  });

  it.each<[string, Workload["spec"]]>([
    ["paused", { paused: true }],
    ["OnDelete", { updateStrategy: { type: "OnDelete" } }],
  ])("as far as it goes where it is %s, and says so", (word, spec) => {
    const { complete, held } = progressOf(workload("StatefulSet", spec, {}), undefined);
    expect(complete).toBe(true);
    expect(held).toContain(word);
  });
});

describe("a container that is not the app's own", () => {
  const history = { restartsBefore: () => 0, pullAnswers: () => 0, events: [] };
  const pod = (container: object, status: object): Pod => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web-1", uid: "p" },
    spec: {
      initContainers: [{ name: "side", ...container }],
      containers: [{ name: "web" }],
    },
    status: { initContainerStatuses: [{ name: "side", ...status }] },
  });

  it("that crashes beside it, a sidecar, is named", () => {
    const lastState = { terminated: { exitCode: 2, reason: "Error" } };
    const state = { waiting: { reason: "CrashLoopBackOff" } };
    const crashed = pod({ restartPolicy: "Always" }, { restartCount: 2, state, lastState });
    expect(podTroubles(crashed, history)).toMatchObject([
      { kind: "crash", restarts: 2, line: "sidecar side: exited with 2, 2 restarts" },
    ]);
  });

  it("that ran before it and is done is no trouble, though it ended", () => {
    const state = { terminated: { exitCode: 0, reason: "Completed" } };
    expect(podTroubles(pod({}, { restartCount: 0, state }), history)).toEqual([]);
  });
});
