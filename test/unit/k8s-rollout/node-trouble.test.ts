import { describe, expect, it } from "vitest";
import type { Pod, Workload } from "../../../src/k8s-rollout/cluster/workloads.js";
import { Judge } from "../../../src/k8s-rollout/rollout/judge.js";
import { nodeHint } from "../../../src/k8s-rollout/rollout/node-trouble.js";
import type { TroubleKind } from "../../../src/k8s-rollout/rollout/trouble.js";
import type { View } from "../../../src/k8s-rollout/rollout/view.js";
import type { Rolled } from "../../../src/k8s-rollout/rollout/watch-rollout.js";
import type { ClusterRequest } from "../../../src/ports/cluster.js";
import { NoAnswer } from "../../../src/ports/http.js";

const workload: Workload = {
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name: "web", uid: "s", generation: 1 },
  spec: { template: { spec: { containers: [{ name: "web", image: "web:2" }] } } },
  status: { observedGeneration: 1, updateRevision: "web-2" },
};

function podOn(nodeName: string): Pod {
  const metadata = {
    name: `web-on-${nodeName}`,
    labels: { "controller-revision-hash": "web-2" },
    ownerReferences: [{ kind: "StatefulSet", name: "web", uid: "s" }],
  };
  return { apiVersion: "v1", kind: "Pod", metadata, spec: { nodeName } };
}

function node(name: string, ready: string, ...pressures: readonly string[]): unknown {
  const conditions = [
    { type: "Ready", status: ready },
    { type: "NetworkUnavailable", status: "False" },
    ...pressures.map((type) => ({ type, status: "True" })),
  ];
  return { kind: "Node", metadata: { name }, status: { conditions } };
}

/** The hint for a failure of that kind of pods that are on nodes a and b; `answers` by path. */
async function hint(
  kind: TroubleKind,
  answers: Readonly<Record<string, unknown>>,
): Promise<{ readonly said: string; readonly asked: readonly string[] }> {
  const view: View = {
    workloads: new Map([["s", workload]]),
    replicaSets: new Map(),
    controllerRevisions: new Map(),
    pods: new Map(["a", "b"].map((name) => [name, podOn(name)])),
    events: new Map(),
  };
  const grace = { maxRestarts: 3, pullMs: 1, configMs: 1, scheduleMs: 1, stableMs: 1 };
  const trouble = { kind, key: "k", line: "it failed", pod: undefined, container: undefined };
  const rolled: Rolled = {
    judge: new Judge(workload, grace, view),
    standing: { state: "failed", line: "", trouble, revision: "web-2", stableMs: 1 },
    readyAfterMs: undefined,
    tookMs: 1,
    timedOut: false,
  };
  const asked: string[] = [];
  const request = ({ path }: ClusterRequest) => {
    asked.push(path);
    const body = answers[path];
    if (body instanceof Error) return Promise.reject(body);
    const status = body === undefined ? 403 : 200;
    return Promise.resolve({ status, body: JSON.stringify(body ?? {}), warnings: [] });
  };
  return { said: await nodeHint(rolled, view, { request }), asked };
}

describe("what is wrong with nodes", () => {
  it("is told of those that the new pods are on", async () => {
    const answers = {
      "/api/v1/nodes/a": node("a", "True", "MemoryPressure", "DiskPressure"),
      "/api/v1/nodes/b": node("b", "Unknown"),
    };
    const { said } = await hint("crash", answers);
    expect(said).toBe("; node a has MemoryPressure, DiskPressure, node b is not ready");
  });

  it("is told of any, a few of them by name, where a pod finds no room", async () => {
    const names = ["a", "b", "c", "d", "e"];
    const items = [node("well", "True"), ...names.map((name) => node(name, "True", "PIDPressure"))];
    const { said, asked } = await hint("unschedulable", { "/api/v1/nodes?limit=100": { items } });
    expect(asked).toEqual(["/api/v1/nodes?limit=100"]);
    expect(said).toBe(
      "; node a has PIDPressure, node b has PIDPressure, node c has PIDPressure and 2 more",
    );
  });

  it("is left out where nodes are well, may not be looked at, or cannot be", async () => {
    const well = { "/api/v1/nodes/a": node("a", "True") };
    expect((await hint("waiting", well)).said).toBe("");
    expect((await hint("unschedulable", {})).said).toBe("");
    const away = { "/api/v1/nodes/a": new NoAnswer("no answer in time", {}) };
    expect((await hint("crash", away)).said).toBe("");
  });
});
