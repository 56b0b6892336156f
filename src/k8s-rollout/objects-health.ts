import { itemsOf, memberAt, textAt } from "../kit/json.js";
import { ApiFailure } from "./cluster/api-failure.js";
import { type Condition, conditionOf, type KubeObject, nameOf } from "./cluster/objects.js";
import type { Site } from "./site.js";
import { tlsProblem } from "./tls-secret.js";

/** What a look at one object has found. */
export interface Health {
  readonly name: string;
  /** Undefined: all is well. */
  readonly problem: string | undefined;
  readonly detail: string;
}

/** A kind, where it is listed, and what is wrong with one of it. */
interface Look {
  readonly path: string;
  readonly kind: string;
  readonly problem: (
    object: KubeObject,
    site: Site,
  ) => Promise<string | undefined> | string | undefined;
}

const looks: readonly Look[] = [
  { path: "/api/v1/namespaces/NS/resourcequotas", kind: "ResourceQuota", problem: quotaProblem },
  { path: "/api/v1/namespaces/NS/services", kind: "Service", problem: serviceProblem },
  {
    path: "/api/v1/namespaces/NS/persistentvolumeclaims",
    kind: "PersistentVolumeClaim",
    problem: claimProblem,
  },
  {
    path: "/apis/networking.k8s.io/v1/namespaces/NS/ingresses",
    kind: "Ingress",
    problem: ingressProblem,
  },
  {
    path: "/apis/autoscaling/v2/namespaces/NS/horizontalpodautoscalers",
    kind: "HorizontalPodAutoscaler",
    problem: autoscalerProblem,
  },
  {
    path: "/apis/policy/v1/namespaces/NS/poddisruptionbudgets",
    kind: "PodDisruptionBudget",
    problem: budgetProblem,
  },
  { path: "/apis/batch/v1/namespaces/NS/cronjobs", kind: "CronJob", problem: cronProblem },
];

/** What was found of everything that is no workload: an object each. */
export async function others(site: Site): Promise<readonly Health[]> {
  const found = await Promise.all(looks.map((look) => lookAt(look, site)));
  return found.flat();
}

async function lookAt({ path, kind, problem }: Look, site: Site): Promise<readonly Health[]> {
  try {
    const { items } = await site.api.list<KubeObject>(path.replace("NS", site.namespace));
    return await Promise.all(
      items.map(async (item) => ({
        name: nameOf({ ...item, kind }),
        problem: await problem(item, site),
        detail: "well",
      })),
    );
  } catch (failure) {
    if (!(failure instanceof ApiFailure) || failure.status !== 403) throw failure;
    return [{ name: kind, problem: "no right to list them", detail: "" }];
  }
}

function quotaProblem(quota: KubeObject): string | undefined {
  const [hard, used] = [memberAt(quota, "status", "hard"), memberAt(quota, "status", "used")];
  const full = Object.entries((hard ?? {}) as Record<string, string>).filter(
    ([name, limit]) => limit !== "0" && textAt(used, name) === limit,
  );
  return full.length === 0
    ? undefined
    : `used up: ${full.map(([name, limit]) => `${name} ${limit}`).join(", ")}`;
}

async function serviceProblem(
  service: KubeObject,
  { api, namespace }: Site,
): Promise<string | undefined> {
  if (memberAt(service, "spec", "selector") === undefined) return undefined;
  const selector = encodeURIComponent(`kubernetes.io/service-name=${service.metadata.name}`);
  const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices?labelSelector=${selector}`;
  const { items } = await api.list<KubeObject>(path);
  const endpoints = items.flatMap((slice) => itemsOf(memberAt(slice, "endpoints")));
  const ready = endpoints.filter((one) => memberAt(one, "conditions", "ready") === true);
  return ready.length > 0 ? undefined : "no pod behind it is ready";
}

function claimProblem(claim: KubeObject): string | undefined {
  const phase = textAt(claim, "status", "phase");
  return phase === "Bound" ? undefined : `is ${phase}`;
}

async function ingressProblem(ingress: KubeObject, site: Site): Promise<string | undefined> {
  for (const entry of itemsOf(memberAt(ingress, "spec", "tls"))) {
    const name = textAt(entry, "secretName");
    const problem = name === "" ? undefined : await tlsProblem(name, site);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function autoscalerProblem(autoscaler: KubeObject): string | undefined {
  const conditions = memberAt(autoscaler, "status", "conditions") as
    readonly Condition[] | undefined;
  const active = conditionOf(conditions, "ScalingActive");
  if (active?.status === "True" || active?.reason === "ScalingDisabled") return undefined;
  return `has no metrics: ${active?.message ?? "not looked at yet"}`;
}

function budgetProblem(budget: KubeObject): string | undefined {
  const [healthy, desired] = [
    memberAt(budget, "status", "currentHealthy"),
    memberAt(budget, "status", "desiredHealthy"),
  ];
  return Number(healthy ?? 0) >= Number(desired ?? 0)
    ? undefined
    : `${Number(healthy ?? 0)} of ${Number(desired ?? 0)} pods healthy`;
}

function cronProblem(cronJob: KubeObject): string | undefined {
  const last = textAt(cronJob, "status", "lastScheduleTime");
  const success = textAt(cronJob, "status", "lastSuccessfulTime");
  if (memberAt(cronJob, "spec", "suspend") === true) return "is suspended";
  if (last === "" || success >= last || itemsOf(memberAt(cronJob, "status", "active")).length > 0)
    return undefined;
  return `its last run (${last}) did not succeed; the last success was ${success === "" ? "never" : success}`;
}
