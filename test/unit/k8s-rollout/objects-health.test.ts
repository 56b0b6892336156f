import { describe, expect, it } from "vitest";
import { Api } from "../../../src/k8s-rollout/cluster/api.js";
import { others } from "../../../src/k8s-rollout/objects-health.js";
import type { Site } from "../../../src/k8s-rollout/site.js";
import { makeCertificate } from "../../support/certificate.js";
import { FakeClock } from "../../support/fake-clock.js";
import { clusterThatAnswers } from "../../support/cluster-that-answers.js";

const clock = new FakeClock();
const paths = {
  quota: "/api/v1/namespaces/shop/resourcequotas",
  service: "/api/v1/namespaces/shop/services",
  claim: "/api/v1/namespaces/shop/persistentvolumeclaims",
  ingress: "/apis/networking.k8s.io/v1/namespaces/shop/ingresses",
  autoscaler: "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers",
  budget: "/apis/policy/v1/namespaces/shop/poddisruptionbudgets",
  cron: "/apis/batch/v1/namespaces/shop/cronjobs",
  tls: "/api/v1/namespaces/shop/secrets/tls",
  core: "/api/v1",
  endpoints: "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices",
};
const core = { kind: "L", resources: [{ kind: "Secret", name: "secrets", namespaced: true }] };

function list(...items: readonly object[]): object {
  const named = items.map((item) => ({ metadata: { name: "a" }, ...item }));
  return { kind: "List", metadata: { resourceVersion: "1" }, items: named };
}

/** What is said of the objects, `name: problem` each, of a namespace that holds these and nothing else. */
async function said(answers: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
  const empty = Object.fromEntries(Object.values(paths).map((path) => [path, list()]));
  const cluster = clusterThatAnswers({ ...empty, [paths.core]: core, ...answers });
  const site = { api: new Api(cluster, clock), namespace: "shop", clock } as unknown as Site;
  return (await others(site)).map(({ name, problem }) => `${name}: ${problem ?? "well"}`);
}

describe("a CronJob", () => {
  const [monday, tuesday] = ["2026-01-05T02:00:00Z", "2026-01-06T02:00:00Z"];
  it.each<[object, string]>([
    [{}, "well"],
    [{ lastScheduleTime: monday, lastSuccessfulTime: "2026-01-05T02:00:09Z" }, "well"],
    [{ lastScheduleTime: tuesday, lastSuccessfulTime: monday, active: [{ name: "b" }] }, "well"],
    [
      { lastScheduleTime: tuesday, lastSuccessfulTime: monday },
      `its last run (${tuesday}) did not succeed; the last success was ${monday}`,
    ],
    [
      { lastScheduleTime: tuesday },
      `its last run (${tuesday}) did not succeed; the last success was never`,
    ],
  ])("with %j: %s", async (status, problem) => {
    expect(await said({ [paths.cron]: list({ status }) })).toEqual([`cronjob/a: ${problem}`]);
  });
});

describe("the certificate of an Ingress", () => {
  it.each<[number, string]>([
    [30, "well"],
    [5, "the certificate in tls expires in 5 days"],
    [-3, "the certificate in tls expired on Dec 30"],
  ])("that ends in %d days: %s", async (days, problem) => {
    // A certificate counts seconds.
    const validTo = new Date(clock.now() + days * 86_400_000 + 3_600_000);
    const { cert } = makeCertificate({ validFrom: new Date(0), validTo });
    const data = { "tls.crt": Buffer.from(cert).toString("base64") };
    const ingress = list({ spec: { tls: [{ secretName: "tls" }] } });
    const secret = { kind: "Secret", metadata: { name: "tls" }, data };
    const found = await said({ [paths.ingress]: ingress, [paths.tls]: secret });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`ingress/a: ${problem}`);
  });
});

describe("other objects", () => {
  const scaling = (status: string, reason = "") => ({
    status: {
      conditions: [{ type: "ScalingActive", status, reason, message: "no metrics known" }],
    },
  });
  it.each<[keyof typeof paths, object, string]>([
    ["autoscaler", scaling("True"), "horizontalpodautoscaler/a: well"],
    ["autoscaler", scaling("False", "ScalingDisabled"), "horizontalpodautoscaler/a: well"],
    ["autoscaler", scaling("False"), "horizontalpodautoscaler/a: has no metrics: no metrics known"],
    ["budget", { status: { currentHealthy: 2, desiredHealthy: 2 } }, "poddisruptionbudget/a: well"],
    [
      "budget",
      { status: { currentHealthy: 1, desiredHealthy: 2 } },
      "poddisruptionbudget/a: 1 of 2 pods healthy",
    ],
    ["claim", { status: { phase: "Bound" } }, "persistentvolumeclaim/a: well"],
    ["claim", { status: { phase: "Lost" } }, "persistentvolumeclaim/a: is Lost"],
    [
      "quota",
      { status: { hard: { pods: "4", cpu: "2" }, used: { pods: "4", cpu: "1" } } },
      "resourcequota/a: used up: pods 4",
    ],
    ["service", { spec: { selector: { app: "a" } } }, "service/a: no pod behind it is ready"],
    ["service", { spec: { externalName: "db.example.com" } }, "service/a: well"],
  ])("%s %j is %s", async (kind, object, line) => {
    expect(await said({ [paths[kind]]: list(object) })).toEqual([line]);
  });

  it("that may not be listed are told of as such, and the others all the same", async () => {
    const found = await said({
      [paths.budget]: undefined,
      [paths.claim]: list({ status: { phase: "Pending" } }),
    });
    expect(found).toEqual([
      "persistentvolumeclaim/a: is Pending",
      "PodDisruptionBudget: no right to list them",
    ]);
  });
});
