import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../../src/k8s-rollout/cluster/objects.js";
import type { KubeEvent, Pod, Workload } from "../../../src/k8s-rollout/cluster/workloads.js";
import type { Grace } from "../../../src/k8s-rollout/rollout/grace.js";
import { Judge } from "../../../src/k8s-rollout/rollout/judge.js";
import type { View } from "../../../src/k8s-rollout/rollout/view.js";

const grace: Grace = {
  maxRestarts: 3,
  pullMs: 20_000,
  configMs: 30_000,
  scheduleMs: 120_000,
  stableMs: 10_000,
};

function deployment(status: Workload["status"] = {}, replicas = 2): Workload {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: "web",
      uid: "d",
      generation: 2,
      annotations: { "deployment.kubernetes.io/revision": "2" },
    },
    spec: { replicas, template: { spec: { containers: [{ name: "web", image: "web:2" }] } } },
    status: { observedGeneration: 2, replicas, ...status },
  };
}

const replicaSet: KubeObject = {
  apiVersion: "apps/v1",
  kind: "ReplicaSet",
  metadata: {
    name: "web-2",
    uid: "r2",
    annotations: { "deployment.kubernetes.io/revision": "2" },
    ownerReferences: [{ kind: "Deployment", name: "web", uid: "d" }],
  },
};

function pod(name: string, status: Pod["status"] = {}, owner = "r2"): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      uid: name,
      ownerReferences: [{ kind: "ReplicaSet", name: "web-2", uid: owner }],
    },
    spec: { containers: [{ name: "web", image: "web:2" }] },
    status,
  };
}

const ready = { conditions: [{ type: "Ready", status: "True" }] };

function waiting(reason: string, message = "", restartCount = 0): Pod["status"] {
  const state = { waiting: { reason, message } };
  return { containerStatuses: [{ name: "web", restartCount, state }] };
}

function crashed(restartCount: number): Pod["status"] {
  const lastState = { terminated: { exitCode: 1, reason: "Error" } };
  const state = { waiting: { reason: "CrashLoopBackOff" } };
  return { containerStatuses: [{ name: "web", restartCount, state, lastState }] };
}

function view(workload: Workload, pods: readonly Pod[], events: readonly KubeEvent[] = []): View {
  return {
    workloads: new Map([["d", workload]]),
    replicaSets: new Map([["r2", replicaSet]]),
    controllerRevisions: new Map(),
    pods: new Map(pods.map((one) => [one.metadata.name, one])),
    events: new Map(events.map((one, at) => [String(at), one])),
  };
}

function event(reason: string, message: string, uid: string): KubeEvent {
  const metadata = { name: `${reason}-${uid}` };
  return { apiVersion: "v1", kind: "Event", metadata, reason, message, involvedObject: { uid } };
}

function judge(before: View = view(deployment(), [])): Judge {
  return new Judge(deployment(), grace, before);
}

describe("a rollout", () => {
  it("is done only when all new pods have stayed ready", () => {
    const one = judge();
    const whole = deployment({ updatedReplicas: 2, availableReplicas: 2 });
    const seen = view(whole, [pod("a", ready), pod("b", ready)]);
    expect(one.look(seen, 0).state).toBe("settling");
    expect(one.look(seen, 9999)).toMatchObject({ state: "settling", settledInMs: 1 });
    // A pod that was away in between begins anew.
    expect(one.look(view(deployment(), [pod("a", ready), pod("b")]), 10_000).state).toBe("rolling");
    expect(one.look(seen, 10_500).state).toBe("settling");
    expect(one.look(seen, 20_500).state).toBe("done");
  });

  it("is not done by a pod that its liveness probe restarts, though it never shows as not ready", () => {
    const one = judge();
    const whole = deployment({ updatedReplicas: 1, availableReplicas: 1, replicas: 1 }, 1);
    const alive = (restarts: number) => view(whole, [pod("a", { ...crashed(restarts), ...ready })]);
    one.look(alive(0), 0);
    expect(one.look(alive(1), 9000).state).toBe("settling");
    expect(one.look(alive(2), 18_000).state).toBe("settling");
    expect(one.look(alive(3), 27_000)).toMatchObject({ state: "failed", trouble: { restarts: 3 } });
  });

  it("is not done while an old pod still runs, and counts none of them", () => {
    const busy = deployment({ replicas: 3, updatedReplicas: 2, availableReplicas: 3 });
    const seen = view(busy, [pod("a", ready), pod("b", ready), pod("old", crashed(9), "r1")]);
    expect(judge().look(seen, 60_000)).toMatchObject({ state: "rolling", trouble: undefined });
  });

  it("of nothing, and one that is paused, is done at once", () => {
    const none = new Judge(deployment({}, 0), grace, view(deployment({}, 0), []));
    expect(none.look(view(deployment({ replicas: 0 }, 0), []), 0).state).toBe("done");
    const paused = deployment();
    const held = { ...paused, spec: { ...paused.spec, paused: true } };
    const watched = new Judge(held, grace, view(held, []));
    expect(watched.look(view(held, []), 0)).toMatchObject({ state: "done" });
  });

  it("waits for a watch that lags behind, and knows a workload that was deleted", () => {
    const one = judge();
    const nothing: View = { ...view(deployment(), []), workloads: new Map() };
    expect(one.look(nothing, 0).state).toBe("rolling");
    one.look(view(deployment(), []), 1);
    expect(one.look(nothing, 2)).toMatchObject({ state: "superseded" });
  });

  it("is superseded by another template, not by other replicas", () => {
    const one = judge();
    expect(one.look(view(deployment({}, 5), []), 0).state).toBe("rolling");
    const other = deployment();
    const template = { spec: { containers: [{ name: "web", image: "web:3" }] } };
    const changed = { ...other, spec: { ...other.spec, template } };
    expect(one.look(view(changed, []), 1).state).toBe("superseded");
  });
});

