import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../../src/k8s-rollout/cluster/objects.js";
import type { Workload } from "../../../src/k8s-rollout/cluster/workloads.js";
import { narrowPlaces } from "../../../src/k8s-rollout/room/look-at-room.js";
import { podNeeds } from "../../../src/k8s-rollout/room/pod-needs.js";
import { quantity } from "../../../src/k8s-rollout/room/quantity.js";

describe("a quantity", () => {
  it.each([
    ["500m", 0.5],
    ["2", 2],
    [2, 2],
    ["1e3", 1000],
    ["1.5Gi", 1.5 * 2 ** 30],
    ["128M", 128e6],
    ["2E", 2e18],
  ])("%s is the number %d", (written, number) => {
    expect(quantity(written)).toBe(number);
  });

  it.each([["much"], ["5 apples"], [""], [undefined]])("%s is none", (written) => {
    expect(quantity(written)).toBeNaN();
  });
});

type Amounts = Readonly<Record<string, string>>;

function container(name: string, requests: Amounts) {
  return { name, resources: { requests } };
}

describe("what a pod needs", () => {
  it("is what all containers and sidecars ask for together", () => {
    const template = {
      spec: {
        containers: [
          container("web", { cpu: "200m", memory: "64Mi" }),
          container("log", { cpu: "0.1" }),
        ],
        initContainers: [{ ...container("mesh", { cpu: "100m" }), restartPolicy: "Always" }],
      },
    };
    expect(Object.fromEntries(podNeeds(template))).toEqual({
      pods: 1,
      "requests.cpu": 0.4,
      "requests.memory": 64 * 2 ** 20,
    });
  });

  it("is what an init container asks for, where that is more; a limit alone is a request", () => {
    const template = {
      spec: {
        containers: [{ name: "web", resources: { limits: { cpu: "1" } } }],
        initContainers: [container("migrate", { cpu: "3" })],
      },
    };
    expect(Object.fromEntries(podNeeds(template))).toEqual({
      pods: 1,
      "requests.cpu": 3,
      "limits.cpu": 1,
    });
  });
});

function deployment(requests: Amounts, spec: object = {}): Workload {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: {
      replicas: 1,
      template: { spec: { containers: [container("web", requests)] } },
      ...{ strategy: { rollingUpdate: { maxSurge: "25%" } } },
      ...spec,
    },
  };
}

function quota(hard: object, used: object, spec: object = {}): KubeObject {
  const metadata = { name: "compute" };
  return { apiVersion: "v1", kind: "ResourceQuota", metadata, spec, status: { hard, used } };
}

function node(allocatable: object, more: object = {}): KubeObject {
  const metadata = { name: "a", labels: { disk: "ssd" } };
  const conditions = [{ type: "Ready", status: "True" }];
  return { apiVersion: "v1", kind: "Node", metadata, status: { allocatable, conditions }, ...more };
}

/** What is said before the workload is changed. */
function said(
  result: Workload,
  { quotas = [], nodes = [] }: { quotas?: readonly KubeObject[]; nodes?: readonly KubeObject[] },
): readonly string[] {
  return narrowPlaces([{ result, live: result }], { quotas, nodes });
}

describe("a quota", () => {
  const small = [quota({ "requests.cpu": "1", pods: "10" }, { "requests.cpu": "800m", pods: "2" })];

  it("without room for one pod more is named with its state", () => {
    expect(said(deployment({ cpu: "300m" }), { quotas: small })).toEqual([
      "resourcequota/compute has no room for one pod more of deployment/web (requests.cpu: 800m of 1 used)",
    ]);
    expect(said(deployment({ cpu: "200m" }), { quotas: small })).toEqual([]);
    const short = [quota({ cpu: "1" }, { cpu: "1" })];
    expect(said(deployment({ cpu: "1m" }), { quotas: short })).toHaveLength(1);
  });

  it("is no hindrance where an old pod goes first, or nothing runs; but to what is new", () => {
    const first = { strategy: { rollingUpdate: { maxSurge: 0 } } };
    const want = { cpu: "300m" };
    expect(said(deployment(want, first), { quotas: small })).toEqual([]);
    expect(said(deployment(want, { strategy: { type: "Recreate" } }), { quotas: small })).toEqual(
      [],
    );
    expect(said(deployment(want, { replicas: 0 }), { quotas: small })).toEqual([]);
    const made = narrowPlaces([{ result: deployment(want, first), live: undefined }], {
      quotas: small,
      nodes: [],
    });
    expect(made).toHaveLength(1);
  });

  it("for some pods only is left out", () => {
    const scoped = [quota({ pods: "0" }, { pods: "0" }, { scopes: ["Terminating"] })];
    expect(said(deployment({}), { quotas: scoped })).toEqual([]);
  });
});

describe("nodes", () => {
  it("of which none would hold the pod are told of, with what it asks for", () => {
    const nodes = [node({ cpu: "2", memory: "4Gi" }), node({ cpu: "4", memory: "1Gi" })];
    expect(said(deployment({ cpu: "3", memory: "2Gi" }), { nodes })).toEqual([
      "no node takes a pod of deployment/web: by cpu, memory",
    ]);
    expect(said(deployment({ cpu: "3" }), { nodes })).toEqual([]);
  });

  it("that are closed, not ready or none that it selects do not count", () => {
    const cordoned = node({ cpu: "8" }, { spec: { unschedulable: true } });
    const gone = node({ cpu: "8" }, { status: { allocatable: { cpu: "8" }, conditions: [] } });
    expect(said(deployment({}), { nodes: [cordoned, gone] })).toEqual([
      "no node takes a pod of deployment/web: none is ready",
    ]);
    const template = { spec: { nodeSelector: { disk: "hdd" } } };
    expect(said(deployment({}, { template }), { nodes: [node({ cpu: "8" })] })).toEqual([
      "no node takes a pod of deployment/web: by disk",
    ]);
  });

  it("that may not be looked at say nothing", () => {
    expect(said(deployment({ cpu: "640" }), {})).toEqual([]);
  });
});