describe("a trouble", () => {
  it("of configuration has its time, also when it flaps", () => {
    const one = judge();
    const missing = view(deployment(), [pod("a", waiting("CreateContainerConfigError", "no x"))]);
    expect(one.look(missing, 0).state).toBe("rolling");
    expect(one.look(view(deployment(), [pod("a")]), 2000).state).toBe("rolling");
    expect(one.look(missing, 4000).state).toBe("rolling");
    expect(one.look(missing, 29_000).state).toBe("rolling");
    expect(one.look(missing, 30_000)).toMatchObject({
      state: "failed",
      trouble: { kind: "config", line: "CreateContainerConfigError, no x" },
    });
  });

  it("that was gone for a while begins anew", () => {
    const one = judge();
    const missing = view(deployment(), [pod("a", waiting("CreateContainerConfigError", "no x"))]);
    const fine = view(deployment(), [pod("a")]);
    one.look(missing, 0);
    for (const now of [1000, 2000, 5000]) one.look(fine, now);
    expect(one.look(missing, 31_000).state).toBe("rolling");
  });

  it("of an image ends at the second answer, or after its time; a busy registry does neither", () => {
    const said = 'failed to resolve reference "web:2": not found';
    const asked = view(deployment(), [pod("a", waiting("ErrImagePull", said))]);
    const backOff = view(deployment(), [
      pod("a", waiting("ImagePullBackOff", `Back-off: ${said}`)),
    ]);
    const twice = judge();
    expect(twice.look(asked, 0).state).toBe("rolling");
    expect(twice.look(backOff, 2000).state).toBe("rolling");
    expect(twice.look(asked, 4000)).toMatchObject({ state: "failed", trouble: { kind: "image" } });
    const once = judge();
    once.look(backOff, 0);
    expect(once.look(backOff, 20_000).state).toBe("failed");
    const busy = judge();
    const limited = "unexpected status: 429 Too Many Requests";
    const slow = view(deployment(), [pod("a", waiting("ErrImagePull", limited))]);
    for (const now of [0, 60_000]) expect(busy.look(slow, now).state).toBe("rolling");
  });

  it("of an image is known also where the answer comes after names that fill lines", () => {
    const name = `registry.example.com/${"a".repeat(60)}@sha256:${"0".repeat(64)}`;
    const said = `failed to pull and unpack image "${name}": failed to resolve reference "${name}": ${name}: not found`;
    const asked = view(deployment(), [pod("a", waiting("ErrImagePull", said))]);
    const one = judge();
    one.look(asked, 0);
    expect(one.look(asked, 20_000)).toMatchObject({
      state: "failed",
      trouble: { kind: "image", line: expect.stringMatching(/: not found$/) as unknown },
    });
  });

  it("of crashes counts restarts since our start, and gives way to a pod that works", () => {
    const before = view(deployment(), [pod("a", crashed(7))]);
    const one = judge(before);
    expect(one.look(view(deployment(), [pod("a", crashed(9))]), 0).state).toBe("rolling");
    const failed = one.look(view(deployment(), [pod("a", crashed(10))]), 1);
    expect(failed).toMatchObject({
      state: "failed",
      trouble: { line: "exited with 1, 3 restarts" },
    });
    const two = judge();
    const working = [pod("a", crashed(0)), pod("b", ready)];
    two.look(view(deployment(), working), 0);
    const later = view(deployment(), [pod("a", crashed(5)), pod("b", ready)]);
    expect(two.look(later, 10_000).state).toBe("rolling");
  });

  it("of evicted pods is none", () => {
    const evicted = pod("a", { ...crashed(9), phase: "Failed", reason: "Evicted" });
    expect(judge().look(view(deployment(), [evicted]), 0)).toMatchObject({ trouble: undefined });
  });

  it("of room waits for an autoscaler that is at work", () => {
    const condition = { type: "PodScheduled", status: "False", reason: "Unschedulable" };
    const stuck = pod("a", { conditions: [{ ...condition, message: "0/1 nodes" }] });
    const alone = judge();
    alone.look(view(deployment(), [stuck]), 0);
    for (let now = 0; now < 120_000; now += 2000) alone.look(view(deployment(), [stuck]), now);
    expect(alone.look(view(deployment(), [stuck]), 120_000).state).toBe("failed");
    const scaled = judge();
    const coming = view(deployment(), [stuck], [event("TriggeredScaleUp", "1 -> 2", "a")]);
    for (let now = 0; now <= 240_000; now += 2000)
      expect(scaled.look(coming, now).state).toBe("rolling");
  });

  it("of quota needs a time without progress; a refused spec needs none", () => {
    const quota = 'Error creating: pods "web-2-x" is forbidden: exceeded quota: q';
    const one = judge();
    const full = view(deployment(), [], [event("FailedCreate", quota, "r2")]);
    for (let now = 0; now < 120_000; now += 2000) expect(one.look(full, now).state).toBe("rolling");
    expect(one.look(full, 120_000)).toMatchObject({
      state: "failed",
      trouble: { line: 'FailedCreate, pods "web-2-x" is forbidden: exceeded quota: q' },
    });
    const refused = 'pods "web-2-x" is forbidden: violates PodSecurity "restricted"';
    const strict = view(deployment(), [], [event("FailedCreate", refused, "r2")]);
    expect(judge().look(strict, 0).state).toBe("failed");
  });
});
